import base64
import io
import zipfile
from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from ..engine import sheet
from .leaks import picture
from .test_letter import LetterCommon

TITLES = "Mã hộ;Họ và tên;Ngày sinh;Giới tính;Quan hệ với chủ hộ;Số nhà;Đường;Tổ dân phố\n"


def bomb(size):
    """Return a workbook of some kilobytes that unpacks to ``size`` bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/sharedStrings.xml", b"0" * size)
    return out.getvalue()


@tagged("post_install", "-at_install")
class TestHostileFiles(LetterCommon, HttpCase):
    """What a browser, or somebody who is none, can send as a list of households."""

    def _upload(self, content, name="danh_sach.xlsx"):
        """Send a file and let it be checked, as the web client does; return the id of the import."""
        found = self._call("web_save", [[], {"file": content, "file_name": name, "company_id": self.company.id}, {}])
        self._call("action_check", [[found[0]["id"]]])
        return found[0]["id"]

    def _call(self, method, args, model="kdc.roster.import"):
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": {}},
            timeout=300,
        )

    def _assert_told(self, method, args, model):
        """The call ends with a sentence for the person who made it, not with an error of the program."""
        with mute_logger("odoo.http"), self.assertRaises(JsonRpcException) as caught:
            self._call(method, args, model)
        self.assertIn(caught.exception.args[0], ("odoo.exceptions.UserError", "odoo.exceptions.ValidationError"))

    def test_files_that_nobody_can_read(self):
        """Each gets a sentence for the officer, no traceback of ours, and writes nobody into the register."""
        self.authenticate("kdc_officer", "kdc_officer")
        residents = self.env["kdc.resident"].with_context(active_test=False)
        before = residents.search_count([])
        cases = {
            "cut off on its way": base64.b64encode(TITLES.encode()).decode()[:-5],
            "no base64": "abcde",
            "spaces": base64.b64encode(b"   ").decode(),
            "page named .xls": base64.b64encode(b"<html><table><tr><td>1</td></tr></table></html>").decode(),
            "empty archive": base64.b64encode(b"PK\x05\x06" + b"\0" * 18).decode(),
            "archive of nothing": base64.b64encode(b"PK\x03\x04" + b"\0" * 40).decode(),
            "too large": base64.b64encode(b"a;b\n" * 25_001).decode(),
            "wide": base64.b64encode((";".join(str(n) for n in range(15_000)) + "\n1;2").encode()).decode(),
        }
        for case, content in cases.items():
            with self.subTest(case), mute_logger("odoo.http"), patch.object(sheet, "MAX_FILE", 100_000):
                with self.assertRaises(JsonRpcException) as caught:
                    self._upload(content)
                self.assertIn(
                    caught.exception.args[0], ("odoo.exceptions.UserError", "odoo.exceptions.ValidationError")
                )
        self.assertEqual(residents.search_count([]), before)

    def test_formulas_stay_text(self):
        """A name that is a formula is refused or kept as it is written; the returned rows do not compute it."""
        self.authenticate("kdc_officer", "kdc_officer")
        rows = '1;=HYPERLINK("//evil.example");1/1/1980;Nam;Chủ hộ;9;Trần Phú;Tổ dân phố A\n'
        import_id = self._upload(base64.b64encode((TITLES + rows).encode()).decode(), "danh_sach.csv")
        record = self.env["kdc.roster.import"].browse(import_id)
        record.action_import()
        names = self.env["kdc.resident"].search([("name", "like", "HYPERLINK")]).mapped("name")
        self.assertIn(names, ([], ['=HYPERLINK("//evil.example")']))

    def test_lists_of_groups_that_nobody_can_read(self):
        self.authenticate("kdc_officer", "kdc_officer")
        groups = self.env["kdc.area"].with_context(active_test=False)
        before = groups.search_count([])
        cases = {
            "cut off on its way": base64.b64encode("Tên tổ dân phố;Mã\nTổ 1;T1\n".encode()).decode()[:-5],
            "no base64": "abcde",
            "nothing": base64.b64encode(b"  ").decode(),
            "zip bomb": base64.b64encode(bomb(2_000_000)).decode(),
            "page": base64.b64encode(b"<html><table><tr><td>1</td></tr></table></html>").decode(),
        }
        model = "kdc.area.import"
        for case, content in cases.items():
            with self.subTest(case), patch.object(sheet, "MAX_UNPACKED", 1_000_000):
                vals = {"file": content, "file_name": "to.xlsx", "company_id": self.company.id}
                wizard = self._call("web_save", [[], vals, {}], model)
                for method in ("action_check", "action_import"):
                    self._assert_told(method, [[wizard[0]["id"]]], model)
        self.assertEqual(groups.search_count([]), before)

    def test_scans_that_are_none(self):
        """What is no scan is refused with a sentence and leaves the scan that is there."""
        self.authenticate("kdc_officer", "kdc_officer")
        letter = self._signed()
        good = base64.b64encode(picture())
        letter.scan = good
        cases = {
            "cut off on its way": good.decode()[:-5],
            "no base64": "abcde",
            "page": base64.b64encode(b"<html><script>alert(1)</script></html>").decode(),
            "drawing with a script": base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg'/>").decode(),
        }
        for case, content in cases.items():
            with self.subTest(case):
                self._assert_told("web_save", [letter.ids, {"scan": content, "scan_name": "a.pdf"}, {}], "kdc.letter")
        letter.invalidate_recordset()
        self.assertEqual(letter.with_context(bin_size=False).scan, good)
