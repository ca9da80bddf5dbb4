from odoo.addons.kdc_residents.tests import exposure
from odoo.tests import tagged

from .common import FeesCommon


@tagged("post_install", "-at_install")
class TestExposure(exposure.ExposureCase, FeesCommon):
    MODULE = "kdc_marketplace_utilities"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._run_fees()
