from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import ValidationError
from odoo.fields import Domain

#: Badges by which the market is filtered.
OCOP, OWN_PRODUCE, LOCAL = "ocop", "own", "local"


class ProductTemplate(models.Model):
    """Where goods come from, and the badges buyers trust: OCOP stars, "made by the household" (features M-23), and the
    specialties of the place, which the market shows first.

    OCOP ("one commune, one product") gives 3 to 5 stars by a numbered decision for 36 months (QĐ 148/QĐ-TTg 2023). The
    badge ends with the decision by itself. All of it is checked by a moderator like the text.
    """

    _inherit = "product.template"

    kdc_origin = fields.Char("Origin", help="Where it grows or is made: “Ninh Hòa”, “vườn nhà ở Diên Khánh”.")
    kdc_own_produce = fields.Boolean("Grown or made by the household")
    kdc_local = fields.Boolean(
        "Local specialty",
        copy=False,
        readonly=True,
        tracking=True,
        help="Chosen by the managers of the market; the market shows it first.",
    )
    kdc_ocop_stars = fields.Selection([("3", "3 stars"), ("4", "4 stars"), ("5", "5 stars")], "OCOP")
    kdc_ocop_decision = fields.Char("Number of the OCOP decision")
    kdc_ocop_expiry = fields.Date("OCOP valid until")

    _kdc_ocop_check = models.Constraint(
        "CHECK (kdc_ocop_stars IS NULL OR (kdc_ocop_decision IS NOT NULL AND kdc_ocop_expiry IS NOT NULL))",
        "OCOP stars need the number of the decision and the day until which it is valid.",
    )

    @api.constrains("kdc_ocop_stars", "kdc_ocop_decision", "kdc_ocop_expiry")
    def _check_kdc_ocop(self):
        for template in self:
            if template.kdc_ocop_stars and not (template.kdc_ocop_decision and template.kdc_ocop_expiry):
                raise ValidationError(
                    self.env._("OCOP stars need the number of the decision and the day until which it is valid.")
                )

    def write(self, vals):
        if "kdc_local" in vals:
            self._kdc_check_moderator()
        return super().write(vals)

    def action_kdc_local(self):
        """Show listings among the local specialties, or no longer. Moderators only."""
        self._kdc_check_moderator()
        for listing in self.filtered("kdc_shop_id"):
            # sudo: a moderator decides about listings without being a product manager
            listing.sudo().kdc_local = not listing.kdc_local

    @api.model
    def _kdc_badges(self):
        """Return [(badge, label)] by which goods and shops are filtered."""
        local, own = self.env._("Local specialties"), self.env._("Home-made")
        return [(LOCAL, local), (OCOP, "OCOP"), (OWN_PRODUCE, own)]

    @api.model
    def _kdc_badge_domain(self, badge):
        """Return the domain of the listings with a badge of today, ``None`` for what is no badge."""
        return {
            OCOP: self._kdc_ocop_domain(),
            OWN_PRODUCE: Domain("kdc_own_produce", "=", True),
            LOCAL: Domain("kdc_local", "=", True),
        }.get(badge if isinstance(badge, str) else None)

    @api.model
    def _kdc_ocop_domain(self):
        """Listings whose OCOP decision counts today."""
        today = today_here(self.env["kdc.shop.paper"])
        return Domain("kdc_ocop_stars", "!=", False) & Domain("kdc_ocop_expiry", ">=", today)

    def _kdc_badge(self):
        """Return the OCOP badge of today as a dict, or ``None``: stars, decision and last day."""
        self.ensure_one()
        if not self.kdc_ocop_stars or self.kdc_ocop_expiry < today_here(self.env["kdc.shop.paper"]):
            return None
        return {
            "stars": int(self.kdc_ocop_stars),
            "decision": self.kdc_ocop_decision,
            "expiry": self.kdc_ocop_expiry,
        }
