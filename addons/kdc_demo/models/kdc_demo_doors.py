from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.kdc_utilities.engine.apportion import apportion

#: How many households the collector finds at home on the way, at most; a third pays a part only.
VISITS = 6
#: One household in so many that owe; the others are left for the transfers and for whoever tries the counter.
SHARE = 3


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_doors(self):
        """Yesterday afternoon the collector walked a lane without network; numbers came back unused."""
        collector, accountant = self._user("thuquy"), self._user("ketoan")
        if self.env["kdc.receipt.range"].search_count([], limit=1):
            return
        day = fields.Date.context_today(self) - timedelta(days=1)
        accounts = (
            self.env["kdc.customer.account"]
            .with_user(collector)
            .search([("area_id", "!=", False)], order="area_id, route_sequence, id")
        )
        cast = self._main_households()[:2].kdc_account_ids
        owing = accounts.filtered(lambda account: account not in cast and account._kdc_open_bills())
        count = min(VISITS, len(owing) // SHARE)
        if not count:
            return
        visited = owing[-count:]
        with self._at(day, 13, 30):
            self.env["kdc.collect"].with_user(collector).open_session(300_000)
            walk = self.env["kdc.door.round"].with_user(collector)
            numbers = walk._reserve("demo-phone-1", "Điện thoại Android", "demo-request-1")
        with self._at(day, 15, 20):
            now = f"{fields.Datetime.now().isoformat()}Z"
            walk._take_all(
                [self._door_payment(account, place, numbers, now) for place, account in enumerate(visited)], now
            )
            walk._give_back("demo-phone-1")
        with self._at(day, 16, 40):
            session = walk.env["kdc.cash.session"]._current()
            session.counted_cash = session.expected_cash
            session.action_close()
            session.with_user(accountant).action_countersign()

    @api.model
    def _door_payment(self, account, place, numbers, now):
        """Return a payment as the phone sends it."""
        owed = apportion(0, account._kdc_charges()).remaining
        return {
            "key": f"demo-door-{account.id:06d}",
            "account": account.id,
            "amount": max(owed // 2000 * 1000, 1000) if place % 3 == 2 else owed,
            "range": numbers["id"],
            "number": numbers["next"] + place,
            "payer": account._kdc_usual_payer(),
            "taken": now,
            "prints": 1,
        }
