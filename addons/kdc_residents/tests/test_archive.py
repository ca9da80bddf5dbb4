import json
from datetime import date

from odoo.exceptions import UserError
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger

from .common import ResidentsCommon


@tagged("post_install", "-at_install")
class TestArchive(ResidentsCommon, HttpCase):
    def _wizard(self, records, **vals):
        action = records.with_user(self.user_officer).action_archive()
        self.assertTrue(action["views"], "The client calls this without a button and needs the whole action")
        wizard = self.env["kdc.archive"].with_user(self.user_officer).with_context(**action["context"])
        return wizard.create({"reason_kind": "mistake", **vals})

    def test_reasons_are_no_events(self):
        reasons = self.env["kdc.archive"]._fields["reason_kind"].get_values(self.env)
        self.assertEqual(reasons, ["duplicate", "mistake", "other"], "Death and moving are events of their own")

    def test_what_was_a_mistake_never_counted(self):
        child = self.household_a.membership_ids.filtered(lambda m: m.role == "child")
        self._wizard(child.resident_id).action_confirm()
        self.assertTrue(child.voided)
        self.assertFalse(child.resident_id.active)
        self.assertNotIn(child, self.household_a._members_on(date(2024, 1, 1)))
        self.assertEqual(self.household_a.member_count, 2)

    def test_a_household_entered_twice(self):
        self._wizard(self.household_b, reason_kind="duplicate").action_confirm()
        self.assertFalse(self.household_b.active)
        self.assertFalse(self.household_b._members_on(date(2024, 1, 1)))

    def test_archiving_leads_to_the_event(self):
        wife = self.household_a.membership_ids.filtered(lambda m: m.role == "wife").resident_id
        action = self._wizard(wife).action_death()
        event = Form(self.env["kdc.civil.event"].with_user(self.user_officer).with_context(**action["context"]),
                     view=action["views"][0][0])  # fmt: skip
        event = event.save()
        self.assertEqual((event.kind, event.household_id, event.line_ids.resident_id),
                         ("death", self.household_a, wife))  # fmt: skip
        event.action_confirm()
        self.assertFalse(wife.active)

        action = self._wizard(self.household_b).action_move_out()
        event = self.env["kdc.civil.event"].with_user(self.user_officer).with_context(**action["context"]).create({})
        self.assertEqual(event.line_ids.resident_id, self.household_b.live_membership_ids.resident_id)
        event.action_confirm()
        self.assertFalse(self.household_b.active, "A household nobody is left in goes with them")

    def test_two_households_have_no_common_event(self):
        self.assertFalse(self._wizard(self.household_a | self.household_b).event_household_id)

    def test_who_came_by_an_event_goes_by_cancelling_it(self):
        event = self.env["kdc.civil.event"].create({
            "kind": "birth", "date": "2025-05-05", "household_id": self.household_a.id,
            "line_ids": [(0, 0, {"name": "Nguyễn Bé", "sex": "female", "role": "child"})],
        })  # fmt: skip
        event.action_confirm()
        with self.assertRaises(UserError) as caught:
            self._wizard(event.line_ids.resident_id).action_confirm()
        self.assertIn(event.name, str(caught.exception))

    def _residence(self, resident, **vals):
        return self.env["kdc.residence"].create(
            {"kind": "permanent", "resident_id": resident.id, "date_from": "2020-01-01", **vals}
        )

    def test_residence_ends_with_the_household_and_returns(self):
        head = self.household_b.head_id
        lives = self._residence(head)
        guest = self._residence(self.env["kdc.resident"], kind="temporary", person_name="Lê Văn Trọ",
                                household_id=self.household_b.id, date_to="2021-12-01")  # fmt: skip
        coming = self._residence(head, kind="absence", date_from="2031-01-01", date_to="2031-02-01")
        self._wizard(
            self.household_b, reason_kind="other", reason_note="Nhà giải tỏa", date="2021-06-30"
        ).action_confirm()
        self.assertEqual(
            [(r.date_to, r.cancelled) for r in (lives, guest, coming)],
            [(date(2021, 6, 30), False), (date(2021, 6, 30), False), (date(2031, 2, 1), True)],
        )
        notice = self.household_b.with_user(self.user_officer).action_unarchive()
        self.assertIn(self.household_b.name, notice["params"]["message"])
        self.assertEqual(
            [(r.date_to, r.cancelled) for r in (lives, guest, coming)],
            [(False, False), (date(2021, 12, 1), False), (date(2031, 2, 1), False)],
        )

    def test_a_residence_recorded_since_holds(self):
        child = self.household_a.membership_ids.filtered(lambda m: m.role == "child").resident_id
        old = self._residence(child)
        self._wizard(child).action_confirm()
        self.assertTrue(old.cancelled, "Who was entered by mistake never lived there")
        new = self._residence(child, dwelling_id=self.dwelling_b.id, household_id=self.household_b.id)
        child.action_unarchive()
        self.assertTrue(old.cancelled)
        self.assertFalse(old.ended_by_archive or new.cancelled or new.date_to)

    @mute_logger("odoo.http", "odoo.models")
    def test_officer_cannot_delete_over_rpc(self):
        self.authenticate("kdc_officer", "kdc_officer")
        for record in (self.household_a, self.resident_a, self.dwelling_a, self.household_a.membership_ids[:1]):
            with self.subTest(record._name):
                answer = self.url_open(
                    f"/web/dataset/call_kw/{record._name}/unlink",
                    data=json.dumps({"params": {"model": record._name, "method": "unlink", "args": [record.ids],
                                                "kwargs": {}}}),
                    headers={"Content-Type": "application/json"},
                ).json()  # fmt: skip
                self.assertIn("error", answer)
                self.assertTrue(record.exists())
