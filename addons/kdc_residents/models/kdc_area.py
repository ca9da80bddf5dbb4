import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..engine import phone, text
from ..engine.format import fmt
from ..report import area_sheet_pdf
from ..tools.actions import dialogue
from ..tools.local_day import today_here


class KdcArea(models.Model):
    """A place of the administrative tree: province, commune (xã, phường, đặc khu), group (thôn, tổ dân phố).

    Provinces and communes are public facts shared by every company; a commune gets a company when its People's
    Committee uses the system, and its groups belong to that company. An area is never deleted: it ends.
    """

    _name = "kdc.area"
    _description = "Area"
    _parent_store = True
    # Its ward follows from the tree: a group that is hung elsewhere has another one.
    _kdc_home = ()
    _order = "parent_path, sequence, name, id"
    _rec_names_search = ["name", "code", "search_key", "alias_ids.search_key"]

    name = fields.Char(required=True, help="As people write it, with its kind: Phường Nha Trang, Tổ dân phố 5.")
    code = fields.Char(
        index="btree_not_null",
        help="Official code of provinces and communes (General Statistics Office). "
        "Residential groups have no national code: any code of the ward.",
    )
    kind = fields.Selection(
        [("province", "Province"), ("commune", "Ward or commune"), ("group", "Residential group")],
        required=True,
        default="group",
        index=True,
    )
    unit_type = fields.Selection(
        [
            ("thanh_pho", "City"),
            ("tinh", "Province"),
            ("phuong", "Ward"),
            ("xa", "Commune"),
            ("dac_khu", "Special zone"),
            ("to_dan_pho", "Urban residential group"),
            ("thon", "Village"),
        ],
        string="Type",
        help="Wards are divided into residential groups (tổ dân phố), communes into villages (thôn).",
    )
    parent_id = fields.Many2one(
        "kdc.area",
        string="Part of",
        index=True,
        ondelete="restrict",
        default=lambda self: self._default_parent_id(),
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("kdc.area", "parent_id", string="Residential groups")
    company_id = fields.Many2one(
        "res.company",
        string="Ward office",
        compute="_compute_company_id",
        store=True,
        readonly=False,
        recursive=True,
        index="btree_not_null",
        help="The ward or commune office that keeps the register of this area.",
    )
    state_id = fields.Many2one(
        "res.country.state", string="Postal province", help="The province in Odoo's own list, for postal addresses."
    )
    sequence = fields.Integer(default=10)
    date_from = fields.Date(string="Exists since")
    date_to = fields.Date(string="Ended on", help="Day the area was merged or dissolved. The past stays readable.")
    alias_ids = fields.One2many("kdc.area.alias", "area_id", string="Former names")
    predecessor_ids = fields.One2many("kdc.area.succession", "successor_id", string="Took over from")
    successor_ids = fields.One2many("kdc.area.succession", "predecessor_id", string="Taken over by")
    can_undo = fields.Boolean(compute="_compute_can_undo", help="The last merger or division may be taken back.")
    active = fields.Boolean(default=True)
    search_key = fields.Char(compute="_compute_search_key", store=True, index="trigram")
    head_ids = fields.One2many("kdc.area.head", "area_id", string="Heads of the group")
    head_id = fields.Many2one("kdc.area.head", string="Head of the group", compute="_compute_head_id")
    dwelling_ids = fields.One2many("kdc.dwelling", "area_id", string="Dwellings")
    dwelling_count = fields.Integer(compute="_compute_registry_counts")
    household_count = fields.Integer(string="Households", compute="_compute_registry_counts")
    resident_count = fields.Integer(string="Residents", compute="_compute_registry_counts")

    _official_code_uniq = models.UniqueIndex(
        "(kind, code) WHERE code IS NOT NULL AND kind IN ('province', 'commune')",
        "Another province or commune already has this official code.",
    )
    _group_code_uniq = models.UniqueIndex(
        "(parent_id, code) WHERE code IS NOT NULL AND kind = 'group'",
        "Another residential group of this ward already has this code.",
    )
    _live_name_uniq = models.UniqueIndex(
        "(parent_id, search_key) WHERE date_to IS NULL AND active AND kind = 'group'",
        "This ward already has a residential group with this name.",
    )
    _commune_company_uniq = models.UniqueIndex(
        "(company_id) WHERE kind = 'commune' AND date_to IS NULL AND company_id IS NOT NULL",
        "This office already keeps the register of another ward or commune.",
    )
    _dates_ordered = models.Constraint(
        "CHECK (date_to IS NULL OR date_from IS NULL OR date_to >= date_from)",
        "An area cannot end before it exists.",
    )
    _kind_has_parent = models.Constraint(
        "CHECK ((kind = 'province') = (parent_id IS NULL))",
        "A province stands alone; a commune is part of a province, a residential group part of a commune.",
    )

    @api.model
    def _default_parent_id(self):
        """A new residential group most likely lies in the ward of the office."""
        if self.env.context.get("default_kind", "group") == "group":
            return self.env.company.kdc_commune_id
        return False

    @api.depends("kind", "parent_id.company_id")
    def _compute_company_id(self):
        """A residential group belongs to the office of its commune; the others keep what they are given."""
        for area in self:
            if area.kind == "group":
                area.company_id = area.parent_id.company_id
            else:
                area.company_id = area.company_id if area.kind == "commune" else False

    @api.depends("name")
    def _compute_search_key(self):
        for area in self:
            area.search_key = text.match_key(area.name)

    @api.depends("name", "kind", "parent_id.name")
    @api.depends_context("kdc_short_area")
    def _compute_display_name(self):
        """A residential group carries its ward, since every ward has a group 1; lists of one ward leave it out."""
        short = self.env.context.get("kdc_short_area")
        for area in self:
            if area.kind == "group" and area.parent_id and not short:
                area.display_name = f"{area.name}, {area.parent_id.name}"
            else:
                area.display_name = area.name

    def _compute_registry_counts(self):
        """Count what lies in each area or below it, in three grouped queries whatever the number of areas."""
        counts = {}
        for model, key in (("kdc.dwelling", "dwelling"), ("kdc.household", "household"), ("kdc.resident", "resident")):
            groups = self.env[model]._read_group([("area_id", "child_of", self.ids)], ["area_id"], ["__count"])
            for area, count in groups:
                for ancestor_id in map(int, area.parent_path.strip("/").split("/")):
                    counts[key, ancestor_id] = counts.get((key, ancestor_id), 0) + count
        for area in self:
            area.dwelling_count = counts.get(("dwelling", area.id), 0)
            area.household_count = counts.get(("household", area.id), 0)
            area.resident_count = counts.get(("resident", area.id), 0)

    def _compute_head_id(self):
        """Who is in office today."""
        terms = self.env["kdc.area.head"].search([("area_id", "in", self.ids), ("state", "in", ["live"])])
        for area in self:
            area.head_id = terms.filtered(lambda term, area=area: term.area_id == area)[:1]

    @api.model
    def _search_display_name(self, operator, value):
        """Search without diacritics; former names lead to today's area."""
        if isinstance(value, str) and operator in ("ilike", "like", "=ilike", "=like"):
            value = text.match_key(value) or value
        return super()._search_display_name(operator, value)

    @api.constrains("kind", "parent_id")
    def _check_parent_kind(self):
        expected = {"commune": "province", "group": "commune"}
        for area in self:
            if area.parent_id and area.parent_id.kind != expected.get(area.kind):
                raise ValidationError(
                    self.env._(
                        "“%(area)s” cannot be part of “%(parent)s”: a residential group is part of a ward or commune, "
                        "and a ward or commune is part of a province.",
                        area=area.name,
                        parent=area.parent_id.name,
                    )
                )

    @api.constrains("parent_id")
    def _check_tree(self):
        if self._has_cycle():
            raise ValidationError(self.env._("An area cannot be part of itself."))

    @api.constrains("date_to")
    def _check_end(self):
        """An area that was taken over as a whole stays ended; one with dwellings cannot simply end."""
        today = today_here(self)
        for area in self:
            whole = area.successor_ids.filtered(lambda s: not s.partial)
            if not area.date_to and whole:
                raise ValidationError(
                    self.env._(
                        "“%(area)s” was taken over by “%(successor)s” and cannot be opened again.",
                        area=area.name,
                        successor=whole[0].successor_id.name,
                    )
                )
            if area.date_to and area.date_to > today:
                raise ValidationError(
                    self.env._("“%(area)s” would end in the future. Record it on the day.", area=area.name)
                )
        if self.env.context.get("kdc_succession"):
            return
        if self.search_count([("parent_id", "in", self.filtered("date_to").ids), ("date_to", "=", False)], limit=1):
            raise ValidationError(
                self.env._("There are residential groups in this ward. Merge it with another ward instead.")
            )
        if self.env["kdc.dwelling"].search_count([("area_id", "in", self.filtered("date_to").ids)], limit=1):
            raise ValidationError(
                self.env._(
                    "There are dwellings in this residential group. Merge or divide it, so that they get their new "
                    "group, instead of only ending it."
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name"):
                vals["name"] = text.normalize(vals["name"])
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("name"):
            vals = dict(vals, name=text.normalize(vals["name"]))
        return super().write(vals)

    def _action_open(self, xmlid):
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        action["domain"] = [("area_id", "child_of", self.ids)]
        action["context"] = {"default_area_id": self.id} if self.kind == "group" else {}
        return action

    def action_open_households(self):
        return self._action_open("kdc_residents.kdc_household_action")

    def action_open_residents(self):
        return self._action_open("kdc_residents.kdc_resident_action")

    def action_route(self):
        """Open the dwellings of this group in walking order, to be dragged into place."""
        self.ensure_one()
        return self._action_open("kdc_residents.kdc_dwelling_action") | {
            "name": self.env._("Walking order: %(area)s", area=self.name),
            "views": [(self.env.ref("kdc_residents.kdc_dwelling_view_list_route").id, "list"), (False, "form")],
            "path": False,
        }

    def action_open_dwellings(self):
        return self._action_open("kdc_residents.kdc_dwelling_action")

    # ------------------------------------------------------------------------------------------------- history
    @api.model
    def _live_domain(self, date):
        """Return the domain of the areas that exist on ``date``; the day an area ends belongs to its successor."""
        return Domain([
            "|", ("date_from", "=", False), ("date_from", "<=", date),
            "|", ("date_to", "=", False), ("date_to", ">", date),
        ])  # fmt: skip

    def _dwellings_on(self, date):
        """Return the dwellings, archived ones too, that lay in these areas or below them on ``date``."""
        dwellings = self.env["kdc.dwelling"].with_context(active_test=False)
        inside = self._inside_on(date)
        moved_later = self.env["kdc.dwelling.area"].search([("date_to", ">", date)]).dwelling_id
        present = dwellings.search([("area_id", "in", inside.ids), ("id", "not in", moved_later.ids)])
        places = moved_later._area_on(date)
        return present | moved_later.filtered(lambda dwelling: places[dwelling] in inside)

    def _inside_on(self, date):
        """Return these areas and all that lay in them on ``date``, whatever ward the groups belong to today."""
        areas = self.env["kdc.area"].with_context(active_test=False)
        inside = areas.search([("id", "child_of", self.ids)])
        moved_later = self.env["kdc.area.parent"].search([("date_to", ">", date)], order="date_to DESC")
        # The earliest change after that day names the ward of that day, so it is written last.
        wards = {past.area_id: past.parent_id for past in moved_later}
        within = areas.concat(
            *(group for group, ward in wards.items() if group in self or ward in self or ward.parent_id in self)
        )
        return (inside - areas.concat(*wards)) | within

    def _households_on(self, date):
        """Return the households with members that lived in these areas on ``date``, archived ones too."""
        return self._dwellings_on(date)._households_on(date)

    def _all_successors(self):
        """Return what these areas became in the end, in as many steps as it took: areas that have not ended."""
        seen, reached = self, self
        while reached:
            reached = reached.successor_ids.successor_id - seen
            seen |= reached
        return seen.filtered(lambda area: not area.date_to)

    # ----------------------------------------------------------------------------------------- merge and divide
    def _check_can_end(self, date):
        """Check that these areas, all residential groups or all wards, can be merged or divided on ``date``.

        :raises UserError: says which one cannot, and why
        """
        if date > today_here(self):
            raise UserError(
                self.env._("The day lies in the future. Merge or divide areas on the day it takes effect, or later.")
            )
        for area in self:
            if area.kind == "province":
                raise UserError(
                    self.env._("“%(area)s” is a province. Only wards and groups are merged.", area=area.name)
                )
            if area.date_to:
                raise UserError(self.env._("“%(area)s” has already ended.", area=area.display_name))
            if area.date_from and area.date_from >= date:
                raise UserError(
                    self.env._(
                        "“%(area)s” only exists since %(date)s. Choose a later day.",
                        area=area.name,
                        date=fmt.date(area.date_from),
                    )
                )
        if len(set(self.mapped("kind"))) > 1:
            raise UserError(self.env._("Merge residential groups with groups, and wards with wards."))
        if len(self.parent_id) > 1:
            raise UserError(
                self.env._("These residential groups do not belong to the same ward or commune.")
                if self[0].kind == "group"
                else self.env._("These wards do not belong to the same province.")
            )
        self._check_one_office()
        moved = self.env["kdc.area.parent"].search(
            [("area_id.parent_id", "in", self.ids), ("date_to", ">", date)], limit=1
        )
        if moved:
            raise UserError(
                self.env._("“%(area)s” came into its ward after that day. Choose a later day.", area=moved.area_id.name)
            )
        later = self.env["kdc.dwelling.area"].search(
            [("dwelling_id.area_id", "in", self.ids), ("date_to", ">", date)], limit=1
        )
        if later:
            raise UserError(
                self.env._(
                    "“%(dwelling)s” came into its residential group after that day. Choose a later day.",
                    dwelling=later.dwelling_id.name,
                )
            )

    def _check_one_office(self):
        """Check that at most one office keeps a register in these wards.

        Two offices have two sets of books: bills, receipts and letters are numbered per office, debts are owed to it.
        Joining them is the work of two accountants and not of one click, so it is refused here.
        """
        if self[:1].kind != "commune":
            return
        # sudo: of an office the reader does not belong to only the name is said.
        dwellings = self.sudo().env["kdc.dwelling"].with_context(active_test=False)
        # sudo: as above
        offices = self.sudo().company_id | dwellings.search([("area_id", "child_of", self.ids)]).company_id
        if len(offices) > 1:
            raise UserError(
                self.env._(
                    "%(offices)s each keep a register and books of their own, so these wards cannot be merged at "
                    "once. What to do: one office closes its books (collect or write off what is owed, close the "
                    "month), exports its households as a list and takes itself off its ward; then merge the wards, "
                    "and the other office imports the list.",
                    offices=", ".join(offices.mapped("name")),
                )
            )

    def _succeed(self, default, placement, date, decision_number="", users=None, parts=None):
        """Hand these residential groups over to their successors: dwellings, names, rights and open work.

        Everything happens in the transaction of the caller, so it happens wholly or not at all.

        :param default: dict, for each group of ``self`` the area that takes whatever ``placement`` does not name;
            a group that is its own default goes on to exist
        :param placement: dict dwelling → area, for the dwellings that go elsewhere
        :param date: first day of the new order, not in the future
        :param users: who acts in these areas and is to act in the successors; others in charge lose their charge
        :param parts: areas that came out of a division, also those without any house yet
        """
        dwellings = self.env["kdc.dwelling"].with_context(active_test=False, kdc_date=date, tracking_disable=True)
        by_area = {area: dwellings.search([("area_id", "=", area.id)]) for area in self}
        targets = {}
        for area, places in by_area.items():
            for dwelling in places:
                target = placement.get(dwelling.with_env(self.env), default[area])
                if target != area:
                    targets.setdefault((area, target), dwellings.browse())
                    targets[area, target] |= dwelling
        for area in self:
            targets.setdefault((area, default[area]), dwellings.browse())
        for area in parts or ():
            targets.setdefault((self[:1], area), dwellings.browse())
        self._record_successions(targets, date, decision_number)
        for area in self:
            if area.kind == "commune" and default[area] != area:
                area._move_groups(default[area], date)
        for (_source, target), places in targets.items():
            last = dwellings.search([("area_id", "=", target.id)], order="route_sequence DESC", limit=1).route_sequence
            ordered = places.sorted(lambda dwelling: (dwelling.route_sequence, dwelling.name or "", dwelling.id))
            if target not in self and last:
                # The walk goes on where the group before it ended.
                for number, dwelling in enumerate(ordered, 1):
                    dwelling.route_sequence = last + number
            ordered.write({"area_id": target.id})
        self._hand_over_charge(targets, default, users)
        # sudo: work in progress of every addon moves with the houses, whichever of it this officer may see.
        self.sudo()._move_open_work({area.sudo(): target.sudo() for area, target in default.items()}, date)

    def _move_groups(self, target, date):
        """Let the residential groups of these wards go over to the ward ``target`` from ``date`` on.

        Every ward has a group 1: a group whose name or code is taken there gets that of its old ward added, and keeps
        its own as a former name.
        """
        groups = self.with_context(active_test=False).child_ids
        taken = {text.match_key(group.name) for group in target.child_ids if not group.date_to}
        codes = {group.code for group in target.with_context(active_test=False).child_ids if group.code}
        # sudo: the history is written by the register itself; nobody has a right to change it.
        self.env["kdc.area.parent"].sudo().create(
            [{"area_id": group.id, "parent_id": group.parent_id.id, "date_to": date} for group in groups]
        )
        aliases = []
        for group in groups:
            ward, vals = group.parent_id, {}
            if text.match_key(group.name) in taken and not group.date_to:
                vals["name"] = f"{group.name} {ward._proper_name()}"
                aliases.append({"name": group.name, "area_id": group.id, "date_to": date})
            if group.code in codes:
                vals["code"] = f"{ward.code or ward._proper_name()}-{group.code}"
            if vals:
                # Before the group comes: the database compares its name with those of its new ward.
                group.write(vals)
                group.flush_recordset()
            group.parent_id = target
            taken.add(text.match_key(group.name))
            codes.add(group.code)
        self.env["kdc.area.alias"].create(aliases)
        households = self.env["kdc.household"].with_context(active_test=False)
        households.search([("area_id", "in", groups.ids)])._update_partner_address()

    def _rename(self, name, date):
        """Give this area a new name from ``date`` on; the old one stays findable."""
        self.ensure_one()
        if text.match_key(name) != self.search_key:
            self.env["kdc.area.alias"].create({"name": self.name, "area_id": self.id, "date_to": date})
        self.name = name

    def _undo_facts(self):
        """Return what a merger or division changes in these areas themselves, for ``kdc.area.change``."""
        groups = self.with_context(active_test=False).child_ids.filtered(lambda area: area.kind == "group")
        # sudo: the marks of given rights are the system's own.
        terms = self.env["kdc.area.head"].sudo().search([("area_id", "in", self.ids)])
        return {
            "areas": {
                str(area.id): {
                    "name": area.name, "code": area.code, "date_to": area.date_to and area.date_to.isoformat(),
                    **({"company_id": area.company_id.id} if area.kind == "commune" else {}),
                }
                for area in self | groups
            },
            "terms": {
                str(term.id): {
                    "date_to": term.date_to and term.date_to.isoformat(), "gave_area": term.gave_area,
                    "gave_group": term.gave_group,
                }
                for term in terms
            },
        }  # fmt: skip

    def _proper_name(self):
        """Return the name without the word for its kind: “Phường Lộc Thọ” → “Lộc Thọ”."""
        return re.sub(r"^(phường|xã|thị trấn|đặc khu|p\.|x\.)\s*", "", self.name or "", flags=re.IGNORECASE)

    def _record_successions(self, targets, date, decision_number):
        """Write who took over from whom and keep the old names findable."""
        vals_list, aliases, known_by = [], [], {}
        for area in self:
            successors = {target: places for (source, target), places in targets.items() if source == area}
            partial = len(successors) > 1
            for target, places in successors.items():
                if target == area:
                    continue
                vals_list.append({
                    "predecessor_id": area.id, "successor_id": target.id, "date": date, "partial": partial,
                    "decision_number": decision_number, "dwelling_count": len(places),
                })  # fmt: skip
                known = known_by.setdefault(
                    target, {text.match_key(target.name), *target.alias_ids.mapped("search_key")}
                )
                names = [(area.name, date)] + [(alias.name, alias.date_to) for alias in area.alias_ids]
                for name, until in names:
                    if text.match_key(name) not in known:
                        known.add(text.match_key(name))
                        aliases.append({"name": name, "area_id": target.id, "date_to": until, "partial": partial})
        self.env["kdc.area.succession"].create(vals_list)
        self.env["kdc.area.alias"].create(aliases)

    def _close(self, date):
        """End these groups on ``date``; their dwellings get their new group in the same transaction.

        The terms of their heads end too; who acts in the successor meanwhile is settled by :meth:`_hand_over_charge`.
        """
        terms = self.env["kdc.area.head"].search(
            [("area_id", "in", self.ids), "|", ("date_to", "=", False), ("date_to", ">", date)]
        )
        # sudo: the marks of given rights are the system's own; from here on the merger decides who keeps the charge.
        terms.sudo().write({"gave_area": False, "gave_group": False})
        for term in terms:
            term.date_to = max(date, term.date_from)
        self.with_context(kdc_succession=True).date_to = date
        # The database compares names, codes and offices of areas that come with those that have ended.
        self.flush_recordset()

    def _users_in_charge(self):
        """Return who acts in exactly these areas (heads of groups, collectors)."""
        # sudo: officers may not read the settings of users; they only learn who is in charge of what they reorganise.
        return self.sudo().env["res.users"].search([("kdc_area_ids", "in", self.ids)])

    def _hand_over_charge(self, targets, default, users):
        """Give ``users`` the successors of the areas they act in; the others keep nothing of what ended."""
        in_charge = self._users_in_charge()
        users = in_charge if users is None else users.sudo() & in_charge  # sudo: as in _users_in_charge
        for user in in_charge:
            own = user.kdc_area_ids & self
            ended = own.filtered(lambda area: default[area] != area)
            gained = self.env["kdc.area"]
            if user in users:
                gained = gained.union(*(target for source, target in targets if source in own))
            # Who stays in charge keeps the ended group too: its closed reports and bills belong to the same job.
            lost = self.env["kdc.area"] if user in users else ended
            # sudo: see _users_in_charge; nobody gets more than the houses they were already in charge of, merged.
            user.sudo().kdc_area_ids = (user.kdc_area_ids | gained) - lost

    def _move_open_work(self, mapping, date):
        """Move what is in progress in these areas. Addons extend it and call super.

        Dwellings have their new area already: work about a dwelling follows it, other work goes where ``mapping``
        says. What is finished stays where it was. Runs in sudo.

        :param mapping: dict area → the area that takes its open work
        :param date: first day of the new order
        """
        for area, target in mapping.items():
            self.env["kdc.roster.import"].search(
                [("area_id", "=", area.id), ("state", "in", ("draft", "checked"))]
            ).area_id = target

    def _open_work_counts(self):
        """Return what :meth:`_move_open_work` would move, as (label, count), for the preview. Runs in sudo."""
        dwellings = self.env["kdc.dwelling"].with_context(active_test=False)
        domain = [("area_id", "in", self.ids)]
        return [
            (self.env._("Dwellings"), dwellings.search_count(domain)),
            (self.env._("Households"), self.env["kdc.household"].search_count(domain)),
            (self.env._("Residents"), self.env["kdc.resident"].search_count(domain)),
        ]

    def _open_work_text(self):
        """Return the preview as lines of text; wards move with all their groups."""
        # sudo: counts only, over all addons.
        areas = self.sudo() | self.sudo().with_context(active_test=False).child_ids
        return "\n".join(f"{label}: {count}" for label, count in areas._open_work_counts() if count)

    def action_merge(self):
        """Open the dialogue that merges the chosen residential groups or wards."""
        title = self.env._("Merge residential groups")
        if self[:1].kind == "commune":
            title = self.env._("Merge wards")
        return dialogue("kdc.area.merge", title, area_ids=self.ids)

    def action_undo(self):
        """Open the dialogue that takes the last merger or division of this area back."""
        self.ensure_one()
        return self._last_change().action_undo()

    def _last_change(self):
        """Return the last merger or division of this area that still stands."""
        return (self.predecessor_ids | self.successor_ids).change_id.sorted("id")[-1:]

    @api.depends("predecessor_ids.change_id", "successor_ids.change_id")
    def _compute_can_undo(self):
        for area in self:
            area.can_undo = bool(area._last_change()) and area.has_access("write")

    def action_split(self):
        """Open the dialogue that divides this residential group."""
        self.ensure_one()
        return dialogue("kdc.area.split", self.env._("Divide a residential group"), area_id=self.id)

    # ------------------------------------------------------------------------------------------------ list on paper
    def _may_print_sheet(self):
        """Return whether the user may have the list of this area: what is personal, and here."""
        self.ensure_one()
        user = self.env.user
        if not any(user.has_group(f"kdc_residents.group_{job}") for job in ("officer", "area_head", "auditor")):
            return False
        own = self.search([("id", "child_of", user.kdc_area_ids.ids)])
        return self in own if user.kdc_area_scoped else self.company_id in self.env.companies

    def action_print_sheet(self):
        """Open the list of this area."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"/kdc/areas/{self.id}/sheet.pdf", "target": "new"}

    def _sheet_pdf(self):
        """Return the households of this area with their members as PDF bytes, with the rights of the reader."""
        self.ensure_one()
        env = self.env
        households = env["kdc.household"].search(
            [("area_id", "child_of", self.ids)], order="area_id, code"
        )  # fmt: skip
        members = env["kdc.household.membership"].search(
            [("household_id", "in", households.ids), ("date_end", "=", False)], order="household_id, role_order, id"
        )
        roles = dict(members._fields["role"]._description_selection(env))
        by_household = members.grouped("household_id")
        blocks = [
            area_sheet_pdf.Household(
                code=household.code, name=household.name, address=household.dwelling_id.name,
                members=tuple(
                    (
                        member.resident_id.name, roles.get(member.role, ""), member.resident_id.birth_display or "",
                        member.resident_id.personal_number_masked or "", phone.display(member.resident_id.phone),
                    )
                    for member in by_household.get(household, ())
                ),
            )
            for household in households
        ]  # fmt: skip
        today = fmt.date(today_here(self))
        count = env._("%(households)s households, %(people)s persons", households=len(households), people=len(members))
        return area_sheet_pdf.render(blocks, area_sheet_pdf.Wording(
            office=self.company_id.name or "",
            title=env._("List of households: %(area)s", area=self.name),
            subtitle=env._("On %(date)s · %(count)s", date=today, count=count),
            columns=("", env._("Name"), env._("Relationship to head"), env._("Born"), env._("Personal number"),
                     env._("Telephone")),
            footer=env._(
                "Printed by %(user)s on %(date)s. Holds personal data: keep it locked away, destroy it after use.",
                user=env.user.name, date=today,
            ),
            author=self.company_id.name or "",
            empty=env._("No household is registered here."),
        ))  # fmt: skip

    def action_past(self):
        """Open the question "what did this area look like on a day?"."""
        self.ensure_one()
        return dialogue("kdc.area.past", self.env._("As of a past day"), area_id=self.id)
