import base64
from datetime import timedelta

from odoo import api, fields, models


class KdcFeedbackDraft(models.Model):
    """Photos of a form that is not sent yet, kept so that a mistake in the form loses nothing.

    Only the controllers use it, found by its random key **and** the user who began it.
    """

    _name = "kdc.feedback.draft"
    _description = "Feedback Draft"

    client_key = fields.Char(required=True)
    user_id = fields.Many2one("res.users", index=True, ondelete="cascade")
    photo_ids = fields.One2many("kdc.feedback.photo", "draft_id", string="Photos")

    _client_key_uniq = models.Constraint("UNIQUE (client_key)", "This form was already begun.")

    def _without_kept(self, photos):
        """Those of the safe image bytes that are not kept yet: a phone sends again what it had no answer for."""
        return self.photo_ids._missing(photos)

    def _add_photos(self, photos):
        """Keep safe image bytes until the form is sent."""
        self.ensure_one()
        self.env["kdc.feedback.photo"].create(
            [{"draft_id": self.id, "image": base64.b64encode(photo)} for photo in photos]
        )

    @api.autovacuum
    def _gc_drafts(self):
        """Forget what was not sent within two days."""
        self.search([("write_date", "<", fields.Datetime.now() - timedelta(days=2))], limit=1000).unlink()
