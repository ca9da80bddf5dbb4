from odoo import api, models


class MailThread(models.AbstractModel):
    """Mails to the inbox are looked at before they are taken: no machines, nobody who sends without end."""

    _inherit = "mail.thread"

    @api.private
    @api.model
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        """Override of `mail`: who may write to the inbox, and to which feedback a mail belongs.

        Nobody calls it from outside: the mail server calls ``message_process``.
        """
        routes = super().message_route(
            message, message_dict, model=model, thread_id=thread_id, custom_values=custom_values
        )
        inbox = self.env["kdc.feedback"]
        looked_at = [inbox._mail_route(message, message_dict, one) if one[0] == inbox._name else one for one in routes]
        return [route for route in looked_at if route]

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """Override of `mail`: a mail to two wards comes whole to both, though an inbox empties what it has read."""
        if not any(route[0] == "kdc.feedback" for route in routes or ()):
            return super()._message_route_process(message, message_dict, routes)
        thread_id = False
        for route in routes:
            thread_id = super()._message_route_process(message, dict(message_dict), [route])
        return thread_id
