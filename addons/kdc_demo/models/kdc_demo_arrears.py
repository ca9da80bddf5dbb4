import base64
from datetime import timedelta

from odoo import api, fields, models


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_arrears(self):
        """Reminders of the last weeks, visits with their results, and a list that waits for the second look."""
        runs = self.env["kdc.dunning.run"].with_user(self._user("ketoan"))
        if runs.search_count([], limit=1):
            return
        today = fields.Date.context_today(self)
        for back in (40, 20):
            with self._at(today - timedelta(days=back), 8, 30):
                self._send_reminders(runs.create({"date": today - timedelta(days=back)}))
        company = self.env.ref("base.main_company")
        visits = self.env["kdc.dunning.level"].search(
            [("channel", "=", "visit"), ("company_id", "=", company.id)], limit=1
        )
        with self._at(today - timedelta(days=1), 8, 30):
            self._send_reminders(runs.create({"date": today - timedelta(days=1), "level_ids": visits.ids}))
        self._make_visits(today)
        self._make_plans(today)
        self._make_payday_reminder()
        runs.create({"date": today}).action_compute()

    @api.model
    def _make_payday_reminder(self):
        """The resident of the demo is reminded on the 5th, when the wages have come."""
        user = self._user("cudan")
        person, account = user.partner_id, user._kdc_household().kdc_account_ids[:1]
        if account:
            # sudo: as the page does it, see controllers/payday.py
            self.env["kdc.payday.reminder"].sudo()._choose(person, account, 5, 500_000, False)

    @api.model
    def _make_plans(self, today):
        """One of the largest debtors pays by instalments, a second one asks for it; a third debt may be given up."""
        company = self.env.ref("base.main_company")
        groups = self.env["kdc.arrears"].with_context(allowed_company_ids=company.ids)._read_group(
            [("company_id", "=", company.id), ("kind", "=", "bill"), ("days", ">", 30), ("account_id", "!=", False)],
            ["account_id"], ["amount:sum"], order="amount:sum desc", limit=3,
        )  # fmt: skip
        accounts = [account for account, _amount in groups]
        accountant, approver = self._user("ketoan"), self._user("ketoantruong")
        plans = self.env["kdc.instalment.plan"].with_user(accountant)
        for account, agreed in zip(accounts[:2], (True, False), strict=False):
            plan = plans.create(
                {
                    "account_id": account.id, "count": 3, "date_first": today + timedelta(days=8),
                    "reason": "Đơn xin nộp dần của hộ",
                }
            )  # fmt: skip
            if agreed:
                plan.with_user(approver).action_approve()
        for account in accounts[2:]:
            self.env["kdc.write.off"].with_user(accountant).create(
                {
                    "account_id": account.id, "move_ids": account._kdc_open_bills()[:1].ids,
                    "decision": "125/QĐ-UBND", "decision_date": today,
                    "reason": "Hộ đã rời địa phương, không liên lạc được",
                    "paper": base64.b64encode("Quyết định 125/QĐ-UBND (bản quét)".encode()),
                    "paper_name": "quyet-dinh-125.txt",
                }
            )  # fmt: skip

    @api.model
    def _send_reminders(self, run):
        """Compute, look through and send the reminders of a day; none when nobody is that late."""
        run.action_compute()
        if run.line_ids:
            run.with_user(self._user("ketoantruong")).with_context(queue_job__no_delay=True).action_approve()
        else:
            run.unlink()

    @api.model
    def _make_visits(self, today):
        """The collector was at the first doors: one promises, one was not at home."""
        collector = self._user("thuquy")
        lines = self.env["kdc.dunning.line"].with_user(collector).search(
            [("channel", "=", "visit"), ("state", "=", "waiting")], limit=2
        )  # fmt: skip
        results = (
            {"result": "promised", "promise_date": today + timedelta(days=10), "note": "Chờ lương cuối tháng"},
            {"result": "not_home"},
        )
        for line, result in zip(lines, results, strict=False):
            self.env["kdc.debt.contact"].with_user(collector).create(
                {"account_id": line.account_id.id, "line_id": line.id, "date": today, **result}
            )
