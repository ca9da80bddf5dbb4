from decimal import Decimal

from odoo import api, models
from odoo.addons.kdc_residents.engine.format import fmt

from ..engine import formula
from ..engine.periods import is_whole_month


class AccountMove(models.Model):
    """The explanation of the engine in words that residents read: sections, lines and the decisions behind them."""

    _inherit = "account.move"

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
        elif "months" in line.params and line.date_from and not is_whole_month(line.date_from, line.date_to):
            text = self.env._("%s, counted as a whole month", text)
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
