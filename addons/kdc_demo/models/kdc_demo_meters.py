from datetime import timedelta

from odoo import api, fields, models


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_meter_story(self):
        """Let the meters of the main ward have what meters have: one changed, some due for verification, one stuck."""
        meters = self.env["kdc.meter"].search([("company_id", "=", self.env.ref("base.main_company").id)], order="id")
        today = fields.Date.context_today(self)
        meters[3:6].date_verification = today + timedelta(days=40)
        meters[6:7].date_verification = today - timedelta(days=12)
        meters[8:9].write({"state": "faulty", "location": "Sau nhà, cạnh bể nước"})
        self._change_meter(meters[10:11], max(today.replace(day=1), today - timedelta(days=3)))
        self._read_this_month(meters[2:18], today)
        self._share_a_meter(meters[12:15], today)

    @api.model
    def _share_a_meter(self, meters, today):
        """Give three households of a yard a common meter, shared by persons and checked by the chief accountant."""
        if not meters:
            return
        accountant, chief = self._user("ketoan"), self._user("ketoantruong")
        own = meters[0].connection_id
        partner = self.env["res.partner"].create({"name": "Tổ tự quản sân chung", "company_id": own.company_id.id})
        account = self.env["kdc.customer.account"].create(
            {"partner_id": partner.id, "area_id": own.area_id.id, "company_id": own.company_id.id}
        )
        connection = own.copy({"account_id": account.id, "shared_meter_id": False})
        common = self.env["kdc.meter"].create(
            {
                "serial": "CHUNG-01",
                "connection_id": connection.id,
                "share_basis": "person",
                "location": "Giữa sân, cạnh bể nước chung",
            }
        )
        meters.connection_id.shared_meter_id = common
        first = today.replace(day=1)
        readings = self.env["kdc.meter.reading"].with_user(accountant)
        readings._record(common, first - timedelta(days=1), 210, "officer")
        readings._record(common, max(first, today - timedelta(days=1)), 217, "officer")
        share = self.env["kdc.meter.share"].with_user(accountant).create({"meter_id": common.id, "period": first})
        share.action_compute()
        share.with_user(chief).action_check()

    @api.model
    def _read_this_month(self, meters, today):
        """Set reading days and have the first street read, with what an accountant then finds odd."""
        company = meters.company_id
        accountant = self._user("ketoan")
        self.env["kdc.reading.schedule"].create(
            {"company_id": company.id, "day_open": 20, "day_close": 31, "user_id": accountant.id}
        )
        day = max(today.replace(day=1), today - timedelta(days=1))
        # Place in the street → use in m³: a leak and an empty house among the usual; four could not be read.
        odd = {1: 96, 5: 0}
        with self._at(day, 15, 40):
            for position, meter in enumerate(meters.filtered("active")[:12]):
                last = meter.reading_ids.sorted("date")[-1:]
                value = last.value + odd.get(position, 9 + position % 5)
                if last.date < day and value < 10**meter.digits:
                    self.env["kdc.meter.reading"].with_user(accountant)._record(meter, day, value, "officer")
        domain = [("id", "in", meters.ids)]
        self.env["kdc.reading.anomaly"].with_user(accountant)._check(company, today.replace(day=1), domain)

    @api.model
    def _change_meter(self, meter, day):
        """Have the accountant replace a meter, as after a periodic verification."""
        last = meter.reading_ids.sorted("date")[-1:]
        if not last or last.date >= day:
            return
        with self._at(day, 10, 20):
            self.env["kdc.meter.change"].with_user(self._user("ketoan")).create(
                {
                    "meter_id": meter.id,
                    "kind": "replace",
                    "date": day,
                    "reason": "Hết hạn kiểm định, công ty cấp nước thay đồng hồ mới",
                    "final_value": last.value + 6,
                    "serial": f"{meter.serial}-B",
                    "initial_value": 0,
                    "seal_number": "NT 26-0417",
                    "date_verification": fields.Date.add(day, years=5),
                }
            ).action_apply()
