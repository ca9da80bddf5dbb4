import base64
import json
from datetime import date, timedelta
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..engine import sheet
from ..models import kdc_roster_import
from ..tools import roster_bulk, roster_writer
from .common import ResidentsCommon
from .test_roster_import import HEADINGS

EXTRA = ["Hẻm", "Email", "Ghi chú"]
ROLES = ["Vợ", "Con", "Con dâu", "Cháu nội", "Mẹ", "Ở thuê", "Anh ruột", "Không rõ"]
SYLLABLES = "An Bình Cường Dũng Đông Én Giang Hạnh Ích Khánh Lộc Mỹ Nhã Oanh Phúc Quý Sơn Tấn Uyên Vĩ Xuân Yến".split()
#: Where rows point to rows that the list makes.
LINKS = {
    "partner_id": "res_partner", "parent_id": "res_partner", "commercial_partner_id": "res_partner",
    "household_id": "kdc_household", "resident_id": "kdc_resident", "head_id": "kdc_resident",
    "dwelling_id": "kdc_dwelling",
}  # fmt: skip


def name(number):
    """Return a name nobody else of the list has."""
    first, second = divmod(number, len(SYLLABLES))
    return f"Phan {SYLLABLES[first]} {SYLLABLES[second]}"


def rows(households, code="K", first=0, group="Tổ dân phố 5"):
    """Return a list in which whatever may be missing is missing somewhere, and nothing is the same throughout.

    :param first: number of the first person, for a second list with other people.
    """
    result = []
    for number in range(households):
        for place in range(number % 4 + 1):
            person = first + len(result)
            born = date(1940, 3, 1) + timedelta(days=person * 53)
            result.append([
                person + 1,
                f"{code}{number:03d}",
                name(person % 484),
                (born, born.year, None, born.strftime("%d/%m/%Y"))[person % 4],
                ("Nam", "Nữ", None)[person % 3],
                f"056{person % 3 % 2}{born.year % 100:02d}{person:06d}" if person % 5 else None,
                "Chủ hộ" if not place else ROLES[person % len(ROLES)],
                (f"{number + 1}", f"Lô {number}", None)[number % 3],
                "Trần Phú" if number % 5 else None,
                group,
                (f"0905{person:06d}", "19001234", None)[person % 3],
                "45/2" if number % 4 == 1 else None,
                f"Nguoi{person}@khanhhoa.example" if person % 6 == 1 else None,
                "Đang đi học <xa> nhà" if person % 7 == 2 else None,
            ])  # fmt: skip
    # Two households in one house.
    result.append(
        [len(result) + 1, f"{code}999", "Phan Thuê Nhà", 1990, "Nam", None, "Chủ hộ", "2", None, group, *[None] * 4]
    )
    return result


