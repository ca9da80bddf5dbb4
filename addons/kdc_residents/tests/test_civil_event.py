from datetime import date, timedelta

from lxml import etree
from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import SQL, mute_logger
from psycopg2 import IntegrityError

from .common import ResidentsCommon

DAY = date(2024, 5, 1)


@tagged("post_install", "-at_install")
class TestCivilEvent(ResidentsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.wife = cls.household_a.membership_ids.filtered(lambda m: m.role == "wife").resident_id
        cls.child = cls.household_a.membership_ids.filtered(lambda m: m.role == "child").resident_id
        cls.son_b = cls.household_b.membership_ids.filtered(lambda m: m.role == "child").resident_id

    def _event(self, kind, people=(), user=None, confirm=True, **vals):
        """Record an event; ``people`` are residents, ``(resident, role)`` or dicts for new persons."""
        lines = []
        for person in people:
            if isinstance(person, dict):
                lines.append(person)
            else:
                resident, role = person if isinstance(person, tuple) else (person, False)
                lines.append({"resident_id": resident.id, "role": role})
        vals = {
            "kind": kind,
            "date": DAY,
            "household_id": self.household_a.id,
            "line_ids": [Command.create(line) for line in lines],
        } | vals
        event = self.env["kdc.civil.event"].with_user(user or self.user_officer).create(vals)
        if confirm:
            event.action_confirm()
            self.env.flush_all()
            self.env.cr.precommit.run()
        return event

    def _composition(self, *households):
        """Return {(household, resident, role)} of today."""
        households = households or (self.household_a, self.household_b)
        self.env.flush_all()
        return {(m.household_id, m.resident_id, m.role) for h in households for m in h._live_memberships()}

    def _cancel(self, event, reason="Nhập nhầm"):
        event._cancel_with_reason(reason)
        self.env.flush_all()
        self.env.cr.precommit.run()

    def _tracked_state(self):
        return [
            (r.active, r.parent_id.id, r.household_id.id, r.role) for r in self.resident_a | self.wife | self.child
        ] + [(h.active, h.head_id, h.name, h.member_count) for h in self.household_a | self.household_b]

    def test_a_newcomers_day_of_birth_moves_into_the_register(self):
        """Who typed it sees it while the event is a draft; afterwards only the guarded register holds it."""
        event = self._event("move_in", confirm=False, people=[
            {"name": "Lê Văn Đến", "role": "lodger", "birth_date": "1990-02-03"}
        ])  # fmt: skip
        line = event.line_ids.with_user(self.user_officer)
        self.assertEqual(str(line.web_read({"birth_date": {}})[0]["birth_date"]), "1990-02-03")
        other = line.with_user(self.user_area_head)
        self.assertFalse(other.web_read({"birth_date": {}})[0]["birth_date"])
        for attempt in (
            lambda: line.read(["birth_date"]),
            lambda: line.search([("birth_date", "<", "1990-02-04")]),
        ):
            with self.assertRaises(AccessError):
                attempt()
        event.action_confirm()
        self.assertFalse(line.sudo().birth_date)
        self.assertEqual(str(line.sudo().resident_id.birth_date), "1990-02-03")

    # ------------------------------------------------------------ every kind, there and back
    def test_there_and_back(self):
        """Each kind changes the composition as it should, and cancelling restores exactly what was before."""
        a, b = self.household_a, self.household_b
        head, wife, child, son = self.resident_a, self.wife, self.child, self.son_b
        table = {
            "birth": (
                {"people": [{"name": "Nguyễn Thị Mới", "sex": "female", "role": "child"}]},
                lambda event: {(a, head, "head"), (a, wife, "wife"), (a, child, "child"),
                               (a, event.line_ids.resident_id, "child")},
            ),
            "death": ({"people": [wife]}, lambda _e: {(a, head, "head"), (a, child, "child")}),
            "move_out": ({"people": [child]}, lambda _e: {(a, head, "head"), (a, wife, "wife")}),
            "missing": ({"people": [child]}, lambda _e: {(a, head, "head"), (a, wife, "wife")}),
            "move_in": (
                {"people": [{"name": "Lê Văn Đến", "role": "lodger", "birth_date": "1990-02-03"}]},
                lambda event: {(a, head, "head"), (a, wife, "wife"), (a, child, "child"),
                               (a, event.line_ids.resident_id, "lodger")},
            ),
            "head_change": (
                {"new_head_id": wife.id},
                lambda _e: {(a, head, "husband"), (a, wife, "head"), (a, child, "child")},
            ),
            "split": (
                {"people": [(child, "head")]},
                lambda event: {(a, head, "head"), (a, wife, "wife"), (event.new_household_id, child, "head")},
            ),
            "merge": (
                {"people": [(head, "tenant"), (wife, "tenant"), (child, "other")], "target_household_id": b.id},
                lambda _e: {(b, head, "tenant"), (b, wife, "tenant"), (b, child, "other")},
            ),
            "transfer": (
                {"people": [(child, "nephew_niece")], "target_household_id": b.id},
                lambda _e: {(a, head, "head"), (a, wife, "wife"), (b, child, "nephew_niece")},
            ),
        }  # fmt: skip
        rest = {(b, self.resident_b, "head"), (b, son, "child")}
        for kind, (vals, expected) in table.items():
            with self.subTest(kind):
                before, state = self._composition(), self._tracked_state()
                event = self._event(kind, **vals)
                self.assertEqual(event.state, "confirmed")
                self.assertRegex(event.name, r"^BD/\d{4}/\d{5}$")
                self.assertEqual(event.confirm_uid, self.user_officer)
                self.assertEqual(self._composition(a, b, event.new_household_id), expected(event) | rest)
                self._cancel(event)
                self.assertEqual(event.state, "cancelled")
                self.assertEqual(self._composition(a, b, event.new_household_id), before)
                self.assertEqual(self._tracked_state(), state)
                for resident in event.line_ids.filtered("created").resident_id:
                    self.assertFalse(resident.active)
                self.assertFalse(event.new_household_id.active)

    def test_residence_follows_the_household(self):
        """In the same dwelling it goes along; elsewhere it ends with the household, and comes back with cancelling."""

        def live(resident):
            return self.env["kdc.residence"].create(
                {"kind": "permanent", "resident_id": resident.id, "date_from": "2020-01-01"}
            )

        mine, theirs = live(self.child), live(self.resident_b)
        split = self._event("split", [(self.child, "head")])
        self.assertEqual(mine.household_id, split.new_household_id)
        self._cancel(split)
        self.assertEqual((mine.household_id, mine.date_to), (self.household_a, False))
        people = [(self.resident_b, "other"), (self.son_b, "other")]
        merge = self._event("merge", people, household_id=self.household_b.id, target_household_id=self.household_a.id)
        self.assertEqual((theirs.household_id, theirs.date_to), (self.household_b, merge.date))
        self._cancel(merge)
        self.assertEqual((theirs.date_to, theirs.cancelled), (False, False))
        death = self._event("death", [self.child])
        self.assertEqual(mine.date_to, death.date)
        self._cancel(death)
        self.assertFalse(mine.date_to)

    def test_past_stays_readable(self):
        event = self._event("death", [self.wife])
        self.assertIn(self.wife, self.household_a._members_on(DAY - timedelta(days=1)).resident_id)
        self.assertNotIn(self.wife, self.household_a._members_on(DAY).resident_id)
        self.assertFalse(self.wife.active)
        self.assertEqual(self.wife.archive_date, DAY)
        self._cancel(event)
        self.assertIn(self.wife, self.household_a._members_on(DAY).resident_id)
        self.assertNotIn(True, self.household_a.past_membership_ids.mapped("voided"))

    def test_composition_dialogue(self):
        self._event("move_out", [self.child])
        action = self.household_a.with_user(self.user_area_head).action_composition()
        with Form(self.env["kdc.composition"].with_user(self.user_area_head).browse(action["res_id"])) as form:
            self.assertEqual(form.member_count, 2)
            form.date = DAY - timedelta(days=1)
            self.assertEqual(form.member_count, 3)

    def test_leave_and_rejoin(self):
        """R-03: who moved out moves in again, and is called back into the register."""
        self._event("move_out", [self.child])
        back = self._event("move_in", [(self.child, "child")], date=date(2024, 9, 1))
        self.assertTrue(self.child.active)
        self.assertEqual(self.child.household_id, self.household_a)
        self._cancel(back)
        self.assertFalse(self.child.active)
        self.assertEqual(self.child.archive_date, DAY)

    def test_move_in_as_new_household(self):
        event = self._event(
            "move_in",
            [{"name": "Võ Văn Hòa", "role": "head", "sex": "male"}, {"name": "Hồ Thị Mai", "role": "wife"}],
            household_id=False,
            dwelling_id=self.dwelling_b.id,
        )
        self.assertEqual(event.new_household_id.name, "Hộ Võ Văn Hòa")
        self.assertEqual(event.new_household_id.member_count, 2)
        self.assertEqual(event.area_id, self.group_b)

    def test_last_member_dissolves_the_household(self):
        event = self._event(
            "move_out", [self.resident_b, self.son_b], household_id=self.household_b.id, place="Đà Nẵng"
        )
        self.assertFalse(self.household_b.active)
        self.assertEqual(self.dwelling_b.occupancy, "vacant")
        self.assertFalse(self.user_portal_b.active)
        self._cancel(event)
        self.assertTrue(self.household_b.active)
        self.assertEqual(self.household_b.head_id, self.resident_b)
        self.assertTrue(self.user_portal_b.active, "Cancelling opens the account again")
        self.assertFalse(self.dwelling_b.stay_ids, "They never left")
        self.assertEqual(self.dwelling_b.occupancy_since, date(2020, 1, 1))

    # ------------------------------------------------------------ heads
    def test_death_of_the_head_asks_for_the_next(self):
        event = self._event("death", [self.resident_a], confirm=False)
        self.assertTrue(event.needs_new_head)
        with self.assertRaisesRegex(UserError, "new head"):
            event.action_confirm()
        event.new_head_id = self.resident_a
        with self.assertRaises(UserError, msg="The dead do not head a household"):
            event.action_confirm()
        event.new_head_id = self.wife
        event.action_confirm()
        self.assertEqual(self._composition(self.household_a), {
            (self.household_a, self.wife, "head"), (self.household_a, self.child, "child"),
        })  # fmt: skip
        self.assertEqual(self.household_a.name, "Hộ Trần Thị Bình")

    def test_form_proposes_relationships(self):
        form = Form(
            self.env["kdc.civil.event"]
            .with_user(self.user_officer)
            .with_context(default_kind="head_change", default_household_id=self.household_a.id),
            view="kdc_residents.kdc_civil_event_view_form_dialog",
        )
        form.new_head_id = self.child
        event = form.save()
        roles = {line.resident_id: line.role for line in event.stay_ids}
        self.assertEqual(roles, {self.resident_a: "father", self.wife: "mother"})
        event.action_confirm()
        self.assertEqual(self.household_a.head_id, self.child)
        self.assertEqual(event.stay_ids.mapped("former_role"), ["head", "wife"])

    def test_form_merge_lists_everybody(self):
        form = Form(self.env["kdc.civil.event"].with_user(self.user_officer))
        form.household_id = self.household_a
        form.kind = "merge"
        form.target_household_id = self.household_b
        self.assertEqual(len(form.line_ids), 3)

    def test_second_head_refused(self):
        with self.assertRaisesRegex(UserError, "already has a head"):
            self._event("transfer", [(self.child, "head")], target_household_id=self.household_b.id)

    # ------------------------------------------------------------ what is refused
    def test_refusals(self):
        cases = {
            "future": {"kind": "death", "people": [self.wife], "date": date.today() + timedelta(days=5)},
            "stranger leaves": {"kind": "death", "people": [self.son_b]},
            "before joining": {"kind": "death", "people": [self.wife], "date": date(2019, 1, 1)},
            "member moves in": {"kind": "move_in", "people": [(self.son_b, "other")]},
            "no relationship": {"kind": "transfer", "people": [self.child], "target_household_id": self.household_b.id},
            "not all merge": {
                "kind": "merge", "people": [(self.child, "other")], "target_household_id": self.household_b.id,
            },
            "split without head": {"kind": "split", "people": [(self.child, "child")]},
        }  # fmt: skip
        for name, vals in cases.items():
            with self.subTest(name), self.assertRaises(UserError):
                self._event(**vals)
        with self.assertRaises(ValidationError):
            self._event("death", confirm=False)

    def test_cancel_refused_when_later_events_depend(self):
        birth = self._event("birth", [{"name": "Bé Bi", "role": "child"}])
        baby = birth.line_ids.resident_id
        gone = self._event("move_out", [baby], date=date(2024, 8, 1))
        with self.assertRaisesRegex(UserError, gone.name):
            birth._cancel_with_reason("x")
        self._cancel(gone)
        self._cancel(birth)

    def test_cancel_refused_after_change_of_head(self):
        gone = self._event("move_out", [self.resident_a], new_head_id=self.wife.id)
        later = self._event("head_change", new_head_id=self.child.id, date=date(2024, 9, 1))
        with self.assertRaisesRegex(UserError, later.name):
            gone._cancel_with_reason("x")

    def test_cancel_looks_at_the_head_and_not_at_fractions_of_a_second(self):
        """What was saved and confirmed within one second can be cancelled; a head put there since stands on it."""
        event = self._event("transfer", [(self.child, "other")], target_household_id=self.household_b.id)
        self.env.cr.execute(
            SQL(
                "UPDATE kdc_civil_event SET create_date = %s, confirm_date = %s WHERE id = %s",
                "2026-11-22 12:04:39.49",
                "2026-11-22 12:04:39",
                event.id,
            )
        )
        head = self.household_a.membership_ids.filtered(lambda m: m.role == "head")
        for since, refused in (("2026-11-22 12:04:40", True), ("2026-11-22 12:04:39.7", False)):
            self.env.cr.execute(
                SQL("UPDATE kdc_household_membership SET create_date = %s WHERE id = %s", since, head.id)
            )
            self.env.invalidate_all()
            if refused:
                with self.assertRaisesRegex(UserError, "by hand"):
                    event._cancel_with_reason("x")
            else:
                self._cancel(event)
        self.assertEqual(event.state, "cancelled")

    def test_cancel_refused_after_change_by_hand(self):
        event = self._event("transfer", [(self.child, "other")], target_household_id=self.household_b.id)
        self.child.membership_ids.filtered(lambda m: not m.date_end).write({"date_end": "2024-06-01"})
        with self.assertRaisesRegex(UserError, "by hand"):
            event._cancel_with_reason("x")

    # ------------------------------------------------------------ nothing is deleted or bent
    def test_database_keeps_events(self):
        event = self._event("death", [self.wife])
        with self.assertRaises(UserError):
            event.sudo().unlink()
        for statement in ("DELETE FROM kdc_civil_event WHERE id = %s",
                          "UPDATE kdc_civil_event SET state = 'draft' WHERE id = %s"):  # fmt: skip
            with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
                self.env.cr.execute(SQL(statement, event.id))

    def test_confirmed_events_stay(self):
        event = self._event("death", [self.wife])
        for vals in ({"date": "2024-01-01"}, {"line_ids": [Command.clear()]}, {"kind": "missing"}):
            with self.subTest(vals), self.assertRaises(UserError):
                event.write(vals)
        with self.assertRaises(UserError):
            event.line_ids.with_user(self.user_officer).write({"role": "child"})
        event.write({"note": "Giấy chứng tử đã nộp"})
        with self.assertRaises(UserError):
            event.action_confirm()

    def test_steps_only(self):
        event = self._event("death", [self.wife], confirm=False)
        for vals in ({"state": "confirmed"}, {"name": "BD/1"}, {"started_ids": [Command.clear()]}):
            with self.subTest(vals), self.assertRaises(AccessError):
                event.write(vals)
        row = self.household_a.membership_ids[0].with_user(self.user_officer)
        for vals in ({"voided": True}, {"start_event_id": event.id}):
            with self.subTest(vals), self.assertRaises(AccessError):
                row.write(vals)

    # ------------------------------------------------------------ who may
    def test_area_head_drafts_officer_confirms(self):
        event = self._event("birth", [{"name": "Bé Na", "role": "child"}], user=self.user_area_head, confirm=False)
        with self.assertRaises(AccessError):
            event.action_confirm()
        self.assertEqual(self.check_home(self.user_officer)["events_to_confirm"]["count"], 1)
        self.assertNotIn("events_to_confirm", self.check_home(self.user_area_head))
        event.with_user(self.user_officer).action_confirm()
        self.assertEqual(event.create_uid, self.user_area_head)
        with self.assertRaises(AccessError):
            event.with_user(self.user_area_head)._cancel_with_reason("x")
        mine = self._event("death", [self.wife], user=self.user_area_head, confirm=False)
        mine._cancel_with_reason("Gia đình báo nhầm")
        self.assertEqual(mine.state, "cancelled")

    def test_what_waits_stands_on_top_of_the_list(self):
        draft = self._event("death", [self.wife], confirm=False)
        self._event("birth", [{"name": "Bé Na", "role": "child"}])._cancel_with_reason("Ghi nhầm")
        model = self.env["kdc.civil.event"]
        order = etree.fromstring(model.get_view(view_type="list")["arch"]).get("default_order")
        states = model.search([("company_id", "=", self.company.id)], order=order).mapped("state")
        self.assertEqual(states[:1], [draft.state])
        self.assertEqual(states, sorted(states, key=["draft", "confirmed", "cancelled"].index))

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.models")
    def test_area_head_keeps_to_own_areas(self):
        foreign = {"household_id": self.household_b.id}
        for vals in (
            {"kind": "death", "people": [self.son_b], **foreign},
            {"kind": "birth", "people": [{"name": "X", "role": "child"}], **foreign},
            {"kind": "transfer", "people": [(self.child, "other")], "target_household_id": self.household_b.id},
            {"kind": "move_in", "people": [(self.son_b, "other")]},
            {"kind": "head_change", "new_head_id": self.son_b.id},
        ):
            with self.subTest(vals), self.assertRaises(AccessError):
                self._event(user=self.user_area_head, confirm=False, **vals)
        event = self._event("death", [self.son_b], confirm=False, **foreign)
        seen = self.env["kdc.civil.event"].with_user(self.user_area_head)
        self.assertFalse(seen.search([("id", "=", event.id)]))
        self.assertFalse(seen.env["kdc.civil.event.line"].search([("event_id", "=", event.id)]))
        arriving = self._event(
            "transfer", [(self.son_b, "other")], target_household_id=self.household_a.id, confirm=False, **foreign
        )
        self.assertTrue(seen.search([("id", "=", arriving.id)]), "Who arrives in the own area is seen coming")
        with self.assertRaises(AccessError):
            arriving.with_user(self.user_area_head).write({"note": "x"})

    # ------------------------------------------------------------ what follows at once
    def test_portal_rights_follow(self):
        """Who leaves sees nothing of the old household any more, although the rules are cached."""
        user = self._create_portal_user("kdc_portal_child", self.child)
        partners = self.env["res.partner"].with_user(user)
        old, new = self.household_a.partner_id, self.household_b.partner_id
        self.assertTrue(partners.search([("id", "=", old.id)]), "Also warms the cache of rules")
        self._event("transfer", [(self.child, "other")], target_household_id=self.household_b.id)
        self.assertEqual(user.commercial_partner_id, new)
        self.assertFalse(partners.search([("id", "=", old.id)]))
        self.assertTrue(partners.search([("id", "=", new.id)]))
        self.child.membership_ids.filtered(lambda m: not m.date_end).write({"date_end": "2024-06-01"})
        self.assertFalse(self.child.parent_id)
        self.assertFalse(partners.search([("id", "in", (old | new).ids)]))

    def test_history_says_who(self):
        event = self._event("death", [self.wife])
        for record in (self.household_a, self.wife):
            message = record.message_ids[:1]
            self.assertIn(event.name, message.body)
            self.assertEqual(message.author_id, self.user_officer.partner_id)
