from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ResidentsCommon

DAY = date(2025, 7, 1)
BEFORE = date(2025, 6, 30)
#: The wards of the test exist since 2025-07-01.
WARD_DAY = date(2026, 7, 1)
DAY_BEFORE = date(2026, 6, 30)


class AreaChangeCommon(ResidentsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.env.ref("base.user_admin")

    def _merge(self, areas, user=None, **vals):
        wizard = self.env["kdc.area.merge"].with_user(user or self.user_officer)
        values = {"area_ids": [Command.set(areas.ids)], "name": "Tổ dân phố A", "date": DAY, **vals}
        return self.env["kdc.area"].browse(wizard.create(values).action_confirm()["res_id"])

    def _undo(self, old, user=None, area=None):
        action = old.with_user(user or self.user_officer).action_undo()
        wizard = self.env["kdc.area.undo"].with_user(user or self.user_officer).with_context(**action["context"])
        return wizard.create({"reason": "Chọn nhầm tổ", "area_id": area and area.id}).action_confirm()


@tagged("post_install", "-at_install")
class TestAreaUndo(AreaChangeCommon):
    def _state(self, areas):
        """What a merger touches, to be compared before and after."""
        dwellings = self.env["kdc.dwelling"].with_context(active_test=False).search([("area_id", "in", areas.ids)])
        return {
            "areas": [(a.name, a.code, a.date_to, a.parent_id, a.company_id) for a in areas],
            "dwellings": [(d, d.area_id, d.former_area_ids) for d in dwellings.sorted("id")],
            "people": [(r, r.area_id, r.household_id.area_id) for r in (self.resident_a | self.resident_b)],
            "users": self.user_area_head.kdc_area_ids,
            "aliases": areas.alias_ids.mapped("name"),
            "successions": areas.successor_ids | areas.predecessor_ids,
            "terms": [(t, t.date_to, t.sudo().gave_area) for t in areas.head_ids],
        }

    def test_merger_into_a_new_group_is_taken_back(self):
        groups = self.group_a | self.group_b
        self.group_a.alias_ids = [Command.create({"name": "Tổ 3 Lộc Thọ cũ"})]
        head = self.env["kdc.area.head"].create(
            {"area_id": self.group_b.id, "user_id": self.user_area_head.id, "date_from": "2024-01-01"}
        )
        before = self._state(groups)
        merged = self._merge(groups)
        self.assertTrue(merged.can_undo)
        self.assertEqual(head.date_to, DAY)
        self._undo(merged)
        self.assertFalse(merged.exists(), "It never existed")
        self.assertEqual(self._state(groups), before)
        change = self.env["kdc.area.change"].search([("undo_reason", "=", "Chọn nhầm tổ")])
        self.assertEqual((change.state, change.undone_by), ("undone", self.user_officer))
        self.assertEqual(self._merge(groups).name, "Tổ dân phố A", "It can be done anew")

    def test_merger_into_one_of_them_is_taken_back(self):
        groups = self.group_a | self.group_b
        before = self._state(groups)
        self._merge(groups, into="existing", target_id=self.group_a.id, name="Tổ dân phố 1")
        self.assertEqual(self.group_a.name, "Tổ dân phố 1")
        self.assertIn("Tổ dân phố A", self.group_a.alias_ids.mapped("name"), "Under a new name the old one is found")
        self._undo(self.group_a)
        self.assertEqual(self._state(groups), before)

    def test_division_is_taken_back(self):
        for keep in (False, True):
            before = self._state(self.group_a)
            wizard = self.env["kdc.area.split"].with_user(self.user_officer).create({
                "area_id": self.group_a.id, "date": DAY, "keep": keep,
                "part_ids": [Command.create({"name": "Tổ A1"}), Command.create({"name": "Tổ A2"})],
            })  # fmt: skip
            wizard.action_streets()
            wizard.street_ids.part_id = wizard.part_ids[1]
            wizard.action_confirm()
            self.assertEqual(self.dwelling_a.area_id.name, "Tổ A2")
            self._undo(self.group_a)
            self.assertEqual(self._state(self.group_a), before)

    def test_what_is_new_forbids_taking_back(self):
        cases = {
            "a head elected since": lambda area: self.env["kdc.area.head"].create(
                {"area_id": area.id, "name": "Trần Văn Bảy", "date_from": DAY}
            ),
            "a house moved away since": lambda area: self.dwelling_a.write(
                {"area_id": self._create_group("Tổ khác").id}
            ),
            "another charge given since": lambda area: self.user_area_head.write({"kdc_area_ids": [Command.clear()]}),
        }
        merged = self._merge(self.group_a | self.group_b)
        for name, act in cases.items():
            with self.subTest(name), self.assertRaises(UserError) as caught, self.cr.savepoint():
                act(merged)
                self._undo(merged)
            self.assertIn("anew instead", str(caught.exception))

    def test_what_is_new_finds_its_old_area(self):
        """What lies nowhere known goes where the officer says; what has a dwelling follows it."""
        merged = self._merge(self.group_a | self.group_b)
        house = self._create_dwelling("99", "Trần Phú", merged)
        roster = self.env["kdc.roster.import"].create({"area_id": merged.id})
        with self.assertRaises(UserError) as caught, self.cr.savepoint():
            self._undo(merged)
        self.assertIn("Choose the old area", str(caught.exception))
        with self.assertRaises(UserError), self.cr.savepoint():
            self._undo(merged, area=self._create_group("Tổ khác"))
        self._undo(merged, area=self.group_b)
        self.assertFalse(merged.exists())
        self.assertEqual((house.area_id, roster.area_id), (self.group_b, self.group_b))
        self.assertEqual(self.dwelling_a.area_id, self.group_a)

    def test_the_last_change_is_taken_back_first(self):
        merged = self._merge(self.group_a | self.group_b)
        later = self._merge(merged | self._create_group("Tổ C"), name="Tổ mới", date=date(2025, 8, 1))
        change = self.group_a.successor_ids.change_id
        with self.assertRaises(UserError), self.cr.savepoint():
            change.with_user(self.user_officer)._undo("Nhầm")
        self._undo(later)
        self._undo(merged)
        self.assertEqual(self.dwelling_a.area_id, self.group_a)

    def test_only_officers_take_back(self):
        merged = self._merge(self.group_a | self.group_b)
        for user in (self.user_area_head, self.user_auditor, self.user_staff, self.user_portal_a):
            with self.subTest(user.login), mute_logger("odoo.models"), self.assertRaises(AccessError):
                self._undo(merged, user)
        self.assertFalse(merged.with_user(self.user_area_head).can_undo)


@tagged("post_install", "-at_install")
class TestWardMerge(AreaChangeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        area = cls.env["kdc.area"]
        cls.other_ward = area.create(
            {"name": "Phường Lộc Thọ", "code": "97001", "kind": "commune", "parent_id": cls.province.id}
        )
        cls.other_group = area.create(
            {"name": "Tổ dân phố B", "code": "7", "kind": "group", "parent_id": cls.other_ward.id}
        )

    def _merge(self, areas, user=None, **vals):
        return super()._merge(areas, user, **{"date": WARD_DAY, **vals})

    def test_wards_merge_with_their_groups(self):
        self.group_b.code = "7"
        wards = self.ward | self.other_ward
        merged = self._merge(wards, self.admin, name="Phường Mới", code="97002")
        self.assertEqual((merged.kind, merged.company_id, merged.date_from), ("commune", self.company, WARD_DAY))
        self.assertEqual(self.company.kdc_commune_id, merged)
        self.assertEqual(wards.mapped("date_to"), [WARD_DAY, WARD_DAY])
        self.assertEqual((self.group_a | self.group_b | self.other_group).parent_id, merged)
        self.assertEqual(self.other_group.company_id, self.company)
        self.assertEqual(merged.predecessor_ids.predecessor_id, wards)

        # Both wards had a group B with code 7: one of them bears its old ward's name, and is found by its own.
        names = (self.group_b | self.other_group).mapped("name")
        self.assertEqual(len(set(names)), 2, names)
        renamed = (self.group_b | self.other_group).filtered("alias_ids")
        self.assertEqual(renamed.alias_ids.mapped("name"), ["Tổ dân phố B"])
        self.assertTrue(renamed.name.startswith("Tổ dân phố B "))
        self.assertEqual(len(set((self.group_b | self.other_group).mapped("code"))), 2)

        # Books, houses and people are where they were; letters now go to the new ward.
        self.assertEqual(self.dwelling_a.area_id, self.group_a)
        self.assertEqual(self.household_a.company_id, self.company)
        self.assertEqual(self.resident_a.partner_id.city, "Phường Mới")
        self.assertTrue(self.household_a.with_user(self.user_area_head).name, "Whoever headed a group still does")

        # The past of the old ward stays readable.
        self.assertIn(self.dwelling_a, self.ward._dwellings_on(DAY_BEFORE))
        self.assertFalse(self.ward._dwellings_on(WARD_DAY))
        self.assertIn(self.dwelling_a, merged._dwellings_on(WARD_DAY))
        self.assertFalse(merged._dwellings_on(DAY_BEFORE))
        found = self.env["kdc.area"].with_user(self.user_officer).name_search("lộc thọ", [("kind", "=", "commune")])
        self.assertIn(merged.id, [number for number, _name in found])

    def test_the_ward_without_office_may_go_on(self):
        self._merge(
            self.ward | self.other_ward, self.admin, into="existing", target_id=self.other_ward.id, name="Phường Lớn"
        )
        self.assertEqual((self.other_ward.company_id, self.other_ward.name), (self.company, "Phường Lớn"))
        self.assertEqual(self.group_a.parent_id, self.other_ward)
        self._undo(self.other_ward, self.admin)
        self.assertEqual((self.ward.company_id, self.ward.date_to), (self.company, False))
        self.assertEqual((self.other_ward.company_id.id, self.other_ward.name), (False, "Phường Lộc Thọ"))
        self.assertEqual(self.group_a.parent_id, self.ward)
        self.assertEqual(self.resident_a.partner_id.city, self.ward.name)

    def test_merger_of_wards_is_taken_back(self):
        self.group_b.code = "7"
        groups = self.group_a | self.group_b | self.other_group
        before = [(g.name, g.code, g.parent_id, g.alias_ids) for g in groups]
        merged = self._merge(self.ward | self.other_ward, self.admin, name="Phường Mới", code="97002")
        self._undo(merged, self.admin)
        self.assertFalse(merged.exists())
        self.assertEqual([(g.name, g.code, g.parent_id, g.alias_ids) for g in groups], before)
        self.assertEqual(self.company.kdc_commune_id, self.ward)
        self.assertFalse(self.env["kdc.area.parent"].search([("area_id", "in", groups.ids)]))

    def test_two_offices_are_not_merged_at_once(self):
        other = self.env["res.company"].create({"name": "UBND phường Lộc Thọ"})
        self.other_ward.company_id = other
        self.admin.company_ids |= other
        with self.assertRaises(UserError) as caught:
            self._merge(self.ward | self.other_ward, self.admin, name="Phường Mới", code="97002")
        self.assertIn("UBND phường Lộc Thọ", str(caught.exception))
        self.assertIn("What to do", str(caught.exception))

    def test_wards_are_for_administrators_and_not_mixed_with_groups(self):
        with mute_logger("odoo.models"), self.assertRaises(AccessError):
            self._merge(self.ward | self.other_ward, name="Phường Mới")
        for areas in (self.ward | self.group_a, self.ward | self.province, self.ward):
            with self.assertRaises(UserError), self.cr.savepoint():
                self._merge(areas, self.admin)

    def test_a_ward_with_groups_does_not_simply_end(self):
        with self.assertRaises(UserError):
            self.other_ward.date_to = DAY
