from odoo.addons.kdc_residents.tests import exposure
from odoo.tests import tagged

from .common import ReportCommon


@tagged("post_install", "-at_install")
class TestExposure(exposure.ExposureCase, ReportCommon):
    MODULE = "kdc_marketplace_feedback"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._report()
