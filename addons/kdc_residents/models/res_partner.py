from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "kdc.contact.guard"]

    # The register is searched by the first digits of a phone number.
    _kdc_phone_idx = models.Index("(phone varchar_pattern_ops) WHERE phone IS NOT NULL")

    kdc_household_ids = fields.One2many(
        "kdc.household",
        "partner_id",
        string="Registered households",
        context={"active_test": False},
        groups="kdc_residents.group_staff",
    )
    kdc_resident_ids = fields.One2many(
        "kdc.resident",
        "partner_id",
        string="Registered residents",
        context={"active_test": False},
        groups="kdc_residents.group_staff",
    )
    kdc_registered = fields.Boolean(
        string="In the register",
        compute="_compute_kdc_registered",
        compute_sudo=True,
        store=True,
        groups="base.group_user",
        help="This contact is a household or a resident of the ward's register.",
    )
    kdc_area_id = fields.Many2one(
        "kdc.area",
        string="Area of the register",
        compute="_compute_kdc_registered",
        compute_sudo=True,
        store=True,
        index="btree_not_null",
        groups="base.group_user",
        help="Where the household lives; people who act for some areas only see contacts of these areas.",
    )

    # Odoo's portal rules are narrowed with these two (see kdc_utilities and kdc_marketplace). They depend on the user
    # and are looked up once per query, so that a share that changes counts at once.
    kdc_bills_hidden = fields.Boolean(compute="_compute_kdc_hidden", search="_search_kdc_bills_hidden")
    kdc_orders_hidden = fields.Boolean(compute="_compute_kdc_hidden", search="_search_kdc_orders_hidden")

    @api.depends_context("uid")
    def _compute_kdc_hidden(self):
        for subject in ("bills", "orders"):
            hidden = set(self.env.user._kdc_hidden_partner_ids(subject))
            for partner in self:
                partner[f"kdc_{subject}_hidden"] = partner.id in hidden

    @api.model
    def _search_kdc_bills_hidden(self, operator, value):
        return self._search_kdc_hidden("bills", operator, value)

    @api.model
    def _search_kdc_orders_hidden(self, operator, value):
        return self._search_kdc_hidden("orders", operator, value)

    @api.model
    def _search_kdc_hidden(self, subject, operator, value):
        if operator != "in":
            return NotImplemented
        return [("id", "in" if True in value else "not in", self.env.user._kdc_hidden_partner_ids(subject))]

    @api.depends("kdc_household_ids.area_id", "kdc_resident_ids.area_id")
    def _compute_kdc_registered(self):
        for partner in self:
            records = partner.kdc_household_ids or partner.kdc_resident_ids
            partner.kdc_registered = bool(records)
            partner.kdc_area_id = records.area_id[:1]

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._kdc_check_parent(vals)
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and "company_id" in vals:
            # sudo: only whether it is one of the register; its household or resident lives in the ward of the contact
            self.sudo().filtered("kdc_registered")._kdc_check_home(vals)
        self._kdc_check_parent(vals)
        result = super().write(vals)
        # sudo: whoever moves a person to another household may not know the person's account.
        if "parent_id" in vals and self.sudo().with_context(active_test=False).user_ids:
            # Odoo keeps the rules of a portal user with the commercial partner written into them. Without this, who
            # left a household would go on reading its bills until the server starts anew.
            self.env.registry.clear_cache()
        return result

    def _kdc_check_parent(self, vals):
        """Refuse to put a contact into a household the user does not see: its portal shows the bills of that household.

        :raises AccessError: the household is of another ward or area
        """
        if vals.get("parent_id") and not self.env.su:
            # sudo: only whether it is one of the register
            self.browse(vals["parent_id"]).sudo().filtered("kdc_registered").sudo(False).check_access("read")

    def _can_be_edited_by_current_customer(self, **kwargs):
        """Keep names and addresses of the register out of Odoo's own address forms on the portal and in the shop.

        They are the ward's record, changed by an officer with papers in hand. Delivery addresses that a resident
        adds are contacts of their own and stay editable. The shop's checkout goes on without asking for an
        address that cannot be edited.
        """
        # sudo: whether a contact is registered is for staff to read; here it only closes a form.
        return not self.sudo().kdc_registered and super()._can_be_edited_by_current_customer(**kwargs)

    # ---------------------------------------------------------------- telephone numbers, see kdc.contact.guard
    def _phones_of_register(self):
        return self.filtered("kdc_registered")

    @api.model
    def _domain_outside_register(self):
        return Domain("kdc_registered", "=", False)

    def _get_vcard_file(self):
        """Refuse to hand out the register as address cards: a list of ids would be answered with all phones."""
        user = self.env.user
        if (
            not self.env.su
            # sudo: whether a contact is of the register; its card is not made otherwise
            and self.sudo().kdc_registered
            and self != user.partner_id
            and not user.has_group("kdc_residents.group_officer")
        ):
            raise AccessError(self.env._("Contacts of residents are taken out by the officers of the register."))
        return super()._get_vcard_file()
