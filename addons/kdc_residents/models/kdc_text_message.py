import logging

from odoo import api, fields, models

from ..engine import phone

_logger = logging.getLogger(__name__)

#: System parameter that names the way out; the local double when it is empty.
PARAMETER = "kdc_residents.text_gateway"
#: Notices are sent between these hours only, a code that somebody waits for at once.
DAY_BEGINS, DAY_ENDS = 7, 21
TIMEZONE = "Asia/Ho_Chi_Minh"


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
        [("waiting", "Waiting"), ("kept", "Kept here, not sent"), ("sent", "Sent"), ("failed", "Failed")],
        required=True,
        readonly=True,
    )

    @api.depends("number")
    def _compute_number_display(self):
        for message in self:
            message.number_display = phone.display(message.number)

    @api.model
    def _send(self, number, body):
        """Send a text at once and return whether it is on its way (or kept by the local double).

        :param number: E.164
        """
        # sudo: who sends is a resident or the system; the parameter and the list are the administrator's.
        messages = self.sudo()
        gateway, state = messages._hand_over(number, body)
        # What went out may hold a code: only the double keeps the text.
        kept = body if state == "kept" else "–"
        messages.create({"number": number, "body": kept, "gateway": gateway, "state": state})
        return state != "failed"

    @api.model
    def _queue(self, texts):
        """Have texts sent soon, by day: whoever causes them waits for no gateway, and nobody is woken.

        The same text to the same number waits once.

        :param texts: pairs of number (E.164) and body
        """
        # sudo: as in _send.
        messages = self.sudo()
        waiting = messages.search([("state", "=", "waiting"), ("number", "in", [number for number, _body in texts])])
        known = {(message.number, message.body) for message in waiting}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        messages.create([{"number": number, "body": body, "gateway": "–", "state": "waiting"} for number, body in new])
        if new:
            messages.env.ref("kdc_residents.ir_cron_text_message")._trigger()

    @api.model
    def _cron_send_waiting(self):
        """Hand over what waits, one transaction each; at night it waits for the morning."""
        if not self._is_day(fields.Datetime.now()):
            return
        waiting = self.search([("state", "=", "waiting")], order="id")
        self.env["ir.cron"]._commit_progress(remaining=len(waiting))
        for message in waiting:
            message._send_waiting()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    @api.model
    def _is_day(self, moment):
        """Return whether notices may be sent at a moment in UTC."""
        local = fields.Datetime.context_timestamp(self.with_context(tz=TIMEZONE), moment)
        return DAY_BEGINS <= local.hour < DAY_ENDS

    def _send_waiting(self):
        """Hand over these texts; only the double keeps them."""
        for message in self:
            gateway, state = message._hand_over(message.number, message.body)
            message.write({"gateway": gateway, "state": state, "body": message.body if state == "kept" else "–"})

    @api.model
    def _hand_over(self, number, body):
        """Give a text to the gateway of the ward. Returns (name of the gateway, state)."""
        name = self.env["ir.config_parameter"].get_param(PARAMETER) or "local"
        send = getattr(self, f"_send_by_{name}", None)
        if send is None:
            _logger.error("There is no gateway %r for short messages (system parameter %s)", name, PARAMETER)
            return name, "failed"
        try:
            with self.env.cr.savepoint():
                return name, send(number, body)
        except Exception as error:  # whatever it answers: one text must not keep the others waiting for ever
            _logger.error("The gateway %s for short messages failed: %r", name, error)
            return name, "failed"

    @api.model
    def _send_by_local(self, number, body):
        """The local double: nothing leaves the server."""
        return "kept"

    @api.autovacuum
    def _gc_old_messages(self):
        """Forget messages after a week; codes in them have ended long before."""
        self.search([("create_date", "<", fields.Datetime.subtract(fields.Datetime.now(), days=7))]).unlink()
