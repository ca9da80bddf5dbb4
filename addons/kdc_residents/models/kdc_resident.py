import contextlib

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine import personal_number as pn
from ..engine import phone, text
from ..tools import personal_data
from ..tools.actions import form_of
from ..tools.guarded_date import GuardedDate
from ..tools.local_day import today_here
from .kdc_household_membership import PERSONAL, ROLES

#: So many new people are compared with the register at once; longer lists wait for the night.
COMPARED_AT_ONCE = 20


class KdcResident(models.Model):
    """A person the ward knows (nhân khẩu). The ward's helper list, not the register of residence of the police."""

    _name = "kdc.resident"
    _description = "Resident"
    _inherits = {"res.partner": "partner_id"}
    _inherit = ["kdc.guarded.mixin", "kdc.contact.guard", "mail.thread", "mail.activity.mixin"]
    _order = "given_name, id"
    _rec_names_search = ["search_key"]
    _check_company_auto = True
    _guarded_fields = frozenset({"personal_number", "personal_number_sealed", "personal_number_index", "birth_date"})
    _sealed_fields = ("personal_number", "personal_number_sealed", "personal_number_index")
    _form_field = "membership_ids"

    partner_id = fields.Many2one("res.partner", string="Contact record", required=True, ondelete="restrict", index=True)
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
    birth_date = GuardedDate(groups=PERSONAL)
    birth_year_only = fields.Boolean(
        string="Only the year is known",
        groups=PERSONAL,
        help="The day and month of birth are not known; the date holds 1 January.",
    )
    birth_display = fields.Char(
        string="Born", compute="_compute_birth_display", groups=PERSONAL, help="The year only; the day stays hidden."
    )
    age = fields.Integer(compute="_compute_age", groups=PERSONAL, help="Full years today.", aggregator=None)
    sex = fields.Selection([("male", "Male"), ("female", "Female"), ("other", "Other")], groups=PERSONAL, tracking=True)
    personal_number = fields.Char(
        compute="_compute_personal_number",
        search="_search_personal_number",
        readonly=False,
        size=12,
        copy=False,
        groups="kdc_residents.group_officer",
        help="12 digits, as on the identity card.",
    )
    #: What the database holds: the number encrypted, and the keyed hash by which it is found (``engine/vault.py``).
    personal_number_sealed = fields.Char(copy=False, prefetch=False, groups="kdc_residents.group_officer")
    personal_number_index = fields.Char(copy=False, prefetch=False, groups="kdc_residents.group_officer")
    personal_number_masked = fields.Char(
        string="Personal number (masked)",
        compute="_compute_personal_number_masked",
        compute_sudo=True,
        groups=PERSONAL,
    )
    personal_number_warning = fields.Char(
        compute="_compute_personal_number_warning", groups="kdc_residents.group_officer"
    )
    phone = fields.Char(
        related="partner_id.phone", inherited=True, readonly=False, groups="kdc_residents.group_contact"
    )
    phone_display = fields.Char(string="Telephone", compute="_compute_phone_display")
    document_ids = fields.One2many(
        "kdc.identity.document", "resident_id", string="Identity documents", groups="kdc_residents.group_officer"
    )
    phone_ids = fields.One2many(
        "kdc.resident.phone",
        "resident_id",
        string="Telephones",
        groups="kdc_residents.group_officer,kdc_residents.group_area_head",
    )
    membership_ids = fields.One2many("kdc.household.membership", "resident_id", string="Memberships")
    household_id = fields.Many2one("kdc.household", compute="_compute_household_id", store=True, index="btree_not_null")
    role = fields.Selection(
        selection=ROLES,
        string="Relationship to head",
        compute="_compute_household_id",
        store=True,
    )
    area_id = fields.Many2one(related="household_id.area_id", store=True, index=True, string="Residential group")
    dwelling_id = fields.Many2one(related="household_id.dwelling_id", string="Dwelling")
    status_ids = fields.One2many(
        "kdc.household.status", "resident_id", string="Social status", groups="kdc_residents.group_social"
    )
    residence_ids = fields.One2many("kdc.residence", "resident_id", groups=PERSONAL)
    consent_ids = fields.One2many(
        "kdc.consent",
        "resident_id",
        string="Consents",
        groups="kdc_residents.group_officer,kdc_residents.group_auditor",
    )
    archive_reason = fields.Char(copy=False, tracking=True)
    archive_date = fields.Date(copy=False)
    merged_into_id = fields.Many2one(
        "kdc.resident", string="Merged into", copy=False, readonly=True, index="btree_not_null", ondelete="restrict"
    )
    duplicate_count = fields.Integer(
        string="Possible duplicates", compute="_compute_duplicate_count", groups="kdc_residents.group_officer"
    )
    search_key = fields.Char(compute="_compute_search_key", store=True, index="trigram")
    given_name = fields.Char(
        string="Sort key", compute="_compute_search_key", store=True, index=True, help="Sorts people by given name."
    )

    _partner_uniq = models.Constraint("UNIQUE (partner_id)", "This contact already is a resident.")
    _name_birth_idx = models.Index("(company_id, search_key, birth_date)")
    # Per ward office, archived people included: another ward lawfully knows the same person (temporary residence),
    # and telling one ward about a hit in another would leak.
    _personal_number_uniq = models.UniqueIndex(
        "(company_id, personal_number_index) WHERE personal_number_index IS NOT NULL",
        "Another resident of this ward, perhaps archived, already has this personal number.",
    )
    _personal_number_sealed_whole = models.Constraint(
        "CHECK ((personal_number_sealed IS NULL) = (personal_number_index IS NULL))",
        "A personal number is stored encrypted, together with its index.",
    )
    _personal_number_sealed_only = models.Constraint(
        "CHECK (personal_number_sealed ~ '^1[.][0-9a-f]{8}[.]')", "A personal number is stored encrypted only."
    )
    _birth_date_possible = models.Constraint("CHECK (birth_date >= '1880-01-01')", "Nobody alive was born before 1880.")
    _archive_reasoned = models.Constraint(
        "CHECK (active OR archive_reason IS NOT NULL)", "Archiving a resident needs a reason."
    )

    # ---------------------------------------------------------------- computes
    @api.depends("partner_id.name")
    def _compute_search_key(self):
        for resident in self:
            resident.search_key = text.fold(resident.partner_id.name)
            resident.given_name = text.name_sort_key(resident.partner_id.name)

    @api.depends("partner_id.name")
    def _compute_display_name(self):
        for resident in self:
            resident.display_name = resident.partner_id.name or ""

    @api.depends("birth_date", "birth_year_only")
    def _compute_birth_display(self):
        for resident in self:
            pattern = "%Y" if resident.birth_year_only else "**/**/%Y"
            resident.birth_display = resident.birth_date.strftime(pattern) if resident.birth_date else ""

    @api.depends("birth_date")
    def _compute_age(self):
        today = today_here(self)
        for resident in self:
            resident.age = relativedelta(today, resident.birth_date).years if resident.birth_date else 0

    @api.depends("personal_number_sealed")
    def _compute_personal_number(self):
        for resident in self:
            sealed = resident.personal_number_sealed
            resident.personal_number = (personal_data.opened(sealed) if sealed else None) or False

    @api.model
    def _search_personal_number(self, operator, value):
        """Find by the whole number, through the blind index; parts of a number cannot be searched."""
        if operator not in ("in", "not in"):
            return NotImplemented
        numbers = {pn.clean(number) for number in value if number}
        domain = Domain.FALSE
        if numbers:
            box = personal_data.vault_or_refuse(self.env)
            indexes = [index for number in numbers for index in box.indexes(number, personal_data.NUMBER)]
            domain = Domain("personal_number_index", "in", indexes)
        if any(not number for number in value):
            domain |= Domain("personal_number_index", "=", False)
        return domain if operator == "in" else ~domain

    @api.depends("personal_number")
    def _compute_personal_number_masked(self):
        for resident in self:
            number = resident.personal_number
            if not number and resident.personal_number_sealed:
                # Sealed with a key that this server does not have: there is a number, but nobody here can read it.
                resident.personal_number_masked = self.env._("cannot be read")
            else:
                resident.personal_number_masked = pn.mask(number) if number else ""

    @api.depends("personal_number", "sex", "birth_date")
    def _compute_personal_number_warning(self):
        """A mismatch is a warning, never a refusal: sex and year of birth can be corrected in a person's life."""
        labels = {"sex": self.env._("the sex"), "birth_year": self.env._("the year of birth")}
        for resident in self:
            resident.personal_number_warning = False
            try:
                wrong = pn.mismatches(
                    resident.personal_number or "", resident.sex, resident.birth_date and resident.birth_date.year
                )
            except pn.PersonalNumberError:
                continue
            if wrong:
                resident.personal_number_warning = self.env._(
                    "The personal number says something else about: %(what)s. Please check it on the card.",
                    what=", ".join(labels[key] for key in sorted(wrong)),
                )

    @api.depends("partner_id.phone")
    @api.depends_context("uid")
    def _compute_phone_display(self):
        shown = phone.display if self.env.su else self.env.user._kdc_phone_format()
        for resident in self:
            # sudo: whoever may not read the number gets it masked
            resident.phone_display = shown(resident.sudo().partner_id.phone)

    @api.depends("membership_ids.household_id", "membership_ids.role", "membership_ids.date_end")
    def _compute_household_id(self):
        for resident in self:
            live = resident.membership_ids.filtered(lambda m: not m.date_end)[:1]
            resident.household_id = live.household_id
            resident.role = live.role

    @api.model
    def _search_display_name(self, operator, value):
        """Find by name without diacritics, by phone, and for officers by the exact personal number."""
        if not isinstance(value, str) or operator not in ("ilike", "like", "=ilike", "=like"):
            return super()._search_display_name(operator, value)
        domain = super()._search_display_name(operator, text.fold(value) or value)
        digits = pn.clean(value)
        if len(digits) == 12 and digits.isdigit() and self.env.user.has_group("kdc_residents.group_officer"):
            domain |= Domain("personal_number", "=", digits)
        if sum(c.isdigit() for c in value) >= 9 and not self.env.user._kdc_phones_hidden():
            with contextlib.suppress(phone.PhoneError):
                domain |= Domain("phone", "=", phone.to_e164(value))
        return domain

    @api.depends_context("uid")
    def _compute_duplicate_count(self):
        """Count the pairs that still are to check: one query for the batch."""
        pairs = self.env["kdc.duplicate"].search(
            [("state", "=", "suspected"), "|", ("resident_id", "in", self.ids), ("other_id", "in", self.ids)]
        )
        for resident in self:
            resident.duplicate_count = sum(resident in (pair.resident_id, pair.other_id) for pair in pairs)

    # ---------------------------------------------------------------- consents
    def _kdc_has_consent(self, purpose, date=None):
        """Return whether this person agrees to a purpose. Every use of personal data that needs consent asks here.

        :param purpose: code of a ``kdc.consent.purpose``
        :param date: a day (its end counts) or a moment in UTC; now when empty
        """
        self.ensure_one()
        return bool(self._kdc_with_consent(purpose, date))

    def _kdc_with_consent(self, purpose, date=None):
        """Return those of these people who agree to a purpose, see :meth:`_kdc_has_consent`; one query for all."""
        return self.env["kdc.consent"]._agreed(self, purpose, date)

    # --------------------------------------------------------------- revealing
    def reveal(self, purpose, note=""):
        """Return number and date of birth of one person in the clear, and note who asked for them and why.

        :param purpose: key of ``kdc_access_log.PURPOSES``
        :param note: what to add; required for the purpose ``other``
        :return: dict ``birth_date`` (date or False), ``birth_year_only``, ``personal_number`` (only for those who may
            read it)
        :raises AccessError: the user may not read personal data of this person
        """
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_groups(PERSONAL):
            raise AccessError(self.env._("Only those who keep or check the register may read personal data."))
        purposes = dict(self.env["kdc.access.log"]._fields["purpose"].selection)
        if purpose not in purposes:
            raise UserError(self.env._("Say for which purpose you need the personal data."))
        if purpose == "other" and not (note or "").strip():
            raise UserError(self.env._("Write down which other reason it is."))
        number = self.env.user.has_groups("kdc_residents.group_officer,kdc_residents.group_auditor")
        self.env["kdc.access.log"]._log(
            self, "reveal", "identity" if number else "birth_date", purpose, (note or "").strip() or False
        )
        # sudo: rights were checked above; auditors read the number here and nowhere else.
        person = self.sudo()
        values = {"birth_date": person.birth_date, "birth_year_only": person.birth_year_only}
        if number:
            values["personal_number"] = person.personal_number
        return values

    def action_reveal(self):
        """Ask for the purpose, then show the data."""
        self.ensure_one()
        return self.env["kdc.reveal"]._action_for(self)

    # ------------------------------------------------------------- constraints
    @api.constrains("birth_date")
    def _check_birth_date(self):
        today = today_here(self)
        for resident in self:
            if resident.birth_date and resident.birth_date > today:
                raise ValidationError(self.env._("%(name)s cannot have been born in the future.", name=resident.name))

    @api.model
    def _personal_number_message(self, error):
        """Return what to tell the officer about a number that cannot be one."""
        if isinstance(error, pn.OldIdentityCard):
            return self.env._(
                "This is the number of an old identity card (9 digits). Enter the 12 digits of the personal number."
            )
        if isinstance(error, pn.WrongLength):
            return self.env._("A personal number has exactly 12 digits; this one has %(length)s.", length=error.length)
        if isinstance(error, pn.UnknownPlace):
            return self.env._("A personal number does not start with 000. Please check it on the card.")
        return self.env._("A personal number consists of 12 digits only. Please check it on the card.")

    def _check_personal_number_free(self, vals_list):
        """Say who already has a number before the index refuses it without telling.

        :param vals_list: values about to be created, or written on ``self``.
        :raises ValidationError: a number is taken, or occurs twice in ``vals_list``.
        """
        wanted = [
            (vals["personal_number"], vals.get("company_id") or (self.company_id.id or self.env.company.id))
            for vals in vals_list
            if vals.get("personal_number")
        ]
        if not wanted:
            return
        owners = (
            # sudo: archived people and people of other areas count too; the message names the person to those who may
            # enter numbers, and masks the number.
            self.sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("personal_number", "in", [number for number, _company in wanted]),
                    ("company_id", "in", list({company for _number, company in wanted})),
                    ("id", "not in", self.ids),
                ]
            )
        )
        taken = {(owner.personal_number, owner.company_id.id): owner for owner in owners}
        for key in wanted:
            if owner := taken.get(key):
                raise ValidationError(
                    self.env._(
                        "The personal number %(number)s already belongs to %(name)s (%(household)s). "
                        "Open that person instead of entering a second one.",
                        number=pn.mask(key[0]),
                        name=owner.name,
                        household=owner.household_id.name or self.env._("no household"),
                    )
                )
        if len(set(wanted)) < len(wanted):
            raise ValidationError(self.env._("Two people would have the same personal number."))

    # -------------------------------------------------------------------- CRUD
    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._normalize_vals(vals) for vals in vals_list]
        self.browse()._check_personal_number_free(vals_list)
        vals_list = [self._seal_vals(vals) for vals in vals_list]
        # Odoo copies addresses from parent contacts one by one; membership and import do it for the whole batch.
        residents = super(KdcResident, self.with_context(_partners_skip_fields_sync=True)).create(vals_list)
        residents = residents.with_env(self.env)
        if len(residents) <= COMPARED_AT_ONCE:
            self.env["kdc.duplicate"]._find(residents)
        return residents

    def write(self, vals):
        vals = self._normalize_vals(vals)
        if vals.get("personal_number"):
            self._check_personal_number_free([vals] * len(self))
        vals = self._seal_vals(vals)
        if vals.get("active"):
            vals.update(archive_reason=False, archive_date=False)
        result = super().write(vals)
        if vals.get("active"):
            self.env["kdc.residence"]._return_from_archive([("resident_id", "in", self.ids)])
        if not self.env.su:
            # That it was changed is noted, not what it was.
            for name, subject in (("birth_date", "birth_date"), ("personal_number_sealed", "personal_number")):
                if name in vals:
                    self.env["kdc.access.log"]._log(self, "change", subject)
        if "name" in vals:
            self.env["kdc.household"].search([("head_id", "in", self.ids)])._update_auto_names()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_registered(self):
        raise UserError(self.env._("A resident is never deleted. Archive the person and say why."))

    def copy_data(self, default=None):
        raise UserError(self.env._("A resident cannot be duplicated."))

    @api.model
    def _normalize_vals(self, vals):
        """Return ``vals`` as they are stored: NFC name, bare personal number, phone in E.164."""
        vals = dict(vals)
        if vals.get("name"):
            vals["name"] = text.normalize(vals["name"])
        if "personal_number" in vals:
            vals["personal_number"] = pn.clean(vals["personal_number"]) or False
            if vals["personal_number"]:
                try:
                    pn.parse(vals["personal_number"])
                except pn.PersonalNumberError as error:
                    raise ValidationError(self._personal_number_message(error)) from error
        self._normalize_phone(vals)
        return vals

    @api.model
    def _seal_vals(self, vals):
        """Return normalized ``vals`` with the number encrypted and its blind index instead of the number.

        :raises UserError: the server has no key, or someone hands over what only this method makes.
        """
        if "personal_number_sealed" in vals or "personal_number_index" in vals:
            raise UserError(self.env._("An encrypted number is made by the server only. Enter the number itself."))
        if "personal_number" not in vals:
            return vals
        vals = dict(vals)
        number = vals.pop("personal_number")
        return vals | dict(
            zip(("personal_number_sealed", "personal_number_index"), self._seal_number(number), strict=True)
        )

    @api.model
    def _vault_kind(self):
        return personal_data.NUMBER

    @api.model
    def _seal_number(self, number):
        """Return what the database stores for a clean number: (encrypted, blind index), or (False, False)."""
        if not number:
            return False, False
        box = personal_data.vault_or_refuse(self.env)
        return box.seal(number, personal_data.NUMBER), box.index(number, personal_data.NUMBER)

    @api.model
    def _normalize_phone(self, vals):
        """Bring ``vals['phone']`` to E.164 in place.

        :raises ValidationError: it is no phone number.
        """
        if vals.get("phone"):
            try:
                vals["phone"] = phone.to_e164(vals["phone"])
            except phone.PhoneError as error:
                raise ValidationError(
                    self.env._(
                        "“%(phone)s” is not a valid phone number. Enter 10 digits, for example 0905 123 456.",
                        phone=vals["phone"],
                    )
                ) from error

    @api.onchange("phone")
    def _onchange_phone(self):
        if self.phone:
            self.phone = phone.display(self.phone)

    @api.model
    def _domain_names(self, keys, company):
        """Return the domain of the people of a ward office who have one of these names.

        The values are joined and not compared in a list: for a list the database would take the index of parts of
        names, which needs some 70 ms per name among 10,000 residents; joined, it takes the index of whole names.

        :param keys: folded names (``engine.text.fold``).
        """
        self.flush_model(["company_id", "search_key"])
        people = SQL(
            "(SELECT r.id FROM unnest(%s) AS k JOIN kdc_resident r ON r.company_id = %s AND r.search_key = k)",
            list(keys),
            company.id,
        )
        return Domain("id", "in", people)

    @api.onchange("name", "birth_date", "phone")
    def _onchange_duplicate(self):
        """Tell the officer who looks like the person being entered, before there are two."""
        if self._origin or not self.name:
            return None
        key = text.fold(self.name)
        same = Domain("search_key", "=", key) & Domain("birth_date", "=", self.birth_date or False)
        if self.phone:
            with contextlib.suppress(phone.PhoneError):
                number = Domain("phone", "=", phone.to_e164(self.phone))
                same |= number & (Domain("search_key", "=", key) | Domain("birth_date", "=", self.birth_date or False))
        # sudo: dates of birth are not searched with the rights of a user; what is shown is checked again.
        found = self.sudo().search(same & Domain("company_id", "in", self.env.companies.ids), limit=5)
        found = found.sudo(False)._filtered_access("read")
        if not found:
            return None
        return {
            "warning": {
                "title": self.env._("Perhaps already recorded"),
                "message": self.env._(
                    "These people look the same. Please open them before you record a second one:\n%s",
                    "\n".join(f"{one.name} – {one.household_id.name or one.birth_display}" for one in found),
                ),
            }
        }

    def _with_merged(self):
        """Return these people and the records that were merged into them, in as many steps as it took."""
        people = reached = self.with_context(active_test=False)
        while reached:
            reached = people.search([("merged_into_id", "in", reached.ids)]) - people
            people |= reached
        return people

    # ----------------------------------------------------------------- actions
    def action_open_duplicates(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_residents.kdc_duplicate_action")
        action["domain"] = ["|", ("resident_id", "=", self.id), ("other_id", "=", self.id)]
        return action

    def action_archive(self):
        """Ask for the reason first; nothing of the register disappears without one."""
        if self.env.context.get("kdc_archive_confirmed"):
            return super().action_archive()
        return self.env["kdc.archive"]._action_for(self)

    def action_unarchive(self):
        """Bring them back, and say what does not come back by itself."""
        super().action_unarchive()
        return self.env["kdc.archive"]._notice_back(self)

    def action_record_event(self):
        """Open the dialogue that records what happened to this person."""
        self.ensure_one()
        context = {"default_household_id": self.household_id.id, "default_kind": "move_out"}
        if not self.household_id:
            context["default_kind"] = "move_in"
        context["default_line_ids"] = [fields.Command.create({"part": "subject", "resident_id": self.id})]
        return self.env["kdc.civil.event"]._action_record(context)

    def action_open_events(self):
        """Open the events this person had a part in."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_residents.kdc_civil_event_action")
        action["domain"] = ["|", ("line_ids.resident_id", "=", self.id), ("new_head_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_open_household(self):
        self.ensure_one()
        return form_of(self.household_id)
