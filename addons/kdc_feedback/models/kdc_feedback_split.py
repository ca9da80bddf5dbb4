import base64

from odoo import Command, fields, models
from odoo.exceptions import UserError

from ..engine import states


class KdcFeedback(models.Model):
    """One letter about two matters becomes two feedbacks, each with its own unit and promise."""

    _inherit = "kdc.feedback"

    split_from_id = fields.Many2one(
        "kdc.feedback", string="Divided from", readonly=True, copy=False, index="btree_not_null"
    )
    split_ids = fields.One2many("kdc.feedback", "split_from_id", string="Other parts")

    def _staff_split(self, category, description):
        """Make a second feedback of a part of this one; reporter, place, photos and moment of sending are the same.

        What was taken off the board stays off it, and hidden photos are not copied. Its clocks have the past of the
        first: somebody has read it, and the time the clock stood still counts for both.

        :param description: the words about the second matter
        :returns: the new feedback
        :raises UserError: several at once, or one that has ended: its part would be late when it is born
        """
        if len(self) != 1 or not self.is_open:
            raise UserError(self.env._("Divide one feedback at a time, and only while it is open."))
        first = self.sudo()  # sudo: the second may go to a unit the caller does not belong to
        second = self.env["kdc.feedback"].sudo().create(  # sudo: as above
            {
                "split_from_id": first.id,
                "category_id": category.id,
                "description": description,
                "state": states.RECEIVED if first.received_at else states.NEW,
                "pause_ids": [
                    Command.create(
                        {
                            "date_start": pause.date_start,
                            "date_end": pause.date_end or fields.Datetime.now(),
                            "reason": pause.reason,
                        }
                    )
                    for pause in first.pause_ids
                ],
                # Whoever has taken the word back meanwhile does not show the name in a new place.
                "privacy": "hidden" if first._name_withdrawn() else first.privacy,
                **{name: first[name] for name in ("is_private", "is_hidden", "channel", "location",
                                                  "submitted_at", "term_start", "received_at", "latitude", "longitude",
                                                  "contact_name", "contact_phone", "contact_email", "wants_no_text")},
                **{name: first[name].id for name in ("company_id", "area_id", "dwelling_id", "partner_id")},
            }
        )  # fmt: skip
        photos = first.photo_ids.filtered(lambda one: not (one.message_id or one.origin_id or one.is_hidden))
        second._add_photos([base64.b64decode(photo.image) for photo in photos])
        for photo, copy in zip(photos, second.photo_ids, strict=True):
            copy.is_hidden = photo.is_hidden
        first._log_line("event", "split")
        first._notify_reporter("split")
        return second.with_env(self.env)
