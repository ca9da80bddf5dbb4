from odoo.addons.kdc_residents.tests import exposure
from odoo.tests import tagged

from .common import UtilitiesCommon


@tagged("post_install", "-at_install")
class TestExposure(exposure.ExposureCase, UtilitiesCommon):
    MODULE = "kdc_utilities"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._read_month()

    def setUp(self):
        super().setUp()
        self._issue(self._run())
