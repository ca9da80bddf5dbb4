from datetime import timedelta

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.addons.kdc_utilities.engine.apportion import apportion
from odoo.addons.kdc_utilities.models.kdc_receipt import Taking

from ..engine import places
from .kdc_demo import BATCH
from .kdc_demo_wards import SINCE

#: Months billed in the two smaller wards, to show that one database holds several wards.
OTHER_WARDS_MONTHS = 1
#: Households that pay each month at the counter, out of ten; the others pay by transfer.
CASH_OF_TEN = (3, 7)
#: In this residential group nobody opened the door of one house two months ago; the next real figure sets it right.
ESTIMATED_GROUP = "22366.LT05"


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    # -- accounts, meters, readings -----------------------------------------------------------------------------------

    @api.model
    def _make_accounts(self, community, commit=None):
        """Give every household its customer account with water (metered) and waste, and enter the readings."""
        services = {}
        for ward in places.WARDS:
            company = self._company(ward.code)
            company._kdc_setup_utilities()
            company.kdc_bank_id = company.partner_id.bank_ids[:1]
            services[ward.code] = {
                service.code: service for service in self.env["kdc.service"].search([("company_id", "=", company.id)])
            }
        done = 0
        for batch in community.batches(BATCH):
            ward_code = batch[0].group.quarter.ward
            demo = self.with_company(self._company(ward_code))
            demo._create_accounts(batch, services[ward_code])
            done += len(batch)
            if commit:
                commit()
                self.env.invalidate_all()
            if community.size > BATCH:
                self._say(f"  {done} / {community.size} đồng hồ")
        self._make_reliefs(SINCE)

    @api.model
    def _create_accounts(self, batch, services):
        """Create the accounts of one batch of households; households that have one are left alone."""
        area = self._group(batch[0].group.code)
        codes = [item.code for item in batch]
        found = self.env["kdc.household"].search([("area_id", "=", area.id), ("code", "in", codes)])
        households = found.grouped("code")
        batch = [item for item in batch if not households[item.code].kdc_account_ids]
        if not batch:
            return
        accounts = self.env["kdc.customer.account"].create([
            {
                "household_id": household.id,
                "partner_id": household.partner_id.id,
                "dwelling_id": household.dwelling_id.id,
                "company_id": area.company_id.id,
                "date_from": SINCE,
            }
            for item in batch
            for household in households[item.code]
        ])  # fmt: skip
        connections = self.env["kdc.connection"].create([
            {
                "account_id": account.id,
                "service_id": service.id,
                "tariff_id": service.tariff_ids[:1].id,
                "date_from": SINCE,
            }
            for service in (services["NUOC"], services["RAC"])
            for account in accounts
        ])  # fmt: skip
        meters = self.env["kdc.meter"].create([
            {
                "serial": item.meter.serial,
                "connection_id": connection.id,
                "digits": item.meter.digits,
                "date_install": SINCE,
                "date_verification": SINCE + relativedelta(years=5),
            }
            # The first half of the connections is water, in the order of the households.
            for item, connection in zip(batch, connections, strict=False)
        ])  # fmt: skip
        self._create_readings(batch, meters)

    @api.model
    def _create_readings(self, batch, meters):
        """Enter the readings month by month, each on its day, by the accountant of the ward."""
        accountant, absent = self._user("ketoan"), self._absent(batch)
        before_last = len(batch[0].meter.readings) - 2
        for position, reading in enumerate(batch[0].meter.readings):
            vals_list = []
            for item, meter in zip(batch, meters, strict=True):
                value = item.meter.readings[position].value
                if value is None:
                    continue
                vals = {"meter_id": meter.id, "date": reading.day, "value": value, "source": "phone"}
                previous = [row.value for row in item.meter.readings[:position] if row.value is not None]
                if not previous:
                    vals["event"] = "initial"
                elif value < previous[-1]:
                    vals |= {"event": "rollover", "reason": "Đồng hồ chạy hết 99.999 và quay về 0"}
                if item is absent and position == before_last > 0:
                    following = item.meter.readings[position + 1].value
                    vals |= {"source": "estimate", "value": value + (following - value) // 2}
                vals_list.append(vals | {"user_id": accountant.id or self.env.uid})
            with self._at(reading.day, 16, 30):
                self.env["kdc.meter.reading"].create(vals_list)

    @api.model
    def _absent(self, batch):
        """Return the household of a batch whose figure of the last but one month is estimated too high, or None."""
        ordinary = (item for item in reversed(batch) if not item.meter.anomaly)
        return next(ordinary, None) if batch[0].group.code == ESTIMATED_GROUP else None

    # -- bills --------------------------------------------------------------------------------------------------------

    @api.model
    def _make_bills(self, months):
        """Bill the past ``months`` up to the last full one, and let people pay as people do."""
        this_month = fields.Date.context_today(self).replace(day=1)
        for ward in places.WARDS:
            main = ward is places.WARDS[0]
            for back in range(months if main else min(months, OTHER_WARDS_MONTHS), 0, -1):
                period = this_month - relativedelta(months=back)
                run = self._make_run(self._company(ward.code), period, back)
                self._pay_run(run, back, counter=main)
                self._say(f"  {ward.name}, tháng {period:%m/%Y}: {len(run.move_ids)} hóa đơn")

    @api.model
    def _bill_day(self, period, back):
        """Return when a month is billed: the 5th of the next; the newest one a week ago, so that it is not yet due."""
        usual = period + relativedelta(months=1, day=5)
        week_ago = fields.Date.context_today(self) - timedelta(days=6)
        return max(usual, week_ago) if back == 1 else usual

    @api.model
    def _make_run(self, company, period, back):
        """Compute, approve and issue the bills of one month as three different persons do."""
        main = company == self.env.ref("base.main_company")
        accountant = self._user("ketoan") if main else self.env.ref("base.user_root")
        approver = self._user("ketoantruong") if main else self.env.ref("base.user_admin")
        day = min(self._bill_day(period, back), fields.Date.context_today(self))
        allowed = {"allowed_company_ids": company.ids, "queue_job__no_delay": True}
        # Nobody needs to be told about the bills of long ago.
        company.sudo().kdc_deliver_on_issue = back == 1
        with self._at(day, 8, 15):
            run = (
                self.env["kdc.billing.run"]
                .with_user(accountant)
                .with_context(**allowed)
                .create({"company_id": company.id, "period": period, "invoice_date": day})
            )
            run.action_compute()
            run.with_user(approver).action_approve()
            run.action_issue()
            if back > 1:
                run.action_close()
        return run.with_user(self.env.user).sudo(self.env.su)  # sudo: the rights of the caller, whatever they were

    @api.model
    def _pay_run(self, run, back, counter):
        """Pay the bills of a run: some at the counter, most by transfer, a few partly or not at all.

        The households of the story have their own rule: the demo's resident always pays at the counter and owes only
        the newest bill, the second one is a month late.

        :param counter: whether the ward has a counter with a collector
        """
        cast = list(self._main_households()[:2].partner_id)
        cash, transfer, partly = [], [], []
        for position, bill in enumerate(run.move_ids.sorted("id")):
            household = bill.kdc_account_id.id
            if bill.partner_id in cast:
                due = 1 if bill.partner_id == cast[0] else 2
                if back > due and counter:
                    cash.append(bill)
            elif (back <= 3 and household % 17 == 3) or (back == 1 and position % 9 < 4):
                continue
            elif back == 2 and household % 23 == 5:
                partly.append(bill)
            elif counter and household % 10 in CASH_OF_TEN:
                cash.append(bill)
            else:
                transfer.append(bill)
        yesterday = fields.Date.context_today(self) - timedelta(days=1)
        # Nobody pays before the bill is there, which in the first days of a month it is since today.
        day = max(run.invoice_date, min(run.invoice_date + timedelta(days=4), yesterday))
        self._pay_by_transfer(transfer, day)
        self._pay_by_transfer(partly, day, share=0.5)
        if cash:
            self._pay_at_counter(cash, day)

    @api.model
    def _pay_by_transfer(self, bills, day, share=1.0):
        """Book transfers that arrived at the ward's bank, one per bill, with the bill's reference."""
        if not bills:
            return
        company = bills[0].company_id
        journal = self.env["account.journal"].search([("type", "=", "bank"), ("company_id", "=", company.id)], limit=1)
        with self._at(day, 20, 5):
            payments = self.env["account.payment"].with_company(company).create([
                {
                    "payment_type": "inbound",
                    "partner_type": "customer",
                    "partner_id": bill.partner_id.id,
                    # Whole thousands when only a part is paid.
                    "amount": bill.amount_residual if share == 1 else bill.amount_residual * share // 1000 * 1000,
                    "date": day,
                    "journal_id": journal.id,
                    "company_id": company.id,
                    "outstanding_account_id": journal.default_account_id.id,
                    "memo": bill.kdc_reference,
                }
                for bill in bills
            ])  # fmt: skip
            payments.action_post()
            self.env["account.move.line"]._reconcile_plan([
                (bill.line_ids + payment.move_id.line_ids).filtered(
                    lambda line: line.account_id.account_type == "asset_receivable" and not line.reconciled
                )
                for bill, payment in zip(bills, payments, strict=True)
            ])  # fmt: skip

    @api.model
    def _pay_at_counter(self, bills, day):
        """Take cash as the collector does at the counter; the accountant countersigns the day's drawer."""
        collector, accountant = self._user("thuquy"), self._user("ketoan")
        with self._at(day, 7, 30):
            counter = (
                self.env["kdc.collect"].with_user(collector).with_context(allowed_company_ids=bills[0].company_id.ids)
            )
            counter.open_session(500_000)
        with self._at(day, 9, 10):
            session = counter.env["kdc.cash.session"]._current()
            takings = [
                Taking(
                    account,
                    apportion(round(bill.amount_residual), account._kdc_charges()),
                    f"demo-{bill.id:08d}",
                    account.household_id.head_id.name,
                )
                for bill in bills
                for account in bill.kdc_account_id
            ]
            # As the counter's confirm() does for each payer, but the takings of the day at once.
            counter.env["kdc.receipt"].sudo()._collect_all(session.sudo(), takings)
        with self._at(day, 16, 45):
            session.counted_cash = session.expected_cash
            session.action_close()
            session.with_user(accountant).action_countersign()
        with self._at(day, 16, 55):
            self._deposit(session.with_user(accountant), f"GNT-{day:%d%m}")

    @api.model
    def _deposit(self, session, slip_number):
        """Take the day's money to the bank, which closes after the counter."""
        deposit = self.env["kdc.cash.deposit"].browse(session.action_deposit()["res_id"])
        deposit = deposit.with_env(session.env)
        deposit.slip_number = slip_number
        deposit.action_post()
