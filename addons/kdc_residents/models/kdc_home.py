from odoo import api, models
from odoo.exceptions import AccessError, MissingError
from odoo.tools import format_date
from odoo.tools.safe_eval import safe_eval

from ..tools.local_day import today_here

#: How urgent a card is; cards are shown in this order. ``job`` is a button without a count, ``fact`` a figure.
KINDS = ("job", "late", "warn", "todo", "fact")

# Domains stand apart from the titles: the search for translatable terms takes tuples beside a title for terms.
UNFINISHED_IMPORTS = [("state", "in", ("checked", "importing", "stopped"))]
WAITING_SLIPS = [("state", "=", "sent"), ("business_id", "=", False)]
EXPIRING_SLIPS = [*WAITING_SLIPS, ("expires_on", "<=", "today +7d")]
WITHOUT_PHONE = [("phone", "=", False), ("head_id.phone", "=", False)]
DRAFT_EVENTS = [("state", "=", "draft")]
PENDING_CORRECTIONS = [("state", "=", "pending")]
OPEN_DATA_REQUESTS = [("state", "in", ("received", "in_progress")), ("is_late", "!=", True)]
LATE_DATA_REQUESTS = [("is_late", "=", True)]
OPEN_LETTERS = [("state", "in", ("checking", "signature"))]
STATUS_IN_FORCE = [
    ("cancelled", "=", False),
    ("date_from", "<=", "today"),
    "|",
    ("date_to", "=", False),
    ("date_to", ">=", "today"),
]
STATUS_ENDING = [("cancelled", "=", False), ("date_to", ">=", "today"), ("date_to", "<=", "today +60d")]
VACANT = [("occupancy", "=", "vacant")]


