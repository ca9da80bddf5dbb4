from copy import deepcopy
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.http import Request
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .collection_common import CollectionCommon
from .common import frozen_on


@tagged("post_install", "-at_install")
class TestDispute(CollectionCommon, HttpCase):
    """A resident questions a line of the own bill; the accountant answers; no penalty meanwhile (U-36)."""

    def _open_page(self, url, login="kdc_portal_a"):
        self.authenticate(login, login)
        return self.url_open(url, allow_redirects=False)

    def _send(self, bill, login="kdc_portal_a", token=True, **data):
        self.authenticate(login, login)
        data = {"line": "NUOC/NUOC", "text": "Chỉ số ghi nhầm, đồng hồ chỉ 128", **data}
        if token:
            data["csrf_token"] = Request.csrf_token(self)
        return self.url_open(f"/my/bills/{bill.id}/dispute", data=data, allow_redirects=False)

    def _disputes(self):
        return self.env["kdc.bill.dispute"].search([])

    def test_from_the_page_to_the_answer(self):
        page = self._open_page(f"/my/bills/{self.new_a.id}").text
        self.assertIn(f"/my/bills/{self.new_a.id}/dispute", page)
        self.assertIn("NUOC/BVMT", self._open_page(f"/my/bills/{self.new_a.id}/dispute").text)
        self.assertEqual(self._send(self.new_a).status_code, 303)
        dispute = self._disputes()
        self.assertEqual((dispute.state, dispute.amount, dispute.move_id), ("open", 158550, self.new_a))
        self.assertTrue(dispute.activity_ids)
        self.assertTrue(self.new_a.kdc_disputed)
        self.assertIn(self.new_a, self.env["account.move"].search([("kdc_disputed", "=", True)]))
        self.assertIn("đồng hồ chỉ 128", self._open_page(f"/my/bills/{self.new_a.id}").text)
        as_accountant = dispute.with_user(self.user_accountant)
        with self.assertRaises(UserError):
            as_accountant.action_refuse()
        as_accountant.answer = "Đã kiểm tra ảnh đồng hồ: 133 là đúng"
        as_accountant.action_refuse()
        self.assertEqual((dispute.state, dispute.user_id), ("refused", self.user_accountant))
        self.assertFalse(dispute.activity_ids)
        self.assertIn("133 là đúng", self._open_page(f"/my/bills/{self.new_a.id}").text)
        notice = self.env["kdc.notification"].search([("url", "=", f"/my/bills/{self.new_a.id}")], limit=1)
        self.assertEqual(notice.partner_id, self.user_portal_a.partner_id)
        for step in (as_accountant.action_accept, lambda: as_accountant.write({"answer": "Khác"})):
            with self.assertRaises(UserError):
                step()

    def test_accepted_leads_to_the_correction(self):
        """Nobody has to search for the bill again: service and words stand in the correction already."""
        self._send(self.new_a)
        dispute = self._disputes().with_user(self.user_accountant)
        dispute.answer = "Chỉ số đúng là 128"
        dispute.action_accept()
        action = dispute.action_correct()
        wizard = self.env[action["res_model"]].with_user(self.user_accountant).with_context(**action["context"])
        correction = wizard.create({"decision": "Biên bản 1"})
        self.assertEqual((correction.move_id, correction.service_id.code), (self.new_a, "NUOC"))
        self.assertEqual(correction.reason, "Chỉ số đúng là 128")
        with self.assertRaises(AccessError):
            dispute.with_user(self.user_approver).action_correct()

    def _refuse(self, dispute):
        dispute = dispute.with_user(self.user_accountant)
        dispute.answer = "Đã kiểm tra: đúng"
        dispute.action_refuse()

    def test_refused_it_is_asked_once_more_with_something_new(self):
        self._send(self.new_a)
        self._refuse(first := self._disputes())
        self.assertRegex(self._open_page(f"/my/bills/{self.new_a.id}/dispute").text, "ask once more|hỏi thêm một lần")
        again = self._send(self.new_a, text="  Chỉ số ghi NHẦM, đồng hồ chỉ 128")
        self.assertEqual(again.status_code, 422)
        self.assertRegex(again.text, "what is new|điều mới")
        self.assertEqual(self._send(self.new_a, text="Thợ nước vừa thử đồng hồ: chạy nhanh").status_code, 303)
        second = self._disputes() - first
        self.assertEqual((second.state, second.earlier_id), ("open", first))
        # It keeps no penalty off a second time; who was right from the beginning owes none since then.
        self.assertFalse(frozen_on(self.new_a, fields.Date.add(second.date_opened, days=1)))
        first.date_opened = fields.Date.subtract(first.date_opened, days=9)
        second.write({"answer": "x", "state": "accepted", "user_id": self.env.uid, "date_answered": second.date_opened})
        self.assertEqual(
            self.new_a._kdc_accepted_disputes(), {(self.new_a, "NUOC"): [(first.date_opened, 158550)]}
        )
        second.state = "refused"
        page = self._open_page(f"/my/bills/{self.new_a.id}/dispute")
        self.assertNotIn("NUOC/NUOC", page.text)
        self.assertEqual(self._send(self.new_a, text="Lần thứ ba, vẫn không đồng ý").status_code, 422)
        with self.assertRaises(UserError):
            self.env["kdc.bill.dispute"]._open(self.new_a, second.partner_id, "NUOC", "NUOC", "Lần thứ ba")

    def test_no_penalty_until_answered(self):
        self._send(self.new_a)
        dispute = self._disputes()
        today = dispute.date_opened
        bills = self.new_a | self.old_a
        self.assertEqual(frozen_on(bills, today), self.new_a)
        self.assertFalse(frozen_on(bills, today - timedelta(days=1)))
        self.assertEqual(frozen_on(bills, today + timedelta(days=40)), self.new_a)
        dispute.write(
            {
                "answer": "Đúng", "state": "refused", "user_id": self.user_accountant.id,
                "date_answered": fields.Date.add(today, days=5),
            }
        )  # fmt: skip
        self.assertEqual(frozen_on(bills, today + timedelta(days=4)), self.new_a)
        self.assertFalse(frozen_on(bills, today + timedelta(days=5)))

    def test_the_line_that_was_meant(self):
        """A code may be there twice: with another VAT, or as the correction of an earlier bill."""
        printed = self.new_a.kdc_explanation
        explanation = deepcopy(printed)
        [water] = [section for section in explanation["sections"] if section["service"] == "NUOC"]
        main = water["charges"][0]
        water["charges"] += [
            main | {"vat_rate": "10", "net": 1000, "vat": 100, "total": 1100},
            main | {"kind": "correction", "net": -500, "vat": -25, "total": -525, "lines": [
                main["lines"][0] | {"label": "correction", "params": {"name": "Điều chỉnh", "month": "09/2026"}}
            ]},
        ]  # fmt: skip
        self.new_a.kdc_explanation = explanation
        page = self._open_page(f"/my/bills/{self.new_a.id}/dispute").text
        for words in ("NUOC/NUOC#2", "10 %", "09/2026"):
            self.assertIn(words, page)
        self.assertEqual(self._send(self.new_a, line="NUOC/NUOC#2").status_code, 303)
        self.assertEqual(self._send(self.new_a, line="NUOC/NUOC#2").status_code, 422)
        self.assertEqual(self._send(self.new_a, line="NUOC/NUOC#3").status_code, 303)
        self.assertEqual(sorted(self._disputes().mapped("amount")), [-525, 1100])
        self.assertIn("10 %", self._disputes().filtered(lambda row: row.amount == 1100).subject)
        self.new_a.kdc_explanation = printed

    def test_strangers_and_wrong_input(self):
        for url in ("dispute", "check"):
            self.assertEqual(self._open_page(f"/my/bills/{self.new_b.id}/{url}").status_code, 404)
            self.assertEqual(self._open_page(f"/my/bills/999999/{url}").status_code, 404)
        self.assertEqual(self._send(self.new_b).status_code, 404)
        with mute_logger("odoo.http"):
            self.assertEqual(self._send(self.new_a, token=False).status_code, 400)
        for data in (
            {"line": ""}, {"line": "NUOC/XXX"}, {"line": "RAC/NUOC"}, {"text": "ngắn"}, {"text": "x" * 1001},
            {"line": "<script>"}, {"text": " " * 50},
        ):  # fmt: skip
            with self.subTest(data=data):
                self.assertEqual(self._send(self.new_a, **data).status_code, 422)
        self.assertFalse(self._disputes())
        self._send(self.new_a, text="<script>alert(1)</script> sai rồi")
        self.assertNotIn("<script>alert", self._open_page(f"/my/bills/{self.new_a.id}").text)
        self.assertEqual(self._send(self.new_a).status_code, 422, "The line is in question already.")
        self.assertEqual(len(self._disputes()), 1)

    def test_nobody_writes_it_by_hand(self):
        self._send(self.new_a)
        dispute = self._disputes().with_user(self.user_accountant)
        for vals in ({"state": "refused"}, {"text": "Không có gì"}, {"amount": 1}, {"date_answered": "2026-01-01"}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                dispute.write(vals)
        with self.assertRaises(AccessError):
            dispute.with_user(self.user_approver).action_accept()
        with self.assertRaises(AccessError):
            dispute.with_user(self.user_portal_a).read(["text"])

    def test_computed_again(self):
        page = self._open_page(f"/my/bills/{self.new_a.id}/check").text
        self.assertIn("k-badge-ok", page)
        self.assertTrue(self.new_a._kdc_recompute()["equal"])
        waste = self.env["kdc.service"].search([("code", "=", "RAC"), ("company_id", "=", self.company.id)])
        waste.tariff_ids.version_ids.component_ids.tier_ids.write({"price": 50000})
        check = self.new_a._kdc_recompute()
        self.assertFalse(check["equal"])
        self.assertEqual([row["billed"] for row in check["rows"]], [44000])
        self.assertIn("k-badge-warn", self._open_page(f"/my/bills/{self.new_a.id}/check").text)
        waste.tariff_ids.version_ids.date_from = "2099-01-01"
        self.assertEqual(self.new_a._kdc_recompute()["unknown"], [waste.name])
        self.assertEqual(self._open_page(f"/my/bills/{self.new_a.id}/check").status_code, 200)
