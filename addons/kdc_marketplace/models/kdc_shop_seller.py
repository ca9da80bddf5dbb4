from odoo import api, fields, models
from odoo.addons.kdc_residents.engine import personal_number as pn
from odoo.addons.kdc_residents.tools import personal_data
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..engine import shop_states, tax_code

MODERATOR = "kdc_marketplace.group_moderator"


class KdcShop(models.Model):
    """Who sells: what the law asks a market to know and to show (Luật TMĐT 122/2025/QH15, NĐ 248/2026/NĐ-CP).

    The tax code of a person is the 12-digit personal number. It is kept encrypted like the numbers of residents, shown
    masked, and compared with the register without anybody reading it.
    """

    _name = "kdc.shop"
    _inherit = ["kdc.shop", "kdc.guarded.mixin"]
    _guarded_fields = frozenset({"seller_number", "seller_number_sealed", "seller_number_index"})
    _sealed_fields = ("seller_number", "seller_number_sealed", "seller_number_index")

    seller_kind = fields.Selection(
        [
            (tax_code.PERSON, "Person who sells now and then"),
            (tax_code.HOUSEHOLD, "Household business"),
            (tax_code.ENTERPRISE, "Enterprise or cooperative"),
        ],
        "Kind of seller",
        default=tax_code.HOUSEHOLD,
        required=True,
        tracking=True,
    )
    legal_name = fields.Char("Name in the papers", tracking=True, help="Full name of the person or of the business.")
    registration_number = fields.Char("Business registration no.", tracking=True)
    registration_date = fields.Date("Registered on")
    registration_place = fields.Char("Registered at", help="The office that issued the registration.")
    tax_number = fields.Char(
        "Tax code or personal number",
        compute="_compute_tax_number",
        inverse="_inverse_tax_number",
        compute_sudo=True,
        help="10 or 13 digits, or the 12-digit personal number, which is stored encrypted and shown masked.",
    )
    tax_code = fields.Char("Tax code of the business", readonly=True, copy=False, index="btree_not_null")
    seller_number = fields.Char(compute="_compute_seller_number", compute_sudo=True, groups=MODERATOR)
    seller_number_sealed = fields.Char(readonly=True, copy=False, prefetch=False, groups=MODERATOR)
    seller_number_index = fields.Char(readonly=True, copy=False, prefetch=False, groups=MODERATOR)
    identity_check = fields.Selection(
        [
            ("same", "The number is that of the owner in the register"),
            ("other", "The number is not that of the owner in the register"),
            ("unknown", "The register does not know the owner's number"),
        ],
        compute="_compute_identity_check",
        compute_sudo=True,
        groups=MODERATOR,
    )
    same_seller_ids = fields.Many2many(
        "kdc.shop",
        string="Other shops of this seller",
        compute="_compute_same_seller_ids",
        compute_sudo=True,
        groups=MODERATOR,
        help="Shops of the ward with the same tax code or personal number, suspended and closed ones too.",
    )

    _seller_number_sealed_only = models.Constraint(
        "CHECK (seller_number_sealed ~ '^1[.][0-9a-f]{8}[.]')", "A personal number is stored encrypted only."
    )
    _seller_number_sealed_whole = models.Constraint(
        "CHECK ((seller_number_sealed IS NULL) = (seller_number_index IS NULL))",
        "A personal number is stored together with the key by which it is found.",
    )
    _one_number = models.Constraint(
        "CHECK (tax_code IS NULL OR seller_number_sealed IS NULL)", "A seller has one tax code."
    )
    _number_of_the_kind = models.Constraint(
        """CHECK (seller_kind = 'household' OR (seller_kind = 'person' AND tax_code IS NULL)
            OR (seller_kind = 'enterprise' AND seller_number_sealed IS NULL))""",
        "A person gives the 12-digit personal number, an enterprise its tax code. Please clear the tax code first, "
        "then choose the kind of seller and type the code that belongs to it.",
    )
    _seller_number_index_idx = models.Index("(seller_number_index) WHERE seller_number_index IS NOT NULL")

    # -- the number ------------------------------------------------------------------------------------------------
    @api.model
    def _vault_kind(self):
        return personal_data.NUMBER

    def _guarded_residents(self):
        """Return the owners: it is their number."""
        # sudo: for the log of what was taken out
        owners = self.sudo().member_ids.filtered(lambda member: member.role == "owner").user_id
        return self.env["kdc.resident"].union(*(owner._kdc_resident() for owner in owners))

    @api.depends("seller_number_sealed")
    def _compute_seller_number(self):
        for shop in self:
            sealed = shop.seller_number_sealed
            shop.seller_number = (personal_data.opened(sealed) if sealed else None) or False

    @api.depends("tax_code", "seller_number_sealed")
    def _compute_tax_number(self):
        for shop in self:
            if shop.seller_number_sealed:
                number = shop.seller_number
                shop.tax_number = pn.mask(number) if number else self.env._("cannot be read")
            else:
                shop.tax_number = shop.tax_code

    def _inverse_tax_number(self):
        """Take a typed number apart; the masked one sent back by a form changes nothing."""
        for shop in self:
            typed = (shop.tax_number or "").strip()
            if "*" in typed:
                shop.invalidate_recordset(["tax_number"], flush=False)
                continue
            try:
                values = self._kdc_tax_values(typed, shop.seller_kind)
            except tax_code.TaxCodeError as error:
                raise ValidationError(self._kdc_tax_message(error)) from error
            # sudo: the sealed number is for the server only
            shop.sudo().write(values)
            # Read again as it is shown, instead of as it was typed
            shop.invalidate_recordset(["tax_number"], flush=False)

    @api.model
    def _kdc_tax_values(self, text, seller_kind):
        """Return what to write for a typed tax code; empty text clears it.

        :raises TaxCodeError: it cannot be one; see :meth:`_kdc_tax_message`
        """
        none = {"tax_code": False, "seller_number_sealed": False, "seller_number_index": False}
        if not text:
            return none
        code = tax_code.parse(text, seller_kind)
        if not code.personal:
            return {**none, "tax_code": code.number}
        try:
            pn.parse(code.number)
        except pn.PersonalNumberError as error:
            raise tax_code.TaxCodeError(text) from error
        box = personal_data.vault_or_refuse(self.env)
        kind = self._vault_kind()
        return {
            **none,
            "seller_number_sealed": box.seal(code.number, kind),
            "seller_number_index": box.index(code.number, kind),
        }

    @api.model
    def _kdc_tax_message(self, error):
        """Return what to tell the person who typed a number that cannot be a tax code."""
        return {
            tax_code.WrongLength: self.env._(
                "A tax code has 10 or 13 digits, a personal number has 12. Please check what you typed."
            ),
            tax_code.WrongCheckDigit: self.env._(
                "One digit of this tax code is wrong: its check digit does not fit. Please compare it with the papers."
            ),
            tax_code.WrongKind: self.env._(
                "A person gives the 12-digit personal number, an enterprise its tax code of 10 or 13 digits."
            ),
        }.get(type(error), self.env._("This number cannot be a tax code. Please compare it with the papers."))

    @api.depends("seller_number_index", "member_ids.user_id", "member_ids.role")
    def _compute_identity_check(self):
        for shop in self:
            # Business codes are looked up with the tax office, not in the register of residents.
            shop.identity_check = False
            if not shop.seller_number_sealed:
                continue
            number = shop.seller_number
            if not number:  # sealed with a key this server does not have: nothing can be said
                shop.identity_check = "unknown"
                continue
            known = {owner.personal_number_index for owner in shop._guarded_residents() if owner.personal_number_index}
            indexes = personal_data.vault_or_refuse(self.env).indexes(number, self._vault_kind())
            shop.identity_check = "unknown" if not known else "same" if known & set(indexes) else "other"

    @api.depends("seller_number_index", "tax_code")
    def _compute_same_seller_ids(self):
        """Find the other shops of a seller, so that nobody who was suspended comes back as somebody new."""
        for shop in self:
            domain = Domain("tax_code", "=", shop.tax_code) if shop.tax_code else Domain.FALSE
            if shop.seller_number_index:
                indexes = {shop.seller_number_index}
                if shop.seller_number:  # older shops may be found by older keys
                    indexes |= set(
                        personal_data.vault_or_refuse(self.env).indexes(shop.seller_number, self._vault_kind())
                    )
                domain |= Domain("seller_number_index", "in", list(indexes))
            domain &= Domain("company_id", "=", shop.company_id.id) & Domain("id", "!=", shop._origin.id)
            shop.same_seller_ids = self.search(domain)

    # -- complete before it is looked at ---------------------------------------------------------------------------
    def _kdc_missing(self):
        """Return the labels of what an application still lacks."""
        self.ensure_one()
        shop = self.sudo()  # sudo: only whether something is there
        wanted = ["name", "phone", "address", "area_id", "legal_name", "tax_number"]
        if shop.seller_kind == tax_code.ENTERPRISE:
            wanted += ["registration_number", "registration_place"]
        return [self._fields[fname]._description_string(self.env) for fname in wanted if not shop[fname]]

    def _check_state_change(self, target, reason):
        """Override: nobody looks at half an application."""
        result = super()._check_state_change(target, reason)
        if target in (shop_states.SUBMITTED, shop_states.APPROVED) and (missing := self._kdc_missing()):
            raise UserError(
                self.env._(
                    "“%(shop)s” is not complete yet. Missing: %(missing)s.",
                    shop=self.name,
                    missing=", ".join(missing),
                )
            )
        return result

    def _kdc_seller_values(self):
        """Return what the public may know about who sells; a person's number stays masked."""
        self.ensure_one()
        shop = self.sudo()  # sudo: the law makes these public
        return {
            "kind": dict(self._fields["seller_kind"]._description_selection(self.env))[shop.seller_kind],
            "name": shop.legal_name,
            "tax": shop.tax_number,
            "registration": shop.registration_number,
            "registration_date": shop.registration_date,
            "registration_place": shop.registration_place,
            "since": shop.create_date,
        }

    def _kdc_seller_line(self):
        """Return who sells in one line, without words of any language: name, tax code (a person's masked), address."""
        seller = self._kdc_seller_values()
        return ", ".join(filter(None, (seller["name"], seller["tax"], self.address)))
