from odoo.tests import tagged

from . import exposure


@tagged("post_install", "-at_install")
class TestExposure(exposure.ExposureCase):
    MODULE = "kdc_residents"
    OPEN_MODELS = {
        "kdc.notification": "notices are for everybody who is told something; a rule leaves each the own ones"
    }
    OPEN_METHODS = {("ir.ui.menu", "get_user_roots"): "Odoo's own: the apps that the caller may see"}
