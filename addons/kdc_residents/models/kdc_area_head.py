from datetime import timedelta

from dateutil.relativedelta import relativedelta
from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..engine import phone, text
from ..tools.local_day import today_here

#: Length of a term; the commune's People's Committee may shorten or stretch it (NĐ 185/2026/NĐ-CP, article 4).
TERM_YEARS = 5


class KdcAreaHead(models.Model):
    """Who heads a residential group from one day to another, by which decision.

    The living term gives the right to act in the group, and its end takes it away: at once when the dates change, and
    every night when a day has come. The first day counts, the last does not.
    """

    _name = "kdc.area.head"
    _description = "Head of a Residential Group"
    _inherit = ["mail.thread"]
    _order = "date_from DESC, id DESC"
    _check_company_auto = True

    area_id = fields.Many2one(
        "kdc.area",
        string="Residential group",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('kind', '=', 'group'), ('company_id', '!=', False)]",
    )
    company_id = fields.Many2one(related="area_id.company_id", store=True, index=True)
    resident_id = fields.Many2one(
        "kdc.resident", string="Registered resident", ondelete="restrict", check_company=True, index="btree_not_null"
    )
    user_id = fields.Many2one(
        "res.users",
        string="Account",
        ondelete="restrict",
        domain="[('share', '=', False)]",
        index="btree_not_null",
        tracking=True,
        help="The staff account with which this person works. It may act in the group while the term lasts.",
    )
    name = fields.Char(
        compute="_compute_name", store=True, precompute=True, readonly=False, required=True, tracking=True
    )
    phone = fields.Char(
        compute="_compute_phone",
        store=True,
        precompute=True,
        readonly=False,
        help="Shown to the residents of the group.",
    )
    phone_display = fields.Char(string="Telephone", compute="_compute_phone_display")
    date_from = fields.Date(string="From", required=True, default=today_here, tracking=True)
    date_to = fields.Date(
        string="Until",
        compute="_compute_date_to",
        store=True,
        precompute=True,
        readonly=False,
        tracking=True,
        help="First day on which the person no longer is head. A term lasts five years unless decided otherwise.",
    )
    interim = fields.Boolean(help="Appointed until the election, at most six months.")
    decision_number = fields.Char(string="Decision", help="Number of the decision of the People's Committee.")
    state = fields.Selection(
        [("planned", "Not begun"), ("live", "In office"), ("ended", "Ended")],
        compute="_compute_state",
        search="_search_state",
    )
    gave_area = fields.Boolean(readonly=True, copy=False, groups="base.group_system")
    gave_group = fields.Boolean(readonly=True, copy=False, groups="base.group_system")

    _dates_ordered = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)", "A term cannot end before it begins."
    )
    # int4range instead of the bare number: so the index needs no extension of the database.
    _one_head_at_a_time = models.Constraint(
        "EXCLUDE USING gist (int4range(area_id, area_id, '[]') WITH &&, daterange(date_from, date_to) WITH &&)",
        "This residential group already has a head in that time. End the other term first.",
    )

    @api.depends("resident_id", "user_id")
    def _compute_name(self):
        for term in self:
            term.name = term.resident_id.name or term.user_id.name or term.name

    @api.depends("resident_id", "user_id")
    def _compute_phone(self):
        for term in self:
            term.phone = term.resident_id.phone or term.user_id.phone or term.phone

    @api.depends("phone")
    def _compute_phone_display(self):
        for term in self:
            term.phone_display = phone.display(term.phone)

    @api.depends("date_from", "interim")
    def _compute_date_to(self):
        for term in self:
            span = relativedelta(months=6) if term.interim else relativedelta(years=TERM_YEARS)
            term.date_to = term.date_from + span if term.date_from else False

    def _compute_state(self):
        today = today_here(self)
        for term in self:
            if term.date_from and term.date_from > today:
                term.state = "planned"
            else:
                term.state = "ended" if term.date_to and term.date_to <= today else "live"

    @api.model
    def _live_domain(self, date):
        return Domain("date_from", "<=", date) & (Domain("date_to", "=", False) | Domain("date_to", ">", date))

    @api.model
    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = today_here(self)
        domains = {
            "planned": Domain("date_from", ">", today),
            "live": self._live_domain(today),
            "ended": Domain("date_to", "<=", today) & Domain("date_from", "<=", today),
        }
        return Domain.OR([domains[state] for state in value if state in domains])

    @api.depends("name", "area_id")
    @api.depends_context("kdc_short_area")
    def _compute_display_name(self):
        short = self.env.context.get("kdc_short_area")
        for term in self:
            term.display_name = term.name if short or not term.area_id else f"{term.name} – {term.area_id.name}"

    @api.constrains("area_id")
    def _check_area(self):
        for term in self:
            if term.area_id.kind != "group":
                raise ValidationError(self.env._("Only residential groups have a head."))

    @api.constrains("user_id")
    def _check_user(self):
        for term in self:
            # sudo: officers may not read the settings of accounts; only whether it is one of the staff is looked at.
            user = term.sudo().user_id
            if user and (user.share or term.company_id not in user.company_ids):
                raise ValidationError(
                    self.env._("The account of “%(name)s” is no staff account of this office.", name=user.name)
                )

    # ------------------------------------------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        # The database compares the new terms with the ends that are still to be written.
        self.flush_model(["area_id", "date_from", "date_to"])
        terms = super().create([self._normalize_vals(vals) for vals in vals_list])
        terms._sync_rights()
        return terms

    def write(self, vals):
        if {"user_id", "area_id"} & vals.keys():
            # Whoever had the charge through these terms loses it before somebody else gets it.
            self.filtered(
                lambda term: any(name in vals and term[name].id != vals[name] for name in ("user_id", "area_id"))
            )._take_rights()
        result = super().write(self._normalize_vals(vals))
        if {"user_id", "area_id", "date_from", "date_to", "interim"} & vals.keys():
            self._sync_rights()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_begun(self):
        if any(term.state != "planned" for term in self):
            raise UserError(self.env._("A term that has begun is not deleted. End it with a date; it stays readable."))

    @api.model
    def _normalize_vals(self, vals):
        """Write names and phones as the register does.

        :raises ValidationError: the phone number is none
        """
        vals = dict(vals)
        if vals.get("name"):
            vals["name"] = text.normalize(vals["name"])
        if vals.get("phone"):
            try:
                vals["phone"] = phone.to_e164(vals["phone"])
            except phone.PhoneError:
                raise ValidationError(
                    self.env._("“%(phone)s” is not a phone number. Example: 0905 123 456.", phone=vals["phone"])
                ) from None
        return vals

    # ---------------------------------------------------------------------------------------------------- rights
    def _sync_rights(self):
        """Give the rights of living terms and take those of the others."""
        live = self.filtered(lambda term: term.state == "live" and not term.area_id.date_to)
        (self - live)._take_rights()
        live._give_rights()

    def _give_rights(self):
        """Let the account of each term act in its group. What it had before by other means is left alone later."""
        group = self.env.ref("kdc_residents.group_area_head")
        # sudo: the decision written down by the officer gives exactly this one right for exactly this group.
        for term in self.sudo().filtered("user_id"):
            user = term.user_id
            if term.area_id not in user.kdc_area_ids:
                user.kdc_area_ids = [Command.link(term.area_id.id)]
                term.gave_area = True
            if group not in user.all_group_ids:
                user.group_ids = [Command.link(group.id)]
                term.gave_group = True

    def _take_rights(self):
        """Take back what these terms gave, unless another living term of the same account gives it too."""
        group = self.env.ref("kdc_residents.group_area_head")
        today = today_here(self)
        # sudo: as in _give_rights, the other way round.
        for term in self.sudo().filtered(lambda term: term.user_id and (term.gave_area or term.gave_group)):
            user = term.user_id
            others = self.sudo().search(  # sudo: as above
                Domain("user_id", "=", user.id) & Domain("id", "!=", term.id) & self._live_domain(today)
            )
            same = others.filtered(lambda other, term=term: other.area_id == term.area_id)
            if term.gave_area:
                if same:
                    same[0].gave_area = True
                else:
                    user.kdc_area_ids = [Command.unlink(term.area_id.id)]
            if term.gave_group:
                if others:
                    others[0].gave_group = True
                else:
                    user.group_ids = [Command.unlink(group.id)]
            term.write({"gave_area": False, "gave_group": False})

    @api.model
    def _cron_sync_rights(self):
        """Every night: terms that begin today give their rights, terms that ended lose them."""
        today = today_here(self)
        begun = self.search(
            self._live_domain(today)
            & Domain("user_id", "!=", False)
            & Domain("date_from", ">=", today - timedelta(days=7))
        )
        over = self.search(
            Domain("date_to", "<=", today) & (Domain("gave_area", "=", True) | Domain("gave_group", "=", True))
        )
        (begun | over)._sync_rights()
