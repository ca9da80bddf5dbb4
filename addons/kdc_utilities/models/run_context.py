"""What a billing run needs to know about many connections at once, read in a fixed number of queries."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from odoo import fields
from odoo.tools import SQL

from ..engine import meter as meter_engine
from ..engine import tariff, true_up
from ..engine.money import decimal, plain
from ..engine.periods import month_end
from .run_entitlements import Entitlements
from .run_true_up import TrueUps

HISTORY_MONTHS = 7


class RunContext:
    """Readings, earlier bills, tariffs and VAT of one run, and the pricing of one connection with them."""

    def __init__(self, run, connections, waiting=()):
        """
        :param waiting: approved ``kdc.charge`` records for the bills of this month, in sudo
        """
        self.run = run
        self.env = run.env
        self.first = run.period
        self.last = month_end(run.period)
        self.vat_table = run.env["kdc.vat.rate"]._engine_table()
        self.high_factor = decimal(run.company_id.kdc_high_use_factor, 2)
        self.plans, self.kinds, self.services = {}, {}, {}
        self.priced = tariff.Priced(self.vat_table)
        accounts = connections.account_id.ids + [charge.account_id.id for charge in waiting]
        self.previous_totals = self._read_previous_totals(accounts)
        # A meter taken down in this month is archived and still has its last figure on the bill.
        self._read_readings(connections.with_context(active_test=False).meter_ids)
        # sudo: see Entitlements; an accountant need not read the register to bill a household of it.
        self.entitlements = Entitlements(self.env, connections.account_id.sudo().household_id)
        self._read_grants(connections.account_id)
        self.waiting = {}
        for charge in waiting:
            key = (charge.account_id.id, charge.service_id.journal_id.id)
            self.waiting.setdefault(key, []).append(charge)
        self._read_shares(connections)
        self.confirmed = run.env["kdc.reading.anomaly"]._confirmed_kinds(run.company_id, self.first)
        self.true_ups = TrueUps(self)
        #: (account, journal) → {connection: the stretch its sections were priced over}
        self.set_right = {}

    def _read_shares(self, connections):
        """Checked parts in shared meters of the month by connection, and the meters that only serve to be shared."""
        # sudo: parts are closed to writing by hand; the run only reads them.
        shares = self.env["kdc.meter.share"].sudo().search(
            [("company_id", "=", self.run.company_id.id), ("period", "=", self.first), ("state", "=", "checked")]
        )  # fmt: skip
        self.shared_meters = set(shares.meter_id.ids)
        self.stale_meters = {share.meter_id.id for share in shares if share._is_stale()}
        self.shares = {line.connection_id.id: line for line in shares.line_ids}
        meters = connections.with_context(active_test=False).meter_ids
        self.common = set(meters.filtered("share_basis").connection_id.ids)

    def _read_grants(self, accounts):
        """Reliefs of earlier bills that the household was not entitled to after all, by (account, journal)."""
        # sudo: closed to writing by hand; the run only reads what earlier runs recorded.
        grants = self.env["kdc.relief.grant"].sudo()
        self.unentitled = {}
        if self.run._more_final_bills_follow():
            return
        for grant in grants.search(grants._open_domain(accounts, self.first), order="day, id"):
            if not self.entitlements.holds(grant.relief_id, grant.account_id.household_id, grant.day):
                key = (grant.account_id.id, grant.service_id.journal_id.id)
                self.unentitled.setdefault(key, []).append(grant)

    def with_corrections(self, account, journal, sections):
        """Add the corrections of earlier bills to the sections of a new one.

        Money back comes last, and only as far as there is something to take it off: no bill is below zero.

        :return: ``(sections, true-ups, issues)``
        """
        key, issues, true_ups = (account.id, journal.id), [], []
        for grant in self.unentitled.get(key, ()):
            if grant.id in self.true_ups.grant_ids:
                continue
            charges = grant._take_back(self.plan(grant.tariff_id), self.vat_table)
            amount = sum(charge.total for charge in charges)
            issues.append(self.issue("taken_back", grant, period=grant.day.strftime("%m/%Y"), amount=amount))
            sections = self._with_charges(sections, grant.service_id, charges)
        waiting = []
        for charge in self.waiting.get(key, ()):
            if charge._of_former_payer():
                issues.append(self.issue("former_payer", charge, name=charge.name, bill=charge.corrects_move_id.name))
            else:
                waiting.append(charge)
        for charge in waiting:
            if charge.amount >= 0:
                sections = self._with_waiting(sections, charge, true_ups, issues)
        for connection, stretch in self.set_right.get(key, {}).items():
            charges, remembered = self.true_ups.take_off(connection, stretch, sum(part.total for part in sections))
            amount = sum(charge.total for charge in charges)
            issues.append(self.issue("estimate_set_right", connection, amount=amount))
            sections = self._with_charges(sections, connection.service_id, charges)
            true_ups.append(remembered)
        for charge in waiting:
            if charge.amount < 0:
                sections = self._with_waiting(sections, charge, true_ups, issues)
        return sections, tuple(true_ups), issues

    def _with_waiting(self, sections, charge, true_ups, issues):
        """Return the sections with an approved charge, or without it where the bill would be below zero.

        Of what estimates were too high, as much comes off as the bill bears: what is too much for one is the use of
        several months, and would wait for ever.
        """
        try:
            charges = charge._engine_charges(self.vat_table, self.last)
        except tariff.TariffError as error:
            issues.append(self.issue(error.code, charge, blocking=True, **error.params))
            return sections
        room = sum(section.total for section in sections)
        if charge.kind == "trueup":
            charges, rest = true_up.fitted(charges, room)
            if rest and charges:
                true_ups.append(tariff.TrueUp(charge.service_id.code, waiting=tuple(rest)))
            elif rest:
                issues.append(self.issue("credit_waits", charge, amount=sum(part.total for part in rest)))
                return sections
        elif room + sum(part.total for part in charges) < 0:
            amount = sum(part.total for part in charges)
            issues.append(self.issue("credit_waits", charge, amount=amount))
            return sections
        return self._with_charges(sections, charge.service_id, tuple(charges))

    def _with_charges(self, sections, service, charges):
        """Return the sections with charges added to that of ``service``, which is made if it is not there."""
        for position, section in enumerate(sections):
            if section.service == service.code:
                longer = replace(section, charges=section.charges + charges)
                return [*sections[:position], longer, *sections[position + 1 :]]
        section = tariff.Section(
            service.code, service.name, service.unit, self.first, self.last, Decimal(0), 0, Decimal(1), charges
        )
        return [*sections, section]

    def _read_previous_totals(self, account_ids):
        """Total of the bill of the month before, by (account, journal)."""
        groups = self.env["account.move"]._read_group(
            [
                ("company_id", "=", self.run.company_id.id),
                ("kdc_period", "=", fields.Date.subtract(self.first, months=1)),
                ("kdc_account_id", "in", account_ids),
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
            ],
            ["kdc_account_id", "journal_id"],
            ["amount_total:sum"],
        )
        return {(account.id, journal.id): total for account, journal, total in groups}

    def _read_readings(self, meters):
        """Readings of the month and of the months before, by connection, oldest first."""
        rows = self.env["kdc.meter.reading"]
        of_meters = ("meter_id", "in", meters.ids)
        current = rows.search_fetch(
            [of_meters, ("date", ">=", self.first), ("date", "<=", self.last)],
            ["meter_id", "connection_id", "date", "value", "event", "source", "consumption", "billable", "previous_id"],
            order="date, id",
        )
        current.previous_id.fetch(["date", "value", "source"])
        self.after_estimates = current.filtered(lambda row: row.previous_id.source == "estimate")
        zoned = set(meters.filtered("zone").ids)
        #: connections with a meter that counts by times of use; most have none, and need no second look
        self.zoned = {row.connection_id.id for row in current if row.meter_id.id in zoned} if zoned else set()
        self.current = current.grouped(lambda row: row.connection_id.id)
        self.history = self._read_history(meters)

    def _read_history(self, meters):
        """Return {connection id: [(day, consumption, time of use)]} of the months before, the newest first."""
        for name, names in (("kdc.meter.reading", ["meter_id", "connection_id", "date", "consumption"]),
                            ("kdc.meter", ["zone"])):  # fmt: skip
            self.env[name].flush_model(names)
        # sudo is not asked for: these meters were found with the rights of who computes.
        rows = self.env.execute_query(
            SQL(
                """
                SELECT r.connection_id, r.date, COALESCE(r.consumption, 0), COALESCE(m.zone, '')
                  FROM kdc_meter_reading r
                  JOIN kdc_meter m ON m.id = r.meter_id
                 WHERE r.meter_id = ANY(%s) AND r.date >= %s AND r.date < %s
                 ORDER BY r.date DESC, r.id DESC
                """,
                meters.ids,
                fields.Date.subtract(self.first, months=HISTORY_MONTHS),
                self.first,
            )
        )
        history = {}
        for connection, day, consumption, zone in rows:
            history.setdefault(connection, []).append((day, consumption, zone))
        return history

    def _service(self, service):
        """Return what a section says of its service: read once, not for each of ten thousand connections."""
        if service.id not in self.services:
            self.services[service.id] = {"service": service.code, "name": service.name, "unit": service.unit}
        return self.services[service.id]

    def plan(self, tariff_record):
        if tariff_record.id not in self.plans:
            self.plans[tariff_record.id] = tariff_record._engine_plan()
        return self.plans[tariff_record.id]

    def issue(self, code, connection, blocking=False, **params):
        """Something to look at: a code with parameters, worded when shown."""
        shown = {key: plain(value) if isinstance(value, Decimal) else str(value) for key, value in params.items()}
        return {"code": code, "service": connection.service_id.name, "blocking": blocking, "params": shown}

    def sections(self, connection):
        """Price one connection.

        :return: ``([Section], issues)``: one, none, or several where estimates of months are set right in which
            something else was true (persons, exemption, tariff)
        :raise TariffError: the tariff cannot price it
        """
        issues, stretch = [], None
        if connection.id in self.common:
            return [], issues
        service, tariff_record, account = connection.service_id, connection.tariff_id, connection.account_id
        date_from = max(connection.date_from, self.first)
        date_to = min(connection.date_to or self.last, self.last)
        quantity, readings, zones = Decimal(0), (), ()
        if service.metered:
            rows = self.current.get(connection.id, ())
            part, problem = self._part(connection)
            if problem:
                return [], [self.issue(problem, connection, blocking=True, meter=connection.shared_meter_id.serial)]
            if not rows and (connection.meter_ids or not part):
                return [], [self._missing_reading(connection)]
            if any(row.event == "below" for row in rows):
                return [], [self.issue("unclear_reading", connection, blocking=True)]
            zoned = connection.id in self.zoned
            if zoned and self._unread_registers(connection, rows):
                return [], [self.issue("missing_register", connection, blocking=True)]
            if connection.id in self.true_ups.blocked:
                code, params = self.true_ups.blocked[connection.id]
                return [], [self.issue(code, connection, blocking=True, **params)]
            quantity = sum((decimal(row.billable, 3) for row in rows), Decimal(0))
            readings = tuple(self._engine_reading(row) for row in rows)
            zones = self._zones(rows) if zoned else ()
            stretch = self.true_ups.stretches.get(connection.id)
            if stretch:
                readings = self.true_ups.readings(stretch)
            issues += self._quantity_issues(connection, stretch.per_month(self.last) if stretch else quantity)
            if rows:
                date_from = self._since_last_reading(rows[0], date_from, connection, issues)
            if part:
                quantity += decimal(part.quantity, 3)
                readings += (self._engine_part(part),)
        if connection.wrong_class:
            issues.append(self.issue("wrong_class", connection, tariff=tariff_record.name))
        persons = connection._billed_persons()
        plan = self.plan(tariff_record)
        area = decimal(connection.area_m2, 2)
        kinds = self._kinds(tariff_record.id, plan)
        by_persons = plan.quota_by_persons and not connection.quota_persons and kinds & {"tiers", "slabs"}
        if not persons and (by_persons or kinds & {"person", "band"}):
            return [], [self.issue("no_persons", connection, blocking=True)]
        if not area and "area" in kinds:
            return [], [self.issue("no_area", connection, blocking=True)]
        household = account.household_id
        quota, quota_persons = connection._billed_quota(persons)
        usage = tariff.Usage(
            date_from, date_to, quantity, persons, quota, quota_persons=quota_persons, area=area,
            vehicles=self.entitlements.vehicles(household, date_from) if kinds & {"vehicle", "formula"} else (),
            reliefs=self.entitlements.reliefs(tariff_record, household, date_from), zones=zones,
        )  # fmt: skip
        if stretch:
            sections = self.true_ups.sections(connection, stretch, usage, part, readings)
            self.set_right.setdefault((account.id, service.journal_id.id), {})[connection] = stretch
        else:
            sections = [
                self.priced.compute(
                    plan, usage, tariff=tariff_record.code, readings=readings, **self._service(service)
                )
            ]  # fmt: skip
        # A household without a vehicle has nothing to pay for parking, and no empty heading on its bill.
        return [section for section in sections if section.charges], issues

    def _missing_reading(self, connection):
        """A use that was not read waits for the next bill, which counts on from the last figure.

        It blocks the bill where no next one comes, or where the next one would not make good for what is left out: a
        part in a shared meter belongs to its month, and without an earlier figure there is nothing to count on from.
        """
        ends = connection.date_to and connection.date_to <= self.last
        unread = connection.id not in self.history
        blocking = bool(self.run.account_id or ends or connection.shared_meter_id or unread)
        return self.issue("missing_reading" if blocking else "reading_follows", connection, blocking=blocking)

    def _zones(self, rows):
        """Return the quantity of each time of use, or nothing where one register counts everything."""
        zones = {}
        for row in rows:
            zone = row.meter_id.zone or ""
            zones[zone] = zones.get(zone, Decimal(0)) + decimal(row.billable, 3)
        return tuple(zones.items())

    def _unread_registers(self, connection, rows):
        """Return the registers of a meter with times of use that have no reading while others have one."""
        in_use = connection.meter_ids.filtered(lambda meter: meter.zone and meter.state != "removed")
        return in_use - rows[0].union(*rows).meter_id

    def _kinds(self, tariff_id, plan):
        """Return the kinds of component in force, to know what has to be asked about a household."""
        if tariff_id not in self.kinds:
            self.kinds[tariff_id] = {component.kind for component in tariff.version_at(plan, self.last).components}
        return self.kinds[tariff_id]

    def _quantity_issues(self, connection, quantity):
        rows = self.history.get(connection.id, ())
        history = [decimal(consumption, 3) for _day, consumption, _zone in rows]
        if any(zone for _day, _consumption, zone in rows):
            months = {}
            for (day, _consumption, _zone), used in zip(rows, history, strict=True):
                months[day.year, day.month] = months.get((day.year, day.month), Decimal(0)) + used
            history = list(months.values())
        found = meter_engine.warning(quantity, history, self.high_factor)
        if not found:
            return []
        code, usual = found
        if (connection.id, code) in self.confirmed:
            return []
        unit = connection.service_id.unit or ""
        return [self.issue(code, connection, quantity=quantity, usual=usual, unit=unit)]

    def _since_last_reading(self, first_row, date_from, connection, issues):
        """A month without a reading is billed together with the next one, with the tier limits of both."""
        previous = first_row.previous_id
        if not previous:
            return date_from
        since = month_end(previous.date) + timedelta(days=1)
        if since < self.first:
            since = max(since, connection.date_from)
            issues.append(self.issue("skipped_months", connection, since=since))
            return since
        return date_from

    def _part(self, connection):
        """Return (checked part in a shared meter or None, code of what is missing or None)."""
        meter = connection.shared_meter_id
        if not meter:
            return None, None
        if meter.id in self.stale_meters:
            return None, "share_stale"
        part = self.shares.get(connection.id)
        if not part:
            return None, "share_without" if meter.id in self.shared_meters else "share_missing"
        return part, None

    def _engine_part(self, part):
        meter = part.share_id.meter_id
        row = meter.reading_ids.filtered(lambda row: self.first <= row.date <= self.last).sorted("date")[-1]
        return replace(
            self._engine_reading(row),
            consumption=decimal(part.quantity, 3),
            billed=decimal(part.quantity, 3),
            event="share",
            share=part._engine_share(),
        )

    def _engine_reading(self, row):
        previous, meter = row.previous_id, row.meter_id
        return tariff.Reading(
            serial=meter.serial,
            previous_date=previous.date or None,
            previous_value=decimal(previous.value, 3),
            date=row.date,
            value=decimal(row.value, 3),
            consumption=decimal(row.consumption, 3),
            multiplier=decimal(meter.multiplier, 3),
            source=row.source,
            event=row.event,
            reading_id=row.id,
            final=decimal(row.final_value, 3) if row.event == "replacement" else None,
            previous_source=previous.source or "",
            billed=decimal(row.billable, 3),
            zone=meter.zone or "",
        )
