from odoo import fields, models


class KdcFeedbackPhoto(models.Model):
    _name = "kdc.feedback.photo"
    _description = "Feedback Photo"
    _order = "id"

    feedback_id = fields.Many2one("kdc.feedback", index=True, ondelete="cascade")
    message_id = fields.Many2one("kdc.feedback.message", index="btree_not_null", ondelete="cascade")
    draft_id = fields.Many2one("kdc.feedback.draft", index="btree_not_null", ondelete="cascade")
    kind = fields.Selection(
        [("before", "From the reporter"), ("after", "After handling")], required=True, default="before"
    )
    image = fields.Image(max_width=1600, max_height=1600, required=True)
    thumbnail = fields.Image(string="Small image", related="image", max_width=320, max_height=320, store=True)

    _belongs_somewhere = models.Constraint(
        "CHECK ((feedback_id IS NULL) <> (draft_id IS NULL))",
        "A photo belongs to a feedback or to a draft.",
    )
