import base64
from decimal import Decimal

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine import vietqr
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.image import image_process

from ..engine import formula
from ..engine.money import decimal
from ..engine.words import amount_in_words

#: Pixels and quality of the photo of a reading on a bill: the figures can be read, and it weighs some 15 kB.
PHOTO_SIZE = 480
PHOTO_QUALITY = 60


class AccountMove(models.Model):
    """The bill as people read it: state, QR code, the words of its explanation, what was received."""

    _inherit = "account.move"

    kdc_bill_status = fields.Selection(
        [
            ("draft", "Not issued"),
            ("due", "To be paid"),
            ("part", "Partly paid"),
            ("late", "Overdue"),
            ("paid", "Paid"),
            ("written_off", "Written off"),
            ("cancelled", "Cancelled"),
        ],
        string="Payment status",
        compute="_compute_kdc_bill_status",
    )
    kdc_period_name = fields.Char("Month billed", compute="_compute_kdc_period_name")
    kdc_receipt_line_ids = fields.One2many(
        "kdc.receipt.line", "move_id", string="Receipt lines", readonly=True,
        groups="kdc_utilities.group_collector,kdc_utilities.group_accountant,kdc_utilities.group_approver,"
        "kdc_residents.group_auditor",
    )  # fmt: skip

    @api.depends("state", "payment_state", "amount_residual", "amount_total", "invoice_date_due")
    def _compute_kdc_bill_status(self):
        for move in self:
            move.kdc_bill_status = "draft" if move.state == "draft" else move._kdc_bill_state()

    @api.depends("kdc_period")
    def _compute_kdc_period_name(self):
        for move in self:
            move.kdc_period_name = fmt.period(move.kdc_period)

    # -- state and money -------------------------------------------------------------------------

    def _kdc_bill_state(self):
        """Return ``paid``, ``part``, ``late``, ``due`` or ``cancelled``: one word for all screens.

        Where a bill is paid by instalments or written off, it says so.
        """
        self.ensure_one()
        if self.state == "cancel" or self.payment_state == "reversed":
            return "cancelled"
        if self.amount_residual <= 0:
            return "paid"
        today = today_here(self)
        if self.invoice_date_due and self.invoice_date_due < today:
            return "late"
        return "part" if self.amount_residual < self.amount_total else "due"

    def _kdc_amount_words(self):
        """Return the total in words, by the custom of the ward."""
        self.ensure_one()
        return amount_in_words(round(self.amount_total), self.company_id.kdc_zero_tens_word or "linh", negative=True)

    def _kdc_bank(self):
        """Return what a payer types into a transfer, as a dict, or None when the ward takes no transfers."""
        self.ensure_one()
        bank = self.company_id._kdc_transfer_bank()
        return bank and bank | {"amount": round(self.amount_residual), "reference": self.kdc_reference or ""}

    def _kdc_vietqr(self):
        """Return the text of the QR code that pays what is left, or None when it cannot be paid that way."""
        self.ensure_one()
        bank = self._kdc_bank()
        if not bank or self.state != "posted" or bank["amount"] <= 0 or not bank["reference"]:
            return None
        try:
            return vietqr.build(vietqr.Transfer(bank["bin"], bank["account"], bank["amount"], bank["reference"]))
        except vietqr.VietQRError:
            # A bank without NAPAS number: the account is still printed for typing by hand.
            return None

    def _kdc_received(self):
        """Return what was paid on this bill as dicts, newest first, with the receipt when there is one."""
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable")
        receipts = {receipt.payment_id.move_id: receipt for receipt in self.kdc_receipt_line_ids.receipt_id}
        entries = lines.matched_credit_ids.credit_move_id.move_id
        transfers = self.env["kdc.transfer"].search([("move_id", "in", entries.ids)]).grouped("move_id")
        received = []
        for partial in lines.matched_credit_ids:
            other = partial.credit_move_id.move_id
            received.append(
                {
                    "entry": other,
                    "date": other.date,
                    "amount": round(partial.amount),
                    "receipt": receipts.get(other) or self._kdc_receipt_of(other),
                    "transfer": transfers.get(other),
                    "label": other.ref or other.name,
                }
            )
        return sorted(received, key=lambda item: item["date"], reverse=True)

    def _kdc_receipt_of(self, entry):
        """Return the receipt behind a journal entry (an advance that paid this bill later), maybe empty."""
        return self.env["kdc.receipt"].search([("payment_id", "in", entry.origin_payment_id.ids)], limit=1)

    # -- words of the explanation ------------------------------------------------------------------

    def _kdc_worded_sections(self):
        """Return the engine's explanation as dicts whose texts a resident can read.

        Amounts are VND, quantities Decimal; ``text`` of a line says tier, persons or percentage,
        ``prefix`` names its component where the heading of the service does not.
        """
        self.ensure_one()
        bill = self._kdc_bill()
        return [self._kdc_worded_section(section) for section in bill.sections] if bill else []

    @api.model
    def _kdc_word_pending(self, bill):
        """Say which services are not on a bill because nobody read the meter, or return False.

        :param bill: the engine's bill, or None
        """
        if not (bill and bill.pending):
            return False
        return self.env._(
            "%s: the meter was not read this month. The next bill counts both months, with the tiers of both.",
            ", ".join(bill.pending),
        )

    def _kdc_worded_section(self, section):
        decisions = []
        charges = []
        for charge in section.charges:
            for line in charge.lines:
                if line.decision and line.decision not in decisions:
                    decisions.append(line.decision)
            # The main component of a service says nothing that its heading does not say; the others have a name.
            named = len(section.charges) > 1 and charge.kind not in ("tiers", "slabs", "once")
            prefix = f"{charge.name}: " if named or charge.kind == "late_fee" else ""
            charges.append(
                {
                    "name": charge.name or section.name,
                    "net": charge.net,
                    "vat": charge.vat,
                    "vat_rate": charge.vat_rate,
                    "total": charge.total,
                    "price_includes_vat": charge.price_includes_vat,
                    "lines": [
                        {
                            "text": self._kdc_line_text(line, charge, section),
                            "prefix": prefix,
                            "quantity": line.quantity,
                            "unit": self._kdc_line_unit(line, section),
                            "price": line.price,
                            "amount": line.amount,
                        }
                        for line in charge.lines
                    ],
                }
            )
        return {
            "service": section.service,
            "name": section.name,
            "unit": section.unit,
            "quantity": section.quantity,
            "date_from": section.date_from,
            "date_to": section.date_to,
            "readings": section.readings,
            "notes": [self._kdc_reading_notes(reading, section.unit) for reading in section.readings],
            "quota": self._kdc_word_quota(section),
            "charges": charges,
            "decisions": decisions,
            "net": section.net,
            "vat": section.vat,
            "total": section.total,
        }

    def _kdc_word_quota(self, section):
        """Say why the limits of the tiers are not the published ones, or return False."""
        if section.quota == 1 or not any(charge.kind in ("tiers", "slabs") for charge in section.charges):
            return False
        times = fmt.number(section.quota)
        if section.quota_persons:
            return self.env._(
                "Limits of the tiers × %(times)s, for %(persons)s persons.", times=times, persons=section.quota_persons
            )
        return self.env._("Limits of the tiers × %s, for the households on the meter.", times)

    def _kdc_reading_notes(self, reading, unit):
        """Word what is special about a reading, one sentence each: why its figures do not simply follow."""
        if reading.event == "share":
            return self._kdc_share_notes(reading, unit)
        notes = []
        if reading.zone:
            zones = dict(self.env["kdc.meter"]._fields["zone"]._description_selection(self.env))
            notes.append(f"{zones.get(reading.zone, reading.zone)}.")
        if reading.event == "initial":
            notes.append(self.env._("New meter: counting begins at %s.", fmt.number(reading.value)))
        elif reading.event == "rollover":
            notes.append(self.env._("The register passed its highest figure and began again at 0."))
        elif reading.event == "replacement" and reading.final is not None:
            notes.append(
                self.env._(
                    "The register was reset or exchanged: it stood at %(final)s before and at %(value)s after.",
                    final=fmt.number(reading.final),
                    value=fmt.number(reading.value),
                )
            )
        return notes + self._kdc_estimate_notes(reading, unit)

    def _kdc_share_notes(self, reading, unit):
        """Word how the part in a shared meter comes about, and what becomes of an estimate in it."""
        notes = [self._kdc_share_note(reading, unit)]
        if reading.source == "estimate":
            notes.append(
                self.env._("The shared meter was estimated; the next reading sets the quantity right, not the money.")
            )
        return notes

    def _kdc_share_note(self, reading, unit):
        values = {
            "total": fmt.number(Decimal(reading.share["total"])),
            "unit": unit,
            "weight": fmt.number(Decimal(reading.share["weight"])),
            "weights": fmt.number(Decimal(reading.share["weights"])),
            "part": fmt.number(reading.consumption),
        }
        texts = {
            "household": lambda: self.env._(
                "Shared meter: %(total)s %(unit)s, your part %(weight)s of %(weights)s households = %(part)s %(unit)s.",
                **values,
            ),
            "person": lambda: self.env._(
                "Shared meter: %(total)s %(unit)s, your part %(weight)s of %(weights)s persons = %(part)s %(unit)s.",
                **values,
            ),
            "area": lambda: self.env._(
                "Shared meter: %(total)s %(unit)s, your part %(weight)s of %(weights)s m² = %(part)s %(unit)s.",
                **values,
            ),
            "equal": lambda: self.env._(
                "Shared meter: %(total)s %(unit)s in %(weights)s equal parts, yours %(part)s %(unit)s.", **values
            ),
        }
        return texts[reading.share["basis"]]()

    def _kdc_estimate_notes(self, reading, unit):
        """Word where an estimate stands behind the figures, and what its correction changes."""
        billed = reading.consumption if reading.billed is None else reading.billed
        notes = []
        if reading.source == "estimate":
            notes.append(self.env._("Estimated from the use of earlier months; the next real reading corrects it."))
        elif reading.previous_source == "estimate":
            notes.append(self.env._("The figure before was an estimate; this is the real one and corrects it."))
        if reading.consumption < 0:
            notes.append(
                self.env._(
                    "The estimate was %(quantity)s %(unit)s too high; they are taken off.",
                    quantity=fmt.number(-reading.consumption),
                    unit=unit,
                )
            )
        elif billed < reading.consumption:
            notes.append(
                self.env._(
                    "%(quantity)s %(unit)s are taken off because an earlier estimate was too high.",
                    quantity=fmt.number(reading.consumption - billed),
                    unit=unit,
                )
            )
        return notes

    def _kdc_line_unit(self, line, section):
        """Return what the quantity of a line counts."""
        units = {"person": self.env._("persons"), "area": "m²", "vehicle": self.env._("vehicles")}
        return units.get(line.label) or line.unit or section.unit

    def _kdc_line_text(self, line, charge, section):
        """Word one printed line: what was priced, and for which days when the price changed meanwhile."""
        text = getattr(self, f"_kdc_text_{line.label}")(line, charge, section)
        if "at_least" in line.params:
            text = self.env._(
                "%(text)s (at least %(least)s %(unit)s are billed)",
                text=text,
                least=fmt.number(Decimal(line.params["at_least"])),
                unit=line.unit or section.unit,
            )
        months = line.params.get("months", "1")
        if months != "1":
            text = self.env._("%(text)s × %(months)s months", text=text, months=fmt.number(Decimal(months), 4))
        if (line.date_from, line.date_to) != (section.date_from, section.date_to) and line.date_from:
            text = self.env._(
                "%(text)s (from %(start)s to %(end)s)",
                text=text,
                start=fmt.date(line.date_from),
                end=fmt.date(line.date_to),
            )
        return text

    def _kdc_text_tiers(self, line, _charge, section):
        unit = line.unit or section.unit
        values = {
            "tier": line.params.get("tier", 1),
            "lower": fmt.number(line.tier_from),
            "upper": fmt.number(line.tier_to),
            "unit": unit,
        }
        if line.tier_to is None:
            return self.env._("Tier %(tier)s: above %(lower)s %(unit)s", **values)
        if not line.tier_from:
            return self.env._("Tier %(tier)s: the first %(upper)s %(unit)s", **values)
        return self.env._("Tier %(tier)s: above %(lower)s to %(upper)s %(unit)s", **values)

    _kdc_text_slabs = _kdc_text_tiers

    def _kdc_text_area(self, line, _charge, _section):
        return self.env._("Floor area of %s m²", fmt.number(line.quantity))

    def _kdc_text_vehicle(self, line, _charge, _section):
        kinds = dict(self.env["kdc.vehicle"]._fields["kind"]._description_selection(self.env))
        kind = kinds.get(line.params.get("vehicle"))
        return (
            self.env._("%(count)s × %(kind)s", count=fmt.number(line.quantity), kind=kind.lower())
            if kind
            else (self.env._("%s vehicles", fmt.number(line.quantity)))
        )

    def _kdc_text_formula(self, line, _charge, _section):
        values = "; ".join(
            f"{formula.VARIABLES[name]} = {fmt.number(Decimal(value), 4)}"
            for name, value in line.params["values"].items()
        )
        text = self.env._("Formula %s", line.params["formula"])
        return f"{text} ({values})" if values else text

    def _kdc_text_relief(self, line, _charge, section):
        value = Decimal(line.params["value"])
        unit = line.unit or section.unit
        how_much = {
            "percent": lambda: f"{fmt.number(value, 4)}%",
            "amount": lambda: self.env._("%s per month", fmt.vnd(value)),
            "quantity": lambda: self.env._("%(value)s %(unit)s free", value=fmt.number(value), unit=unit),
        }
        return f"{line.params['name']} (−{how_much[line.params['kind']]()})"

    def _kdc_text_takeback(self, line, _charge, _section):
        return self.env._(
            "%(name)s no longer applied to %(month)s: what was taken off is due",
            name=line.params["name"],
            month=line.params["month"],
        )

    def _kdc_text_once(self, line, _charge, _section):
        return line.params["name"]

    def _kdc_text_correction(self, line, _charge, _section):
        return self.env._("%(name)s (%(month)s)", name=line.params["name"], month=line.params["month"])

    def _kdc_text_late_fee(self, line, _charge, _section):
        return self._kdc_word_late_fee(line, dates=False)

    @api.model
    def _kdc_word_late_fee(self, line, dates=True):
        """Word how a late fee comes about: days or months × rate × what was open."""
        params = line.params
        by_day = params["every"] == "day"
        count = self.env._("%s days", params["count"]) if by_day else self.env._("%s full months", params["count"])
        if params["flat"]:
            text = f"{count} × {fmt.vnd(params['flat'])}"
        else:
            text = f"{count} × {fmt.number(Decimal(params['percent']), 4)}% × {fmt.vnd(params['principal'])}"
        if params.get("receipted"):
            text = self.env._(
                "%(text)s, without the %(amount)s that a receipt showed as paid",
                text=text, amount=fmt.vnd(params["receipted"]),
            )  # fmt: skip
        if params["capped"]:
            text = self.env._("%s, limited to the highest late fee", text)
        if not dates:
            return text
        return self.env._(
            "%(text)s (from %(start)s to %(end)s)", text=text,
            start=fmt.date(line.date_from), end=fmt.date(line.date_to),
        )  # fmt: skip

    def _kdc_text_outage(self, line, _charge, _section):
        return self.env._("Days without service in %s", line.params["month"])

    def _kdc_text_rounding(self, line, _charge, _section):
        return self.env._("Rounded to %s", fmt.vnd(line.params["to"]))

    def _kdc_text_flat(self, _line, _charge, _section):
        return self.env._("Price per month")

    def _kdc_text_unit(self, _line, _charge, _section):
        return self.env._("By quantity")

    def _kdc_text_person(self, line, _charge, _section):
        return self.env._("%s persons", line.params.get("persons", 0))

    def _kdc_text_band(self, line, _charge, _section):
        lower = fmt.number(line.tier_from)
        if line.tier_to is None:
            return self.env._("Household of %s persons or more", lower)
        return self.env._("Household of %(lower)s to %(upper)s persons", lower=lower, upper=fmt.number(line.tier_to))

    def _kdc_text_percent(self, line, _charge, _section):
        return self.env._(
            "%(percent)s%% of %(base)s before tax",
            percent=fmt.number(Decimal(line.params["percent"])),
            base=fmt.vnd(line.params["base"]),
        )

    def _kdc_text_minimum(self, line, _charge, _section):
        return self.env._("Topped up to the minimum of %s", fmt.vnd(line.params["floor"]))

    def _kdc_open_beside(self):
        """Return what else is open on the account of a bill, oldest first (sudo).

        What somebody owes who paid for the account before is not told to who pays now: the debt follows the person.
        """
        self.ensure_one()
        others = self.kdc_account_id._kdc_open_bills() - self
        return others.filtered(lambda other: other.partner_id == self.partner_id)

    def _kdc_beside(self):
        """Return {bill: (open on other bills, paid in advance)} of the accounts of bills, in VND (sudo).

        Of other bills the sum of :meth:`_kdc_open_beside`, so that paper and page say the same. Two queries for all
        bills. The caller has checked that the reader may see them.
        """
        # sudo: what the payer reads on the own bill
        bills = self.sudo()
        bills.flush_model(["amount_residual", "kdc_account_id", "partner_id", "state"])
        owed = dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT bill.id, sum(other.amount_residual)
                      FROM account_move bill
                      JOIN account_move other ON other.kdc_account_id = bill.kdc_account_id
                           AND other.partner_id = bill.partner_id AND other.id != bill.id
                           AND other.state = 'posted' AND other.move_type = 'out_invoice'
                           AND other.amount_residual > 0
                     WHERE bill.id = ANY(%s)
                     GROUP BY bill.id
                    """,
                    self.ids,
                )
            )
        )
        groups = bills.env["account.move.line"]._read_group(
            [
                ("partner_id", "in", bills.partner_id.ids),
                ("company_id", "in", bills.company_id.ids),
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("amount_residual", "<", 0),
            ],
            ["partner_id", "company_id"],
            ["amount_residual:sum"],
        )
        advances = {(partner.id, company.id): -round(amount) for partner, company, amount in groups}
        return {
            bill: (round(owed.get(bill.id, 0)), advances.get((bill.partner_id.id, bill.company_id.id), 0))
            for bill in self
        }

    def _kdc_photo_readings(self):
        """Return the readings of this bill that have a photo and still say what the bill says (sudo).

        The caller has checked that the reader may see the bill.
        """
        self.ensure_one()
        bill = self._kdc_bill()
        printed = {
            reading.reading_id: reading.value
            for section in (bill.sections if bill else ())
            for reading in section.readings
            if reading.reading_id and reading.event != "share"
        }
        # sudo: residents have no right on readings; these are the ones of their own bill.
        readings = self.env["kdc.meter.reading"].sudo().browse(printed).exists()
        return readings.filtered(
            lambda reading: (
                reading.photo_hash
                and reading.account_id == self.kdc_account_id
                and decimal(reading.value, 3) == printed[reading.id]
            )
        )

    def _kdc_reading_photos(self):
        """Return {id of a reading: small JPEG} of the photos behind this bill."""
        return {
            reading.id: image_process(
                base64.b64decode(reading.photo), size=(PHOTO_SIZE, PHOTO_SIZE), quality=PHOTO_QUALITY
            )
            for reading in self._kdc_photo_readings()
        }

    # -- documents -----------------------------------------------------------------------------------

    def action_kdc_print_bills(self):
        """Open the PDF of these bills, one after another."""
        bills = self.filtered(lambda move: move.kdc_account_id and move.state == "posted")
        if not bills:
            raise UserError(self.env._("Choose issued bills; drafts are not printed."))
        ids = ",".join(map(str, bills.ids))
        return {"type": "ir.actions.act_url", "url": f"/kdc/bills/pdf?ids={ids}", "target": "new"}
