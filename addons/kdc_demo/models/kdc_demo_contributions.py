from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.addons.kdc_utilities.engine import reference
from odoo.addons.kdc_utilities.engine.apportion import apportion
from odoo.addons.kdc_utilities.models.kdc_receipt import Taking

#: What households give, in turn: most give little, some nothing, a few much.
AMOUNTS = (100_000, 50_000, 200_000, 0, 20_000, 500_000, 100_000, 0)


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_contributions(self):
        """A drive of the ward under way, one of a group that is done, and one that the chief accountant has to open."""
        drives = self.env["kdc.contribution.drive"].with_user(self._user("ketoan"))
        if drives.search_count([], limit=1):
            return
        today = fields.Date.context_today(self)
        resident = self._user("cudan")._kdc_household()
        accounts = (resident | self._main_households()).kdc_account_ids
        neighbours = accounts.filtered(lambda account: account.area_id == resident.area_id)
        lights, poor, _lane = drives.create([
            {
                "name": "Lắp đèn chiếu sáng hẻm", "area_id": resident.area_id.id, "target": 3_000_000,
                "purpose": "Mua và lắp 6 đèn LED cho các hẻm của tổ, tiền điện phường chịu.",
                "decision": "Biên bản họp tổ dân phố, 92% số hộ tán thành",
                "date_from": today - timedelta(days=75), "date_to": today - timedelta(days=20),
            },
            {
                "name": "Quỹ Vì người nghèo của phường", "target": 10_000_000,
                "purpose": "Sửa nhà và tặng quà Tết cho hộ nghèo, hộ cận nghèo. Góp bao nhiêu cũng quý, không góp cũng "
                "không sao.",
                "decision": "Lời kêu gọi của Ủy ban MTTQ Việt Nam phường",
                "date_from": today - timedelta(days=40), "date_to": today + timedelta(days=45),
            },
            {
                "name": "Bê tông hóa đường nội bộ", "area_id": resident.area_id.id, "target": 60_000_000,
                "purpose": "Đổ bê tông 120 m đường nội bộ; phường góp xi măng, người dân góp phần còn lại.",
                "decision": "Biên bản họp tổ dân phố, 88% số hộ tán thành", "date_from": today,
            },
        ])  # fmt: skip
        for drive, day in ((lights, today - timedelta(days=74)), (poor, today - timedelta(days=39))):
            with self._at(day):
                drive.with_user(self._user("ketoantruong")).action_open()
        self._give_by_transfer(lights, neighbours[:10], today - timedelta(days=60))
        self._give_by_transfer(poor, accounts[:1], today - timedelta(days=12))
        # The last day anybody collected, so that the numbers of receipts follow the days.
        self._give_at_counter(poor, accounts[1:24], today - timedelta(days=1))
        lights.result = (
            "Đã lắp 6 đèn LED, tổng chi 2.850.000 ₫; biên bản nghiệm thu và hóa đơn đăng tại nhà sinh hoạt cộng đồng."
        )
        lights.action_close()

    @api.model
    def _give_at_counter(self, drive, accounts, day):
        """Take gifts in cash during one morning; nobody's bill is touched."""
        collector, accountant = self._user("thuquy"), self._user("ketoan")
        with self._at(day, 8, 0):
            counter = self.env["kdc.collect"].with_user(collector)
            counter.open_session(200_000)
            session = counter.env["kdc.cash.session"]._current()
            takings = [
                Taking(account, apportion(0, []), f"demo-gift-{drive.id}-{account.id:06d}", None, ((drive, amount),))
                for number, account in enumerate(accounts)
                if (amount := AMOUNTS[number % len(AMOUNTS)])
            ]
            # sudo: as the counter's confirm() does for each payer
            counter.env["kdc.receipt"].sudo()._collect_all(session.sudo(), takings)
        with self._at(day, 11, 30):
            self._count_notes(session, session.expected_cash - 10_000)
            session.difference_reason = "Thối nhầm một tờ 10.000 ₫"
            session.action_close()
            session.with_user(accountant).action_countersign()

    @api.model
    def _count_notes(self, session, amount):
        """Count a drawer note by note; the demo's payers hand over the largest notes there are."""
        counted = []
        for line in session.count_ids.sorted("denomination", reverse=True):
            pieces, amount = divmod(amount, line.denomination)
            counted.append(Command.update(line.id, {"pieces": int(pieces)}))
        session.write({"count_ids": counted})

    @api.model
    def _give_by_transfer(self, drive, accounts, day):
        """Record gifts from the bank statement, as the accountant does the day after."""
        for number, account in enumerate(accounts, 1):
            with self._at(day, 14, 0):
                text = reference.make_gift_reference(account.number, drive.number)
                self.env["kdc.contribution.transfer"].with_user(self._user("ketoan")).create({
                    "drive_id": drive.id, "text": f"MBVCB.{number} {text} ung ho quy", "amount": 300_000,
                    "date": day, "bank_reference": f"FT{day:%y%j}{number:05d}",
                }).action_record()  # fmt: skip
