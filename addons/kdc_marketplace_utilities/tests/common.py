from datetime import date, datetime

from freezegun import freeze_time
from odoo.addons.kdc_marketplace.tests.common import MarketCommon
from odoo.addons.kdc_utilities.tests.common import UtilitiesCommon

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
#: 23:30 of 31 October and 0:30 of 1 November in Vietnam.
LAST_OF_OCTOBER, FIRST_OF_NOVEMBER = datetime(2026, 10, 31, 16, 30), datetime(2026, 10, 31, 17, 30)
LATER = datetime(2026, 11, 20, 3)


class FeesCommon(MarketCommon, UtilitiesCommon):
    """Two shops open since September; shop A handed over 370,000 ₫ in October; the ward takes 100,000 ₫ and 1 %."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.shop_a | cls.shop_b).kdc_open_from = "2026-09-01"
        cls.service = cls.waste.copy({"code": "CHO", "name": "Phí chợ", "legal_basis": "Nghị quyết 5/NQ-HĐND"})
        cls.rules = cls.env["kdc.market.fee.rule"].with_user(cls.user_accountant)
        cls.stall = cls._rule(kind="stall", amount=100000)
        cls.commission = cls._rule(kind="commission", percent=1)
        cls.sold = cls._sell(LAST_OF_OCTOBER, cls.fish, 2)
        cls._sell(FIRST_OF_NOVEMBER, cls.squid, 1)

    @classmethod
    def _rule(cls, **vals):
        return cls.rules.create(
            {"service_id": cls.service.id, "date_from": "2026-09-15", "decision": "Quyết định 12", **vals}
        )

    @classmethod
    def _sell(cls, when, listing, count, states=("accepted", "ready", "handed_over")):
        with freeze_time(when):
            order = cls._order(cls.user_buyer, {listing: count})[listing.kdc_shop_id]
            for state in states:
                order._kdc_set_state(state, "moderator" if state == "cancelled" else "shop", "Hết")
            cls.env.flush_all()
        return order

    @classmethod
    def _run_fees(cls, period=OCTOBER, user=None):
        """The computed fees of a month."""
        run = cls.env["kdc.market.fee.run"].with_user(user or cls.user_accountant).create({"period": period})
        run.action_compute()
        return run

    @classmethod
    def _amounts(cls, run):
        return {(fee.shop_id, fee.kind): fee.amount for fee in run.line_ids}
