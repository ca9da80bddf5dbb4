from odoo.addons.kdc_residents.tests import exposure
from odoo.tests import tagged

from .common import FeedbackCommon


@tagged("post_install", "-at_install")
class TestExposure(exposure.ExposureCase, FeedbackCommon):
    MODULE = "kdc_feedback"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._send(partner=cls.resident_b.partner_id)
