from datetime import timedelta

from dateutil.relativedelta import relativedelta
from odoo import Command, api, fields, models
from odoo.addons.kdc_residents.engine import residence

#: One household in so many has something to tell; at most so many stories.
EVERY = 2
STORIES = 40
NEWBORN = ("Gia Hân", "Minh Khôi", "Bảo Ngọc", "Quốc Anh", "Khánh An", "Tuệ Lâm")
LODGERS = (("Lê Văn Tình", "male"), ("Phan Thị Nhã", "female"), ("Đỗ Quang Vũ", "male"), ("Hồ Thị Yến", "female"))


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_events(self):
        """Let a year pass over some households: births, deaths, moves, guests, and who needs support."""
        plots = (
            self._plot_birth, self._plot_lodger, self._plot_absence, self._plot_temporary, self._plot_leaving,
            self._plot_guest, self._plot_draft, self._plot_status,
        )  # fmt: skip
        # The heads of the story (bills, shops, feedback) stay who they are: nothing below takes a head away.
        households = self._main_households()[2::EVERY][:STORIES]
        for number, household in enumerate(households):
            plots[number % len(plots)](household, number)

    @api.model
    def _event_day(self, number):
        """Return a day of the last eleven months, always the same one for a story."""
        return fields.Date.context_today(self) - timedelta(days=20 + number * 37 % 310)

    @api.model
    def _record_event(self, kind, household, number, lines, confirm=True, **vals):
        """Record an event as the ward's officer, or as the head of the group as a draft."""
        user = self._user("canbo" if confirm else "totruong")
        event = self.env["kdc.civil.event"].with_user(user).create({
            "kind": kind, "household_id": household.id, "date": self._event_day(number),
            "line_ids": [Command.create(line) for line in lines], **vals,
        })  # fmt: skip
        if confirm:
            event.action_confirm()
        return event

    @api.model
    def _spare_member(self, household):
        """Return an adult who is neither the head nor somebody with an account, if there is one."""
        adults = household._live_memberships().filtered(
            lambda row: row.role not in ("head", "wife", "husband") and row.resident_id.age >= 18
        )
        return adults.resident_id.filtered(lambda person: not person.partner_id.user_ids)[:1]

    def _plot_birth(self, household, number):
        family = household.head_id.name.split()[0]
        given = NEWBORN[number // 8 % len(NEWBORN)]
        self._record_event(
            "birth", household, number,
            [{"name": f"{family} {given}", "sex": "female" if number % 16 else "male", "role": "grandchild"}],
            paper_number=f"{100 + number}/GKS", paper_issuer="UBND phường Nha Trang",
        )  # fmt: skip

    def _plot_lodger(self, household, number):
        name, sex = LODGERS[number // 8 % len(LODGERS)]
        event = self._record_event(
            "move_in", household, number, [{"name": name, "sex": sex, "birth_date": "1999-04-12", "role": "tenant"}],
            place="Tỉnh Đắk Lắk", reason="Thuê phòng, đi làm",
        )  # fmt: skip
        self._note_residence(event.line_ids.resident_id, event.date, "yes")

    def _note_residence(self, resident, start, police):
        self.env["kdc.residence"].create({
            "kind": "temporary", "resident_id": resident.id, "date_from": start,
            "date_to": residence.temporary_until_max(start), "police_registered": police, "source": "paper",
            "place": "Tỉnh Đắk Lắk",
        })  # fmt: skip

    def _plot_absence(self, household, number):
        person = self._spare_member(household) or household.head_id
        self._record_event(
            "absence", household, number, [{"resident_id": person.id}], place="TP. Hồ Chí Minh", reason="Đi làm ăn xa",
            date_to=self._event_day(number) + relativedelta(months=14),
        )  # fmt: skip

    def _plot_temporary(self, household, number):
        """A temporary residence that ends within the month."""
        person = self._spare_member(household) or household.head_id
        start = fields.Date.context_today(self) + timedelta(days=8 + number % 15) - relativedelta(years=2)
        self._note_residence(person, start, "unknown")

    def _plot_leaving(self, household, number):
        """Somebody dies or moves away; a grown child, so that no bill changes its payer."""
        person = self._spare_member(household)
        if not person:
            return
        if number % 16 < 8:
            self._record_event(
                "move_out", household, number, [{"resident_id": person.id}], place="Tỉnh Lâm Đồng",
                reason="Theo chồng, vợ",
            )  # fmt: skip
        else:
            self._record_event(
                "death", household, number, [{"resident_id": person.id}], paper_number=f"{10 + number}/TLKT",
                paper_issuer="UBND phường Nha Trang",
            )  # fmt: skip

    def _plot_guest(self, household, number):
        today = fields.Date.context_today(self)
        self.env["kdc.residence"].create({
            "kind": "stay", "person_name": "Bùi Thị Khách", "household_id": household.id, "date_from": today,
            "date_to": today + timedelta(days=3), "source": "portal", "reason": "Thăm họ hàng", "paper_kind": "cccd",
            "paper_last": "0417",
        })  # fmt: skip

    def _plot_draft(self, household, number):
        """The head of the group reports a birth; the officer has not confirmed it yet."""
        own = self._main_households().filtered(lambda h: h.area_id in self._user("totruong").kdc_area_ids)
        household = household if household in own else own[-1:]
        if household:
            self._record_event(
                "birth", household, number,
                [{"name": f"{household.head_id.name.split()[0]} Nhật Minh", "sex": "male", "role": "grandchild"}],
                confirm=False, reason="Gia đình báo, chưa nộp giấy khai sinh",
            )  # fmt: skip

    def _plot_status(self, household, number):
        year = fields.Date.context_today(self).year
        kind = ("status_near_poor", "status_poor", "status_policy")[number // 8 % 3]
        self.env["kdc.household.status"].create({
            "kind_id": self.env.ref(f"kdc_residents.{kind}").id, "household_id": household.id,
            "date_from": f"{year}-01-01", "date_to": f"{year}-12-31", "decision_number": f"{1000 + number}/QĐ-UBND",
            "issuer": "UBND phường Nha Trang",
        })  # fmt: skip
