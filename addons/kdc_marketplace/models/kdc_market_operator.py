from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.actions import form_of
from odoo.exceptions import AccessError, UserError

from .kdc_board_post import SHOWN_DAYS
from .kdc_erasure import KEPT_YEARS
from .kdc_market_report import TAKE_DOWN_HOURS

#: What the law wants to be read about who runs a market (Luật 122/2025/QH15, điều 15; NĐ 248/2026/NĐ-CP, điều 4).
PUBLISHED = ("name", "address", "phone", "email", "tax_code", "manager", "decision", "notice", "desk")


class KdcMarketOperator(models.Model):
    """Who runs the market of a ward, as everybody reads it at the foot of the market; one record per ward."""

    _name = "kdc.market.operator"
    _description = "Operator of the Market"

    company_id = fields.Many2one(
        "res.company", "Ward", required=True, default=lambda self: self.env.company, ondelete="cascade", index=True
    )
    name = fields.Char("Operator", required=True, help="Name of the organisation that runs the market.")
    address = fields.Char()
    phone = fields.Char()
    email = fields.Char()
    tax_code = fields.Char("Tax code")
    manager = fields.Char("Responsible person", help="Who answers for the market, with position.")
    decision = fields.Char("Decision of establishment", help="Number, day and who issued it.")
    notice = fields.Char(
        "Notice to the authority", help="Number and day of the confirmation in the e-commerce management system."
    )
    desk = fields.Char("Where complaints are taken", help="Room or counter, and hours.")
    missing = fields.Char("Still to be entered", compute="_compute_missing")

    _company_uniq = models.UniqueIndex("(company_id)", "This ward has entered who runs its market already.")

    @api.depends(*PUBLISHED)
    def _compute_missing(self):
        for operator in self:
            empty = [operator._fields[name]._description_string(self.env) for name in PUBLISHED if not operator[name]]
            operator.missing = ", ".join(empty)

    def write(self, vals):
        """Keep it in its ward: record rules ask before a change only, not about the ward it leads to."""
        moved = "company_id" in vals and any(operator.company_id.id != vals["company_id"] for operator in self)
        if moved and not self.env.su:
            raise AccessError(self.env._("Each ward enters itself who runs its market."))
        return super().write(vals)

    @api.model
    def _kdc_defaults(self, company):
        """Return what the ward itself tells, for the form and for the page before anybody has filled it in."""
        partner = company.partner_id
        return {
            "company_id": company.id,
            "name": company.name,
            "address": ", ".join(filter(None, (partner.street, partner.street2, partner.city, partner.state_id.name))),
            "phone": company.phone,
            "email": company.email,
            "tax_code": company.vat,
        }

    @api.model
    def _kdc_of(self, company):
        """Return who runs the market of a ward; what was not saved yet when nobody has entered anything."""
        return self.search([("company_id", "=", company.id)]) or self.new(self._kdc_defaults(company))

    @api.model
    def _kdc_words(self, company):
        """Return what texts of the rules may hold in braces, as it is in this ward today."""
        # sudo: settings of the ward and how to reach it are what everybody reads
        ward = company.sudo()
        operator = self.sudo()._kdc_of(ward)  # sudo: likewise
        return {
            "operator": operator.name,
            "phone": fmt.phone(operator.phone),
            "desk": operator.desk or operator.address or "",
            "answer_minutes": ward.kdc_market_answer_minutes,
            "silence_days": ward.kdc_market_silence_days,
            "review_days": ward.kdc_market_review_days,
            "take_down_hours": TAKE_DOWN_HOURS,
            "post_days": SHOWN_DAYS,
            "kept_years": KEPT_YEARS,
        }

    def _kdc_rows(self):
        """Return (label, text) of what is known, in the order of the law."""
        self.ensure_one()
        label = {name: self._fields[name]._description_string(self.env) for name in PUBLISHED}
        return [
            (label[name], fmt.phone(self[name]) if name == "phone" else self[name]) for name in PUBLISHED if self[name]
        ]

    @api.model
    def _action_open(self):
        """Open the ward's own record, made from what is known of the ward when there is none."""
        company = self.env.company
        operator = self.search([("company_id", "=", company.id)]) or self.create(self._kdc_defaults(company))
        return form_of(operator, self.env._("Published information"))

    def action_texts(self):
        """Open the texts of the rules."""
        return self.env["ir.actions.act_window"]._for_xml_id("kdc_marketplace.kdc_market_clause_action")

    def action_page(self):
        """Open the page as everybody reads it."""
        self.ensure_one()
        website = self.env["website"].search([("company_id", "=", self.company_id.id)], limit=1)
        if not website:
            raise UserError(self.env._("This ward has no website yet."))
        return {"type": "ir.actions.act_url", "url": f"{website.domain or ''}/shop/rules", "target": "new"}
