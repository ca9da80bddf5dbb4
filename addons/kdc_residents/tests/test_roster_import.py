import base64
import io
from datetime import date, datetime
from unittest.mock import patch

import openpyxl
import xlwt
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..models import kdc_roster_import
from .common import ResidentsCommon

HEADINGS = [
    "STT",
    "Mã hộ",
    "Họ và tên",
    "Ngày sinh",
    "Giới tính",
    "Số định danh/CCCD",
    "Quan hệ với chủ hộ",
    "Số nhà",
    "Đường",
    "Tổ dân phố",
    "Số điện thoại",
]
ROWS = [
    [
        1,
        "X01",
        "NGUYỄN VĂN ĐÔNG",
        date(1970, 5, 2),
        "Nam",
        56070001111.0,
        "Chủ hộ",
        "5/1",
        "Hồng Bàng",
        "TDP 9",
        905111222.0,
    ],
    [2, None, "Lê Thị Én", "20/11/1972", "Nữ", "056172002222", "Vợ", None, None, None, "0169 4567890"],
    [3, None, "Nguyễn Văn Phúc", 2005, "Nam", None, "Con", None, None, None, None],
    [
        4,
        "X02",
        "Trần Ích",
        date(1950, 1, 1),
        "Nam",
        "056050003333",
        "Chủ hộ",
        "7",
        "Hồng Bàng",
        "Tổ dân phố số 09",
        None,
    ],
]


def xlsx(rows, titles=True):
    book = openpyxl.Workbook()
    sheet = book.active
    if titles:
        sheet.append(["ỦY BAN NHÂN DÂN PHƯỜNG"])
        sheet.merge_cells("A1:K1")
        sheet.append([None])
    for row in [HEADINGS, *rows]:
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def xls(rows):
    book = xlwt.Workbook()
    sheet = book.add_sheet("Danh sách")
    sheet.write_merge(0, 0, 0, 10, "DANH SÁCH HỘ VÀ NHÂN KHẨU")
    sheet.write_merge(1, 1, 0, 10, "(Số liệu đến ngày 01/02/2026)")
    dates = xlwt.easyxf(num_format_str="DD/MM/YYYY")
    for y, row in enumerate([HEADINGS, *rows], start=3):
        for x, value in enumerate(row):
            if isinstance(value, date):
                sheet.write(y, x, datetime(value.year, value.month, value.day), dates)
            elif value is not None:
                sheet.write(y, x, value)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def csv(rows, encoding="utf-8-sig"):
    def written(value):
        return value.strftime("%d/%m/%Y") if isinstance(value, date) else "" if value is None else str(value)

    return "\r\n".join(";".join(map(written, row)) for row in [HEADINGS, *rows]).encode(encoding)


