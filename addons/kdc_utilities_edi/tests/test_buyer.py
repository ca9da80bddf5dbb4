from odoo.addons.kdc_residents.tests.common import ResidentsCommon
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestBuyer(ResidentsCommon):
    """What people type about the buyer is right, or they are told what to do."""

    def _check(self, **values):
        return self.env["kdc.customer.account"]._kdc_check_buyer({"kind": "person", "name": "Nguyễn Văn An"} | values)

    def test_tax_codes(self):
        for typed, clean in (("0100109106", "0100109106"), (" 0100 109 106 ", "0100109106"),
                             ("0100109106-001", "0100109106-001"), ("0100109106001", "0100109106-001")):  # fmt: skip
            found, errors = self._check(kind="organisation", tax_code=typed)
            self.assertFalse(errors, typed)
            self.assertEqual(found["tax_code"], clean)
        for typed in ("", "0100109107", "010010910", "ABC0109106", "0100109106-000"):
            self.assertIn("tax_code", self._check(kind="organisation", tax_code=typed)[1], typed)

    def test_personal_numbers(self):
        self.assertFalse(self._check(number="")[1])
        found, errors = self._check(number="056 080 001 234", tax_code="0100109106")
        self.assertFalse(errors)
        self.assertEqual((found["number"], found["tax_code"]), ("056080001234", ""), "A person has no tax code here.")
        for typed in ("123", "000080001234", "abcdefghijkl"):
            self.assertIn("number", self._check(number=typed)[1], typed)

    def test_name_and_addresses(self):
        self.assertIn("name", self._check(name="  ")[1])
        self.assertIn("address", self._check(address="x" * 201)[1])
        self.assertIn("email", self._check(email="an@")[1])
        self.assertEqual(self._check(name=" Hộ  kinh doanh\tAn ")[0]["name"], "Hộ kinh doanh An")
