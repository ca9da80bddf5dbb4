from odoo.addons.kdc_utilities.tests import money_steps
from odoo.tests import tagged

A = "accountant"


@tagged("post_install", "-at_install")
class TestMoneySteps(money_steps.MoneyStepsCase):
    MODULE = "kdc_marketplace_utilities"
    STEPS = {"kdc.market.fee.run": {"action_compute": {A}, "action_charge": {A}}}
