from odoo import api, fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    kdc_area_ids = fields.Many2many(
        "kdc.area",
        "kdc_area_res_users_rel",
        "user_id",
        "area_id",
        string="Residential groups in charge",
        help="Areas this person acts in, as head of a residential group or as collector. "
        "Others of the ward's register stay invisible.",
    )
    kdc_area_scoped = fields.Boolean(
        string="Sees own areas only", compute="_compute_kdc_area_scoped", compute_sudo=True
    )

    @api.model
    def _kdc_scoped_groups(self):
        """Return the groups whose members see their own areas only. Addons with such a job add theirs."""
        return ["kdc_residents.group_area_head"]

    @api.model
    def _kdc_ward_wide_groups(self):
        """Return the groups whose members see the whole ward, whatever else they are. Addons add theirs."""
        return ["kdc_residents.group_officer", "kdc_residents.group_auditor"]

    @api.depends("group_ids", "kdc_area_ids")
    def _compute_kdc_area_scoped(self):
        """Say whose view ends at own areas: nobody with a job for the whole ward, everybody else who has areas.

        A head of group without any area yet sees nothing rather than everything.
        """
        for user in self:
            wide = any(user.has_group(group) for group in self._kdc_ward_wide_groups())
            scoped = bool(user.kdc_area_ids) or any(user.has_group(group) for group in self._kdc_scoped_groups())
            user.kdc_area_scoped = scoped and not wide

    def _get_invalidation_fields(self):
        """The record rules read ``kdc_area_ids``, so their cache must follow it."""
        return super()._get_invalidation_fields() | {"kdc_area_ids"}

    def _kdc_resident(self):
        """Return the resident this user is (sudo: people read themselves through checked pages only); may be empty."""
        self.ensure_one()
        # A portal user has no right on the register; every page that calls this shows named fields of this person only.
        return self.env["kdc.resident"].sudo().search([("partner_id", "=", self.partner_id.id)], limit=1)

    def _kdc_household(self):
        """Return the present household of this user (sudo, for the same reason); may be empty."""
        return self._kdc_resident().household_id
