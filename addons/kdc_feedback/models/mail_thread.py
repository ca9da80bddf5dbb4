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
