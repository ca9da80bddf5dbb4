import base64

from odoo import api, fields, models


class KdcFeedbackPhoto(models.Model):
    _name = "kdc.feedback.photo"
    _description = "Feedback Photo"
    _order = "id"

    feedback_id = fields.Many2one("kdc.feedback", index=True, ondelete="cascade")
    message_id = fields.Many2one("kdc.feedback.message", index="btree_not_null", ondelete="cascade")
    draft_id = fields.Many2one("kdc.feedback.draft", index="btree_not_null", ondelete="cascade")
    origin_id = fields.Many2one(
        "kdc.feedback",
        string="Sent with",
        index="btree_not_null",
        help="The joined feedback it came with; its own reporter sees it, the reporter of the main one does not.",
    )
    kind = fields.Selection(
        [("before", "From the reporter"), ("after", "After handling")], required=True, default="before"
    )
    image = fields.Image(max_width=1600, max_height=1600, required=True)
    thumbnail = fields.Image(string="Small image", related="image", max_width=320, max_height=320, store=True)

    is_hidden = fields.Boolean(string="Not for the public", readonly=True)

    _belongs_somewhere = models.Constraint(
        "CHECK ((feedback_id IS NULL) <> (draft_id IS NULL))",
        "A photo belongs to a feedback or to a draft.",
    )

    def _missing(self, photos):
        """Those of the safe image bytes that are not among these photos, each once."""
        kept = {base64.b64decode(image) for image in self.with_context(bin_size=False).mapped("image")}
        return [photo for photo in dict.fromkeys(photos) if photo not in kept]

    @api.depends("feedback_id.photo_ids", "kind")
    def _compute_display_name(self):
        """Who it is from, and which one it is among those of the feedback."""
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for photo in self:
            places = {one: place for place, one in enumerate(photo.feedback_id.photo_ids.ids, start=1)}
            photo.display_name = f"{places.get(photo.id, 1)}. {labels.get(photo.kind, '')}"
