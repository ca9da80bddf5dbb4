from odoo import models
from odoo.addons.kdc_residents.engine.format import fmt
from reportlab.lib.units import mm
from reportlab.platypus import PageBreak, Spacer

from .layout import document, list_table, place_of, styles, text

COLUMNS = [12 * mm, 45 * mm, 38 * mm, 29 * mm, 23 * mm, 23 * mm, 16 * mm]


class KdcMeterVerificationPdf(models.AbstractModel):
    """The list of meters to verify: in walking order, a page for every area, a box to tick for each meter fetched."""

    _name = "kdc.meter.verification.pdf"
    _description = "List of Meters to Verify as PDF"

    def _render(self, meters):
        """Return the bytes of the list.

        :param meters: the caller has checked that the reader may see them
        """
        # Official papers are Vietnamese whatever language the clerk's screen has.
        meters = meters.with_context(lang="vi_VN", tz="Asia/Ho_Chi_Minh")
        report, style, story = self.with_context(**meters.env.context), styles(8.5), []
        meters = meters.sorted(lambda meter: (meter.area_id.id, meter.route_sequence))
        for area, group in meters.grouped("area_id").items():
            story += report._area(area, group, style)
        return document(story, report.env._("Meters to verify"), meters.company_id[:1].name)

    def _area(self, area, meters, style):
        title = self.env._("%(area)s: %(count)s meters to verify", area=area.display_name or "–", count=len(meters))
        head = [
            text(self.env._("No."), style["bold"]),
            text(self.env._("Address"), style["bold"]),
            text(self.env._("Customer"), style["bold"]),
            text(self.env._("Meter"), style["bold"]),
            text(self.env._("Last verified on"), style["bold"]),
            text(self.env._("Verify before"), style["bold"]),
            text(self.env._("Fetched"), style["bold_center"]),
        ]
        table = list_table(head, [self._row(number, meter, style) for number, meter in enumerate(meters, 1)], COLUMNS)
        place = place_of(meters.company_id[:1])
        return [
            text(title, style["total"]),
            text(", ".join(filter(None, (meters.company_id[:1].name, place))), style["small"]),
            Spacer(0, 2 * mm),
            table,
            PageBreak(),
        ]

    def _row(self, number, meter, style):
        service = meter.service_id.name
        return [
            text(number, style["base"]),
            text(" – ".join(filter(None, (meter.address, meter.location))), style["base"]),
            text(meter.partner_id.name, style["base"]),
            text(f"{meter.serial} ({service})", style["base"]),
            text(fmt.date(meter.date_verified), style["base"]),
            text(fmt.date(meter.date_verification), style["base"]),
            "",
        ]
