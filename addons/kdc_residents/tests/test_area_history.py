from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import ResidentsCommon

DAY = date(2025, 7, 1)
BEFORE = date(2025, 6, 30)


@tagged("post_install", "-at_install")
class TestAreaHistory(ResidentsCommon):
    def _merge(self, user=None, **vals):
        wizard = self.env["kdc.area.merge"].with_user(user or self.user_officer)
        return wizard.create({
            "area_ids": [Command.set((self.group_a | self.group_b).ids)],
            "name": "Tổ dân phố A", "date": DAY, "decision_number": "12/NQ-HĐND", **vals,
        })  # fmt: skip

    def test_merge_into_a_new_group(self):
        self.dwelling_b.route_sequence = 5
        self.dwelling_a.route_sequence = 7
        self.group_a.alias_ids = [Command.create({"name": "Tổ 3 Lộc Thọ cũ"})]
        wizard = self._merge()
        self.assertIn("2", wizard.preview)
        self.assertEqual(wizard.user_ids, self.user_area_head, "Who is in charge is proposed")
        action = wizard.action_confirm()
        merged = self.env["kdc.area"].browse(action["res_id"])
        self.assertEqual((merged.date_from, merged.parent_id), (DAY, self.ward))
        self.assertEqual((self.group_a | self.group_b).mapped("date_to"), [DAY, DAY])
        self.assertEqual((self.dwelling_a | self.dwelling_b).area_id, merged)
        self.assertEqual(self.resident_a.area_id, merged)
        self.assertEqual(self.resident_b.partner_id.street2, "Tổ dân phố A")
        successions = merged.predecessor_ids
        self.assertEqual(successions.predecessor_id, self.group_a | self.group_b)
        self.assertEqual(set(successions.mapped("partial")), {False})
        self.assertEqual(set(successions.mapped("decision_number")), {"12/NQ-HĐND"})
        self.assertEqual(self.group_a._all_successors(), merged)
        self.assertLess(self.dwelling_a.route_sequence, self.dwelling_b.route_sequence, "One walk after the other")

        # The old names lead to the new group, the name it took over is no former name.
        self.assertEqual(set(merged.alias_ids.mapped("name")), {"Tổ dân phố B", "Tổ 3 Lộc Thọ cũ"})
        for typed in ("to dan pho b", "Tổ dân phố B", "tổ 3 lộc thọ"):
            found = self.env["kdc.area"].with_user(self.user_officer).name_search(typed, [("date_to", "=", False)])
            self.assertIn(merged.id, [area_id for area_id, _name in found], typed)

        # The head of A goes on, and still reads what is closed in A.
        self.assertEqual(self.user_area_head.kdc_area_ids, self.group_a | merged)
        self.assertTrue(self.household_b.with_user(self.user_area_head).name)

        # The past stays readable.
        self.assertEqual(self.dwelling_a._area_on(BEFORE)[self.dwelling_a], self.group_a)
        self.assertEqual(self.dwelling_a._area_on(DAY)[self.dwelling_a], merged)
        self.assertEqual(self.group_a._dwellings_on(BEFORE), self.dwelling_a)
        self.assertFalse(self.group_a._dwellings_on(DAY))
        self.assertEqual(self.group_b._households_on(BEFORE), self.household_b)
        self.assertEqual(merged._households_on(DAY), self.household_a | self.household_b)
        self.assertFalse(merged._households_on(BEFORE))
        self.assertIn(self.dwelling_a, self.ward._dwellings_on(BEFORE))

    def test_merge_into_one_of_them(self):
        self._merge(into="existing", target_id=self.group_a.id, name=False).action_confirm()
        self.assertFalse(self.group_a.date_to)
        self.assertEqual(self.group_b.date_to, DAY)
        self.assertEqual(self.dwelling_b.area_id, self.group_a)
        self.assertEqual(self.group_a._dwellings_on(BEFORE), self.dwelling_a)

    def test_merge_takes_the_charge_away(self):
        self._merge(user_ids=[Command.clear()]).action_confirm()
        self.assertFalse(self.user_area_head.kdc_area_ids)
        self.assertFalse(self.env["kdc.household"].with_user(self.user_area_head).search([]))

    def test_nobody_gains_a_charge_by_a_merger(self):
        stranger = self._create_user("kdc_stranger_2", "kdc_residents.group_area_head")
        self._merge(user_ids=[Command.set((stranger | self.user_area_head).ids)]).action_confirm()
        self.assertFalse(stranger.kdc_area_ids)

    def test_what_cannot_be_merged(self):
        other_ward = self.province.child_ids.filtered(lambda a: a.kind == "commune" and not a.company_id)[:1]
        foreign = self._create_group("Tổ dân phố lạ", other_ward)
        young = self.env["kdc.area"].create(
            {"name": "Tổ mới", "kind": "group", "parent_id": self.ward.id, "date_from": DAY}
        )
        cases = {
            "one": {"area_ids": [Command.set(self.group_a.ids)]},
            "future": {"date": "2999-01-01"},
            "two wards": {"area_ids": [Command.set((self.group_a | foreign).ids)]},
            "commune": {"area_ids": [Command.set((self.group_a | self.ward).ids)]},
            "too early": {"area_ids": [Command.set((self.group_a | young).ids)]},
            "no name": {"name": False},
            "no target": {"into": "existing"},
        }
        for name, vals in cases.items():
            with self.subTest(name), self.assertRaises(UserError), self.cr.savepoint():
                self._merge(self.env.ref("base.user_admin"), **vals).action_confirm()
        self._merge().action_confirm()
        with self.assertRaises(UserError, msg="What has ended is not merged again"):
            self._merge(name="Tổ dân phố C").action_confirm()

    def test_only_officers_reorganise(self):
        for user in (self.user_area_head, self.user_auditor, self.user_staff, self.user_portal_a):
            with self.subTest(user.login), mute_logger("odoo.models"), self.assertRaises(AccessError):
                self._merge(user)

    def test_split_by_sides_of_the_street(self):
        even = self._create_dwelling("14", "Trần Phú", self.group_a)
        odd = self._create_dwelling("45/2", "Trần Phú", self.group_a)
        bare = self._create_dwelling(False, "Hẻm cụt", self.group_a)
        wizard = self.env["kdc.area.split"].with_user(self.user_officer).create({
            "area_id": self.group_a.id, "date": DAY,
            "part_ids": [Command.create({"name": "Tổ dân phố A1"}), Command.create({"name": "Tổ dân phố A2"})],
        })  # fmt: skip
        wizard.action_streets()
        lines = {(line.street, line.side): line for line in wizard.street_ids}
        self.assertEqual(lines["Trần Phú", "even"].dwelling_ids, self.dwelling_a | even)
        self.assertEqual(lines["Trần Phú", "odd"].dwelling_ids, odd)
        self.assertEqual(lines["Hẻm cụt", "none"].dwelling_count, 1)
        part_1, part_2 = wizard.part_ids
        self.assertEqual(lines["Trần Phú", "odd"].part_id, part_1)
        lines["Trần Phú", "even"].part_id = part_2
        wizard.action_confirm()
        areas = {area.name: area for area in self.group_a.successor_ids.successor_id}
        self.assertEqual(self.dwelling_a.area_id, areas["Tổ dân phố A2"])
        self.assertEqual((odd | bare).area_id, areas["Tổ dân phố A1"])
        self.assertEqual(set(self.group_a.successor_ids.mapped("partial")), {True})
        self.assertEqual(self.group_a.date_to, DAY)
        self.assertEqual(
            self.user_area_head.kdc_area_ids, self.group_a | areas["Tổ dân phố A1"] | areas["Tổ dân phố A2"]
        )
        self.assertEqual(self.group_a._dwellings_on(BEFORE), self.dwelling_a | even | odd | bare)

    def test_split_keeps_the_rest(self):
        wizard = self.env["kdc.area.split"].with_user(self.user_officer).create({
            "area_id": self.group_a.id, "date": DAY, "keep": True,
            "part_ids": [Command.create({"name": "Tổ dân phố mới"})],
        })  # fmt: skip
        wizard.action_streets()
        self.assertFalse(wizard.street_ids.part_id)
        wizard.action_confirm()
        self.assertFalse(self.group_a.date_to)
        self.assertEqual(self.dwelling_a.area_id, self.group_a)
        self.assertEqual(self.group_a.successor_ids.successor_id.name, "Tổ dân phố mới", "Also a part without houses")
        self.assertTrue(self.group_a.successor_ids.partial)

    def test_split_form(self):
        """The dialogue as it is filled in the browser."""
        wizard = Form(self.env["kdc.area.split"].with_user(self.user_officer).with_context(
            **self.group_a.action_split()["context"]))  # fmt: skip
        with wizard.part_ids.new() as part:
            part.name = "Một"
        with self.assertRaises(UserError):
            wizard.save().action_streets()

    def test_closed_group(self):
        self._merge().action_confirm()
        with self.assertRaises(ValidationError) as caught:
            self._create_dwelling("99", "Trần Phú", self.group_b)
        self.assertIn("Tổ dân phố A", str(caught.exception), "The message names the successor")
        with self.assertRaises(ValidationError):
            self.dwelling_a.area_id = self.group_b
        with self.assertRaises(ValidationError):
            self.group_b.date_to = False

    def test_a_group_with_houses_does_not_simply_end(self):
        with self.assertRaises(ValidationError):
            self.group_a.with_user(self.user_officer).date_to = DAY
        empty = self._create_group("Tổ trống")
        empty.date_to = DAY
        with self.assertRaises(ValidationError):
            self._create_group("Tổ tương lai").date_to = "2999-01-01"

    def test_no_circles(self):
        with self.assertRaises(UserError):
            self.ward.parent_id = self.ward
        self._merge().action_confirm()
        merged = self.dwelling_a.area_id
        link = self.env["kdc.area.succession"]
        with self.assertRaises(ValidationError):
            link.create({"predecessor_id": merged.id, "successor_id": self.group_a.id, "date": DAY})
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            link.create({"predecessor_id": merged.id, "successor_id": merged.id, "date": DAY})

    def test_moved_household_leaves_its_trace(self):
        """Who lived where on a day, and since when a dwelling is empty."""
        self.assertEqual(self.dwelling_a.occupancy_since, date(2020, 1, 1))
        self.household_a.with_context(kdc_date=DAY).dwelling_id = self.dwelling_b
        self.assertEqual(self.dwelling_a.occupancy, "vacant")
        self.assertEqual(self.dwelling_a.occupancy_since, DAY)
        self.assertEqual(self.group_a._households_on(BEFORE), self.household_a)
        self.assertFalse(self.group_a._households_on(DAY))
        self.assertEqual((self.dwelling_a | self.dwelling_b)._occupied_on(BEFORE), self.dwelling_a | self.dwelling_b)
        self.assertEqual((self.dwelling_a | self.dwelling_b)._occupied_on(DAY), self.dwelling_b)
        self.assertEqual(self.dwelling_a.stay_ids.date_from, date(2020, 1, 1))
        with mute_logger("odoo.models"), self.assertRaises(AccessError):
            self.dwelling_a.stay_ids.with_user(self.user_officer).date_to = BEFORE

    def test_corrected_typing_error_is_no_history(self):
        fresh = self._create_dwelling("1", "Lê Lợi", self.group_a)
        fresh.area_id = self.group_b
        self.assertFalse(fresh.former_area_ids)

    def test_past_of_an_area(self):
        self._merge().action_confirm()
        wizard = (
            self.env["kdc.area.past"].with_user(self.user_auditor).create({"area_id": self.group_a.id, "date": BEFORE})
        )
        self.assertEqual((wizard.existed, wizard.dwelling_count, wizard.resident_count), (True, 1, 3))
        action = wizard.action_residents()
        self.assertEqual(action["domain"][0][2], self.household_a.membership_ids.resident_id.ids)
        wizard.date = DAY
        self.assertEqual((wizard.existed, wizard.dwelling_count), (False, 0))
        head = self.env["kdc.area.past"].with_user(self.user_area_head)
        self.assertEqual(
            head.create({"area_id": self.group_b.id, "date": BEFORE}).household_count, 1, "Merged: now theirs"
        )
