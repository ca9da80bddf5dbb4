import os
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
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
