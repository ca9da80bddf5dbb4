import base64
from decimal import Decimal

from odoo import models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.tools.image import image_process

from ..engine.money import decimal

#: Pixels and quality of the photo of a reading on a bill: the figures can be read, and it weighs some 15 kB.
PHOTO_SIZE = 480
PHOTO_QUALITY = 60


class AccountMove(models.Model):
    """The readings behind a bill: what is special about each, in words, and their photos."""

    _inherit = "account.move"

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
