import json
from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

from odoo.addons.kdc_utilities.engine import tariff
from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.kdc_einvoice import DELAYS
from .common import WASTE, WASTE_NET, WASTE_TAX, EinvoiceCommon


@tagged("post_install", "-at_install")
class TestEinvoice(EinvoiceCommon):
    """A bill becomes an e-invoice on request or by rule, of the ward's own money, and never twice."""

    def test_issuing_sends_nothing_by_itself(self):
        self.assertFalse(self.env["kdc.einvoice"].search([("company_id", "=", self.company.id)]))
        self.assertEqual(set((self.old_bills | self.new_bills).mapped("l10n_vn_edi_invoice_state")), {"ready_to_send"})
        send = self.env["account.move.send"]
        self.assertFalse(send._is_vn_edi_applicable(self.bill), "Not offered by Odoo's form either.")
        self.assertFalse(send._get_default_extra_edis(self.bill) & {"vn_sinvoice_send"})
        self.assertFalse(self.server.calls)

    def test_the_own_part_is_invoiced(self):
        """Water and its fee are collected for the provider: its invoice. Waste is the ward's own price."""
        request = self._make(self.bill)
        self.assertEqual(request.state, "sent", request.reason)
        (document,) = self.server.documents.values()
        (item,) = document["itemInfo"]
        self.assertEqual(
            (item["itemTotalAmountWithoutTax"], item["taxAmount"], item["itemTotalAmountWithTax"], item["unitPrice"]),
            (WASTE_NET, WASTE_TAX, WASTE, WASTE_NET),
            "Prices with VAT inside are told before tax.",
        )
        self.assertEqual(
            document["taxBreakdowns"],
            [{"taxPercentage": 8.0, "taxableAmount": WASTE_NET, "taxAmount": WASTE_TAX, "taxableAmountPos": True,
              "taxAmountPos": True}],
        )  # fmt: skip
        self.assertEqual(document["buyerInfo"]["buyerName"], self.account_a.partner_id.name)
        self.assertEqual(self.bill.kdc_einvoice_amount, WASTE)
        self.assertEqual((request.number, request.lookup_code, request.symbol_id), ("K26TKD1", "MATC0001", self.symbol))
        self.assertEqual(self.bill.kdc_einvoice_state, "sent")
        self.assertTrue(self.bill.l10n_vn_edi_sinvoice_pdf_file_id and self.bill.l10n_vn_edi_sinvoice_xml_file_id)
        self.assertEqual(self.bill.amount_total, 217_650, "The bill stays what it is.")

    def test_several_rates(self):
        """Own water at 5 %, waste at 8 %, the statutory fee not at all."""
        self._own_water()
        bill = self._issue_again(self.account_a)
        self.assertEqual(self._make(bill).state, "sent")
        (document,) = self.server.documents.values()
        self.assertEqual(
            [(rate["taxPercentage"], rate["taxableAmount"], rate["taxAmount"]) for rate in document["taxBreakdowns"]],
            [(5.0, 151_000, 7_550), (8.0, WASTE_NET, WASTE_TAX)],
        )
        self.assertEqual(len(document["itemInfo"]), 2)

    def test_late_fee_is_invoiced_only_with_vat(self):
        """A fee that bears VAT by its rule is invoiced by the ward with it; without VAT it stays off the e-invoice."""
        waste = self.services.filtered(lambda service: service.code == "RAC")
        lines = self.bill.invoice_line_ids.filtered(lambda line: line.product_id == waste.product_id)
        fee = tariff.Charge("LATE1", "Tiền chậm nộp", "late_fee", 500, 0, None, False, ())
        taxed = tariff.taxed(fee, Decimal(8))
        waived = [(tariff.taken_off(charge, "Miễn"), invoiced) for charge, invoiced in ((fee, False), (taxed, True))]
        for charge, invoiced in ((fee, False), (taxed, True), *waived):
            with patch.object(type(self.bill), "_kdc_line_charges", lambda _self, _lines, c=charge: {lines: c}):
                self.assertEqual(lines in self.bill._kdc_invoiced_lines(), invoiced)

    def test_nothing_to_invoice(self):
        waste = self.services.filtered(lambda service: service.code == "RAC")
        bill = self.old_a
        bill.invoice_line_ids.filtered(
            lambda line: line.product_id == waste.product_id
        ).product_id = self.services.filtered(lambda service: service.code == "NUOC").product_id
        self.assertIn("provider", bill.with_context(lang="en_US")._kdc_einvoice_problem())
        with self.assertRaises(UserError):
            bill.action_kdc_einvoice()
        request = self._make(bill)
        self.assertEqual(request.state, "failed")
        self.assertFalse(self.server.calls)

    def test_zero_bill(self):
        """A household whose waste is free gets a bill, and nothing to invoice."""
        lines = self.new_b._kdc_invoiced_lines()
        self.assertEqual(sum(lines.mapped("price_total")), WASTE)
        run = self.env["kdc.billing.run"].create({"company_id": self.company.id, "period": self.this_month})
        empty = self.env["account.move"].create(
            {
                "move_type": "out_invoice", "partner_id": self.account_b.partner_id.id,
                "kdc_account_id": self.account_b.id, "kdc_run_id": run.id, "journal_id": self.new_b.journal_id.id,
                "invoice_line_ids": [
                    (0, 0, {"product_id": lines.product_id.id, "price_unit": 0, "tax_ids": [(5,)]})
                ],
            }
        )  # fmt: skip
        empty.action_post()
        self.assertTrue(empty._kdc_einvoice_problem())

    # --- When something goes wrong ---------------------------------------------------------------

    def test_sending_again_never_doubles(self):
        request = self._make(self.bill)
        for _time in range(3):
            self._ask(self.bill)._job_send()
            request._send()
        self.assertEqual(len(self.server.invoices), 1)
        self.assertEqual(self.server.calls.count("createInvoice"), 1)

    def test_lost_answer(self):
        """SInvoice made it, the answer never came, and for a while nobody can be asked: still one invoice."""
        self.server.fail("createInvoice", "lost")
        request = self._make(self.bill)
        self.assertEqual((request.state, request.attempts), ("waiting", 1))
        made = self.bill.l10n_vn_edi_issue_date
        self.server.fail("searchInvoiceByTransactionUuid", "silence", "down")
        for attempt in (2, 3):
            request._job_send()
            self.assertEqual((request.state, request.attempts), ("waiting", attempt), request.reason)
        self.bill.l10n_vn_edi_issue_date = made - timedelta(hours=3)
        request._job_send()
        self.assertEqual(request.state, "sent")
        self.assertEqual(self.server.calls.count("createInvoice"), 1)
        self.assertEqual(request.number, "K26TKD1")
        self.assertEqual(
            self.bill.l10n_vn_edi_issue_date, made - timedelta(hours=3), "The day of the one that is there."
        )

    def test_timeout_before_it_arrived(self):
        self.server.fail("createInvoice", "silence", "down")
        request = self._make(self.bill)
        key = self.bill.l10n_vn_edi_invoice_transaction_id
        request._job_send()
        self.assertEqual((request.state, request.attempts), ("waiting", 2), "A proxy's error is no refusal.")
        request._job_send()
        self.assertEqual(request.state, "sent")
        self.assertEqual(list(self.server.invoices), [key], "One id, whatever happens.")

    def test_delays_and_giving_up(self):
        self.server.fail("createInvoice", *["silence"] * 10)
        request = self._make(self.bill)
        for _attempt in DELAYS:
            self.assertEqual(request.state, "waiting")
            request._job_send()
        self.assertEqual(request.state, "failed")
        run = self.bill.kdc_run_id
        self.assertEqual(len(run.activity_ids), 1)
        self.assertEqual(run.activity_ids.user_id, run.user_id)
        self.assertEqual(len(self._jobs(request)), 1 + len(DELAYS), "One now, then one after each delay.")
        self.assertEqual(len(self._jobs(request).filtered("eta")), len(DELAYS))
        self.server.trouble.clear()
        request.with_user(self.user_accountant).action_again()
        self.assertEqual((request.state, request.attempts), ("waiting", 0))
        request._job_send()
        self.assertEqual(request.state, "sent")

    def test_refusal(self):
        """What SInvoice refuses is not tried again before somebody mended it; then it is told anew."""
        self.server.fail("createInvoice", "refuse:Mã số thuế người mua không hợp lệ")
        request = self._make(self.bill)
        self.assertEqual(request.state, "failed")
        self.assertIn("Mã số thuế người mua không hợp lệ", request.reason)
        self.assertEqual(len(self._jobs(request)), 1)
        self.assertEqual(self.bill.kdc_einvoice_state, "failed")
        self.account_a.einvoice_name = "Nguyễn Văn An mới"
        self._make(self.bill)
        (document,) = self.server.documents.values()
        self.assertEqual(document["buyerInfo"]["buyerName"], "Nguyễn Văn An mới")
        self.assertEqual(request.state, "sent")

    def test_wrong_password_and_missing_settings(self):
        self.company.l10n_vn_edi_password = "wrong"
        request = self._make(self.bill)
        self.assertEqual(request.state, "failed")
        self.assertIn("mật khẩu", request.reason)
        self.company.write({"l10n_vn_edi_password": "right", "street": False})
        self._make(self.bill)
        self.assertEqual(request.state, "failed")
        self.assertNotIn("createInvoice", self.server.calls)

    def test_files_that_come_later(self):
        self.server.fail("getInvoiceRepresentationFile", "silence", "silence", "silence")
        request = self._make(self.bill)
        self.assertEqual((request.state, request.attempts), ("sent", 1))
        self.assertFalse(self.bill.l10n_vn_edi_sinvoice_pdf_file_id)
        self.server.trouble.clear()
        request._job_send()
        self.assertTrue(self.bill.l10n_vn_edi_sinvoice_pdf_file_id)
        self.assertFalse(request.reason)
        self.assertEqual(len(self.server.invoices), 1)

    def test_symbol_chosen_after_issuing(self):
        self.bill.l10n_vn_edi_invoice_symbol = False
        self.assertEqual(self._make(self.bill).state, "sent")
        self.assertEqual(self.bill.l10n_vn_edi_invoice_symbol, self.symbol)

    # --- Rules -----------------------------------------------------------------------------------

    def test_standing_wish(self):
        self.account_a.einvoice_wish = "always"
        bill = self._issue_again(self.account_a)
        request = self.env["kdc.einvoice"].search([("company_id", "=", self.company.id)])
        self.assertEqual((request.move_id, request.origin), (bill, "rule"), "Nobody else's.")
        request._job_send()
        self.assertEqual(len(self.server.invoices), 1)

    def test_rule_by_class(self):
        self.company.kdc_einvoice_rule = "organisations"
        accounts = self.account_a | self.account_b
        self.assertFalse(accounts._kdc_wanting_einvoice())
        tariff = self.services.tariff_ids.filtered(lambda tariff: tariff.customer_class != "household")[:1]
        connection = self.account_b.connection_ids.filtered(lambda line: line.service_id == tariff.service_id)
        connection.tariff_id = tariff
        self.assertEqual(accounts._kdc_wanting_einvoice(), self.account_b)
        self.account_b.einvoice_wish = "never"
        self.assertFalse(accounts._kdc_wanting_einvoice())

    # --- What becomes of it ----------------------------------------------------------------------

    def test_cancel(self):
        """The bill and its e-invoice are cancelled together, by two persons, and not while money is attached."""
        self._make(self.bill)
        with self.assertRaises(UserError):
            self.bill._kdc_cancel("Sai")
        wizard = self.env["l10n_vn_edi_viettel.cancellation"].with_user(self.user_accountant)
        with self.assertRaises(UserError):
            wizard.create({"invoice_id": self.bill.id, "reason": "Sai"}).button_request_cancel()
        self.assertFalse(self.server.cancelled)
        action = self.bill.with_user(self.user_accountant).button_request_cancel()
        asked = self.env[action["res_model"]].with_user(self.user_accountant).create(
            {"move_id": self.bill.id, "reason": "Sai người mua", "agreement_name": "BB 7"}
        )  # fmt: skip
        self.assertTrue(asked.has_einvoice)
        asked.with_user(self.user_approver).action_approve()
        self.assertEqual(self.server.cancelled, ["K26TKD1"])
        self.assertEqual((self.bill.state, self.bill.kdc_einvoice_state), ("cancel", "canceled"))

    def test_paid_bill_keeps_its_einvoice(self):
        self._make(self.bill)
        self._take(self.user_collector, self.account_a, 400_000)
        self.env.flush_all()
        wizard = self.env["l10n_vn_edi_viettel.cancellation"].create({"invoice_id": self.bill.id, "reason": "Sai"})
        with self.assertRaises(UserError):
            wizard.button_request_cancel()
        self.assertFalse(self.server.cancelled, "SInvoice is not told before it is sure that the bill goes too.")

    def test_credit_note(self):
        """An adjustment follows Odoo's module and holds the ward's own part only; a second person posts it."""
        self._make(self.bill)
        reversal = self.env["account.move.reversal"].with_user(self.user_accountant).with_context(
            active_model="account.move", active_ids=self.bill.ids
        ).create({"reason": "Giảm giá", "journal_id": self.bill.journal_id.id})  # fmt: skip
        with self.assertRaises(UserError):
            reversal.modify_moves()
        refund = self.env["account.move"].browse(reversal.reverse_moves()["res_id"])
        with self.assertRaises(UserError):
            refund.with_user(self.user_accountant).action_post()
        self.assertEqual(self.bill.kdc_einvoice_state, "adjusted")
        document = refund._l10n_vn_edi_generate_invoice_json()
        self.assertEqual([item["itemTotalAmountWithoutTax"] for item in document["itemInfo"]], [WASTE_NET])
        self.assertEqual(document["generalInvoiceInfo"]["originalInvoiceId"], "K26TKD1")

    def test_payment_is_told(self):
        """Odoo's button works for the accountant, who does not see the password."""
        self._make(self.bill)
        self._take(self.user_collector, self.account_a, 400_000)
        self.assertEqual(self.bill.l10n_vn_edi_invoice_state, "payment_state_to_update")
        self.assertEqual(self.bill.kdc_einvoice_state, "sent")
        self.bill.with_user(self.user_accountant).action_l10n_vn_edi_update_payment_status()
        self.assertEqual(self.server.paid, ["K26TKD1"])

    def test_printed_bill(self):
        self._make(self.bill)
        report = self.env["kdc.bill.pdf"]
        self.assertIn(b"%PDF", report._render(self.bill)[:8])
        self.assertTrue(self.bill.invoice_pdf_report_id, "The ward's paper is attached, without wkhtmltopdf.")

    # --- The buyer -------------------------------------------------------------------------------

    def test_sealed_number_opens_in_no_dialogue(self):
        clean, _errors = self.account_a._kdc_check_buyer(
            {"kind": "person", "name": "Nguyễn Văn An", "number": "056080001234"}
        )
        self.account_a._kdc_set_buyer(clean, self.resident_a.partner_id)
        requests = self.env["kdc.einvoice.request"].with_user(self.user_accountant)
        sealed = self.account_a.with_user(self.user_accountant).einvoice_number_sealed
        request = requests.create({"account_id": self.account_a.id, "number_sealed": sealed})
        self.assertFalse(request.number)
        request.number = "056080001234"
        request.invalidate_recordset()
        self.assertEqual(request.number, "056080001234", "What the clerk typed stays readable in the dialogue.")

    def test_never_stays_never(self):
        clean, _errors = self.account_a._kdc_check_buyer({"kind": "person", "name": "Nguyễn Văn An"})
        self.account_a.einvoice_wish = "never"
        self.account_a._kdc_set_buyer(clean, self.resident_a.partner_id, False)
        self.assertEqual(self.account_a.einvoice_wish, "never")
        self.account_a._kdc_set_buyer(clean, self.resident_a.partner_id, True)
        self.account_a._kdc_set_buyer(clean, self.resident_a.partner_id, False)
        self.assertEqual(self.account_a.einvoice_wish, "rule")

    def test_work_that_stopped_can_be_begun_again(self):
        with trap_jobs() as jobs:
            request = self.env["kdc.einvoice"]._request(self.bill, "counter")
        (job,) = jobs.enqueued_jobs
        job.store()
        record = self.env["queue.job"].search([("uuid", "=", job.uuid)])
        record._message_post_on_failure()
        self.assertEqual(request.state, "failed")
        self.assertTrue(self.bill.kdc_run_id.activity_ids)

    def test_buyer_is_sealed_and_told(self):
        clean, _errors = self.account_a._kdc_check_buyer(
            {"kind": "person", "name": "Nguyễn Văn An", "number": "056080001234", "email": "an@example.com"}
        )
        self.account_a._kdc_set_buyer(clean, self.resident_a.partner_id)
        self.assertNotIn("056080001234", self.account_a.einvoice_number_sealed)
        self.assertNotIn("080001", self.account_a.einvoice_number_masked)
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            self.account_a.with_user(self.user_collector).read(["einvoice_number_sealed"])
        self._make(self.bill)
        (document,) = self.server.documents.values()
        buyer = document["buyerInfo"]
        self.assertEqual((buyer["buyerIdNo"], buyer["buyerEmail"]), ("056080001234", "an@example.com"))
        sections = self.resident_a.sudo()._kdc_my_data()
        self.assertIn("einvoices", json.dumps([section["key"] for section in sections]))
        self.resident_a.sudo()._kdc_erase_more(set())
        self.assertFalse(self.account_a.einvoice_number_sealed or self.account_a.einvoice_name)
