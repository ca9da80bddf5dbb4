from datetime import timedelta

from dateutil.relativedelta import relativedelta
from odoo import Command, api, fields, models

from ..engine import story


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_moves(self):
        """A household has moved away three days ago: its final bill waits for the accountant."""
        household = self._main_households()[-2:-1]
        if not household.kdc_account_ids:
            return
        people = household._live_memberships().resident_id
        event = self.env["kdc.civil.event"].with_user(self._user("canbo")).create({
            "kind": "move_out",
            "household_id": household.id,
            "date": fields.Date.context_today(self) - timedelta(days=3),
            "line_ids": [Command.create({"resident_id": person.id}) for person in people],
            "place": "Phường Cam Ranh, tỉnh Khánh Hòa",
            "reason": "Cả hộ chuyển nhà",
        })  # fmt: skip
        event.action_confirm()

    @api.model
    def _make_shop_customer(self):
        """The shop of the story has water of its own, at the price for businesses; its owner sees the bill."""
        owner = self._user("chushop")
        household = owner._kdc_household()
        company = household.company_id
        services = self.env["kdc.service"].search([("company_id", "=", company.id), ("code", "=", "NUOC")])
        tariff = services.tariff_ids.filtered(lambda tariff: tariff.customer_class == "business")
        if not tariff:
            return
        period = fields.Date.context_today(self).replace(day=1) - relativedelta(months=1)
        since = period - relativedelta(days=5)
        partner = self.env["res.partner"].create({
            "name": story.SHOPS[0].name,
            "is_company": True,
            "company_id": company.id,
            "street": household.dwelling_id.name,
        })  # fmt: skip
        account = self.env["kdc.customer.account"].create({
            "partner_id": partner.id,
            "dwelling_id": household.dwelling_id.id,
            "company_id": company.id,
            "date_from": since,
            "viewer_ids": [Command.set(owner.partner_id.ids)],
        })  # fmt: skip
        connection = self.env["kdc.connection"].create({
            "account_id": account.id,
            "service_id": services.id,
            "tariff_id": tariff[0].id,
            "date_from": since,
        })  # fmt: skip
        meter = self.env["kdc.meter"].create({
            "serial": f"KD-{account.number}",
            "connection_id": connection.id,
            "date_install": since,
        })  # fmt: skip
        readings = self.env["kdc.meter.reading"].with_user(self._user("ketoan"))
        for day, value in ((since, 0), (period.replace(day=20), 27)):
            readings._record(meter, day, value, "officer")
        self._add_power_by_time(account, since, period)
        self._make_market_fees(account, period)
        self._issue_for(account, period)

    @api.model
    def _add_power_by_time(self, account, since, period):
        """Electricity of the shop by a meter of three prices; its tariff is an example, to be checked before use."""
        service = self.env["kdc.service"].search([("company_id", "=", account.company_id.id), ("code", "=", "DIEN")])
        vat = self.env.ref("kdc_utilities.kdc_vat_category_service")
        zones = (
            ("normal", "Giờ bình thường", 3152, 210),
            ("peak", "Giờ cao điểm", 5422, 64),
            ("offpeak", "Giờ thấp điểm", 1918, 95),
        )
        tariff = self.env["kdc.tariff"].create({
            "name": "Điện kinh doanh 3 giá (ví dụ)", "code": "KD3", "service_id": service.id,
            "customer_class": "business",
            "version_ids": [Command.create({
                "date_from": "2025-05-10", "decision": "Giá ví dụ, kiểm tra trước khi dùng",
                "component_ids": [
                    Command.create({
                        "name": name, "code": zone.upper(), "kind": "unit", "zone": zone, "price": price,
                        "vat_category_id": vat.id,
                    })
                    for zone, name, price, _used in zones
                ],
            })],
        })  # fmt: skip
        connection = self.env["kdc.connection"].create({
            "account_id": account.id, "service_id": service.id, "tariff_id": tariff.id, "date_from": since,
        })  # fmt: skip
        today = fields.Date.context_today(self)
        readings = self.env["kdc.meter.reading"].with_user(self._user("ketoan"))
        for zone, _name, _price, used in zones:
            register = self.env["kdc.meter"].create({
                "serial": f"CT-{account.number}", "zone": zone, "connection_id": connection.id, "date_install": since,
            })  # fmt: skip
            for number, day in enumerate((since, period.replace(day=20), today)):
                readings._record(register, day, number * used, "officer")

    @api.model
    def _issue_for(self, account, period):
        """Issue the bill of one customer as two persons do."""
        allowed = {"allowed_company_ids": account.company_id.ids, "queue_job__no_delay": True}
        run = (
            self.env["kdc.billing.run"]
            .with_user(self._user("ketoan"))
            .with_context(**allowed)
            .create({"company_id": account.company_id.id, "period": period, "account_id": account.id})
        )
        run.action_compute()
        run.with_user(self._user("ketoantruong")).action_approve()
        run.action_issue()
