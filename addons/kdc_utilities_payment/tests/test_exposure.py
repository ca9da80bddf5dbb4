from odoo.addons.kdc_residents.tests import exposure
from odoo.tests import tagged

from ..engine import vnpay
from .common import OnlineCommon


@tagged("post_install", "-at_install")
class TestExposure(exposure.ExposureCase, OnlineCommon):
    MODULE = "kdc_utilities_payment"

    def setUp(self):
        super().setUp()
        tx = self._begin()
        tx._kdc_hear(vnpay.read_notification(self._ipn(tx)))
