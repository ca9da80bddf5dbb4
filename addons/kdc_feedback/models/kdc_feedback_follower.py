from odoo import fields, models


class KdcFeedbackFollower(models.Model):
    """Somebody else with the same matter. Whoever wants no name stored is counted without one.

    Only the methods of ``kdc.feedback`` write here.
    """

    _name = "kdc.feedback.follower"
    _description = "Feedback Follower"
    _order = "id"
    _rec_name = "partner_id"

    feedback_id = fields.Many2one("kdc.feedback", required=True, index=True, ondelete="cascade")
    number = fields.Char(related="feedback_id.number")
    company_id = fields.Many2one(related="feedback_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        "res.partner", string="Person", index="btree_not_null", ondelete="cascade", help="Empty: wants no name stored."
    )
    date = fields.Datetime(string="Since", required=True, default=fields.Datetime.now)
    contact_name = fields.Char(string="Name given", help="By a guest; nobody has checked it.")
    contact_phone = fields.Char(string="Telephone given")
    client_key = fields.Char(groups="base.group_system")

    _once = models.UniqueIndex("(feedback_id, partner_id)", "This person follows the feedback already.")
    _client_key_uniq = models.UniqueIndex("(client_key) WHERE client_key IS NOT NULL", "This was already counted.")
