from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    kdc_access_log_days = fields.Integer(
        string="Days the record of who looked is kept",
        required=True,
        default=730,
        help="For lines written from now on. Residents read on their page who looked at their data.",
    )
    _kdc_access_log_days_enough = models.Constraint(
        "CHECK (kdc_access_log_days >= 30)", "The record of who looked is kept for 30 days at least."
    )
    kdc_data_officer_id = fields.Many2one(
        "res.users",
        string="Answers for personal data",
        domain=[("share", "=", False)],
        help="Gets the requests of residents about their personal data. Empty: the first officer of the register.",
    )
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

    kdc_change_days = fields.Integer(
        string="Answer to a correction within",
        default=10,
        help="Days after which a resident's request to correct the register is to be answered.",
    )
    # What the adult members of a household see as long as its head says nothing else (features.md, R-13).
    kdc_share_bills = fields.Boolean(string="Bills of the household", default=True)
    kdc_share_feedback = fields.Boolean(string="Feedback of the household")
    kdc_share_orders = fields.Boolean(string="Orders of the household")

    _kdc_change_days_positive = models.Constraint(
        "CHECK (kdc_change_days BETWEEN 1 AND 60)", "Corrections are answered within 1 to 60 days."
    )

    def _kdc_data_officer(self):
        """Return the user who answers for personal data in this ward; empty when the ward has no officer at all."""
        self.ensure_one()
        if self.kdc_data_officer_id:
            return self.kdc_data_officer_id
        officers = self.env.ref("kdc_residents.group_officer").sudo().all_user_ids  # sudo: who has the job
        found = officers.filtered(lambda user: self in user.company_ids and user.active and not user._is_superuser())
        # An administrator also is an officer; whoever has only the job comes first.
        admin = "kdc_residents.group_admin"
        return found.sorted(lambda user: (user.company_id != self, user.has_group(admin), user.id))[:1]

    def _compute_kdc_commune_id(self):
        communes = self.env["kdc.area"].search(
            [("kind", "=", "commune"), ("company_id", "in", self.ids), ("date_to", "=", False)]
        )
        for company in self:
            company.kdc_commune_id = communes.filtered(lambda a, company=company: a.company_id == company)[:1]
