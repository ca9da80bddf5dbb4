from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.local_day import today_here


class KdcConsentVersion(models.Model):
    """The words people agree to, valid from a day on. Words somebody agreed to are never changed, only followed."""

    _name = "kdc.consent.version"
    _description = "Text of a consent"
    _order = "purpose_id, number DESC"
    _rec_name = "number"

    purpose_id = fields.Many2one("kdc.consent.purpose", required=True, index=True, ondelete="restrict")
    number = fields.Integer(string="Version", required=True, readonly=True, copy=False, aggregator=None)
    date_from = fields.Date(string="Valid from", required=True, default=today_here)
    text = fields.Text(
        required=True, help="In Vietnamese: which data, what for, who receives them, for how long, how to withdraw."
    )
    asks_again = fields.Boolean(
        string="Ask everybody again",
        default=True,
        help="Consents to earlier texts no longer count. Only corrections of words leave them valid.",
    )
    consent_ids = fields.One2many("kdc.consent", "version_id")

    _number_uniq = models.Constraint("UNIQUE (purpose_id, number)", "This purpose already has a text with this number.")
    _number_positive = models.Constraint("CHECK (number > 0)", "Versions are counted from 1.")

    @api.depends("purpose_id.name", "number")
    def _compute_display_name(self):
        for version in self:
            version.display_name = self.env._(
                "%(purpose)s (version %(number)s)", purpose=version.purpose_id.name or "", number=version.number
            )

    @api.model_create_multi
    def create(self, vals_list):
        last = {}
        for vals in vals_list:
            purpose = self.env["kdc.consent.purpose"].browse(vals.get("purpose_id"))
            if purpose and not vals.get("number"):
                highest = last.get(purpose.id, max(purpose.version_ids.mapped("number"), default=0))
                vals["number"] = highest + 1
            last[purpose.id] = vals.get("number")
        return super().create(vals_list)

    def write(self, vals):
        # sudo: whether anybody agreed, not who.
        if {"text", "number", "purpose_id", "date_from", "asks_again"} & vals.keys() and self.sudo().consent_ids:
            raise UserError(
                self.env._("People have agreed to this text, so it stays as it is. Add a new version instead.")
            )
        return super().write(vals)
