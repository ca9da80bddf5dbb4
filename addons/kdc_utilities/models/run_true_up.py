"""Which earlier estimates the readings of a month set right, and what issued bills charged by them."""

from dataclasses import dataclass, replace
from decimal import Decimal

from odoo import fields

from ..engine import tariff, true_up
from ..engine.money import decimal
from ..engine.periods import month_fraction

#: Estimates of more months than that are no estimates any more; the quantity is set right all the same.
MONTHS_BACK = 24


@dataclass
class Stretch:
    """The days since the last real reading of a connection, with what issued bills charged for them by estimates."""

    #: Readings of these days and of the month, the oldest first.
    readings: object
    #: (bill, section) of the issued bills that counted them, the oldest first.
    billed: list
    #: What comes off: charges of these bills, of their corrections, and exemptions that were taken back from them.
    charges: list
    #: Exemptions that these bills gave: what they were given on is taken off.
    grants: object
    #: What was really used, by time of use; one without a name where the meter has one register.
    used: dict
    #: bill → (tariff, usage without quantity) by which it was corrected last
    corrected: dict

    def per_month(self, last):
        """Return what was used in a month, to tell whether it is unusual.

        :param last: last day of the month of the bill
        """
        months = month_fraction(self.billed[0][1].date_from, last)
        return round(sum(self.used.values()) * months.denominator / months.numerator, 3)


