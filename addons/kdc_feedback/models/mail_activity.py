from odoo import models
from odoo.addons.kdc_residents.tools.step_mark import StepMark

#: Odoo asks the same question for activities and for messages.
activity_check = StepMark("kdc_feedback_activity_check")


class MailActivity(models.Model):
    """What is to be done about a feedback is seen by all who see the feedback; only its chatter is not."""

    _inherit = "mail.activity"

    def _check_access(self, operation):
        with activity_check():
            return super()._check_access(operation)
