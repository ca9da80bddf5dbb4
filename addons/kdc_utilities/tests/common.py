from datetime import date

from odoo import Command
from odoo.addons.kdc_residents.tests.common import ResidentsCommon

PERIOD = date(2026, 10, 1)


def frozen_on(bills, day):
    """Return those of these bills on which no late fee runs on a day."""
    frozen = bills._kdc_frozen_days()
    return bills.filtered(lambda bill: any(first <= day <= last for first, last in frozen.get(bill, ())))


class UtilitiesCommon(ResidentsCommon):
    """A ward with the usual services, two customer accounts with a water meter each, and its staff."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.company.chart_template:
            cls.company.country_id = cls.env.ref("base.vn")
            cls.env["account.chart.template"].try_loading("vn", cls.company, install_demo=False)
        cls.company._kdc_setup_utilities()
        # Tests of exemptions begin without any.
        cls.env["kdc.tariff.relief"].search([("company_id", "=", cls.company.id)]).unlink()
        cls.water, cls.waste, cls.power = (cls._service(code) for code in ("NUOC", "RAC", "DIEN"))
        cls.account_a = cls._create_account(cls.household_a, "DH-A1")
        cls.account_b = cls._create_account(cls.household_b, "DH-B1")
        cls.meter_a = cls.env["kdc.meter"].search([("serial", "=", "DH-A1")])
        cls.meter_b = cls.env["kdc.meter"].search([("serial", "=", "DH-B1")])
        areas = [Command.set(cls.group_a.ids)]
        cls.user_accountant, cls.user_approver, cls.user_collector = cls._create_users(
            cls._user_values("kdc_accountant", "kdc_utilities.group_accountant"),
            cls._user_values("kdc_approver", "kdc_utilities.group_approver"),
            cls._user_values("kdc_collector", "kdc_utilities.group_collector", kdc_area_ids=areas),
        )

    @classmethod
    def _service(cls, code):
        return cls.env["kdc.service"].search([("company_id", "=", cls.company.id), ("code", "=", code)])

    @classmethod
    def _create_account(cls, household, serial, services=None):
        """Open an account with water (one meter) and waste, or the given services."""
        account = cls.env["kdc.customer.account"].create(
            {
                "household_id": household.id,
                "partner_id": household.partner_id.id,
                "dwelling_id": household.dwelling_id.id,
                "company_id": cls.company.id,
                "date_from": "2025-01-01",
            }
        )
        for service in services or cls.water + cls.waste:
            connection = cls.env["kdc.connection"].create(
                {
                    "account_id": account.id,
                    "service_id": service.id,
                    "tariff_id": service.tariff_ids[0].id,
                    "date_from": "2025-01-01",
                }
            )
            if service.metered:
                suffix = "" if service == cls.water else f"-{service.code}"
                cls.env["kdc.meter"].create({"serial": serial + suffix, "connection_id": connection.id})
        return account

    @classmethod
    def _read(cls, meter, day, value, **vals):
        return cls.env["kdc.meter.reading"]._record(meter, day, value, "officer", **vals)

    @classmethod
    def _read_month(cls, used_a=25, used_b=8):
        """Readings so that October 2026 has these quantities."""
        for meter, used in ((cls.meter_a, used_a), (cls.meter_b, used_b)):
            cls._read(meter, date(2026, 9, 25), 100)
            cls._read(meter, date(2026, 10, 25), 100 + used)

    def _run(self, **vals):
        """A computed run made by the accountant."""
        run = self.env["kdc.billing.run"].with_user(self.user_accountant).create({"period": PERIOD, **vals})
        run.action_compute()
        return run

    def _issue(self, run):
        """Approve by the approver and issue in the same transaction."""
        run.with_user(self.user_approver).action_approve()
        run.with_context(queue_job__no_delay=True).action_issue()
        return run.move_ids
