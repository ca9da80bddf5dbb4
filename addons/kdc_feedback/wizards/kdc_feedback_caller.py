from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.phone import to_e164
from odoo.exceptions import AccessError, UserError


class KdcFeedbackCaller(models.TransientModel):
    """Somebody calls again about a feedback that has a number; a clerk who reads no feedback writes the words down.

    What becomes of them is decided behind the dialogue (``kdc.feedback._take_call``), and the clerk is told the same
    whatever it was: nobody learns here whose telephone it is, or what state a feedback is in that is not public.
    """

    _name = "kdc.feedback.caller"
    _description = "A Reporter Calls Again"

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    number = fields.Char(string="Number of the feedback", required=True)
    name = fields.Char(string="Name of the caller")
    phone = fields.Char(
        string="Telephone",
        help="The one the person left with the feedback, or that stands in the register: then the words count as the "
        "reporter's own. Else whoever handles it reads them first.",
    )
    body = fields.Text(string="What the person says", required=True)

    @api.depends("number")
    def _compute_display_name(self):
        for caller in self:
            caller.display_name = caller.number or self.env._("A reporter calls again")

    def action_write_down(self):
        """Hand the words to whoever handles the feedback.

        :raises UserError: there is no such number, no words, or the telephone is none
        """
        self.ensure_one()
        if not self.env.user.has_group("kdc_feedback.group_intake"):
            raise AccessError(self.env._("Feedback is taken in by the counter and the feedback office."))
        body = (self.body or "").strip()
        if not body:
            raise UserError(self.env._("Write what the person says."))
        case, phone = self._case(), self._phone()
        case._take_call(body, (self.name or "").strip(), phone)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Written down. Whoever handles %(number)s has been told.", number=case.number),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _case(self):
        """The feedback of that number in this ward, in sudo."""
        number = (self.number or "").strip().upper()
        # sudo: the clerk reads no feedback; nothing of it is shown
        cases = self.env["kdc.feedback"].sudo()
        case = cases.search([("number", "=", number), ("company_id", "=", self.company_id.id)], limit=1)
        if not case:
            raise UserError(
                self.env._("No feedback has the number “%(number)s”. It looks like PA-2026-00012.", number=self.number)
            )
        return case

    def _phone(self):
        try:
            return to_e164(self.phone) if (self.phone or "").strip() else ""
        except ValueError:
            raise UserError(self.env._("This is not a telephone number. Example: 0905 123 456")) from None
