from odoo import api, models


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_requests(self):
        """Residents ask for corrections, an owner looks at a second house, and one person was recorded twice."""
        households = self._main_households()
        if len(households) < 3:
            return
        officer = self._user("canbo")
        self._make_corrections(households, officer)
        owner = self._user("chushop")._kdc_resident()
        # A fourth household, so that nobody people log in as gets a stranger into the house.
        rented = households[3:].filtered(lambda one: one != owner.household_id)[:1]
        if owner and rented:
            self.env["kdc.household.delegation"].with_user(officer).create({
                "household_id": rented.id, "resident_id": owner.id, "bills": True, "note": "Chủ nhà cho thuê",
            })  # fmt: skip
        twin = households[2].head_id
        self.env["kdc.resident"].create({
            "name": twin.name.upper(), "birth_date": twin.birth_date, "birth_year_only": twin.birth_year_only,
            "company_id": twin.company_id.id,
        })  # fmt: skip

    def _make_corrections(self, households, officer):
        """Make one competing pair that waits, and one request that is decided field by field."""
        requests = self.env["kdc.change.request"]
        head, user = households[0].head_id, self._user("cudan")
        requests.with_user(user)._submit(
            head, {"occupation": "Thợ may", "alley": "12"}, "Nhà nằm trong hẻm 12; nghề nghiệp chưa được ghi."
        )
        adults = households[0].live_membership_ids.filtered(
            lambda m: m.role != "head" and self.env["kdc.household.delegation"]._is_adult(m.resident_id)
        )
        if adults:
            member = adults[0].resident_id
            second = self._make_resident_user("nguoinha", member, password=False)
            requests.with_user(second)._submit(member, {"alley": "12A"}, "Biển số nhà ghi hẻm 12A.")
        neighbour = households[1].head_id
        decided = requests.with_user(self._user("cudan2"))._submit(
            neighbour, {"occupation": "Buôn bán", "street": "Trần Phú nối dài"}, "Đường mới đổi tên."
        )
        lines = decided.line_ids.with_user(officer)
        lines.filtered(lambda line: line.field == "occupation").action_accept()
        lines.filtered(lambda line: line.field == "street")._refuse(
            "Tên đường trong quyết định của tỉnh chưa thay đổi. Ông/Bà vui lòng gửi kèm quyết định nếu có."
        )