@tagged("post_install", "-at_install")
class TestRosterImport(ResidentsCommon):
    def _import(self, data, name="danh_sach.xlsx", **vals):
        return (
            self.env["kdc.roster.import"]
            .with_user(self.user_officer)
            .create({"file": base64.b64encode(data), "file_name": name, "date_start": "2026-01-01", **vals})
        )

    def _counts(self, record):
        return record.new_count, record.changed_count, record.same_count, record.rejected_count

    def _resident(self, name):
        """Return a person of the imported list, not a namesake the database may hold already."""
        return self.env["kdc.resident"].search([("name", "=", name), ("household_id.code", "in", ("X01", "X02"))])

    def test_three_formats_give_the_same_register(self):
        for name, data in (("a.xls", xls(ROWS)), ("b.xlsx", xlsx(ROWS)), ("c.csv", csv(ROWS))):
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                record = self._import(data, name)
                record.action_check()
                self.assertFalse(self._resident("Nguyễn Văn Đông"), "The dry run writes nothing")
                self.assertEqual(self._counts(record), (4, 0, 0, 0))
                self.assertEqual(record.new_group_names, "Tổ dân phố 9")
                record.action_import()
                self.env.cr.precommit.run()
                self.assertEqual(record.state, "done")
                head = self._resident("Nguyễn Văn Đông")
                household = head.household_id
                self.assertEqual(household.code, "X01")
                self.assertEqual(household.name, "Hộ Nguyễn Văn Đông")
                self.assertEqual(household.head_id, head)
                self.assertEqual(household.member_count, 3)
                self.assertEqual(household.dwelling_id.name, "5/1 Hồng Bàng")
                self.assertEqual(household.area_id.name, "Tổ dân phố 9")
                self.assertEqual(household.area_id.company_id, self.company)
                self.assertEqual(head.personal_number, "056070001111", "The leading zero is put back")
                self.assertEqual(head.phone, "+84905111222")
                self.assertEqual(head.partner_id.kdc_area_id, household.area_id)
                self.assertEqual(head.commercial_partner_id, household.partner_id)
                wife, son = self._resident("Lê Thị Én"), self._resident("Nguyễn Văn Phúc")
                self.assertEqual(wife.phone, "+84394567890", "Old 11-digit numbers got a new prefix in 2018")
                self.assertEqual(wife.birth_date, date(1972, 11, 20))
                self.assertEqual((son.birth_date, son.birth_year_only), (date(2005, 1, 1), True))
                start = date(2026, 2, 1) if name == "a.xls" else date(2026, 1, 1)
                self.assertEqual(head.membership_ids.date_start, start, "The date in the title is taken over")
                savepoint.rollback()

    def test_second_import_changes_nothing(self):
        for strip_code in (False, True):
            rows = [[row[0], None if strip_code else row[1], *row[2:]] for row in ROWS]
            with self.subTest(strip_code=strip_code), self.env.cr.savepoint() as savepoint:
                first = self._import(xlsx(rows))
                first.action_check()
                first.action_import()
                self.env.flush_all()
                before = self._register()
                second = self._import(xlsx(rows))
                second.action_check()
                self.assertEqual(self._counts(second), (0, 0, 4, 0))
                second.action_import()
                self.env.flush_all()
                self.assertEqual(self._register(), before)
                savepoint.rollback()

    def _register(self):
        """Return ids and dates of change of everything an import can touch."""
        models = (
            "kdc.area",
            "kdc.dwelling",
            "kdc.household",
            "kdc.resident",
            "kdc.household.membership",
            "res.partner",
        )
        return {
            model: self.env[model].with_context(active_test=False).search_read([], ["write_date"], order="id")
            for model in models
        }

    def test_corrected_row_changes_that_row_only(self):
        record = self._import(xlsx(ROWS))
        record.action_check()
        record.action_import()
        rows = [list(row) for row in ROWS]
        rows[2][5] = "056205004444"
        rows[3][10] = "0914 222 333"
        rows.insert(3, [5, None, "Nguyễn Thị Giang", "1/2/2010", "Nữ", None, "Con", None, None, None, None])
        record = self._import(xlsx(rows))
        record.action_check()
        self.assertEqual(self._counts(record), (1, 2, 2, 0))
        record.action_import()
        self.assertEqual(self._resident("Nguyễn Văn Phúc").personal_number, "056205004444")
        self.assertEqual(self._resident("Trần Ích").phone, "+84914222333")
        self.assertEqual(self._resident("Nguyễn Thị Giang").household_id.code, "X01")

    def test_wrong_rows_are_named_by_row_and_column(self):
        rows = [list(row) for row in ROWS]
        rows[1][3] = "31/02/1972"
        rows[2][5] = "05620500444"
        rows[3][3] = "05/03/2090"
        record = self._import(xlsx(rows))
        record.action_check()
        self.assertEqual(self._counts(record), (1, 0, 0, 3))
        found = {(i.line, i.column) for i in record.issue_ids if i.level == "error"}
        # Two title rows and the headings come first; the last household loses its head.
        self.assertEqual(found, {(5, "D"), (6, "F"), (7, "D")})
        sheet = openpyxl.load_workbook(io.BytesIO(base64.b64decode(record.reject_file))).active
        rejected = list(sheet.iter_rows(values_only=True))
        self.assertEqual(len(rejected), 4)
        self.assertEqual(rejected[1][2], "Lê Thị Én")
        self.assertIn("31/02/1972", rejected[1][-1])
        record.action_import()
        self.assertEqual(self._resident("Nguyễn Văn Đông").household_id.member_count, 1)
        self.assertFalse(self.env["kdc.household"].search([("code", "=", "X02")]), "No household without its head")

    def test_person_known_by_number_moves(self):
        member = self.household_b.membership_ids.filtered(lambda m: m.role == "child").resident_id
        rows = [
            *ROWS,
            [5, "X02", "Phạm Minh Đông", date(1985, 5, 5), "Nam", "056085000555", "Ở thuê", None, None, None, None],
        ]
        record = self._import(xlsx(rows))
        record.action_check()
        self.assertEqual(self._counts(record), (4, 1, 0, 0))
        record.action_import()
        self.assertEqual(member.household_id.code, "X02")
        self.assertEqual(len(member.membership_ids), 2)
        self.assertEqual(self.household_b.member_count, 1)

    def test_head_elsewhere_is_refused(self):
        rows = [*ROWS, [5, "X02", "Lê Thị Ánh", "1/1/1960", "Nữ", "056160009876", "Khác", None, None, None, None]]
        record = self._import(xlsx(rows))
        record.action_check()
        self.assertEqual(record.rejected_count, 1)
        self.assertIn(self.household_b.name, record.issue_ids.filtered(lambda i: i.level == "error").message)

    def test_files_that_are_no_list(self):
        html = b"<html><body><table><tr><td>Danh sach</td></tr></table></body></html>"
        ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        protected = ole + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600
        unknown = xlsx(ROWS).replace(b"", b"")
        cases = {
            "empty": b" ",
            "cut off": xlsx(ROWS)[:900],
            "cut off xls": xls(ROWS)[:1500],
            "web page": html,
            "password": protected,
            "picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4,
            "no headings": csv(ROWS).split(b"\r\n", 1)[1],
            "headings only": xlsx([]),
        }
        self.assertTrue(unknown)
        messages = set()
        for case, data in cases.items():
            with self.subTest(case):
                record = self._import(data, "danh_sach.xls")
                with self.assertRaises(UserError) as caught:
                    record.action_check()
                self.assertEqual(record.state, "draft")
                messages.add(str(caught.exception))
        self.assertGreaterEqual(len(messages), 6, "Different troubles get different advice")

    def test_content_decides_not_the_name(self):
        record = self._import(xlsx(ROWS), "danh_sach.csv")
        record.action_check()
        self.assertEqual(record.new_count, 4)

    def test_columns_can_be_corrected(self):
        rows = [[*row[:1], row[1], *row[2:]] for row in ROWS]
        data = xlsx(rows, titles=False)
        record = self._import(data)
        record.action_check()
        phone = record.column_ids.filtered(lambda c: c.key == "phone")
        self.assertEqual(phone.letter, "K")
        phone.key = False
        record.action_check()
        record.action_import()
        self.assertFalse(self._resident("Nguyễn Văn Đông").phone)

    def test_codes_that_start_again_in_each_group(self):
        self.household_a.code = "X01"
        record = self._import(xlsx(ROWS))
        record.action_check()
        self.assertEqual(record.rejected_count, 3)
        self.assertIn(self.group_a.name, record.issue_ids.filtered(lambda i: i.level == "error")[0].message)
        record.column_ids.filtered(lambda c: c.key == "household_code").key = "household_seq"
        record.action_check()
        self.assertEqual(self._counts(record), (4, 0, 0, 0))

    def _twice(self, rows, correct=None, again=None):
        """Import a list, let an officer correct the register, check the list (or another one) again; return both."""
        records = []
        for table in (rows, again or rows):
            record = self._import(
                "\n".join(";".join("" if c is None else str(c) for c in row) for row in table).encode(),
                "danh_sach.csv",
                area_id=self.group_a.id,
            )
            record.action_check()
            records.append(record)
            if len(records) == 1:
                record.action_import()
                if correct:
                    correct({m.resident_id.name: m for m in self._households().membership_ids})
                self.env.flush_all()
        return records

    def _households(self):
        """Return the households that :meth:`_twice` has made: their heads have names that nobody else has."""
        return self.env["kdc.household"].search([("area_id", "=", self.group_a.id), ("name", "like", "Hộ Vũ")])

    def test_a_list_without_births_codes_and_numbers_doubles_nothing(self):
        lists = {
            "heads with houses": [["Chủ hộ", "Số nhà"], ["Vũ Văn Một", "1"], ["Vũ Hai", "2"]],
            "heads alone": [["STT", "Chủ hộ", "Địa chỉ"], [1, "Vũ Văn Một", None], [2, "Vũ Hai", None]],
            "households": [
                ["Họ và tên", "Quan hệ", "Số nhà"],
                ["Vũ Văn Một", "Chủ hộ", "1"],
                ["Lê Thị Hoa", "Vợ", None],
                ["Lê Thị Hòa", "Con", None],
                ["Vũ Hai", "Chủ hộ", "2"],
            ],
            "a namesake next door": [["Chủ hộ", "Số nhà"], ["Vũ Văn Một", "1"], ["Vũ Văn Một", "2"]],
        }  # fmt: skip
        for name, rows in lists.items():
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                first, second = self._twice(rows)
                self.assertEqual(self._counts(first), (len(rows) - 1, 0, 0, 0))
                self.assertEqual(self._counts(second), (0, 0, len(rows) - 1, 0), second.issue_ids.mapped("message"))
                self.assertEqual(len(self._households()), 2)
                savepoint.rollback()

    def test_what_an_officer_corrected_meanwhile_doubles_nothing(self):
        rows = [
            ["Họ và tên", "Năm sinh", "Quan hệ", "Số nhà"],
            ["Vũ Văn Một", 1984, "Chủ hộ", "1"],
            ["Lê Thị Hoa", "6/10/1985", "Vợ", None],
            ["Vũ Hai", None, "Chủ hộ", "2"],
        ]

        def day(people):
            people["Vũ Văn Một"].resident_id.write({"birth_date": "1984-09-05", "birth_year_only": False})

        def other_day(people):
            people["Lê Thị Hoa"].resident_id.birth_date = "1985-10-07"

        def address(people):
            people["Vũ Hai"].household_id.dwelling_id.house_number = "2A"

        def tones(people):
            people["Lê Thị Hoa"].resident_id.name = "Lê Thị Hòa"

        expected = {
            day: (0, 0, 3, 0, ""),
            other_day: (0, 0, 2, 1, "07/10/1985"),
            address: (0, 0, 2, 1, "2A"),
            tones: (0, 1, 2, 0, ""),
        }
        for correct, (*counts, told) in expected.items():
            with self.subTest(correct.__name__), self.env.cr.savepoint() as savepoint:
                _first, second = self._twice(rows, correct)
                self.assertEqual(self._counts(second), tuple(counts), second.issue_ids.mapped("message"))
                self.assertIn(told, second.issue_ids.filtered(lambda issue: issue.level == "error").message or "")
                second.action_import()
                self.assertEqual(len(self._households()), 2)
                savepoint.rollback()

    def test_two_of_a_list_are_never_one_household(self):
        """A namesake further down is somebody else, also when the first one has just been written."""
        rows = [["STT", "Chủ hộ", "Địa chỉ"]] + [[n, "Vũ Văn Một", None] for n in range(1, 4)]
        with patch.object(kdc_roster_import, "BATCH_HOUSEHOLDS", 1):
            first, second = self._twice(rows)
        self.assertEqual(self._counts(first), (3, 0, 0, 0))
        self.assertEqual(len(self._households()), 3)
        self.assertEqual(self._counts(second), (0, 0, 0, 3), "Nothing tells which is which")

    def test_what_is_sure_further_down_comes_before_a_mere_name(self):
        heading, bare = ["STT", "Mã hộ", "Chủ hộ", "Ngày sinh"], [1, None, "Vũ Văn Một", None]
        for sure in ([2, None, "Vũ Văn Một", "5/9/1984"], [2, "Z9", "Vũ Văn Một", None]):
            with self.subTest(sure), self.env.cr.savepoint() as savepoint:
                first = [heading, [1, sure[1], "Vũ Văn Một", "5/9/1984"]]
                with patch.object(kdc_roster_import, "BATCH_HOUSEHOLDS", 1):
                    _first, second = self._twice(first, again=[heading, bare, sure])
                self.assertEqual(self._counts(second), (1, 0, 1, 0), second.issue_ids.mapped("message"))
                savepoint.rollback()
        _first, second = self._twice([heading, bare], again=[heading, bare, bare])
        self.assertEqual(self._counts(second), (0, 0, 0, 2), "One household is known, and nothing tells whose it is")

    def test_a_code_of_its_own_makes_a_namesake_another_household(self):
        rows = [["Chủ hộ", "Số nhà"], ["Vũ Văn Một", "1"]]
        again = [["Mã hộ", "Chủ hộ", "Số nhà"], ["Z9", "Vũ Văn Một", "3"]]
        _first, second = self._twice(rows, again=again)
        self.assertEqual(self._counts(second), (1, 0, 0, 0))
        self.assertTrue(second.issue_ids.filtered(lambda issue: issue.level == "warning"))

    def test_what_was_not_read_is_told(self):
        book = openpyxl.Workbook()
        for name, rows in {
            "TDP 21": [HEADINGS, ROWS[0], ["Tổng cộng: 1 nhân khẩu"]],
            "TDP 22": [HEADINGS, ROWS[3]],
            "Hướng dẫn": [["Điền đủ"]],
        }.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        stream = io.BytesIO()
        book.save(stream)
        record = self._import(stream.getvalue())
        record.action_check()
        self.assertEqual((record.sheet_name, record.row_count), ("TDP 21 / TDP 22", 2))
        told = " ".join(record.issue_ids.mapped("message"))
        self.assertIn("Tổng cộng: 1 nhân khẩu", told)
        self.assertIn("Hướng dẫn", told)
        self.assertIn(("TDP 21", 3), [(issue.sheet, issue.line) for issue in record.issue_ids])
        record.sheet_name = "TDP 22"
        record.action_check()
        self.assertEqual(record.row_count, 1)
        record.sheet_name = "TDP 5"
        with self.assertRaisesRegex(UserError, "no sheet of that name"):
            record.action_check()
        record.file = base64.b64encode(xlsx(ROWS))
        self.assertFalse(record.column_ids or record.sheet_name, "A new file starts from the beginning")

    def _waiting_import(self):
        """A list too long to write while the officer waits, checked and handed to the scheduler."""
        rows = []
        for n in range(150):
            street = "Nguyễn Trãi"
            rows.append(
                [
                    n,
                    f"B{n:03}",
                    f"Chủ Hộ {chr(65 + n % 26)}",
                    "1/1/1970",
                    "Nam",
                    None,
                    "Chủ hộ",
                    n + 1,
                    street,
                    "3",
                    None,
                ]
            )
            rows.append([n, f"B{n:03}", "Người Vợ", "1/1/1975", "Nữ", None, "Vợ", n + 1, street, "3", None])
            rows.append([n, f"B{n:03}", "Người Con", "1/1/2000", "Nam", None, "Con", n + 1, street, "3", None])
        record = self._import(xlsx(rows))
        record.action_check()
        self.assertEqual(self._counts(record), (450, 0, 0, 0))
        record.action_import()
        self.assertEqual(record.state, "importing")
        return record

    def _run_scheduler(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("kdc_residents.ir_cron_roster_import").method_direct_trigger()
        self.env.invalidate_all()

    def test_unexpected_failure_in_the_background_reaches_the_officer(self):
        record = self._waiting_import()
        broken = patch.object(type(record), "_import_batch", side_effect=RuntimeError("disk full"))
        with broken, mute_logger("odoo.addons.kdc_residents.models.kdc_roster_import"):
            self._run_scheduler()
        self.assertEqual(record.state, "stopped")
        self.assertTrue(record.failure)
        self.assertEqual(record.activity_ids.user_id, record.user_id)
        self.assertFalse(self.env["kdc.household"].search([("code", "=", "B000")]))
        record.action_import()
        self._run_scheduler()
        self.assertEqual(record.state, "done", "What stopped can go on")

    def test_long_lists_are_checked_in_the_background(self):
        """The officer's browser does not wait for a large file; what is wrong with it is told as ever."""
        bad = self._import(b"PK\x03\x04 no spreadsheet" * 30)
        good = self._import(xlsx(ROWS))
        stopped = self._import(xlsx(ROWS))
        with patch.object(kdc_roster_import, "BYTES_AT_ONCE", 100):
            (bad | good | stopped).mapped(lambda record: record.action_check())
        self.assertEqual((bad | good | stopped).mapped("state"), ["checking"] * 3)
        self.assertEqual(self._counts(good), (0, 0, 0, 0))
        stopped.action_stop()
        with mute_logger("odoo.addons.kdc_residents.models.kdc_roster_import"):
            self._run_scheduler()
        self.assertEqual((good.state, good.failure, self._counts(good)), ("checked", False, (4, 0, 0, 0)))
        self.assertEqual((good.row_count, good.household_count), (4, 2))
        self.assertTrue(good.column_ids)
        self.assertEqual((bad.state, stopped.state), ("draft", "draft"))
        self.assertTrue(bad.failure)
        self.assertEqual(bad.activity_ids.user_id, bad.user_id)
        self.assertFalse(self.env["kdc.household"].search([("code", "=", "X01")]), "Nothing was written")
        good.action_import()
        self.assertEqual(good.state, "done")

    def test_background(self):
        record = self._waiting_import()
        self.assertFalse(self.env["kdc.household"].search([("code", "=", "B000")]))
        self._run_scheduler()
        self.assertEqual((record.state, record.failure), ("done", False))
        self.assertEqual(record.progress, 100)
        self.assertEqual(self.env["kdc.household"].search_count([("code", "=like", "B___")]), 150)
        self.assertEqual(self.env["kdc.household"].search([("code", "=", "B149")]).member_count, 3)

    def test_queries_grow_by_batches_not_by_rows(self):
        def run(count, group):
            rows = []
            for n in range(count):
                rows.append(
                    [
                        n,
                        f"{group}{n}",
                        "Nguyễn Văn Chủ",
                        "1/1/1970",
                        "Nam",
                        None,
                        "Chủ hộ",
                        n + 1,
                        "Lê Lợi",
                        group,
                        None,
                    ]
                )
                rows.append([n, None, "Trần Thị Vợ", "1/1/1975", "Nữ", None, "Vợ", None, None, None, None])
            record = self._import(xlsx(rows))
            record.action_check()
            self.env.flush_all()
            before = self.cr.sql_log_count
            record.action_import()
            self.env.flush_all()
            self.assertEqual(record.state, "done")
            return self.cr.sql_log_count - before

        run(2, "21")
        few, many = run(10, "22"), run(90, "23")
        self.assertLess(many - few, 80, f"80 more households cost {many - few} more queries")

    def test_namesakes_are_found_without_the_index_of_parts_of_names(self):
        people = self.env["kdc.resident"]
        domain = people._domain_names(["nguyen van an", "le thi anh", "nobody"], self.company)
        found = people.search(domain)
        self.assertLessEqual(self.resident_a | self.resident_b, found)
        self.assertEqual(set(found.mapped("search_key")), {"nguyen van an", "le thi anh"})
        elsewhere = self.env["res.company"].create({"name": "Văn phòng phường khác"})
        self.assertFalse(people.search(people._domain_names(["nguyen van an"], elsewhere)))
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        plan = self.env.execute_query(SQL("EXPLAIN %s", people._search(domain).select()))
        self.assertNotIn("kdc_resident__search_key_index", str(plan))

    def test_staff_cannot_import(self):
        for user in (self.user_staff, self.user_auditor, self.user_area_head):
            self.assertFalse(self.env["kdc.roster.import"].with_user(user).has_access("create"))
