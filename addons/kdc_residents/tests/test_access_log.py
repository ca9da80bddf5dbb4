from datetime import date, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger
from psycopg2.errors import IntegrityConstraintViolation

from .common import ResidentsCommon

NUMBER = "056075001234"
FORM = {"name": {}, "birth_date": {}, "personal_number": {}, "personal_number_masked": {}, "membership_ids": {}}


@tagged("post_install", "-at_install")
class TestAccessLog(ResidentsCommon):
    """Personal data leave the server one by one, with a purpose, and leave a line."""

    def _lines(self, resident=None):
        return self.env["kdc.access.log"].search([("resident_id", "=", (resident or self.resident_a).id)])

    def test_ways_out_are_closed(self):
        self.user_auditor.group_ids += self.env.ref("base.group_allow_export")
        for user in (self.user_officer, self.user_auditor):
            person = self.resident_a.with_user(user)
            people = person.browse()
            mine = [("id", "=", person.id)]
            for name in ("birth_date", "personal_number"):
                for way in (
                    lambda name=name, person=person: person.read([name]),
                    lambda name=name, people=people, mine=mine: people.search_read(mine, [name]),
                    lambda name=name, person=person: person.export_data(["name", name]),
                    lambda name=name, person=person: person.household_id.export_data(
                        ["name", f"membership_ids/resident_id/{name}"]
                    ),
                ):
                    with self.subTest(user=user.login, name=name), self.assertRaises(AccessError):
                        way()
            for groupby, aggregate in (
                (["birth_date:day"], []),
                ([], ["birth_date:max"]),
                ([], ["birth_date:array_agg"]),
            ):
                with self.subTest(groupby=groupby, aggregate=aggregate), self.assertRaises(AccessError):
                    people.formatted_read_group(mine, groupby, aggregate)
            with self.assertRaises(AccessError):
                person.membership_ids.formatted_read_group([], ["resident_id.birth_date:day"], ["__count"])
            people.formatted_read_group(mine, ["birth_date:year"], ["__count"])
            self.assertEqual(person.read(["birth_display", "age"])[0]["birth_display"], "**/**/1975")
        self.assertFalse(self._lines())

    def test_screens_get_masks(self):
        person = self.resident_a.with_user(self.user_officer)
        values = person.web_read(FORM)[0]
        self.assertEqual((values["birth_date"], values["personal_number"]), (False, False))
        self.assertEqual(values["personal_number_masked"], "056***00****")
        found = person.web_search_read([("id", "=", person.id)], {"name": {}, "birth_date": {}, "personal_number": {}})
        self.assertFalse(found["records"][0]["birth_date"] or found["records"][0]["personal_number"])
        nested = self.household_a.with_user(self.user_officer).web_read(
            {"head_id": {"fields": {"birth_date": {}, "personal_number": {}}}}
        )
        self.assertFalse(nested[0]["head_id"]["birth_date"] or nested[0]["head_id"]["personal_number"])
        saved = person.web_save({"email": "an@example.com"}, FORM)
        self.assertFalse(saved[0]["birth_date"])
        self.assertEqual(self.resident_a.birth_date, date(1975, 3, 2), "Saving the form loses nothing")
        self.assertEqual(self.resident_a.personal_number, NUMBER)

    def test_a_new_person_is_entered_in_the_form(self):
        with Form(self.env["kdc.resident"].with_user(self.user_officer)) as form:
            form.name = "Người Mới"
            form.birth_date = "1990-05-06"
            form.personal_number = "056090001234"
            form.sex = "male"
        person = self.env["kdc.resident"].search([("personal_number", "=", "056090001234")])
        self.assertEqual(person.birth_date, date(1990, 5, 6))

    def test_opening_leaves_one_line_per_look(self):
        person = self.resident_a.with_user(self.user_officer)
        person.web_read(FORM)
        person.web_read(FORM)
        line = self._lines()
        self.assertEqual((line.kind, line.user_id, line.company_id), ("open", self.user_officer, self.company))
        self.assertIn(self.user_officer.name, line.actor)
        self.assertGreater(line.keep_until, fields.Date.context_today(self.env.user) + timedelta(days=700))
        self.resident_b.with_user(self.user_officer).web_read({"name": {}})
        self.assertFalse(self._lines(self.resident_b), "A list is no look at one person")
        self.household_b.with_user(self.user_officer).web_read({"name": {}, "live_membership_ids": {}})
        self.assertEqual(self._lines(self.resident_b).kind, "open", "A household's page shows its members")
        person.with_user(self.user_area_head).web_read(FORM)
        self.assertEqual(len(self._lines()), 2)

    def test_reveal(self):
        wizard = self.env["kdc.reveal"].with_user(self.user_officer).create({"resident_id": self.resident_a.id})
        self.assertFalse(wizard.personal_number or wizard.birth_date, "Nothing before the purpose is said")
        wizard.action_show()
        self.assertEqual((wizard.personal_number, wizard.birth_date), (NUMBER, date(1975, 3, 2)))
        line = self._lines()
        self.assertEqual((line.kind, line.subject, line.purpose), ("reveal", "identity", "request"))
        wizard.personal_number = "056075001299"
        wizard.action_correct()
        self.assertEqual(self.resident_a.personal_number, "056075001299")
        self.assertEqual(self.resident_a.birth_date, date(1975, 3, 2))
        self.assertEqual(self._lines()[0].kind, "change")
        wizard.sudo().shown_at = fields.Datetime.subtract(fields.Datetime.now(), minutes=11)
        self.assertFalse(wizard.personal_number, "The answer ends by itself")
        self.env.flush_all()
        self.env.cr.execute("SELECT count(*) FROM kdc_reveal r WHERE r::text LIKE %s", ["%056075%"])
        self.assertFalse(self.env.cr.fetchone()[0], "Nothing shown is stored")

    def test_reveal_by_role(self):
        area_head = self.resident_a.with_user(self.user_area_head).reveal("verify")
        self.assertEqual(area_head["birth_date"], date(1975, 3, 2))
        self.assertNotIn("personal_number", area_head)
        self.assertEqual(self.resident_a.with_user(self.user_auditor).reveal("audit")["personal_number"], NUMBER)
        for user in (self.user_staff, self.user_portal_a):
            with self.assertRaises(AccessError), mute_logger("odoo.models", "odoo.addons.base.models.ir_rule"):
                self.resident_a.with_user(user).reveal("verify")
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            self.resident_b.with_user(self.user_area_head).reveal("verify")
        officer = self.resident_a.with_user(self.user_officer)
        for purpose, note in (("", ""), ("curiosity", ""), ("other", " ")):
            with self.assertRaises(UserError):
                officer.reveal(purpose, note)
        auditor = self.env["kdc.reveal"].with_user(self.user_auditor).create({"resident_id": self.resident_a.id})
        auditor.action_show()
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            auditor.personal_number = "056075001299"

    def test_the_clear_group_reads_and_is_recorded(self):
        self.user_officer.group_ids += self.env.ref("kdc_residents.group_clear_data")
        person = self.resident_a.with_user(self.user_officer)
        self.assertEqual(person.read(["personal_number"])[0]["personal_number"], NUMBER)
        self.assertEqual(person.export_data(["name", "personal_number"])["datas"][0][1], NUMBER)
        self.assertEqual(self._lines().kind, "export")

    def test_lines_are_never_changed(self):
        line = self.env["kdc.access.log"]._log(self.resident_a, "open")
        with self.assertRaises(UserError):
            line.write({"actor": "Không ai"})
        with self.assertRaises(AccessError):
            line.unlink()
        self.env.flush_all()
        for statement in (
            "UPDATE kdc_access_log SET actor = 'x' WHERE id = %s",
            "UPDATE kdc_access_log SET keep_until = '2000-01-01' WHERE id = %s",
            "DELETE FROM kdc_access_log WHERE id = %s",
        ):
            with (
                self.subTest(statement),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityConstraintViolation),
                self.cr.savepoint(),
            ):
                self.env.cr.execute(statement, [line.id])
        line.resident_id = self.resident_b
        self.env.flush_all()

    def test_lines_end_when_their_time_is_over(self):
        old, new = (
            self.env["kdc.access.log"]
            .sudo()
            .create(
                [
                    {
                        "resident_id": self.resident_a.id,
                        "company_id": self.company.id,
                        "user_id": self.user_officer.id,
                        "actor": "Cán bộ",
                        "kind": "open",
                        "keep_until": fields.Date.context_today(self.env.user) + timedelta(days=days),
                    }
                    for days in (-1, 0)
                ]
            )
        )
        self.env["kdc.access.log"]._gc_due_lines()
        self.assertFalse(old.exists())
        self.assertTrue(new.exists())

    def test_change_of_birth_date_is_not_spelled_out(self):
        person = self.resident_a.with_user(self.user_officer).with_context(tracking_disable=False)
        person.birth_date = "1975-03-03"
        self.assertEqual((self._lines().kind, self._lines().subject), ("change", "birth_date"))
        tracked = self.resident_a.message_ids.tracking_value_ids.field_id.mapped("name")
        self.assertNotIn("birth_date", tracked)


