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
        first: somebody has read it, and the time the clock stood still counts for both; for a subject with less time
        see :meth:`_sooner_promise`.

        :param description: the words about the second matter
        :returns: the new feedback
        :raises UserError: several at once, or one that has ended: its part would be late when it is born
        """
        if len(self) != 1 or not self.is_open:
            raise UserError(self.env._("Divide one feedback at a time, and only while it is open."))
        first = self.sudo()  # sudo: the second may go to a unit the caller does not belong to
        now = fields.Datetime.now()
        values = first._part_values(category, now) | {"description": description}
        sooner = first._sooner_promise(values, now)
        second = self.env["kdc.feedback"].sudo().create(values | sooner)  # sudo: as above
        if second.handling_deadline != sooner.get("promise_limit", second.handling_deadline):
            second._log_line(
                "event", "deadline", deadline_before=second.promise_limit, deadline_after=second.handling_deadline
            )
        photos = first.photo_ids.filtered(lambda one: not (one.message_id or one.origin_id or one.is_hidden))
        second._add_photos([base64.b64decode(photo.image) for photo in photos])
        for photo, copy in zip(photos, second.photo_ids, strict=True):
            copy.is_hidden = photo.is_hidden
        first._log_line("event", "split")
        first._notify_reporter("split")
        return second.with_env(self.env)

    def _part_values(self, category, now):
        """Values of a part as it leaves the letter, with the pauses up to ``now``."""
        self.ensure_one()
        return {
            "split_from_id": self.id,
            "category_id": category.id,
            "state": states.RECEIVED if self.received_at else states.NEW,
            "pause_ids": [
                Command.create(
                    {"date_start": pause.date_start, "date_end": pause.date_end or now, "reason": pause.reason}
                )
                for pause in self.pause_ids
            ],
            # Whoever has taken the word back meanwhile does not show the name in a new place.
            "privacy": "hidden" if self._name_withdrawn() else self.privacy,
            **{name: self[name] for name in ("is_private", "is_hidden", "channel", "location", "submitted_at",
                                             "term_start", "received_at", "latitude", "longitude", "contact_name",
                                             "contact_phone", "contact_email", "wants_no_text")},
            **{name: self[name].id for name in ("company_id", "area_id", "dwelling_id", "partner_id",
                                                "private_by_id")},
        }  # fmt: skip

    def _sooner_promise(self, values, now):
        """Since when the clock of a part runs whose subject has less time than the letter.

        As a rule a part has the clock of its letter: dividing gains the ward no time. Counted from the sending, less
        time could be over before anybody knew of the second matter. So it is counted from the division, and never ends
        after the date the reporter was promised. What was late before stays late in both parts.

        :param values: see :meth:`_part_values`
        :returns: dict ``term_start``, ``promise_limit``; empty when the clock of the letter holds
        """
        self.ensure_one()
        letter = self._promise_by(values | {"category_id": self.category_id.id, "urgency": self.urgency})
        part = self._promise_by(values)
        if letter and part and now <= letter and part < letter:
            return {"term_start": now, "promise_limit": letter}
        return {}

    def _promise_by(self, values):
        """The promised date that feedback of these values would have, ``None`` without a clock."""
        calendar = self.company_id.kdc_feedback_calendar_id
        deadlines = self.new(values)._deadline_values(calendar._feedback_work_calendar(), calendar.tz)
        return deadlines.get("handling_deadline")