@tagged("post_install", "-at_install")
class TestRosterBulk(ResidentsCommon):
    """New households of long lists are table rows like those the ORM writes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_group("Tổ dân phố 5")

    def _import(self, data_rows, bulk_from, rejected=0):
        """Import a list; return how many households were written as table rows, and how many queries it took."""
        content = sheet.write_xlsx([HEADINGS + EXTRA, *data_rows])
        record = (
            self.env["kdc.roster.import"]
            .with_user(self.user_officer)
            .create({"file": base64.b64encode(content), "file_name": "ds.xlsx", "date_start": "2026-01-01"})
        )
        bulk = roster_bulk.RosterBulk
        with (
            patch.object(roster_writer, "BULK_FROM", bulk_from),
            patch.object(kdc_roster_import, "ROWS_AT_ONCE", 10_000),
            patch.object(bulk, "write_new", autospec=True, side_effect=bulk.write_new) as w,
        ):
            record.action_check()
            self.env.flush_all()
            before = self.cr.sql_log_count
            record.action_import()
            self.env.flush_all()
        self.assertEqual((record.state, record.rejected_count), ("done", rejected), record.issue_ids.mapped("message"))
        return sum(len(call.args[1]) for call in w.call_args_list), self.cr.sql_log_count - before

    def _rows(self, table, where):
        query = SQL("SELECT to_jsonb(t) FROM %s t WHERE %s", SQL.identifier(table), where)
        return [row[0] for row in self.env.execute_query(query)]

    def _snapshot(self):
        """Return all columns of everything the list made, with names where ids differ from one import to the next."""
        households = self.env["kdc.household"].search([("code", "=like", "K%")])
        residents = households.membership_ids.resident_id
        tables = {
            "res_partner": (households.partner_id | residents.partner_id, lambda r: r["complete_name"]),
            "kdc_dwelling": (households.dwelling_id, lambda r: (r["name"], r["route_sequence"])),
            "kdc_household": (households, lambda r: r["code"]),
            "kdc_resident": (residents, lambda r: r["search_key"]),
            "kdc_household_membership": (households.membership_ids, lambda r: r["id"]),
        }
        found = {
            table: {row["id"]: row for row in self._rows(table, SQL("id IN %s", tuple(records.ids)))}
            for table, (records, _label) in tables.items()
        }
        labels = {
            (table, id_): json.dumps(label(row), ensure_ascii=False)
            for table, (_records, label) in tables.items()
            for id_, row in found[table].items()
        }
        snapshot = {}
        for table, table_rows in found.items():
            for id_, row in table_rows.items():
                values = {
                    column: labels.get((LINKS.get(column), value), value)
                    for column, value in row.items()
                    if column not in (*roster_bulk.FRESH, *roster_bulk.SEALED)
                }
                label = values["resident_id"] if table == "kdc_household_membership" else labels[table, id_]
                snapshot[table, label] = values
        numbers = {r.name: r.personal_number for r in residents}
        return snapshot, numbers

    def test_every_stored_column_is_as_the_orm_writes_it(self):
        data = rows(60)
        savepoint = self.cr.savepoint(flush=False)
        bulk, _queries = self._import(data, bulk_from=1000)
        self.assertEqual(bulk, 0)
        expected, numbers = self._snapshot()
        savepoint.rollback()
        self.env.invalidate_all(flush=False)
        bulk, _queries = self._import(data, bulk_from=30)
        self.assertGreater(bulk, 30, "Households were written as table rows")
        found, found_numbers = self._snapshot()
        self.maxDiff = None
        self.assertEqual(found.keys(), expected.keys())
        for key, values in expected.items():
            self.assertEqual(found[key], values, key)
        self.assertEqual(found_numbers, numbers)
        self.assertGreater(len(set(numbers.values())), 50)

    def test_importing_again_changes_nothing(self):
        data = rows(60)
        self._import(data, bulk_from=30)
        before = self._snapshot()
        bulk, _queries = self._import(data, bulk_from=30)
        self.assertEqual(bulk, 0)
        self.assertEqual(self._snapshot(), before)

    def test_queries_do_not_grow_with_the_households(self):
        bulk, few = self._import(rows(40), bulk_from=20)
        self.assertGreater(bulk, 20)
        bulk, many = self._import(rows(95, "L", first=200), bulk_from=20)
        self.assertGreater(bulk, 75)
        self.assertLess(many - few, 25, f"55 more households cost {many - few} more queries")

    def test_what_this_code_does_not_know_goes_through_the_orm(self):
        """Another column, or another table written to: the list is imported all the same, and the log says why."""
        original = roster_bulk.RosterBulk._resident_row

        def without_a_column(bulk, *arguments):
            return original(bulk, *arguments) | {"role": "other"}

        with (
            patch.object(roster_bulk.RosterBulk, "_resident_row", without_a_column),
            self.assertLogs(roster_bulk.__name__, "WARNING") as log,
        ):
            bulk, _queries = self._import(rows(40), bulk_from=20)
        self.assertEqual(bulk, 0)
        self.assertIn("role of kdc.resident", log.output[0])

        create = type(self.env["kdc.dwelling"]).create

        def noisy(dwellings, vals_list):
            found = create(dwellings, vals_list)
            found[0].sudo().message_post(body="x")
            return found

        with (
            patch.object(type(self.env["kdc.dwelling"]), "create", noisy),
            self.assertLogs(roster_bulk.__name__, "WARNING") as log,
        ):
            bulk, _queries = self._import(rows(40, "L", first=200), bulk_from=20)
        self.assertEqual(bulk, 0)
        self.assertIn("mail_message", log.output[0])

    def test_rules_hold(self):
        """What the officer may not create is refused, household by household."""
        self.env["ir.rule"].create({
            "name": "Everybody else", "model_id": self.env["ir.model"]._get_id("kdc.resident"), "perm_read": False,
            "domain_force": "[('name', '!=', 'Phan Thuê Nhà')]",
        })  # fmt: skip
        with mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.kdc_residents.models.kdc_roster_import"):
            self._import(rows(40), bulk_from=20, rejected=1)
        self.assertFalse(self.env["kdc.household"].search([("code", "=", "K999")]))
        self.assertEqual(self.env["kdc.household"].search_count([("code", "=like", "K%")]), 40)