@tagged("post_install", "-at_install")
class TestAccessLogPage(ResidentsCommon, HttpCase):
    def test_lines_about_a_merged_record_are_read_too(self):
        """Two records of one person: whoever looked at either of them looked at this person."""
        double = self.env["kdc.resident"].create({"name": "Nguyễn Văn An", "company_id": self.company.id})
        older = self.env["kdc.resident"].create({"name": "Nguyen Van An", "company_id": self.company.id})
        log = self.env["kdc.access.log"].with_user(self.user_officer)
        actor = (log._log(double, "open") | log._log(older, "open"))[0].actor
        for keep, drop in ((double, older), (self.resident_a, double)):
            self.env["kdc.resident.merge"].with_user(self.env.ref("base.user_admin")).create(
                {"keep_id": keep.id, "drop_id": drop.id}
            ).action_merge()
        self.assertEqual(self.resident_a._with_merged(), self.resident_a | double | older)
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        self.assertEqual(self.url_open("/my/household/access-log").text.count(actor), 2)
        self.authenticate("kdc_portal_b", "kdc_portal_b")
        self.assertNotIn(actor, self.url_open("/my/household/access-log").text)

    def test_residents_read_their_own_lines(self):
        self.resident_a.with_user(self.user_officer).reveal("benefit", "Hồ sơ 12")
        self.resident_b.with_user(self.user_auditor).reveal("audit")
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        page = self.url_open("/my/household/access-log").text
        self.assertIn(self.user_officer.name, page)
        self.assertNotIn(self.user_auditor.name, page)
        self.assertNotIn("Hồ sơ 12", page, "The officer's note is for the office")
        self.assertIn("/my/household/access-log", self.url_open("/my/household").text)
        self.authenticate("kdc_officer", "kdc_officer")
        self.assertEqual(self.url_open("/my/household/access-log").status_code, 404)
