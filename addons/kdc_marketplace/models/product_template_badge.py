from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class ProductTemplate(models.Model):
    """Where goods come from, and the badges buyers trust: OCOP stars and "made by the household" (features M-23).

    OCOP ("one commune, one product") gives 3 to 5 stars by a numbered decision for 36 months (QĐ 148/QĐ-TTg 2023). The
    badge ends with the decision by itself. All of it is checked by a moderator like the text.
    """

    _inherit = "product.template"

    kdc_origin = fields.Char("Origin", help="Where it grows or is made: “Ninh Hòa”, “vườn nhà ở Diên Khánh”.")
    kdc_own_produce = fields.Boolean("Grown or made by the household")
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
