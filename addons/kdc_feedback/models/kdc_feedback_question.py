from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import answers


class KdcFeedbackQuestion(models.Model):
    """What the ward wants to know about a category besides the words of the resident."""

    _name = "kdc.feedback.question"
    _description = "Feedback Question"
    _order = "sequence, id"

    category_id = fields.Many2one("kdc.feedback.category", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="category_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    name = fields.Char(string="Question", required=True, translate=True)
    kind = fields.Selection(
        [("text", "Text"), ("choice", "One of several"), ("number", "Number")], required=True, default="text"
    )
    choices = fields.Text(translate=True, help="One per line.")
    required = fields.Boolean(help="A resident cannot send without an answer.")

    @api.constrains("kind", "choices")
    def _check_choices(self):
        for question in self:
            if question.kind == "choice" and len(answers.choices_of(question.choices)) < 2:
                raise ValidationError(
                    self.env._("“%(question)s” needs at least two choices, one per line.", question=question.name)
                )

    def _choices(self):
        """The choices in the language of the reader."""
        return answers.choices_of(self.choices)

    def _clean(self, value):
        """The answer as it is kept.

        :raises ValidationError: with the words that tell the resident what to do
        """
        self.ensure_one()
        try:
            return answers.clean(self.kind, value, self._choices(), self.required)
        except answers.BadAnswer as error:
            words = {
                "missing": self.env._("Please answer this question."),
                "number": self.env._("Please type a number, such as 12 or 12,5."),
                "choice": self.env._("Please choose one of the answers."),
                "long": self.env._("Please shorten the answer to %(count)s characters.", count=answers.MAX_ANSWER),
            }
            raise ValidationError(words[error.reason]) from None