class TrueUps:
    """Looks up estimates for the connections of a run; asks the database nothing where there are none."""

    def __init__(self, context):
        self.context = context
        self.env = context.env
        #: connection id → its stretch
        self.stretches = {}
        #: connection id → (code, parameters) of what has to be done before
        self.blocked = {}
        #: ids of grants that need not be taken back: what they were given on is taken off
        self.grant_ids = set()
        #: (service, code) → the tariff that made a section
        self.tariffs = {}
        rows = self._real_rows()
        if rows:
            self._read(rows)

    def _real_rows(self):
        """Return {connection id: readings of the month} where an estimate came before and none is among them."""
        estimated = {row.connection_id.id for row in self.context.after_estimates}
        rows = {id_: self.context.current[id_] for id_ in estimated - self.context.common}
        return {id_: found for id_, found in rows.items() if "estimate" not in found.mapped("source")}

    def _read(self, rows):
        earlier = self.env["kdc.meter.reading"].search_fetch(
            [
                ("connection_id", "in", list(rows)),
                ("date", ">=", fields.Date.subtract(self.context.first, months=MONTHS_BACK)),
                ("date", "<", self.context.first),
            ],
            ["meter_id", "connection_id", "date", "value", "event", "source", "consumption", "carry", "previous_id"],
            order="date, id",
        ).grouped(lambda row: row.connection_id.id)
        chains = {id_: self._chain(found) for id_, found in rows.items()}
        connections = self.env["kdc.connection"].browse(rows)
        issued, waiting = self._read_bills(connections, min(row.date for chain in chains.values() for row in chain))
        # A later bill took off the quantity what these estimates were too high; it does not come off in money as well.
        # One that was issued after a bill that set them right, and before that was cancelled, did not.
        carried_on = self._carried_on(connections, rows)
        found = []
        for connection in connections - carried_on:
            key = connection.account_id.id, connection.service_id.journal_id.id
            of_readings = {
                reading.reading_id: (bill, section)
                for bill, sections in issued.get(key, ())
                for section in sections
                for reading in section.readings
                if section.service == connection.service_id.code
            }
            since = self._since(connection, chains[connection.id], of_readings, waiting.get(key, ()))
            if since:
                before = earlier.get(connection.id, rows[connection.id].browse())
                readings = before.filtered(lambda row, since=since: row.date >= since) | rows[connection.id]
                sections = [of_readings[row.id] for row in readings if row.id in of_readings]
                # A section counts once, however many registers it is of.
                billed = list({(bill.id, id(section)): (bill, section) for bill, section in sections}.values())
                found.append((connection, readings, billed))
        bills = self.env["account.move"].union(*(bill for *_others, billed in found for bill, _section in billed))
        self.written_off = bills._kdc_written_off()
        self.corrections, self.grants = bills._kdc_changes_of_estimates()
        for row in found:
            self._add(*row)

    def _carried_on(self, connections, rows):
        """Return the connections of which a bill of a later month has counted what estimates were too high."""
        readings = connections.env["kdc.meter.reading"].union(*rows.values()).filtered(lambda row: not row.trued_up)
        return connections & readings._followed().connection_id

    def _chain(self, rows):
        """Return the estimates right before these readings, the newest first."""
        chain = rows.browse()
        for row in rows.previous_id:
            while row.source == "estimate":
                chain |= row
                row = row.previous_id
        return chain.sorted("date", reverse=True)

    def _read_bills(self, connections, since):
        """Return the issued bills of these accounts, and the months for which there was or will be one.

        :return: ``{(account, journal): [(bill, sections)]}`` and ``{(account, journal): {month}}``
        """
        first_month = fields.Date.start_of(since, "month")
        months = [("kdc_period", ">=", first_month), ("kdc_period", "<", self.context.first)]
        # sudo: what these accounts were billed; whoever computes their run reads their bills anyway.
        bills = self.env["account.move"].sudo().search(
            [
                ("kdc_account_id", "in", connections.account_id.ids), ("move_type", "=", "out_invoice"),
                ("kdc_explanation", "!=", False), *months,
            ],
            order="kdc_period, id",
        )  # fmt: skip
        issued, waiting = {}, {}
        for bill in bills:
            key = bill.kdc_account_id.id, bill.journal_id.id
            if bill.state == "posted":
                issued.setdefault(key, []).append((bill, bill._kdc_bill().sections))
            else:
                waiting.setdefault(key, set()).add(bill.kdc_period)
        # sudo: only whether a preview waits to be issued
        lines = self.env["kdc.billing.run.line"].sudo().search(
            [
                ("account_id", "in", connections.account_id.ids), ("state", "=", "ready"),
                ("run_id.period", ">=", first_month), ("run_id.period", "<", self.context.first),
            ]
        )  # fmt: skip
        for line in lines:
            waiting.setdefault((line.account_id.id, line.journal_id.id), set()).add(line.run_id.period)
        return issued, waiting

    def _since(self, connection, chain, of_readings, waiting):
        """Return the first day of the month since which issued bills count estimates, or None where none does.

        An estimate that is on no bill here (the books began later) is not set right in money: another program billed
        it. One whose bill is cancelled or not issued yet is to be billed first.
        """
        since = None
        for estimate in chain:
            month = fields.Date.start_of(estimate.date, "month")
            if estimate.id in of_readings:
                since = month
            elif month in waiting:
                self.blocked[connection.id] = "estimate_not_issued", {"month": month.strftime("%m/%Y")}
                return None
            else:
                break
        return since

    def _add(self, connection, readings, billed):
        bills = self.env["account.move"].union(*(bill for bill, _section in billed))
        if any(bill in self.written_off for bill in bills):
            # Nobody paid it, so nothing of it comes off.
            return
        problem = self._problem(connection, billed)
        if problem:
            self.blocked[connection.id] = problem
            return
        none = self.env["kdc.charge"].sudo()  # sudo: as they were read
        corrections = none.union(*(self.corrections.get((bill.id, connection.service_id.code), none) for bill in bills))
        grants = self._grants(connection, billed)
        charges = [
            true_up.negated(charge, bill=bill.id, month=(bill.kdc_period or bill.invoice_date).strftime("%m/%Y"))
            for bill, found in [
                *((bill, true_up.charged(section)) for bill, section in billed),
                *((row.move_id, tariff.read_charges(row.charges)) for row in corrections),
                *((grant.takeback_move_id, grant._printed_takeback()) for grant in grants),
            ]
            for charge in found
            if tariff.printed_of(charge)
        ]
        used = self._used(readings, billed)
        if min(used.values()) >= 0:
            corrected = self._corrected(connection, billed, corrections)
            self.stretches[connection.id] = Stretch(readings, billed, charges, grants, used, corrected)
            self.grant_ids.update(grants.ids)

    def _problem(self, connection, billed):
        """Return (code, parameters) of what has to be done before what these bills charged can come off, or None."""
        for bill, section in billed:
            problem = bill._kdc_estimate_problem()
            if problem:
                return problem
            if not self._tariff_of(connection, bill, section):
                return "tariff_gone", {"bill": bill.name, "tariff": section.tariff}
            standing = self._tariff_of(connection, bill, section).id, section.persons
            for row in self.corrections.get((bill.id, connection.service_id.code), ()):
                usage = self._corrected_to(row) if row.corrected_usage else standing
                if not row.billed:
                    return "correction_waits" if usage == standing else "correction_differs", {"bill": bill.name}
                standing = usage
        return None

    def _tariff_of(self, connection, bill, section):
        """Return the tariff of a section, empty where no tariff has its code any more."""
        if section.tariff in ("", connection.tariff_id.code):
            return connection.tariff_id
        key = connection.service_id, section.tariff
        if key not in self.tariffs:
            self.tariffs[key] = bill._kdc_tariff_of(section)
        return self.tariffs[key]

    @staticmethod
    def _corrected_to(correction):
        """Return (id of the tariff, persons) by which a correction prices its bill."""
        return correction.corrected_usage["tariff"], correction.corrected_usage["persons"]

    def _corrected(self, connection, billed, corrections):
        """Return {bill: (tariff, usage)} for the bills that corrections priced by other persons or another tariff."""
        last = {row.corrects_move_id: row for row in corrections if row.corrected_usage}
        corrected = {}
        for bill, section in billed:
            if bill in last:
                tariff_id, persons = self._corrected_to(last[bill])
                record, billed_by = self.env["kdc.tariff"].browse(tariff_id), self._tariff_of(connection, bill, section)
                corrected[bill] = record, tariff.corrected_usage(
                    section.usage(), self.context.plan(billed_by), self.context.plan(record), persons,
                    Decimal(connection.quota_households or 1),
                )  # fmt: skip
        return corrected

    def _grants(self, connection, billed):
        """Return the exemptions that these sections gave (sudo)."""
        none = self.env["kdc.relief.grant"].sudo()  # sudo: as they were read
        bills = self.env["account.move"].union(*(bill for bill, _section in billed))
        grants = none.union(*(self.grants.get((bill.id, connection.service_id.code), none) for bill in bills))
        given = {(bill.id, section.date_from, section.tariff) for bill, section in billed}
        # Bills of the first layout do not name the tariff.
        return grants.filtered(
            lambda row: any((row.move_id.id, row.day, code) in given for code in ("", row.tariff_id.code))
        )

    # --- Pricing -----------------------------------------------------------------------------------

    def _used(self, readings, billed):
        """Return what was really used in these days, by time of use.

        It is below zero where estimates of before are still set right by quantity, as they were once; that goes on.
        """
        used, meters = {}, readings.meter_id
        for meter, rows in readings.grouped("meter_id").items():
            zone = meter.zone or ""
            # What a meter replaced within these days left is in its own readings.
            before = 0 if meter.replaces_id in meters else rows[0]._carry_before()
            own = sum((decimal(row.consumption, 3) for row in rows), decimal(before, 3))
            used[zone] = used.get(zone, Decimal(0)) + own
        parts = (reading for _bill, section in billed for reading in section.readings)
        shared = sum((reading.billed for reading in parts if reading.event == "share"), Decimal(0))
        return used | {"": used.get("", Decimal(0)) + shared} if shared else used

    def readings(self, stretch):
        """Return the engine's readings: from the last real figure to the new one, without the estimates between."""
        printed = []
        for rows in stretch.readings.grouped("meter_id").values():
            own = [replace(self.context._engine_reading(row), billed=decimal(row.consumption, 3)) for row in rows]
            if all(row.event == "normal" for row in rows):
                first, last = own[0], own[-1]
                used = sum((row.consumption for row in own), Decimal(0))
                own = [
                    replace(
                        last, previous_date=first.previous_date, previous_value=first.previous_value,
                        previous_source=first.previous_source, consumption=used, billed=used,
                    )
                ]  # fmt: skip
            printed += own
        return tuple(printed)

    def sections(self, connection, stretch, usage, part, readings):
        """Price the whole stretch: one section, or one for each part of it in which something else was true.

        :param usage: of the month alone
        :param part: the part in a shared meter of the month, or None
        """
        context, household = self.context, connection.account_id.household_id
        own_tariff = connection.tariff_id
        kinds = context._kinds(own_tariff.id, context.plan(own_tariff))
        parts = []
        for bill, section in stretch.billed:
            standing = self._tariff_of(connection, bill, section), section.usage()
            record, used = stretch.corrected.get(bill, standing)
            earlier = replace(
                used, quantity=Decimal(0), zones=(),
                reliefs=context.entitlements.reliefs(record, household, section.date_from),
            )  # fmt: skip
            if record == own_tariff:
                earlier = replace(earlier, **self._unimportant(usage, kinds))
            parts.append((self._key(record, earlier), earlier))
        parts.append((self._key(own_tariff, usage), replace(usage, quantity=Decimal(0), zones=())))
        parts = true_up.joined(parts)
        whole = context.plan(own_tariff).whole_units
        quantities = dict(stretch.used)
        if part:
            quantities[""] = quantities.get("", Decimal(0)) + decimal(part.quantity, 3)
        divided = true_up.divided([months for _key, months in parts], quantities, whole)
        last, service = len(divided) - 1, context._service(connection.service_id)
        return [
            context.priced.compute(
                context.plan(key[0]), months, tariff=key[0].code, readings=readings if number == last else (), **service
            )
            for number, ((key, _months), months) in enumerate(zip(parts, divided, strict=True))
        ]

    def _unimportant(self, usage, kinds):
        """Return what this tariff does not ask for as it is now, so that it does not part months from one another."""
        asked = {
            "persons": {"person", "band", "formula"}, "area": {"area", "formula"}, "vehicles": {"vehicle", "formula"},
        }  # fmt: skip
        return {name: getattr(usage, name) for name, by in asked.items() if not kinds & by}

    def _key(self, record, usage):
        """Return what has to be the same for two months to share their tier limits besides the usage."""
        day, plan = usage.vat_date or usage.date_to, self.context.plan(record)
        codes = {component.vat for component in tariff.version_at(plan, day).components if component.vat}
        return record, tuple(self.context.vat_table.rate(code, day) for code in sorted(codes))

    def take_off(self, connection, stretch, room):
        """Return what comes off a bill for its estimates before, and what the bill remembers of it.

        :param room: VND that can be taken off
        """
        charges, waiting = true_up.fitted(stretch.charges, room)
        return tuple(charges), tariff.TrueUp(
            connection.service_id.code,
            tuple(dict.fromkeys(bill.id for bill, _section in stretch.billed)),
            tuple(stretch.readings.filtered(lambda row: row.date >= self.context.first).ids),
            tuple(waiting),
        )
