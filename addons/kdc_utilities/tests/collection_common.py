from datetime import date

from dateutil.relativedelta import relativedelta
from odoo import Command, fields
from odoo.addons.kdc_residents.tests.common import QUIET, ResidentsCommon

from ..engine import reference
from .proved import ProvedCase

#: Water 8 m³ 44,160 and waste 44,000; water 25 m³ 173,650 and waste 44,000 (vietnam.md §3.2, §3.3).
OLD_TOTAL, NEW_TOTAL = 88_160, 217_650


class CollectionCommon(ProvedCase, ResidentsCommon):
    """Two households with two issued bills each (last month and this one), a bank, a desk and people to collect."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids |= cls.env.ref("kdc_utilities.group_accountant")
        cls.company._kdc_setup_utilities()
        cls.services = cls.env["kdc.service"].search([("company_id", "=", cls.company.id)])
        cls.this_month = fields.Date.start_of(fields.Date.context_today(cls.env.user), "month")
        cls.last_month = cls.this_month - relativedelta(months=1)
        cls.bank = cls.env["res.partner.bank"].create(
            {
                "acc_number": "0011001234567",
                "partner_id": cls.company.partner_id.id,
                "bank_id": cls.env["res.bank"].create({"name": "Vietcombank", "bic": "970436"}).id,
                "acc_holder_name": "UBND PHUONG NHA TRANG",
            }
        )
        cls.company.kdc_bank_id = cls.bank
        cls.account_a = cls._create_account(cls.household_a, "W-A")
        cls.account_b = cls._create_account(cls.household_b, "W-B")
        cls.old_bills = cls._issue(cls.last_month)
        cls.new_bills = cls._issue(cls.this_month)
        cls.old_a = cls.old_bills.filtered(lambda bill: bill.kdc_account_id == cls.account_a)
        cls.new_a = cls.new_bills.filtered(lambda bill: bill.kdc_account_id == cls.account_a)
        cls.new_b = cls.new_bills.filtered(lambda bill: bill.kdc_account_id == cls.account_b)
        areas, more_areas = cls.group_a, cls.group_a | cls.group_b
        cls.user_collector, cls.user_collector_2, cls.user_accountant, cls.user_approver = cls._create_users(
            cls._user_values("kdc_collector", "kdc_utilities.group_collector", kdc_area_ids=[Command.set(areas.ids)]),
            cls._user_values(
                "kdc_collector_2", "kdc_utilities.group_collector", kdc_area_ids=[Command.set(more_areas.ids)]
            ),
            cls._user_values("kdc_accountant", "kdc_utilities.group_accountant"),
            cls._user_values("kdc_approver", "kdc_utilities.group_approver"),
        )
        cls.env.flush_all()

    @classmethod
    def _create_account(cls, household, serial):
        """Open an account with water and waste, a meter and readings of three month ends: 100, 108, 133."""
        account = cls.env["kdc.customer.account"].create(
            {
                "partner_id": household.partner_id.id,
                "household_id": household.id,
                "dwelling_id": household.dwelling_id.id,
                "company_id": cls.company.id,
            }
        )
        connections = {}
        for code in ("NUOC", "RAC"):
            service = cls.services.filtered(lambda service, code=code: service.code == code)
            connections[code] = cls.env["kdc.connection"].create(
                {
                    "account_id": account.id,
                    "service_id": service.id,
                    "tariff_id": service.tariff_ids.filtered(lambda tariff: tariff.code == "HO").id,
                    "date_from": date(2020, 1, 1),
                }
            )
        meter = cls.env["kdc.meter"].create({"serial": serial, "connection_id": connections["NUOC"].id})
        for months_back, value, event in ((2, 100, "initial"), (1, 108, "normal"), (0, 133, "normal")):
            day = cls.this_month - relativedelta(months=months_back)
            cls.env["kdc.meter.reading"].create(
                {"meter_id": meter.id, "date": day + relativedelta(days=0 if not months_back else 20),
                 "value": value, "event": event}
            )  # fmt: skip
        return account

    @classmethod
    def _issue(cls, period):
        """Issue the bills of a month of both households and return them."""
        run = cls.env["kdc.billing.run"].create(
            {"company_id": cls.company.id, "period": period, "area_ids": [Command.set((cls.group_a | cls.group_b).ids)]}
        )
        run.action_compute()
        run.line_ids._issue()
        assert run.line_ids and set(run.line_ids.mapped("state")) == {"issued"}, run.line_ids.mapped("failure")
        return run.line_ids.move_id

    @classmethod
    def _change_payer(cls, account):
        """Let somebody else pay for an account, who gets a bill of 50,000; return the former payer and that bill."""
        former, period = account.partner_id, date(2031, 1, 1)
        account.partner_id = cls.env["res.partner"].create({"name": "Đỗ Thị Mới"})
        bill = account.move_ids[:1].copy({
            "kdc_account_id": account.id, "kdc_period": period, "invoice_date": False,
            "partner_id": account.partner_id.id, "kdc_reference": reference.make_reference(account.number, period),
        })  # fmt: skip
        bill.invoice_line_ids[1:].unlink()
        bill.invoice_line_ids.write({"price_unit": 50_000, "tax_ids": False})
        bill.action_post()
        return former, bill

    @classmethod
    def _counter(cls, user):
        """Return the counter as this person, with an open session."""
        counter = cls.env["kdc.collect"].with_user(user).with_context(**QUIET)
        counter.open_session(500_000)
        return counter

    @classmethod
    def _take(cls, user, account, amount, key="k" * 16, payer=None):
        """Take money as the screen does: preview, confirm. Returns the receipt in sudo."""
        counter = cls._counter(user)
        shown = counter.preview(account.id, amount)
        values = counter.confirm(account.id, amount, key, shown["fingerprint"], payer)
        return cls.env["kdc.receipt"].browse(values["id"])
