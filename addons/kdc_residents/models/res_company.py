from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    kdc_area_ids = fields.One2many("kdc.area", "company_id", string="Areas")
    kdc_commune_id = fields.Many2one(
        "kdc.area",
        string="Ward or commune",
        compute="_compute_kdc_commune_id",
        help="The ward or commune whose register this office keeps.",
    )

    kdc_office_hours = fields.Text(
        string="Office hours",
        help="When residents can come to the ward's office. Shown on the public first page, one line per line.",
    )

    def _compute_kdc_commune_id(self):
        communes = self.env["kdc.area"].search(
            [("kind", "=", "commune"), ("company_id", "in", self.ids), ("date_to", "=", False)]
        )
        for company in self:
            company.kdc_commune_id = communes.filtered(lambda a, company=company: a.company_id == company)[:1]
