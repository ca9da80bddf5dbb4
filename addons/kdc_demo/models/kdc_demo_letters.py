from datetime import timedelta

from odoo import api, fields, models

SIGNER = "Trương Đình Lợi"
#: position of the household in the main ward, kind of letter, purpose, how far it is, days ago
LETTERS = (
    (0, "residence", "nộp hồ sơ nhập học cho con", "ready", 12),
    (0, "household", "đăng ký định mức nước sinh hoạt", "incomplete", 2),
    (1, "residence", "bổ sung hồ sơ vay vốn", "checking", 1),
    (2, "circumstances", "xin miễn giảm học phí", "signature", 4),
    (3, "residence", "làm thẻ thư viện", "handed", 40),
    (4, "household", "hồ sơ học bổng", "refused", 20),
)


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_letters(self):
        """Tell a few requests for confirmation letters, one in each state."""
        if self.env["kdc.letter"].search_count([], limit=1):
            return
        households = self._main_households()
        today = fields.Date.context_today(self)
        for place, kind, purpose, state, days in LETTERS:
            if place >= len(households):
                continue
            resident = households[place].head_id
            record = self.env["kdc.letter"].create({
                "type_id": self.env.ref(f"kdc_residents.letter_type_{kind}").id, "resident_id": resident.id,
                "company_id": resident.company_id.id, "requester_id": resident.partner_id.id, "purpose": purpose,
                "channel": "portal", "requested_on": today - timedelta(days=days),
            })  # fmt: skip
            if kind == "circumstances":
                self._decide_near_poor(households[place], today)
                record.action_take_status()
            if state == "incomplete":
                record._ask("Xin cho biết số người đang ở thực tế, kể cả người thuê trọ.")
            elif state == "refused":
                record._refuse("Hộ đã có giấy còn hiệu lực, xin dùng giấy đó.")
            elif state != "checking":
                record.action_approve()
                record.signer_name = SIGNER
                if state != "signature":
                    record.action_sign()
                if state == "handed":
                    record.action_hand_over()

    @api.model
    def _decide_near_poor(self, household, today):
        """Have the decision on record that the letter about circumstances certifies."""
        if not household._kdc_has_status(("poor", "near_poor"), today):
            self.env["kdc.household.status"].create({
                "kind_id": self.env.ref("kdc_residents.status_near_poor").id, "household_id": household.id,
                "date_from": today.replace(month=1, day=1), "date_to": today.replace(month=12, day=31),
                "decision_number": "15/QĐ-UBND", "issuer": "UBND phường Nha Trang",
            })  # fmt: skip
