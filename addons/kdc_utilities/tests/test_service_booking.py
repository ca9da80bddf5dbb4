from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import UtilitiesCommon


@tagged("post_install", "-at_install")
class TestServiceBooking(UtilitiesCommon):
    """The accountant opens a service without any right on products or the chart of accounts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.services = cls.env["kdc.service"].with_user(cls.user_accountant)
        cls.provider = cls.env["res.partner"].create({"name": "VNPT Khánh Hòa", "is_company": True})

    def _new(self, **vals):
        return self.services.create(
            {"name": "Giữ xe", "code": "XE", "unit": "tháng", "legal_basis": "Biên bản 15/6", **vals}
        )

    def _account(self, service):
        service = service.sudo()
        return service._income_account(service.product_id)

    def _price(self, service, amount, vat=None):
        """The accountant enters a price per month."""
        return self.env["kdc.tariff"].with_user(self.user_accountant).create({
            "name": service.name, "code": "HO", "service_id": service.id,
            "version_ids": [Command.create({
                "date_from": "2026-01-01", "decision": "Biên bản 15/6",
                "component_ids": [Command.create({
                    "name": service.name, "code": service.code, "kind": "flat", "price": amount,
                    "vat_category_id": vat and vat.id,
                })],
            })],
        })  # fmt: skip

    def _bill(self, service):
        self.account_a.with_user(self.user_accountant).write({"connection_ids": [
            Command.create({
                "service_id": service.id, "tariff_id": service.tariff_ids.id, "date_from": "2026-01-01"
            })
        ]})  # fmt: skip
        self._read_month()
        bills = self._issue(self._run())
        return bills.filtered(lambda bill: bill.kdc_account_id == self.account_a).invoice_line_ids.filtered(
            lambda line: line.product_id == service.sudo().product_id
        )

    def test_each_kind_gets_the_right_account_and_a_product_of_its_own(self):
        kinds = {
            "gia_dich_vu": self.company.income_account_id.code, "thu_ho": "338811", "dong_gop": "338812",
            "phi": "333911", "le_phi": "333912",
        }  # fmt: skip
        products = self.water.product_id | self.waste.product_id
        for kind, code in kinds.items():
            service = self._new(code=kind, money_kind=kind, provider_id=self.provider.id)
            self.assertEqual(self._account(service).code, code)
            self.assertNotIn(service.sudo().product_id, products)
            self.assertEqual(service.journal_id, self.waste.journal_id)
            products |= service.sudo().product_id
        kept = self.env["account.account"].search([("code", "=", "338811"), ("company_ids", "in", self.company.ids)])
        self.assertEqual(kept.account_type, "liability_current")

    def test_from_creation_to_an_issued_bill_of_income(self):
        service = self._new()
        self._price(service, 30000, self.env.ref("kdc_utilities.kdc_vat_category_service"))
        line = self._bill(service)
        self.assertEqual((line.account_id.internal_group, line.price_unit, line.tax_ids.amount), ("income", 30000, 8))
        self.assertNotEqual(line.product_id, self.waste.product_id)

    def test_from_creation_to_an_issued_bill_collected_for_a_provider(self):
        service = self._new(money_kind="thu_ho", provider_id=self.provider.id, name="Internet", code="NET")
        self._price(service, 165000)
        line = self._bill(service)
        self.assertEqual((line.account_id.code, line.account_id.name), ("338811", "Thu hộ: Internet"))
        self.assertIn(line.account_id, self.env["kdc.remittance"]._accounts_of(service))

    def test_a_usual_service_starts_from_a_template_without_price_or_paper(self):
        with Form(self.services) as form:
            form.template = "ANNINH"
            self.assertEqual((form.name, form.code, form.money_kind), ("An ninh trật tự", "ANNINH", "dong_gop"))
            self.assertFalse(form.legal_basis)
            self.assertEqual(form.journal_id, self.waste.journal_id)
            form.legal_basis = "Biên bản họp tổ dân phố 01"
        service = form.record
        self.assertEqual((service.price_state, service.tariff_ids.ids), ("none", []))
        self.assertEqual(self._account(service).internal_group, "liability")
        self.assertEqual(service.action_view_tariffs()["context"]["default_service_id"], service.id)
        self._price(service, 20000)
        self.assertEqual(service.price_state, "ok")

    def test_the_paper_and_the_provider_stay_required(self):
        for template in ("GUIXE", "INTERNET"):
            with self.assertRaises(AssertionError), Form(self.services) as form:
                form.template = template
                if template == "INTERNET":
                    form.legal_basis = "Hợp đồng 12"

    def test_the_accountant_may_choose_the_account_but_no_wrong_one(self):
        fund = self.company._kdc_setup_liability({"code": "338850", "name": "Quỹ an ninh"})
        service = self._new(money_kind="dong_gop", booking_account_id=fund.id)
        self.assertEqual(self._account(service), fund)
        with self.assertRaises(ValidationError):
            service.booking_account_id = self.company.income_account_id
        with self.assertRaises(ValidationError):
            self._new(code="XE2", booking_account_id=fund.id)
        receivable = self.account_a.partner_id.property_account_receivable_id
        with self.assertRaises(ValidationError):
            self._new(code="XE3", money_kind="phi", booking_account_id=receivable.id)

    def test_another_kind_of_money_moves_the_account_until_something_is_booked(self):
        service = self._new()
        service.write({"money_kind": "thu_ho", "provider_id": self.provider.id})
        self.assertEqual(self._account(service).code, "338811")
        self._price(service, 30000)
        self._bill(service)
        with self.assertRaises(UserError):
            service.money_kind = "gia_dich_vu"
        self.assertEqual(self._account(service).code, "338811")

    def test_another_kind_is_possible_again_when_all_bills_were_cancelled(self):
        service = self._new()
        self._price(service, 30000)
        line = self._bill(service)
        with self.assertRaisesRegex(UserError, "cancel them first"), self.env.cr.savepoint():
            service.write({"money_kind": "thu_ho", "provider_id": self.provider.id})
        line.move_id.with_user(self.user_accountant)._kdc_cancel("Sai loại khoản thu")
        service.write({"money_kind": "thu_ho", "provider_id": self.provider.id})
        self.assertEqual(self._account(service).code, "338811")
        self.assertEqual(line.account_id.code, "338811", "Posted again, it would book where the service does now.")
        bills = self._issue(self._run()).invoice_line_ids
        anew = bills.filtered(lambda item: item.product_id == service.sudo().product_id)
        self.assertEqual(anew.account_id.code, "338811")

    def test_a_service_that_shared_a_product_leaves_it_to_the_other(self):
        parking = self._new(product_id=self.waste.product_id.id)
        parking.write({"money_kind": "dong_gop"})
        self.assertNotEqual(parking.sudo().product_id, self.waste.product_id)
        self.assertEqual(self._account(self.waste).internal_group, "income")

    def test_a_copy_has_books_of_its_own(self):
        copy = self.waste.with_user(self.user_accountant).copy({"code": "RAC2"})
        self.assertNotEqual(copy.sudo().product_id, self.waste.product_id)

    def test_others_may_not_open_services(self):
        for user in (self.user_collector, self.user_approver):
            with self.assertRaises(AccessError):
                self.services.with_user(user).create({"name": "X", "code": "X", "unit": "tháng", "legal_basis": "X"})
        # The accountant got no right on products by it.
        with self.assertRaises(AccessError):
            self.env["product.product"].with_user(self.user_accountant).create({"name": "X"})
