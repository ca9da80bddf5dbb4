from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class KdcFeedbackIntake(models.TransientModel):
    """What is open on the same matter nearby, shown to the clerk while the person is still on the telephone.

    It is what a resident is shown before sending (``kdc.feedback._offered``): the clerk reads no feedback.
    """

    _inherit = "kdc.feedback.intake"

    place_id = fields.Many2one(
        "kdc.feedback.place", string="Known place", domain="[('company_id', '=', company_id)]", check_company=True
    )
    latitude = fields.Float(digits=(9, 6))
    longitude = fields.Float(digits=(9, 6))
    similar_ids = fields.One2many("kdc.feedback.intake.similar", "intake_id", string="The same matter?")
    is_joined = fields.Boolean(string="Counted for a feedback that is open already", readonly=True)

    @api.onchange("place_id")
    def _onchange_place_id(self):
        """A known place brings its group and its point."""
        if self.place_id:
            self.area_id = self.place_id.area_id or self.area_id
            self.update(self.place_id._point())

    @api.onchange("category_id", "area_id", "place_id", "latitude", "longitude")
    def _onchange_similar(self):
        """Offer what is open of this category there; what is ticked already stays ticked."""
        ticked = set(self.similar_ids.filtered("is_same").mapped("case"))
        lines = [{**self._similar_line(one), "is_same": one["id"] in ticked} for one in self._offered()]
        self.similar_ids = [Command.clear(), *(Command.create(line) for line in lines)]

    def _offered(self):
        """Open feedback like this one, as plain values for everybody."""
        point = (self.latitude, self.longitude) if self.latitude and self.longitude else None
        return self.env["kdc.feedback"]._offered(self.company_id, self.category_id, point, self.area_id)

    def _similar_line(self, offered):
        """What the clerk reads of one of them."""
        distance = None
        if offered["metres"] is not None:
            distance = self.env._("about %(count)s m", count=round(offered["metres"]))
        return {
            "case": offered["id"],
            "name": offered["title"],
            "place": ", ".join(filter(None, (offered["place"] or offered["area"], distance))),
            "submitted_at": offered["submitted_at"],
            "followers": offered["followers"],
        }

    def _values(self):
        return {
            **super()._values(),
            "location": self.place_id._with_words((self.location or "").strip()),
            "latitude": self.latitude,
            "longitude": self.longitude,
        }

    def _send(self, values, photos, partner):
        """Send it, or count the person for the feedback that was ticked.

        :raises UserError: more than one is ticked, or it is not open any more
        """
        same = self.similar_ids.filtered("is_same")
        if not same:
            return super()._send(values, photos, partner)
        if len(same) > 1:
            raise UserError(self.env._("Tick one feedback at most: the one that is the same matter."))
        if same.case not in [one["id"] for one in self._offered()]:
            raise UserError(
                self.env._("“%(subject)s” was closed meanwhile. Take the tick away and send it.", subject=same.name)
            )
        # sudo: the clerk reads no feedback; it is one of those offered for everybody
        feedback = self.env["kdc.feedback"].sudo().browse(same.case)
        contact = {name: values[name] for name in ("contact_name", "contact_phone")}
        feedback._follow(partner, values["description"], photos, self.client_key, contact)
        self.write({"is_joined": True, "number": feedback.number, "promised": feedback.handling_deadline})
        return feedback, False


class KdcFeedbackIntakeSimilar(models.TransientModel):
    """One line of that: values only, nothing that leads to the feedback but its id."""

    _name = "kdc.feedback.intake.similar"
    _description = "Open Feedback Like the One Taken in"

    intake_id = fields.Many2one("kdc.feedback.intake", required=True, ondelete="cascade")
    case = fields.Integer(required=True)
    is_same = fields.Boolean(string="The same matter")
    name = fields.Char(string="Subject")
    place = fields.Char()
    submitted_at = fields.Datetime(string="Sent")
    followers = fields.Integer(string="Others with this matter")
