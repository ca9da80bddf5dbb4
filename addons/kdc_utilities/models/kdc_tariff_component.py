from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError

from ..engine import formula, tariff
from ..engine.money import decimal

#: What may change when bills were made with a component: how it is called on the next ones, where it is booked. Its
#: tiers are asked themselves.
NOT_PRICED = frozenset({"name", "sequence", "product_id", "tier_ids"})


class KdcTariffComponent(models.Model):
    """One priced part of a tariff version: a flat fee, a price per unit, tiers, a percentage …"""

    _name = "kdc.tariff.component"
    _description = "Tariff Component"
    _order = "version_id, sequence, id"
    _check_company_auto = True

    version_id = fields.Many2one("kdc.tariff.version", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="version_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, help="Printed on the bill.")
    code = fields.Char(required=True, help="The same in all versions of a tariff.")
    kind = fields.Selection(
        [
            ("flat", "Fixed amount per month"),
            ("person", "Per person and month"),
            ("band", "By size of household, per month"),
            ("area", "Per m² and month"),
            ("vehicle", "Per vehicle and month"),
            ("unit", "Per unit used"),
            ("tiers", "Cumulative tiers"),
            ("slabs", "Independent tiers (all at the price of the tier reached)"),
            ("formula", "Formula"),
            ("percent", "Percentage of other components"),
            ("minimum", "Minimum per month"),
        ],
        required=True,
        default="flat",
    )
    price = fields.Float("Price (VND)", digits=(16, 4))
    minimum_quantity = fields.Float(
        "At least, per month", digits=(16, 3), help="Units that are billed even if fewer were used. 0 = none."
    )
    vehicle_kind = fields.Selection(
        selection=lambda self: self.env["kdc.vehicle"]._fields["kind"]._description_selection(self.env),
        string="Kind of vehicle",
        help="Empty: all vehicles of the household.",
    )
    formula = fields.Char(
        help="For example: max(so_nguoi * 5000; 20000). Known: so_luong (quantity), so_nguoi (persons), dien_tich "
        "(m²), so_xe (vehicles), dinh_muc (quota), so_thang (months), don_gia (price). Functions: min, max, lam_tron, "
        "tron_len, tron_xuong, neu(so_luong > 10; 5000; 3000)."
    )
    zone = fields.Selection(
        selection=lambda self: self.env["kdc.meter"]._fields["zone"]._description_selection(self.env),
        string="Time of use",
        help="The register whose quantity this price is for. Empty: the whole quantity.",
    )
    percent = fields.Float("Percentage (%)", digits=(7, 4))
    base_ids = fields.Many2many(
        "kdc.tariff.component",
        "kdc_tariff_component_base_rel",
        "component_id",
        "base_id",
        string="Of components",
        domain="[('version_id', '=', version_id), ('id', '!=', id)]",
    )
    tier_ids = fields.One2many("kdc.tariff.tier", "component_id", string="Tiers", copy=True)
    vat_category_id = fields.Many2one(
        "kdc.vat.category", string="VAT", ondelete="restrict", help="Empty: not subject to VAT (a statutory fee)."
    )
    price_includes_vat = fields.Boolean("VAT included in the price")
    prorate = fields.Boolean("By days", default=True, help="Part of a month costs part of the price.")
    product_id = fields.Many2one(
        "product.product",
        check_company=True,
        ondelete="restrict",
        help="Where this part is booked, if not like the service itself.",
    )

    _code_uniq = models.Constraint("UNIQUE (version_id, code)", "Another component of this version has this code.")
    _amounts_positive = models.Constraint(
        "CHECK (price >= 0 AND percent >= 0 AND minimum_quantity >= 0)",
        "Prices, percentages and minimum quantities cannot be negative.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        components = super().create(vals_list)
        components.version_id._check_no_bill_made_with()
        return components

    def write(self, vals):
        if vals.keys() - NOT_PRICED:
            self.version_id._check_no_bill_made_with()
        result = super().write(vals)
        if "version_id" in vals:
            self.version_id._check_no_bill_made_with()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        self.version_id._check_no_bill_made_with()

    @api.constrains("kind", "formula")
    def _check_formula(self):
        for component in self.filtered(lambda component: component.kind == "formula"):
            try:
                formula.parse(component.formula or "")
            except formula.FormulaError as error:
                raise ValidationError(
                    self.env._(
                        "Formula of %(component)s: %(problem)s",
                        component=component.name,
                        problem=component._word_formula_error(error),
                    )
                ) from None

    def _word_formula_error(self, error):
        """Say what is wrong with a formula, where, and what to type instead."""
        values = {"position": error.position, "found": error.found}
        texts = {
            "empty": lambda: self.env._("write it first, for example so_nguoi * 5000."),
            "long": lambda: self.env._("it is longer than %s characters.", error.position),
            "deep": lambda: self.env._("too many brackets inside each other at character %(position)s.", **values),
            "sign": lambda: self.env._(
                "“%(found)s” at character %(position)s is not understood. Use + - * / ( ) and ; between arguments.",
                **values,
            ),
            "name": lambda: self.env._(
                "“%(found)s” at character %(position)s is unknown. Known names: %(names)s.",
                names=", ".join(formula.VARIABLES.values()),
                **values,
            ),
            "thousands": lambda: self.env._(
                "“%(found)s” at character %(position)s could mean thousands or a decimal. Write thousands without a "
                "separator (15000).",
                **values,
            ),
            "number": lambda: self.env._("“%(found)s” at character %(position)s is not a number.", **values),
            "end": lambda: self.env._("something is missing at the end, such as a closing bracket."),
            "expected": lambda: self.env._("“%(found)s” at character %(position)s does not belong there.", **values),
            "arguments": lambda: self.env._(
                "“%(found)s” at character %(position)s has too many or too few arguments; separate them with “;”.",
                **values,
            ),
            "zero": lambda: self.env._("division by zero at character %(position)s.", **values),
            "large": lambda: self.env._("its result is too large a number."),
        }
        return texts[error.code]()

    @api.constrains("kind", "tier_ids", "base_ids", "version_id")
    def _check_complete(self):
        """A component that could not be priced is refused when it is written, not on billing day."""
        for component in self:
            if component.kind in ("tiers", "slabs", "band") and not component.tier_ids:
                raise ValidationError(self.env._("Add at least one tier to component %s.", component.name))
            if component.kind in tariff.DERIVED_KINDS and not component.base_ids:
                raise ValidationError(self.env._("Say which components %s is computed from.", component.name))
            if component.base_ids.version_id - component.version_id or component in component.base_ids:
                raise ValidationError(
                    self.env._("Component %s can only be computed from others of its version.", component.name)
                )
            if component._has_cycle("base_ids"):
                raise ValidationError(
                    self.env._("Component %s is computed from others that are computed from it.", component.name)
                )
            uppers = [tier.upper for tier in component.tier_ids if tier.upper]
            if len(component.tier_ids) - len(uppers) > 1:
                raise ValidationError(
                    self.env._("Only the last tier of %s may be without an upper limit.", component.name)
                )

    def _copy_to(self, version):
        """Copy all components of a version into another one: what is computed from others comes after their copies."""
        copies, left = {}, self
        while left:
            component = next((one for one in left if not one.base_ids & left), left[:1])
            bases = [copies[base].id for base in component.base_ids if base in copies]
            copies[component] = component.copy({"version_id": version.id, "base_ids": [Command.set(bases)]})
            left -= component

    def _engine_component(self):
        self.ensure_one()
        return tariff.Component(
            code=self.code,
            kind=self.kind,
            name=self.name,
            unit=self.version_id.tariff_id.service_id.unit if self.kind in tariff.METERED_KINDS else "",
            price=decimal(self.price, 4),
            percent=decimal(self.percent, 4),
            base=tuple(self.base_ids.mapped("code")),
            tiers=tuple(tier._engine_tier() for tier in self.tier_ids.sorted(lambda tier: tier.upper or float("inf"))),
            vat=self.vat_category_id.code or None,
            price_includes_vat=self.price_includes_vat,
            prorate=self.prorate,
            minimum_quantity=decimal(self.minimum_quantity, 3),
            vehicle_kind=self.vehicle_kind or "" if self.kind == "vehicle" else "",
            formula=self.formula or "" if self.kind == "formula" else "",
            zone=self.zone or "" if self.kind in tariff.METERED_KINDS else "",
        )
