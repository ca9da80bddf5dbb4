from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..engine import phone, text
from ..tools.actions import form_of
from ..tools.local_day import today_here
from .kdc_household_membership import PERSONAL


class KdcHousehold(models.Model):
    """People lawfully living together with one head (hộ gia đình, Luật Cư trú 68/2020/QH15).

    The household delegates to a company partner, which is the payer and the commercial entity of its members'
    contacts: that is how Odoo's own portal rules show a bill to the whole household and to nobody else.
    """

    _name = "kdc.household"
    _description = "Household"
    _inherits = {"res.partner": "partner_id"}
    _inherit = ["kdc.contact.guard", "mail.thread", "mail.activity.mixin"]
    _order = "area_id, code, id"
    _rec_names_search = ["search_key"]
    _check_company_auto = True

    partner_id = fields.Many2one("res.partner", string="Payer", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(
        related="partner_id.company_id",
        inherited=True,
        store=True,
        readonly=False,
        required=True,
        index=True,
        string="Ward office",
        default=lambda self: self.env.company,
    )
    active = fields.Boolean(
        related="partner_id.active", inherited=True, store=True, readonly=False, default=True, tracking=True
    )
    code = fields.Char(string="Household code", copy=False, index=True, tracking=True)
    auto_name = fields.Boolean(default=True, help="The name follows the head of the household.")
    dwelling_id = fields.Many2one(
        "kdc.dwelling", required=True, index=True, ondelete="restrict", check_company=True, tracking=True
    )
    area_id = fields.Many2one(
        related="dwelling_id.area_id", store=True, index=True, string="Residential group", readonly=True
    )
    address = fields.Char(related="dwelling_id.name", string="Address of the household")
    membership_ids = fields.One2many("kdc.household.membership", "household_id", string="Members")
    live_membership_ids = fields.One2many(
        "kdc.household.membership", "household_id", domain=[("date_end", "=", False)], string="Present members"
    )
    past_membership_ids = fields.One2many(
        "kdc.household.membership",
        "household_id",
        domain=[("date_end", "!=", False), ("voided", "=", False)],
        string="Former members",
    )
    delegation_ids = fields.One2many("kdc.household.delegation", "household_id", string="Sharing")
    head_id = fields.Many2one("kdc.resident", compute="_compute_head_id", store=True, index="btree_not_null")
    member_count = fields.Integer(string="Persons", compute="_compute_head_id", store=True, aggregator="sum")
    phone = fields.Char(
        related="partner_id.phone", inherited=True, readonly=False, groups="kdc_residents.group_contact"
    )
    phone_display = fields.Char(string="Phone of the household", compute="_compute_phone_display")
    vehicle_ids = fields.One2many("kdc.vehicle", "household_id", string="Vehicles", groups=PERSONAL)
    pet_ids = fields.One2many("kdc.pet", "household_id", string="Pets", groups=PERSONAL)
    stay_ids = fields.One2many("kdc.dwelling.stay", "household_id", string="Former dwellings")
    status_ids = fields.One2many(
        "kdc.household.status", "household_id", string="Social status", groups="kdc_residents.group_social"
    )
    event_count = fields.Integer(string="Events", compute="_compute_event_count", groups=PERSONAL)
    archive_reason = fields.Char(copy=False, tracking=True)
    archive_date = fields.Date(copy=False)
    search_key = fields.Char(compute="_compute_search_key", store=True, index="trigram")

    _partner_uniq = models.Constraint("UNIQUE (partner_id)", "This contact already is a household.")
    _code_uniq = models.UniqueIndex("(company_id, code)", "Another household of this ward already has this code.")
    _archive_reasoned = models.Constraint(
        "CHECK (active OR archive_reason IS NOT NULL)", "Archiving a household needs a reason."
    )

    @api.depends("membership_ids.role", "membership_ids.date_end", "membership_ids.resident_id")
    def _compute_head_id(self):
        for household in self:
            live = household.membership_ids.filtered(lambda m: not m.date_end)
            household.head_id = live.filtered(lambda m: m.role == "head").resident_id[:1]
            household.member_count = len(live)

    @api.depends("partner_id.name", "code", "dwelling_id.name")
    def _compute_search_key(self):
        for household in self:
            parts = (household.name, household.code, household.dwelling_id.name)
            household.search_key = text.fold(" ".join(p for p in parts if p))

    @api.depends("partner_id.name", "code")
    def _compute_display_name(self):
        for household in self:
            household.display_name = household.name or household.code or ""

    @api.depends("partner_id.phone", "head_id.partner_id.phone")
    @api.depends_context("uid")
    def _compute_phone_display(self):
        shown = phone.display if self.env.su else self.env.user._kdc_phone_format()
        # sudo: whoever may not read the number gets it masked
        for household, register in zip(self, self.sudo(), strict=True):
            number = register.partner_id.phone or register.head_id.partner_id.phone
            household.phone_display = shown(number)

    def _compute_event_count(self):
        for household in self:
            household.event_count = self.env["kdc.civil.event"].search_count(household._event_domain())

    @api.model
    def _search_display_name(self, operator, value):
        if isinstance(value, str) and operator in ("ilike", "like", "=ilike", "=like"):
            folded = text.fold(value) or value
            domain = super()._search_display_name(operator, folded)
            return Domain.OR([domain, Domain("head_id.search_key", operator, folded)])
        return super()._search_display_name(operator, value)

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [dict(vals) for vals in vals_list]
        self._fill_codes(vals_list)
        dwellings = self.env["kdc.dwelling"].browse({v["dwelling_id"] for v in vals_list if v.get("dwelling_id")})
        addresses = {dwelling.id: dwelling._partner_address_vals() for dwelling in dwellings}
        for vals in vals_list:
            vals.setdefault("auto_name", not vals.get("name"))
            vals["name"] = text.normalize(vals.get("name")) or self._name_for(vals["code"])
            vals["is_company"] = True
            self.env["kdc.resident"]._normalize_phone(vals)
            for name, value in addresses.get(vals.get("dwelling_id"), {}).items():
                vals.setdefault(name, value)
        # Odoo copies addresses and commercial fields between contacts one by one; here they are already complete.
        households = super(KdcHousehold, self.with_context(_partners_skip_fields_sync=True)).create(vals_list)
        households = households.with_env(self.env)
        households._update_auto_names()
        return households

    def write(self, vals):
        vals = dict(vals)
        self.env["kdc.resident"]._normalize_phone(vals)
        if vals.get("name"):
            vals["name"] = text.normalize(vals["name"])
            vals.setdefault("auto_name", False)
        if vals.get("active"):
            vals.update(archive_reason=False, archive_date=False)
        if vals.get("dwelling_id") or vals.get("active") is False:
            self._remember_dwelling(vals)
        result = super().write(vals)
        if vals.get("active"):
            self.env["kdc.residence"]._return_from_archive([("household_id", "in", self.ids)])
        if "dwelling_id" in vals:
            self._update_partner_address()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_registered(self):
        raise UserError(self.env._("A household is never deleted. Archive it and say why; its past stays readable."))

    def copy_data(self, default=None):
        raise UserError(self.env._("A household cannot be duplicated."))

    @api.model
    def _fill_codes(self, vals_list):
        """Give a code to every household that has none, taking the numbers of a batch in one query."""
        missing = [vals for vals in vals_list if not vals.get("code")]
        if not missing:
            return
        # The numbering is no business of the officer's rights on sequences.
        sequence = self.env.ref("kdc_residents.sequence_household").sudo()
        for vals, code in zip(missing, sequence._kdc_next_codes(len(missing)), strict=True):
            vals["code"] = code

    @api.model
    def _name_for(self, name):
        """Return the name of the household of a head. It is data in the register's language, not a label."""
        return f"Hộ {name}"

    def _update_auto_names(self):
        """Let names that follow the head follow it."""
        for household in self.filtered(lambda h: h.auto_name and h.head_id):
            name = self._name_for(household.head_id.name)
            if household.name != name:
                household.write({"name": name, "auto_name": True})

    def _update_partner_address(self):
        for household in self:
            household.partner_id.write(household.dwelling_id._partner_address_vals())

    def web_read(self, specification):
        """Note that the page of a household, with its members, was opened. Without ``api.readonly`` for that reason."""
        values_list = super().web_read(specification)
        if len(self) == 1 and self.id and "live_membership_ids" in specification:
            self.env["kdc.access.log"]._log_opening(self.live_membership_ids.resident_id)
        return values_list

    web_read._readonly = False

    # ----------------------------------------------------------------- status
    def _kdc_has_status(self, codes, date):
        """Tell whether the household, or somebody who belonged to it on ``date``, had one of the statuses then.

        This is the one question fee exemptions ask; the decision behind the answer stays with social affairs.

        :param codes: codes of ``kdc.status.kind`` such as ``poor``, or one of them
        :param date: the day the fee is for
        """
        self.ensure_one()
        return bool(self._kdc_with_status(codes, date))

    def _kdc_with_status(self, codes, date):
        """Return those of the households that had one of the statuses on ``date`` (for whole billing runs)."""
        codes = [codes] if isinstance(codes, str) else codes
        return self.env["kdc.household.status"]._holders(self, codes, date)

    # ------------------------------------------------------------ composition
    def _live_memberships(self):
        """Return the memberships in force now, also within the transaction that is changing them."""
        return self.membership_ids.filtered(lambda m: not m.date_end)

    def _members_on(self, date):
        """Return the memberships in force on ``date``.

        The first day counts, the last does not: who leaves one household and joins another on the same day is
        counted once, in the new one.
        """
        return self.with_context(active_test=False).membership_ids.filtered(
            lambda m: m.date_start <= date and (not m.date_end or date < m.date_end)
        )

    def _check_head(self):
        """A household with members has a head.

        :raises ValidationError: names the households without one.
        """
        headless = self.filtered(lambda h: h.member_count and not h.head_id)
        if headless:
            raise ValidationError(
                self.env._(
                    "Choose a head for: %(households)s. A household with members always has exactly one head.",
                    households=", ".join(headless.mapped("name")),
                )
            )

    def _remember_dwelling(self, vals):
        """Keep the dwelling these households leave, by moving or because they end."""
        archiving = vals.get("active") is False
        leaving = self.filtered(
            lambda h: h.active and h.dwelling_id and (archiving or vals["dwelling_id"] != h.dwelling_id.id)
        )
        stays = []
        for household in leaving:
            day = household.dwelling_id._event_date()
            if archiving:
                day = fields.Date.to_date(vals.get("archive_date")) or household.archive_date or day
            since = household._living_here_since()
            if not since or since <= day:
                stays.append({
                    "dwelling_id": household.dwelling_id.id, "household_id": household.id,
                    "date_from": since, "date_to": day,
                })  # fmt: skip
        # sudo: the history is written by the register itself; nobody has a right to change it.
        self.env["kdc.dwelling.stay"].sudo().create(stays)

    def _living_here_since(self):
        """Return the first day in the present dwelling: after the last stay elsewhere, else since the first member."""
        self.ensure_one()
        # sudo: past stays may lie in areas the reader does not act in; only a day is returned.
        moved = self.sudo().stay_ids.mapped("date_to")
        return max(moved) if moved else min(self.membership_ids.mapped("date_start"), default=False)

    def _dwelling_on(self, date):
        """Return dict household → dwelling it lived in on ``date``."""
        places = {household: household.dwelling_id for household in self}
        for stay in self.env["kdc.dwelling.stay"].search(
            [("household_id", "in", self.ids), ("date_to", ">", date)], order="date_to DESC"
        ):
            places[stay.household_id.with_env(self.env)] = stay.dwelling_id
        return places

    def _dwellings_on(self, date):
        """Return the dwellings of these households on ``date``."""
        return self.env["kdc.dwelling"].union(*self._dwelling_on(date).values())

    def _change_head(self, resident, date=None, former_head_role="other"):
        """Make ``resident``, a present member, the head from ``date`` on; both old rows stay as history.

        :param former_head_role: relationship of the former head to the new one, if still a member.
        """
        self.ensure_one()
        date = date or today_here(self)
        live = self.membership_ids.filtered(lambda m: not m.date_end)
        new = live.filtered(lambda m: m.resident_id == resident)
        old = live.filtered(lambda m: m.role == "head")
        if not new:
            raise UserError(self.env._("%(name)s does not live in this household.", name=resident.name))
        if new == old:
            return
        (old | new).write({"date_end": date})
        vals_list = [{"household_id": self.id, "resident_id": resident.id, "role": "head", "date_start": date}]
        if old:
            vals_list.append(
                {
                    "household_id": self.id,
                    "resident_id": old.resident_id.id,
                    "role": former_head_role,
                    "date_start": date,
                }
            )
        self.env["kdc.household.membership"].create(vals_list)
        self._update_auto_names()

    def action_archive(self):
        """Ask for the reason first; nothing of the register disappears without one."""
        if self.env.context.get("kdc_archive_confirmed"):
            return super().action_archive()
        return self.env["kdc.archive"]._action_for(self)

    def action_unarchive(self):
        """Bring them back, and say what does not come back by itself."""
        super().action_unarchive()
        return self.env["kdc.archive"]._notice_back(self)

    def action_change_head(self):
        """Open the dialogue that hands the household over to another member."""
        return self.action_record_event() | {
            "name": self.env._("Change the head"),
            "context": {"default_household_id": self.id, "default_kind": "head_change"},
        }

    def action_record_event(self):
        """Open the dialogue that records what happened in this household."""
        self.ensure_one()
        return self.env["kdc.civil.event"]._action_record({"default_household_id": self.id})

    def action_open_events(self):
        """Open the births, deaths, moves … of this household."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_residents.kdc_civil_event_action")
        action["domain"] = self._event_domain()
        action["context"] = {"default_household_id": self.id}
        return action

    def _event_domain(self):
        """Return the domain of the events these households had a part in."""
        return Domain.OR(
            [(field, "in", self.ids)] for field in ("household_id", "target_household_id", "new_household_id")
        )

    def action_composition(self):
        """Ask for a day and show who belonged to the household then."""
        self.ensure_one()
        wizard = self.env["kdc.composition"].create({"household_id": self.id})
        return form_of(wizard, self.env._("Composition on a day"), target="new")

    def action_open_residents(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_residents.kdc_resident_action")
        action["domain"] = [("membership_ids.household_id", "in", self.ids)]
        action["context"] = {}
        return action

    def action_open_dwelling(self):
        self.ensure_one()
        return form_of(self.dwelling_id)

    def _check_pending_heads(self):
        """Check the heads of all households this transaction touched (a precommit hook)."""
        pending = self.env.cr.precommit.data.pop("kdc_residents.heads", set())
        # The rule holds whoever acts, also for people who may not read the household.
        self.sudo().browse(pending).exists()._check_head()
