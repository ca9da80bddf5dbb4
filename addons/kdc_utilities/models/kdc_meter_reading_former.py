from odoo import api, fields, models

from ..engine.money import decimal
from .kdc_meter_reading import PLACES

#: What a reading says; whoever changes it is its author from then on.
FIGURE = ("value", "final_value", "event", "date", "meter_id")
#: What shows a figure as it was seen on the meter, and so belongs to that figure only.
PROOF = ("photo", "photo_hash", "taken_on", "latitude", "longitude", "accuracy")
#: What a reading says, beside its photo and when that was taken, and what follows from when and how it was entered.
SAID = ("value", "source", "reason", "latitude", "longitude", "accuracy")
FOLLOWS = ("is_change", "is_late", "photo_hash", "provider_state", "provider_note")


class KdcMeterReadingFormer(models.Model):
    """What a reading said before it was corrected: figure, author and photo, so that nobody's work disappears."""

    _name = "kdc.meter.reading.former"
    _description = "Former Figure of a Reading"
    _order = "id desc"

    reading_id = fields.Many2one("kdc.meter.reading", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="reading_id.company_id", store=True, index=True)
    date = fields.Date("Read on", readonly=True)
    value = fields.Float("Figure", readonly=True, digits=(16, PLACES))
    final_value = fields.Float("Last figure of the old register", readonly=True, digits=(16, PLACES))
    event = fields.Selection(lambda self: self._words("event"), readonly=True)
    source = fields.Selection(lambda self: self._words("source"), readonly=True)
    user_id = fields.Many2one("res.users", "Entered by", readonly=True, index="btree_not_null")
    photo = fields.Image(readonly=True)
    taken_on = fields.Datetime(readonly=True)
    create_uid = fields.Many2one("res.users", "Corrected by", readonly=True)
    create_date = fields.Datetime("Corrected on", readonly=True)

    @api.model
    def _words(self, name):
        """Return the selection of a field of the reading, in the reader's language."""
        return self.env["kdc.meter.reading"]._fields[name]._description_selection(self.env)


class KdcMeterReading(models.Model):
    _inherit = "kdc.meter.reading"

    former_ids = fields.One2many("kdc.meter.reading.former", "reading_id", string="Former figures", readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        """Nobody enters a reading in the name of somebody else, who could then not approve what it bills."""
        if not self.env.su:
            vals_list = [vals | {"user_id": self.env.uid} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        """Keep what a corrected reading said; it shows no photo and no place of another figure."""
        if not self.env.su and "user_id" in vals:
            vals = vals | {"user_id": self.env.uid}  # as above
        corrected = self.filtered(lambda reading: reading._is_corrected(vals))
        counted = corrected.filtered(lambda row: row._differs("value", vals) or row._differs("final_value", vals))
        corrected._keep_former()
        author = {"user_id": self.env.uid}
        for readings, more in (
            (self - corrected, {}),
            (corrected - counted, author),
            (counted, dict.fromkeys(PROOF, False) | author | {"source": "officer"}),
        ):
            if readings:
                super(KdcMeterReading, readings).write(more | vals)
        return True

    def _is_corrected(self, vals):
        """Tell whether the reading says something else afterwards, or somebody else says it."""
        taken_over = vals.get("user_id", self.user_id.id) != self.user_id.id
        return taken_over or any(self._differs(name, vals) for name in FIGURE)

    def _differs(self, name, vals):
        if name not in vals:
            return False
        if name in ("value", "final_value"):
            return decimal(self[name], PLACES) != decimal(vals[name] or 0, PLACES)
        field = self._fields[name]
        return field.convert_to_cache(vals[name], self) != field.convert_to_cache(self[name], self)

    def _keep_former(self):
        names = ("date", "value", "final_value", "event", "source", "taken_on")
        # sudo: nobody writes this history by hand; the right on the reading is checked when it is written.
        self.env["kdc.meter.reading.former"].sudo().create([
            {
                "reading_id": reading.id,
                "user_id": reading.user_id.id,
                # not its size, which is what the web client asks for
                "photo": reading.with_context(bin_size=False).photo if reading.photo_hash else False,
                **{name: reading[name] for name in names},
            }
            for reading in self
        ])  # fmt: skip

    # --- The last reading of a customer who leaves, and back --------------------------------------

    def _stand_in(self, vals):
        """Let the figure of a closing take the place of what this reading says, and note how to give it back."""
        self.ensure_one()
        before = {name: self[name] for name in SAID + FOLLOWS} | {"user_id": self.user_id.id}
        self.write(vals | {"user_id": self.env.uid})
        self.before_stop = before | {"former_id": max(self.former_ids.ids)}

    def _give_back(self, before):
        """Say again what was said before a closing, in the name of who said it, with its photo and its state.

        The figure first, while the reading still counts as a change: its month may have been closed meanwhile.
        """
        self.ensure_one()
        sent_anew = self.provider_state  # with the figure of the closing, so the old one goes out again
        former = self.former_ids.filtered(lambda row: row.id == before.get("former_id"))
        photo = former.with_context(bin_size=False).photo
        # sudo: gives it back to who had entered it, in whose name nobody writes by hand
        reading = self.sudo()
        reading.write(
            {name: before[name] for name in (*SAID, "user_id") if name in before}
            | {"photo": photo, "taken_on": former.taken_on}
        )
        follows = {name: before[name] for name in FOLLOWS if name in before}
        if sent_anew:
            follows |= {"provider_state": False, "provider_note": False}
        reading.write(follows | {"before_stop": False})
