from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.local_day import today_here


class KdcConsentPurpose(models.Model):
    """One thing the ward may do with personal data only when the person agrees (Luật 91/2025/QH15, điều 9).

    What the ward does because the law tells it to needs no consent and is no purpose here. Code that acts for a
    purpose asks ``kdc.resident._kdc_has_consent(code)``; an addon brings its purposes as data.
    """

    _name = "kdc.consent.purpose"
    _description = "Purpose that needs consent"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="By this name the program asks for the consent.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, help="Residents are asked for active purposes only.")
    version_ids = fields.One2many("kdc.consent.version", "purpose_id", string="Texts")
    current_version_id = fields.Many2one("kdc.consent.version", string="Text today", compute="_compute_current_version")

    _code_uniq = models.Constraint("UNIQUE (code)", "There already is a purpose with this code.")

    def _compute_current_version(self):
        today = today_here(self)
        for purpose in self:
            purpose.current_version_id = purpose._version_on(today)

    def _version_on(self, day):
        """Return the text that is valid on ``day``, perhaps none."""
        self.ensure_one()
        return self.version_ids.filtered(lambda version: version.date_from <= day).sorted("number")[-1:]

    @api.model
    def _asked(self):
        """Return the purposes residents are asked for today, in sudo: their texts are public."""
        # sudo: residents have no right on the model; names and texts are for everybody.
        return self.sudo().search([("active", "=", True)]).filtered("current_version_id")

    @api.model
    def _by_code(self, code):
        """Return the purpose with this code, archived or not, in sudo.

        :raise UserError: there is none
        """
        # sudo: whoever acts for a purpose has no right on the list of purposes.
        purpose = self.sudo().with_context(active_test=False).search([("code", "=", code)])
        if not purpose:
            raise UserError(self.env._("There is no purpose “%(code)s” that people could agree to.", code=code))
        return purpose

    def write(self, vals):
        if "code" in vals and any(purpose.code != vals["code"] for purpose in self):
            raise UserError(self.env._("The code of a purpose is not changed: the program asks for the consent by it."))
        return super().write(vals)
