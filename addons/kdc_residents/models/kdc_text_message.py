import logging

from odoo import api, fields, models

from ..engine import phone

_logger = logging.getLogger(__name__)

#: System parameter that names the way out; the local double when it is empty.
PARAMETER = "kdc_residents.text_gateway"


class KdcTextMessage(models.Model):
    """A short message to a telephone: SMS or Zalo, through whichever gateway the ward has.

    A gateway is a method ``_send_by_<name>`` that an addon adds, chosen by the system parameter
    ``kdc_residents.text_gateway``. Without one the message stays here, where the administrator reads it: the local
    double for tests, the demo, and wards that have no contract yet.
    """

    _name = "kdc.text.message"
    _description = "Short message"
    _order = "id DESC"
    _rec_name = "number"

    number = fields.Char(required=True, readonly=True, help="E.164")
    number_display = fields.Char(string="To", compute="_compute_number_display")
    body = fields.Char(string="Text", required=True, readonly=True)
    gateway = fields.Char(required=True, readonly=True)
    state = fields.Selection(
        [("kept", "Kept here, not sent"), ("sent", "Sent"), ("failed", "Failed")], required=True, readonly=True
    )

    @api.depends("number")
    def _compute_number_display(self):
        for message in self:
            message.number_display = phone.display(message.number)

    @api.model
    def _send(self, number, body):
        """Send a text and return whether it is on its way (or kept by the local double).

        :param number: E.164
        """
        # sudo: who sends is a resident or the system; the parameter and the list are the administrator's.
        messages = self.sudo()
        name = messages.env["ir.config_parameter"].get_param(PARAMETER) or "local"
        send = getattr(messages, f"_send_by_{name}", None)
        state = "failed"
        if send is None:
            _logger.error("There is no gateway %r for short messages (system parameter %s)", name, PARAMETER)
        else:
            try:
                state = send(number, body)
            except OSError as error:
                _logger.error("The gateway %s for short messages failed: %s", name, error)
        # What went out may hold a code: only the double keeps the text.
        kept = body if state == "kept" else "–"
        messages.create({"number": number, "body": kept, "gateway": name, "state": state})
        return state != "failed"

    @api.model
    def _send_by_local(self, number, body):
        """The local double: nothing leaves the server."""
        return "kept"

    @api.autovacuum
    def _gc_old_messages(self):
        """Forget messages after a week; codes in them have ended long before."""
        self.search([("create_date", "<", fields.Datetime.subtract(fields.Datetime.now(), days=7))]).unlink()
