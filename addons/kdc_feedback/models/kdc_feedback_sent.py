from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError

#: What the reporter said of the matter and of its place.
SENT_FIELDS = ("name", "description", "location", "dwelling_id", "latitude", "longitude")


class KdcFeedback(models.Model):
    """What was sent stays as it was sent: words, place and answers change through moderation only, which keeps both.

    Category, area and urgency are the ward's reading of it; they change with a line in the chatter that says who did.
    """

    _inherit = "kdc.feedback"

    def _check_sent(self, vals):
        """Refuse a plain write of what the reporter sent, whatever right the caller has on the rest.

        :raises AccessError: ``vals`` would change it
        """
        if self.env.su:
            return
        for name in SENT_FIELDS:
            if name in vals and any(feedback._differs(name, vals[name]) for feedback in self):
                raise AccessError(
                    self.env._(
                        "“%(field)s” stays as the reporter sent it. What must not be read, or lies elsewhere, a "
                        "dispatcher changes with “Moderate”, which keeps the original. Nothing was changed.",
                        field=self._fields[name]._description_string(self.env),
                    )
                )

    def _differs(self, name, value):
        """Whether writing ``value`` would change the field; a form may send back what it was given."""
        field = self._fields[name]
        before = field.convert_to_write(self[name], self)
        if field.type == "float":
            return round(before or 0, 6) != round(value or 0, 6)
        return (before or False) != (value or False)

    def _moderate_reported_answer(self, answer, value, reason):
        """Replace the reporter's answer to a question of the category; the original goes into the log."""
        self.ensure_one()
        self._check_moderator()
        if answer.feedback_id != self or not answer.value or not (value or "").strip():
            raise UserError(self.env._("Choose an answer of this feedback and write what may be read."))
        self._log_moderation("reported_answer", reason, answer_id=answer.id, original_text=answer.value)
        answer.sudo().value = value.strip()  # sudo: a kept answer changes by this method only

    def _moderate_place(self, dwelling, latitude, longitude, reason):
        """Put the feedback to another place; where the reporter put it stays in the log.

        :param dwelling: ``kdc.dwelling``, possibly empty; with one, the point is that of the dwelling
        :raises UserError: the point is not on earth
        """
        self.ensure_one()
        self._check_moderator()
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            raise UserError(self.env._("This position is not on earth."))
        before = {"dwelling_id": self.dwelling_id.id, "latitude": self.latitude, "longitude": self.longitude}
        self._log_moderation("place", reason, **{f"original_{name}": value for name, value in before.items()})
        # sudo: the place changes by this method only; a dwelling brings its own point
        point = {} if dwelling.latitude else {"latitude": latitude, "longitude": longitude}
        self.sudo().write({"dwelling_id": dwelling.id, **point})  # sudo: as above


class KdcFeedbackAnswer(models.Model):
    """An answer that was given stays; the staff may write down one that is still missing, and it says who did."""

    _inherit = "kdc.feedback.answer"

    noted_by_id = fields.Many2one(
        "res.users", string="Written down by", readonly=True, help="Empty: the reporter answered on the form."
    )
    # Not stored and without dependencies: it tells what was saved, while somebody types into the row.
    is_kept = fields.Boolean(compute="_compute_is_kept")

    def _compute_is_kept(self):
        for answer in self:
            answer.is_kept = bool(answer._origin.value)

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._noted(vals) for vals in vals_list])

    def write(self, vals):
        if not self.env.su:
            changed = {"value", "name", "question_id", "feedback_id"} & vals.keys()
            given = self.filtered("value")
            if any(
                (self._fields[name].convert_to_write(answer[name], answer) or False) != (vals[name] or False)
                for answer in given
                for name in changed
            ):
                raise AccessError(self.env._("This answer stays as it was given. “Moderate” keeps the original."))
            vals = self._noted(vals)
        return super().write(vals)

    @api.model
    def _noted(self, vals):
        """``vals`` with the member of the staff who writes the answer down; nobody says that of himself or others."""
        user = self.env.user
        vals = {name: value for name, value in vals.items() if name != "noted_by_id"}
        if vals.get("value") and user._is_internal() and user.id != SUPERUSER_ID:
            vals["noted_by_id"] = user.id
        return vals

    @api.ondelete(at_uninstall=False)
    def _unlink_except_given(self):
        if not self.env.su and self.filtered("value"):
            raise AccessError(self.env._("This answer stays as it was given. “Moderate” keeps the original."))
