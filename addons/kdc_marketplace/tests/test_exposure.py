from odoo.addons.kdc_residents.tests import exposure
from odoo.tests import tagged

from .common import MarketCommon


@tagged("post_install", "-at_install")
class TestExposure(exposure.ExposureCase, MarketCommon):
    MODULE = "kdc_marketplace"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_basket(cls.user_portal_b, {cls.fish: 1})
