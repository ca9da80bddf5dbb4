import threading

from odoo import SUPERUSER_ID, api, sql_db
from odoo.exceptions import ValidationError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import SQL, mute_logger


@tagged("post_install", "-at_install")
class TestTwoOfficersAtOnce(BaseCase):
    """Two transactions that both commit: the database lets one of them win, and the other officer reads why.

    Nothing here is rolled back by the test framework, so what is committed is deleted at the end.
    """

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.made = {}
        self.addCleanup(self._clean)
        with self._cursor() as cursor:
            env = self._env(cursor)
            commune = env["kdc.area"].search([("kind", "=", "commune")], limit=1)
            self._remember(env["kdc.area"].create({"name": "Tổ của hai cán bộ", "kind": "group",
                                                   "parent_id": commune.id}))  # fmt: skip
            area = env["kdc.area"].browse(self.made["kdc_area"])
            dwelling = env["kdc.dwelling"].create({
                "house_number": "1", "street": "Đường thử", "area_id": area.id,
                "company_id": area.company_id.id or env.company.id,
            })  # fmt: skip
            households = env["kdc.household"].create(
                [{"dwelling_id": dwelling.id, "company_id": dwelling.company_id.id} for _number in range(2)]
            )
            people = env["kdc.resident"].create(
                [{"name": f"Người Thứ {number}", "company_id": dwelling.company_id.id} for number in range(2)]
            )
            for records in (dwelling, households, people):
                self._remember(records)
            self.made["res_partner"] = (households.partner_id | people.partner_id).ids
            cursor.commit()
            self.households, self.people = households.ids, people.ids

    def _cursor(self):
        """A cursor of its own connection, not the one that tests share."""
        return sql_db.db_connect(get_db_name()).cursor()

    @staticmethod
    def _env(cursor):
        return api.Environment(cursor, SUPERUSER_ID, {"tracking_disable": True, "mail_create_nolog": True})

    def _remember(self, records):
        self.made.setdefault(records._table, []).extend(records.ids)

    def _clean(self):
        with self._cursor() as cursor:
            cursor.execute("DELETE FROM kdc_household_membership WHERE resident_id = ANY (%s)",
                           [self.made.get("kdc_resident", [])])  # fmt: skip
            cursor.execute("DELETE FROM kdc_duplicate WHERE resident_id = ANY (%s)",
                           [self.made.get("kdc_resident", [])])  # fmt: skip
            for table in ("kdc_resident", "kdc_household", "kdc_dwelling", "kdc_area", "res_partner"):
                cursor.execute(
                    SQL("DELETE FROM %s WHERE id = ANY (%s)", SQL.identifier(table), self.made.get(table, []))
                )
            cursor.execute("DELETE FROM mail_message WHERE model = 'kdc.resident' AND res_id = ANY (%s)",
                           [self.made.get("kdc_resident", [])])  # fmt: skip
            cursor.commit()

    def _join(self, cursor, household_id, resident_id):
        """Make a person the head of a household, as a request of an officer does it; commits."""
        env = self._env(cursor)

        def request():
            env["kdc.household.membership"].create(
                {"household_id": household_id, "resident_id": resident_id, "role": "head"}
            )
            env.flush_all()

        return retrying(request, env)

    def _race(self, first, second):
        """Write ``first``, let ``second`` begin in another connection, commit the first; return why it failed."""
        caught = []

        def later():
            with self._cursor() as cursor:
                try:
                    self._join(cursor, *second)
                except Exception as error:
                    caught.append(error)

        with self._cursor() as cursor:
            env = self._env(cursor)
            env["kdc.household.membership"].create({"household_id": first[0], "resident_id": first[1], "role": "head"})
            env.flush_all()
            rival = threading.Thread(target=later)
            # The rival waits for this transaction in the index, or comes after it: the outcome is the same.
            rival.start()
            cursor.commit()
            rival.join()
        return caught

    def _live(self):
        with self._cursor() as cursor:
            cursor.execute(
                "SELECT household_id, resident_id FROM kdc_household_membership "
                "WHERE resident_id = ANY (%s) AND date_end IS NULL", [self.people]
            )  # fmt: skip
            return cursor.fetchall()

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_one_live_head(self):
        [error] = self._race((self.households[0], self.people[0]), (self.households[0], self.people[1]))
        self.assertIsInstance(error, ValidationError)
        self.assertIn("already has a head", str(error))
        self.assertEqual(self._live(), [(self.households[0], self.people[0])])

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_no_doubled_live_membership(self):
        [error] = self._race((self.households[0], self.people[0]), (self.households[1], self.people[0]))
        self.assertIsInstance(error, ValidationError)
        self.assertIn("already is a member", str(error))
        self.assertEqual(self._live(), [(self.households[0], self.people[0])])

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_different_households_do_not_wait(self):
        self.assertFalse(self._race((self.households[0], self.people[0]), (self.households[1], self.people[1])))
        self.assertEqual(len(self._live()), 2)
