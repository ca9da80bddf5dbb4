from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import letter


class KdcLetterType(models.Model):
    """A kind of confirmation letter a resident may ask for, with its words and its conditions."""

    _name = "kdc.letter.type"
    _description = "Kind of Confirmation Letter"
    _order = "sequence, id"

    name = fields.Char(required=True, help="As residents choose it.")
    code = fields.Char(
        required=True,
        help="Stands in the number of the letter, which anybody may read. It says nothing about the person.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", string="Ward office", index="btree_not_null", help="Empty: every ward.")
    description = fields.Text(string="For residents", help="What the letter is for and what to bring.")
    title = fields.Char(string="Heading of the letter", required=True, default="GIẤY XÁC NHẬN")
    body = fields.Text(string="Words of the letter", required=True)
    placeholder_help = fields.Char(compute="_compute_placeholder_help")
    deadline_days = fields.Integer(string="Working days promised", required=True, default=3)
    validity_days = fields.Integer(string="Valid for (days)", required=True, default=180)
    needs_residence = fields.Boolean(
        string="Only for members of a household",
        default=True,
        help="Whoever lives in no household of the ward cannot ask.",
    )
    status_kind_ids = fields.Many2many(
        "kdc.status.kind",
        string="Certifies",
        help="The household, or one of its members, must have one of these statuses on the day of the signature.",
    )
    checklist = fields.Text(string="To be checked by the officer")
    last_signed_at = fields.Datetime(readonly=True, copy=False, help="When the last letter got its number.")
    letter_count = fields.Integer(compute="_compute_letter_count")

    _code_uniq = models.UniqueIndex("(code, COALESCE(company_id, 0))", "Another kind of letter has this code.")
    _days_positive = models.Constraint(
        "CHECK (deadline_days > 0 AND validity_days > 0)", "Days promised and days of validity are at least one."
    )

    def _compute_placeholder_help(self):
        self.placeholder_help = " ".join(f"{{{name}}}" for name in letter.PLACEHOLDERS)

    def _compute_letter_count(self):
        counts = dict(self.env["kdc.letter"]._read_group([("type_id", "in", self.ids)], ["type_id"], ["__count"]))
        for kind in self:
            kind.letter_count = counts.get(kind, 0)

    @api.constrains("body")
    def _check_body(self):
        for kind in self:
            try:
                letter.check_template(kind.body)
            except letter.UnknownPlaceholderError as error:
                raise ValidationError(
                    self.env._(
                        "“{%(name)s}” cannot be filled in. Possible are: %(names)s.",
                        name=error.args[0],
                        names=kind.placeholder_help,
                    )
                ) from None

    @api.model
    def _offered(self, company):
        """Return the kinds residents of this ward may ask for."""
        return self.search([("company_id", "in", (False, company.id))])

    def _missing_condition(self, resident):
        """Return why this resident cannot get the letter, in the reader's language, or an empty text."""
        self.ensure_one()
        if self.needs_residence and not resident.household_id:
            return self.env._("This letter is for members of a household of the ward only.")
        return ""
