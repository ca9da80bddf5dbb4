from odoo.addons.kdc_utilities.tests import money_steps
from odoo.tests import tagged

from ..engine import vnpay
from . import common

A, P = "accountant", "approver"


@tagged("post_install", "-at_install")
class TestMoneySteps(money_steps.MoneyStepsCase, common.OnlineCommon):
    MODULE = "kdc_utilities_payment"
    STEPS = {
        "kdc.gateway.payment.decide": {"action_confirm": {A}},
        "kdc.transfer": {"action_approve_payout": {P}},
        "kdc.transfer.payout": {"action_confirm": {A}},
    }
    ASKS = {"kdc.gateway.payment": {"action_book", "action_returned"}, "kdc.transfer": {"action_payout"}}

    def _record(self, model):
        """An online payment that the gateway reported, with another amount than asked for."""
        if model == "kdc.gateway.payment":
            tx = self._begin(self.vnpay, self.new_b)
            tx._kdc_hear(vnpay.read_notification(self._ipn(tx, amount=1000)))
            return tx.kdc_gateway_payment_ids.sudo()
        return super()._record(model)

    def _fitting(self, model):
        gateway = {"kdc.transfer.payout": {"journal_id": self.vnpay.journal_id.id}}
        return gateway.get(model) or super()._fitting(model)
