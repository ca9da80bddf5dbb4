import json
import os
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation, UniqueViolation

from ..engine import vault as engine
from ..tools import personal_data
from .common import ResidentsCommon

NUMBER = "056075001234"


@tagged("post_install", "-at_install")
class TestPersonalNumber(ResidentsCommon):
    """Personal numbers are encrypted in the database and used as before by those with the right."""

    def _stored(self, resident):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT personal_number_sealed, personal_number_index FROM kdc_resident WHERE id = %s", [resident.id]
        )
        return self.env.cr.fetchone()

    def _use_keys(self, *keys):
        """Run the rest of the test with these keys."""
        patcher = patch.dict(os.environ, {personal_data.VARIABLE: ",".join(keys)})
        patcher.start()
        self.addCleanup(self.env.invalidate_all)
        self.addCleanup(patcher.stop)
        self.env.invalidate_all()

    def test_the_database_holds_no_number(self):
        sealed, index = self._stored(self.resident_a)
        self.assertNotIn(NUMBER, sealed)
        self.assertNotIn(NUMBER, index)
        self.env.cr.execute("SELECT count(*) FROM kdc_resident r WHERE r::text LIKE %s", [f"%{NUMBER}%"])
        self.assertFalse(self.env.cr.fetchone()[0])
        self.assertEqual(self.resident_a.with_user(self.user_officer).personal_number, NUMBER)

    def test_search(self):
        people = self.env["kdc.resident"].with_user(self.user_officer)
        both = self.resident_a | self.resident_b
        self.assertEqual(people.search([("personal_number", "=", NUMBER)]), self.resident_a)
        self.assertEqual(people.search([("personal_number", "=", "056 075 001 234")]), self.resident_a)
        self.assertEqual(
            people.search([("personal_number", "in", [NUMBER, "056160009876"]), ("id", "in", both.ids)]), both
        )
        child = self.household_a.membership_ids.resident_id.filtered(lambda r: not r.personal_number)
        mine = ("id", "in", (self.resident_a | child).ids)
        self.assertEqual(people.search([("personal_number", "=", False), mine]), child)
        self.assertEqual(people.search([("personal_number", "!=", False), mine]), self.resident_a)
        self.assertEqual(people.search([("personal_number", "!=", NUMBER), mine]), child)
        self.assertEqual(people.search([("personal_number", "in", [NUMBER, False]), mine]), self.resident_a | child)
        self.assertEqual(people.name_search("056 075 001 234")[0][0], self.resident_a.id)
        with self.assertRaises(UserError):
            people.search([("personal_number", "like", "0560")])

    def test_write_and_clear(self):
        resident = self.resident_a.with_user(self.user_officer)
        resident.personal_number = "056 090 001 234"
        self.assertEqual(resident.personal_number, "056090001234")
        self.assertEqual(resident.personal_number_masked, "056***00****")
        resident.write({"personal_number": False})
        self.assertFalse(resident.personal_number)
        self.assertEqual(self._stored(resident), (None, None))

    def test_nobody_hands_over_a_sealed_value(self):
        for field in ("personal_number_sealed", "personal_number_index"):
            with self.assertRaises(UserError):
                self.resident_a.with_user(self.user_officer).write({field: "1.00000000.x"})
            with self.assertRaises(UserError):
                self.env["kdc.resident"].create({"name": "Người Khác", field: "1.00000000.x"})

    def test_the_database_refuses_doubles_and_clear_numbers(self):
        self.env.flush_all()
        sealed, index = self._stored(self.resident_a)
        statement = "UPDATE kdc_resident SET personal_number_sealed = %s, personal_number_index = %s WHERE id = %s"
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation), self.cr.savepoint():
            self.env.cr.execute(statement, [sealed, index, self.resident_b.id])
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation), self.cr.savepoint():
            self.env.cr.execute(statement, ["056075001299", "x", self.resident_b.id])
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation), self.cr.savepoint():
            self.env.cr.execute(statement, [sealed, None, self.resident_b.id])
        with self.assertRaises(ValidationError):
            self.resident_b.personal_number = NUMBER

    def test_the_old_key_is_not_needed_after_a_rotation(self):
        """Numbers of people and of their documents are encrypted anew; whatever is sealed is among them."""
        old, new = engine.generate_key(), engine.generate_key()
        self._use_keys(old)
        person = self.env["kdc.resident"].create({"name": "Người Giữ Giấy", "personal_number": "056090007777"})
        paper = self.env["kdc.identity.document"].create(
            {"resident_id": person.id, "kind": "passport", "number": "C1234567", "active": False}
        )
        names = self.env["kdc.guarded.mixin"]._sealed_models()
        sealed = {
            name for name, model in self.env.registry.items()
            if not model._abstract
            and any(field.endswith("_sealed") and f"{field[:-7]}_index" in model._fields for field in model._fields)
        }  # fmt: skip
        self.assertEqual(set(names), sealed, "A new sealed field takes part in the rotation")
        self._use_keys(new, old)
        with mute_logger("odoo.addons.kdc_residents.tools.personal_data"):
            for name in names:
                while self.env[name]._reseal_numbers(limit=2)[0]:
                    pass
        self._use_keys(new)
        self.assertEqual((person.personal_number, paper.number), ("056090007777", "C1234567"))
        with self.assertRaises(ValidationError, msg="Known under the new key"):
            self.resident_b.personal_number = "056090007777"

    def test_rotation_in_batches(self):
        old, new = engine.generate_key(), engine.generate_key()
        self._use_keys(old)
        people = self.env["kdc.resident"].create(
            [{"name": f"Người Thứ {i}", "personal_number": f"05609000{i:04}"} for i in range(5)]
        )
        before = [self._stored(person) for person in people]
        self._use_keys(new, old)
        self.assertEqual(people[3].personal_number, "056090000003", "An older key still opens")
        self.assertEqual(self.env["kdc.resident"].search([("personal_number", "=", "056090000003")]), people[3])
        with self.assertRaises(ValidationError, msg="A number under the old key still is taken"):
            self.resident_b.personal_number = "056090000003"
        with mute_logger("odoo.addons.kdc_residents.tools.personal_data"):
            done, _left = self.env["kdc.resident"]._reseal_numbers(limit=3)
            self.assertLessEqual(done, 3)
            while done:
                done, _left = self.env["kdc.resident"]._reseal_numbers(limit=3)
        self._use_keys(new)
        self.assertEqual(people.mapped("personal_number"), [f"05609000{i:04}" for i in range(5)])
        for person, (sealed, index) in zip(people, before, strict=True):
            self.assertNotEqual(self._stored(person)[0], sealed)
            self.assertNotEqual(self._stored(person)[1], index)

    def test_wrong_key(self):
        self._use_keys(engine.generate_key())
        with mute_logger("odoo.addons.kdc_residents.tools.personal_data"):
            self.assertFalse(self.resident_a.personal_number)
            self.assertTrue(self.resident_a.personal_number_masked, "There is a number, though nobody can read it")
            self.assertNotIn("056", self.resident_a.personal_number_masked)

    def test_without_key(self):
        with patch.object(personal_data, "vault", side_effect=engine.NoKey("none")):
            self.env.invalidate_all()
            with mute_logger("odoo.addons.kdc_residents.tools.personal_data"):
                self.assertFalse(self.resident_a.personal_number)
            with self.assertRaisesRegex(UserError, "personal_data_keys"):
                self.env["kdc.resident"].create({"name": "Người Khác", "personal_number": "056090001234"})
            self.assertTrue(self.env["kdc.resident"].create({"name": "Người Khác"}), "All but the number is saved")
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestBirthDateGuard(ResidentsCommon, HttpCase):
    """A masked date of birth cannot be found out by asking "before or after?" until one day is left."""

    def _rpc(self, model, method, *args, **kwargs):
        answer = self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            data=json.dumps({"params": {"model": model, "method": method, "args": args, "kwargs": kwargs}}),
            headers={"Content-Type": "application/json"},
        ).json()
        return answer.get("result"), answer.get("error", {}).get("data", {}).get("name")

    @mute_logger("odoo.http")
    def test_no_halving_over_rpc(self):
        self.authenticate("kdc_officer", "kdc_officer")
        me = ["id", "=", self.resident_a.id]
        refused = [
            ("kdc.resident", "search_count", [[me, ["birth_date", "<", "1975-03-03"]]], {}),
            ("kdc.resident", "search", [[me, ["birth_date", "=", "1975-03-02"]]], {}),
            ("kdc.resident", "search", [[me, ["birth_date", "in", ["1975-03-02", "1975-03-03"]]]], {}),
            ("kdc.resident", "search", [[me, "!", ["birth_date", ">=", "1975-03-02"]]], {}),
            ("kdc.resident", "search_read", [[["birth_date.month_number", "=", 3], me], ["name"]], {}),
            ("kdc.resident", "search", [[me, ["birth_date", "<", "today -51y"]]], {}),
            ("kdc.resident", "search", [[]], {"order": "birth_date", "limit": 2}),
            ("kdc.resident", "web_search_read", [[], {"name": {}}], {"order": "birth_date desc", "limit": 2}),
            ("kdc.resident", "name_search", ["An", [["birth_date", ">", "1975-03-01"]]], {}),
            ("kdc.resident", "formatted_read_group", [[me], ["birth_date:month"], ["__count"]], {}),
            ("kdc.resident", "formatted_read_group", [[me], [], ["birth_date:max"]], {}),
            ("kdc.resident", "web_read_group", [[["birth_date", "<", "1975-03-03"]], ["sex"]], {}),
            ("kdc.resident", "export_data", [self.resident_a.ids, ["birth_date"]], {}),
            ("kdc.household", "search", [[["head_id.birth_date", "<", "1975-03-03"]]], {}),
            ("kdc.household", "search", [[["membership_ids.resident_id.birth_date", "<", "1975-03-03"]]], {}),
            ("kdc.household.membership", "search", [[["resident_id", "any", [["birth_date", "<", "1975-03-03"]]]]], {}),
        ]
        for model, method, args, kwargs in refused:
            with self.subTest(method=method, args=args):
                self.assertEqual(self._rpc(model, method, *args, **kwargs)[1], "odoo.exceptions.AccessError")

    def test_whole_years_stay_open(self):
        self.authenticate("kdc_officer", "kdc_officer")
        me = ["id", "=", self.resident_a.id]
        year = [["birth_date", ">=", "1975-01-01"], ["birth_date", "<", "1976-01-01"]]
        self.assertEqual(self._rpc("kdc.resident", "search", [me, *year])[0], self.resident_a.ids)
        self.assertEqual(self._rpc("kdc.resident", "search", [me, ["birth_date", "!=", False]])[0], self.resident_a.ids)
        groups, error = self._rpc("kdc.resident", "formatted_read_group", [me], ["birth_date:year"], ["__count"])
        self.assertFalse(error)
        opened = self._rpc("kdc.resident", "search", [me, *groups[0]["__extra_domain"]])
        self.assertEqual(opened, (self.resident_a.ids, None), "A group of one year can be opened")

    def test_who_may_read_clear_data_may_search(self):
        self.user_officer.group_ids |= self.env.ref("kdc_residents.group_clear_data")
        people = self.env["kdc.resident"].with_user(self.user_officer)
        self.assertIn(self.resident_a, people.search([("birth_date", "=", "1975-03-02")], order="birth_date"))
