from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.actions import form_of
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import AccessError, UserError, ValidationError

from ..engine import placeholders


class KdcMarketClause(models.Model):
    """A part of the rules that the operator of a market publishes (NĐ 248/2026/NĐ-CP, điều 5 to 16).

    The system ships one text for each article, which belongs to no ward. A ward that writes its own replaces it from a
    day on; earlier versions stay, so that one can read what applied when something was bought.
    """

    _name = "kdc.market.clause"
    _description = "Part of the Rules of the Market"
    _order = "sequence, date_from desc, id"

    name = fields.Char("Title", required=True, translate=True)
    article = fields.Char(help="Of NĐ 248/2026/NĐ-CP, which asks for it.")
    sequence = fields.Integer(default=200)
    body = fields.Text(
        "Text",
        required=True,
        translate=True,
        help="Each line is a paragraph. Words in braces are filled in on the page: {operator}, {phone}, {desk}, "
        "{answer_minutes}, {silence_days}, {review_days}, {take_down_hours}, {post_days}, {kept_years}.",
    )
    company_id = fields.Many2one(
        "res.company",
        "Ward",
        index=True,
        default=lambda self: self.env.company,
        help="Empty: the text of the system, for all wards.",
    )
    replaces_id = fields.Many2one(
        "kdc.market.clause", index=True, ondelete="restrict", domain="[('company_id', '=', False)]"
    )
    date_from = fields.Date("Applies from", default=today_here)
    active = fields.Boolean(default=True)

    _own_check = models.Constraint(
        "CHECK (company_id IS NOT NULL AND date_from IS NOT NULL OR company_id IS NULL AND replaces_id IS NULL)",
        "A text of the ward says from when on it applies.",
    )
    _version_uniq = models.UniqueIndex(
        "(company_id, replaces_id, date_from) WHERE replaces_id IS NOT NULL",
        "Your ward has a text from this day already; change that one, or choose a later day.",
    )

    @api.constrains("body")
    def _check_words(self):
        known = self.env["kdc.market.operator"]._kdc_words(self.env.company)
        for clause in self:
            if wrong := placeholders.unknown(clause.body, known):
                raise ValidationError(
                    self.env._(
                        "Nothing is known to fill in for {%(word)s}. You can use: %(known)s.",
                        word=wrong[0],
                        known=", ".join(f"{{{word}}}" for word in known),
                    )
                )

    @api.constrains("replaces_id")
    def _check_replaces(self):
        for clause in self:
            if clause.replaces_id.company_id:
                raise ValidationError(self.env._("A text of the ward replaces one of the system."))

    def write(self, vals):
        """Keep a text where it was written: record rules ask before a change only, not about the ward it leads to."""
        for clause in () if self.env.su else self:
            if any(clause[fname].id != vals[fname] for fname in ("company_id", "replaces_id") if fname in vals):
                raise AccessError(
                    self.env._("A text stays with its ward and with what it replaces. Please write a new one.")
                )
        return super().write(vals)

    @api.model
    def _kdc_published(self, company, day):
        """Return what a ward publishes on a day.

        :return: list of (clause in force, the next version or none), in the order of the articles
        """
        own = self.search([("company_id", "=", company.id)], order="date_from, id")
        rows = []
        for clause in self.search([("company_id", "=", False)]) | own.filtered(lambda one: not one.replaces_id):
            versions = own.filtered(lambda one, clause=clause: clause in (one, one.replaces_id))
            current = versions.filtered(lambda one: one.date_from <= day)[-1:] or (clause - own)
            coming = versions.filtered(lambda one: one.date_from > day)[:1]
            if current or coming:
                rows.append((current, coming))
        return sorted(rows, key=lambda row: ((row[0] or row[1]).sequence, (row[0] or row[1]).id))

    def action_write_own(self):
        """Open a copy of a text of the system, or of the ward's last version, for the ward to change."""
        self.ensure_one()
        company = self.env.company
        if self.company_id - company:
            raise UserError(self.env._("Please switch to the ward whose text you want to write."))
        base = self if not self.company_id else self.replaces_id
        if not base:
            raise UserError(self.env._("This text is your ward's own: change it here."))
        context = {
            "default_name": self.name,
            "default_article": base.article,
            "default_sequence": base.sequence,
            "default_body": self.body,
            "default_company_id": company.id,
            "default_replaces_id": base.id,
        }
        return form_of(self.browse(), self.name, context=context)
