import secrets

from odoo import SUPERUSER_ID, models
from odoo.exceptions import UserError

from ..engine import shop_states

#: What tells who a person is, and how to reach him.
PERSONAL = ("phone", "email", "street", "street2", "zip", "city", "vat", "function", "comment", "image_1920")


class ResPartner(models.Model):
    """What is kept of who runs a shop, and of who works for a business and is no resident (Luật 91/2025/QH15, điều 4).

    A resident reads and deletes his with the register (`kdc.resident`); the person who got a slip for a business has
    the same rights and no register.
    """

    _inherit = "res.partner"

    # -- in shops --------------------------------------------------------------------------------------------------
    def _kdc_shop_roles(self):
        """Return what this person is in shops, also with an account that is switched off."""
        accounts = self.with_context(active_test=False).user_ids
        return self.env["kdc.shop.member"].search([("user_id", "in", accounts.ids)])

    def _kdc_owned_shops(self):
        return self._kdc_shop_roles().filtered(lambda member: member.role == "owner").shop_id

    def _kdc_shop_invitations(self):
        """Return the invitations to shops this person got or sent, also with an account that is switched off."""
        accounts = self.with_context(active_test=False).user_ids
        mine = [("user_id", "in", accounts.ids), ("state", "!=", "withdrawn")]
        return self.env["kdc.shop.invitation"].search(["|", ("invited_by_id", "in", accounts.ids), "&", *mine])

    # -- the copy of the own data ----------------------------------------------------------------------------------
    def _kdc_seller_sections(self):
        """Return what is kept of a person as owner or seller of shops; see `kdc.resident._kdc_my_data`."""
        section, env = self.env["kdc.resident"]._kdc_section, self.env
        shops = self._kdc_owned_shops()
        return [
            section("shops", env._("My shops"), self._kdc_shop_roles(), ["shop_id", "role"]),
            section(
                "shop_invitations",
                env._("Shops that invited me, people I invited"),
                self._kdc_shop_invitations(),
                ["create_date", "shop_id", "typed", "valid_until"],
            ),
            section(
                "sellers",
                env._("What is kept of me as a seller"),
                shops,
                [
                    "name",
                    "state",
                    "seller_kind",
                    "legal_name",
                    "tax_number",
                    "registration_number",
                    "registration_date",
                    "registration_place",
                    "phone",
                    "address",
                    "bank_account",
                    "area_state",
                    "area_date",
                ],
            ),
            section(
                "papers",
                env._("Papers of my shops"),
                shops.paper_ids,
                ["shop_id", "kind_id", "number", "issue_date", "expiry_date", "state", "refuse_reason"],
            ),
        ]

    def _kdc_business_slips(self):
        """Return the slips this person got to work for a business."""
        return self.env["kdc.invitation"].search([("business_id", "=", self.id)])

    def _kdc_my_data(self):
        """Return all sections of the copy for who works for a business; as `kdc.resident._kdc_my_data`, in sudo."""
        self.ensure_one()
        section, env = self.env["kdc.resident"]._kdc_section, self.env
        return [
            section("person", env._("Me"), self, ["name", "phone", "email", "parent_id", "company_id"]),
            section("account", env._("My account"), self.user_ids, ["login", "login_date"]),
            section(
                "slips",
                env._("Slips I got from the ward or from a shop"),
                self._kdc_business_slips(),
                ["number", "purpose", "create_date", "expires_on", "state", "used_date", "shop_id"],
            ),
            section(
                "notices",
                env._("Notifications"),
                env["kdc.notification"].search([("partner_id", "=", self.id)]),
                ["date", "title", "body", "read_date"],
            ),
            *self._kdc_seller_sections(),
        ]

    # -- deleting it -----------------------------------------------------------------------------------------------
    def _kdc_erase_business(self):
        """Erase who worked for a business and is no resident, in sudo. Return whether the law keeps the name.

        :raise UserError: the person still works in a shop
        """
        self.ensure_one()
        Resident = self.env["kdc.resident"]
        open_roles = self._kdc_shop_roles().filtered(lambda member: member.shop_id.state != shop_states.CLOSED)
        if open_roles:
            names = ", ".join(f"“{shop.name}”" for shop in open_roles.shop_id)
            raise UserError(self.env._("%(person)s still works in %(shops)s.", person=self.name, shops=names))
        since = Resident._kdc_market_since()
        owned = self._kdc_owned_shops()
        free = owned._kdc_forgettable(since)
        free._kdc_forget_seller(self)
        self._kdc_shop_roles().filtered(lambda member: member.role == "seller").unlink()
        self._kdc_shop_invitations().unlink()
        self._kdc_business_slips().unlink()
        Resident._kdc_delete_rows("kdc_notification", "partner_id", self.ids)
        kept = bool(owned - free)
        # An address of its own: Odoo would empty that of the business and of the colleagues with it
        values = {**dict.fromkeys(PERSONAL, False), "type": "other"}
        if not kept:
            values["name"] = self.env._("Person whose data was deleted (%s)", self.id)
        business, others = self.parent_id, self.parent_id.child_ids - self
        self.with_context(tracking_disable=True).write(values)
        self.message_ids.tracking_value_ids.unlink()
        if not kept:
            self.message_ids.filtered("body").unlink()  # Odoo's note that the account was deleted says by whom
        # By the system: Odoo lets nobody switch the own account off
        for user in self.with_user(SUPERUSER_ID).with_context(active_test=False).user_ids:
            # A password nobody knows: the account leads nowhere, should it ever be opened again
            user.write({"active": False, "login": f"deleted-{user.id}", "password": secrets.token_urlsafe(32)})
        if not kept and not others:  # of a household business the name may be that of a person
            business.write({"name": self.env._("Former business (%s)", business.id), "vat": False, "phone": False})
        return kept