class KdcHome(models.AbstractModel):
    """The first page of the staff ("Hôm nay"): today's work of one's jobs, each count opening the list it counts.

    Addons extend ``_home_cards`` with the cards of their jobs. Everything is counted with the rights of the reader.
    """

    _name = "kdc.home"
    _description = "Home of the Staff"

    # ---------------------------------------------------------------- for addons
    @api.model
    def _home_cards(self):
        """Return the cards of the reader's jobs, see :meth:`_home_card`; addons add theirs."""
        user = self.env.user
        cards = []
        if user.has_group("kdc_residents.group_officer"):
            cards += [
                self._home_job("residents", self.env._("Look up a resident"), "kdc_residents.kdc_resident_action"),
                self._home_job("import", self.env._("Import a list"), "kdc_residents.kdc_roster_import_action"),
                self._home_card(
                    "imports",
                    self.env._("Lists not yet imported to the end"),
                    "kdc.roster.import",
                    UNFINISHED_IMPORTS,
                    "kdc_residents.kdc_roster_import_action",
                    kind="warn",
                ),
                self._home_card(
                    "corrections",
                    self.env._("Corrections residents ask for"),
                    "kdc.change.request",
                    PENDING_CORRECTIONS,
                    "kdc_residents.kdc_change_request_action",
                    kind="warn",
                ),
                self._home_card(
                    "events_to_confirm",
                    self.env._("Civil events to confirm"),
                    "kdc.civil.event",
                    DRAFT_EVENTS,
                    "kdc_residents.kdc_civil_event_action",
                    kind="warn",
                ),
                self._home_card(
                    "letters",
                    self.env._("Letters to check or sign"),
                    "kdc.letter",
                    OPEN_LETTERS,
                    "kdc_residents.kdc_letter_action",
                    kind="warn",
                ),
            ]
            cards += [
                self._home_card(
                    "data_requests_late",
                    self.env._("Requests about personal data past the day of the law"),
                    "kdc.data.request",
                    LATE_DATA_REQUESTS,
                    "kdc_residents.kdc_data_request_action",
                    kind="late",
                ),
                self._home_card(
                    "data_requests",
                    self.env._("Requests about personal data"),
                    "kdc.data.request",
                    OPEN_DATA_REQUESTS,
                    "kdc_residents.kdc_data_request_action",
                    kind="warn",
                ),
            ]
        if user.has_groups("kdc_residents.group_officer,kdc_residents.group_area_head"):
            cards += [
                self._home_card(
                    "slips_expiring",
                    self.env._("Activation slips that expire within 7 days"),
                    "kdc.invitation",
                    EXPIRING_SLIPS,
                    "kdc_residents.kdc_invitation_action",
                    kind="warn",
                ),
                self._home_card(
                    "slips_waiting",
                    self.env._("Activation slips handed out and not used"),
                    "kdc.invitation",
                    WAITING_SLIPS,
                    "kdc_residents.kdc_invitation_action",
                ),
                self._home_card(
                    "without_phone",
                    self.env._("Households without a telephone number"),
                    "kdc.household",
                    WITHOUT_PHONE,
                    "kdc_residents.kdc_household_action",
                ),
            ]
        if user.has_group("kdc_residents.group_social"):
            cards += [
                self._home_card(
                    "statuses_ending",
                    self.env._("Social statuses that end within 60 days"),
                    "kdc.household.status",
                    STATUS_ENDING,
                    "kdc_residents.kdc_household_status_action",
                    kind="warn",
                ),
                self._home_card(
                    "statuses",
                    self.env._("Social statuses in force"),
                    "kdc.household.status",
                    STATUS_IN_FORCE,
                    "kdc_residents.kdc_household_status_action",
                    kind="fact",
                ),
            ]
        if user.has_groups("kdc_residents.group_officer,kdc_residents.group_area_head,kdc_residents.group_auditor"):
            cards += [
                self._home_card(
                    "households",
                    self.env._("Households"),
                    "kdc.household",
                    [],
                    "kdc_residents.kdc_household_action",
                    kind="fact",
                ),
                self._home_card(
                    "people",
                    self.env._("Residents"),
                    "kdc.resident",
                    [],
                    "kdc_residents.kdc_resident_action",
                    kind="fact",
                ),
                self._home_card(
                    "vacant",
                    self.env._("Vacant dwellings"),
                    "kdc.dwelling",
                    VACANT,
                    "kdc_residents.kdc_dwelling_action",
                    kind="fact",
                ),
            ]
        return cards

    @api.model
    def _home_card(self, key, title, model, domain, action, kind="todo"):
        """Describe a count and the list it opens.

        :param key: unique name, by which the browser asks for the list
        :param title: what is counted, in the reader's language
        :param model: name of the model counted
        :param domain: what is counted; the action shows exactly this
        :param action: external id of the window action that shows the list
        :param kind: ``late``, ``warn``, ``todo`` or ``fact``
        """
        return {"key": key, "title": title, "model": model, "domain": domain, "action": action, "kind": kind}

    @api.model
    def _home_job(self, key, title, action):
        """Describe a button that opens a job which counts nothing."""
        return self._home_card(key, title, None, [], action, kind="job")

    # ---------------------------------------------------------------- for the browser
    @api.model
    def _readable_cards(self):
        """Return the cards of this reader in the order of the page.

        :raise AccessError: the reader has no job in the ward
        """
        if not self.env.user.has_group("kdc_residents.group_staff"):
            raise AccessError(self.env._("This page is for the staff of the ward."))
        cards = [card for card in self._home_cards() if not card["model"] or self.env[card["model"]].has_access("read")]
        return sorted(cards, key=lambda card: KINDS.index(card["kind"]))

    @api.model
    @api.readonly
    def get_home(self):
        """Return what the page shows: ``name``, ``place``, ``date`` and ``cards`` with their ``count``."""
        user = self.env.user
        cards = [
            {
                "key": card["key"],
                "title": card["title"],
                "kind": card["kind"],
                "count": self.env[card["model"]].search_count(card["domain"]) if card["model"] else None,
            }
            for card in self._readable_cards()
        ]
        # What waits comes first, however late the rest would be; what is done stays where it can be opened.
        cards.sort(key=lambda card: card["count"] == 0 and card["kind"] != "fact")
        # sudo: the names of the reader's own areas
        areas = user.sudo().kdc_area_ids if user.kdc_area_scoped else user.sudo().kdc_area_ids.browse()
        return {
            "name": user.name,
            "place": ", ".join(areas.mapped("name")) or self.env.company.name,
            "date": format_date(self.env, today_here(self), date_format="EEEE, dd/MM/yyyy"),
            "cards": cards,
        }

    @api.model
    @api.readonly
    def open_card(self, key):
        """Return the action that shows exactly what the card counts.

        :param key: ``key`` of a card
        """
        card = next((card for card in self._readable_cards() if card["key"] == key), None)
        if not card:
            raise MissingError(self.env._("This is not part of your work any more. Please reload the page."))
        action = self.env["ir.actions.actions"]._for_xml_id(card["action"])
        if action["type"] != "ir.actions.act_window" or not card["model"]:
            return action
        # The card decides what is shown: the filters an action usually starts with would hide part of it.
        context = safe_eval(action["context"] or "{}", {"uid": self.env.uid, "context": {}})
        context = {name: value for name, value in context.items() if not name.startswith("search_default_")}
        return {**action, "display_name": card["title"], "domain": card["domain"], "context": context}
