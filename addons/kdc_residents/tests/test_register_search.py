from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from .common import ResidentsCommon


@tagged("post_install", "-at_install")
class TestRegisterSearch(ResidentsCommon):
    """One box, for those with the right, inside their areas."""

    def _find(self, query, user=None):
        """Return dict model → ids found."""
        found = self.env["kdc.register.search"].with_user(user or self.user_officer).find(query)
        return {group["model"]: [row["id"] for row in group["rows"]] for group in found["groups"]}

    def _people(self, query, user=None):
        return self._find(query, user).get("kdc.resident", [])

    def test_nothing_before_three_characters(self):
        for query in ("", "  ", "ng", " n g ", None, "..."[:2]):
            found = self.env["kdc.register.search"].with_user(self.user_officer).find(query)
            self.assertEqual(found, {"short": True, "groups": []})

    def test_ways_to_find_a_person(self):
        someone = self.resident_a.id
        for query in (
            "Nguyễn Văn An",
            "nguyen van an",
            "NGUYEN an",
            "0905123456",
            "+84 905 123 456",
            "0905 123",
            "84905123",
            "056075001234",
            "056 075 001 234",
        ):
            with self.subTest(query):
                self.assertIn(someone, self._people(query))
        for query in ("05607500", "056075001235", "%%%", "___", "an\\", "nguyen %"):
            with self.subTest(query):
                self.assertNotIn(someone, self._people(query))

    def test_same_marks_come_first(self):
        people = self.env["kdc.resident"].create(
            [{"name": name} for name in ("Tạ Thị Hóa Đơn", "Tạ Thi Hoa Don", "Tạ Thị Hoa Đơn Dài", "Tạ Thị Hoa Đơn")]
        )
        order = [id_ for id_ in self._people("Tạ Thị Hoa Đơn") if id_ in people.ids]
        self.assertEqual(order[0], people[3].id)
        self.assertEqual(len(order), 4)

    def test_households_and_dwellings(self):
        for query in ("12/3 trần phú", "12/3 tran phu"):
            found = self._find(query)
            self.assertIn(self.household_a.id, found["kdc.household"])
            self.assertIn(self.dwelling_a.id, found["kdc.dwelling"])
        self.assertIn(self.household_a.id, self._find(self.household_a.code)["kdc.household"])

    def test_many_are_cut(self):
        self.env["kdc.resident"].create([{"name": f"Quách Tĩnh {i}"} for i in range(12)])
        group = self.env["kdc.register.search"].with_user(self.user_officer).find("quach tinh")["groups"][0]
        self.assertEqual((len(group["rows"]), group["more"]), (8, True))

    def test_rights(self):
        self.assertFalse(self._find("lê thị ánh", self.user_area_head))
        self.assertFalse(self._people("0914000111", self.user_area_head))
        self.assertIn(self.resident_a.id, self._people("nguyễn văn an", self.user_area_head))
        self.assertFalse(self._people("056075001234", self.user_area_head), "Numbers are for officers and auditors")
        self.assertIn(self.resident_a.id, self._people("056075001234", self.user_auditor))
        self.assertFalse(self._people("056075001234", self.user_staff))
        for user in (self.user_portal_a, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                self._find("nguyễn văn an", user)
        rows = self.env["kdc.register.search"].with_user(self.user_staff).find("nguyen van an")["groups"][0]["rows"]
        self.assertNotIn("1975", str(rows), "Staff without the register read no year of birth")
        rows = self.env["kdc.register.search"].with_user(self.user_officer).find("056075001234")["groups"][0]["rows"]
        self.assertNotIn("056075", str(rows))

    def test_queries(self):
        find = self.env["kdc.register.search"].with_user(self.user_officer).find
        find("nguyen van an")
        self.env.invalidate_all()
        with self.assertQueryCount(__system__=25, kdc_officer=25):
            find("nguyen van an")


@tagged("post_install", "-at_install")
class TestRegisterSearchCall(ResidentsCommon, HttpCase):
    def test_over_rpc(self):
        self.authenticate("kdc_officer", "kdc_officer")
        found = self.make_jsonrpc_request(
            "/web/dataset/call_kw/kdc.register.search/find",
            {"model": "kdc.register.search", "method": "find", "args": ["nguyen van an"], "kwargs": {}},
        )
        self.assertEqual(found["groups"][0]["rows"][0]["id"], self.resident_a.id)
