from contextlib import suppress

from odoo import api, models
from odoo.exceptions import AccessError

from ..engine import personal_number as pn
from ..engine import phone, text
from .kdc_household_membership import PERSONAL

MIN_CHARACTERS = 3
#: Results shown per kind; who needs more types more.
LIMIT = 8


class KdcRegisterSearch(models.AbstractModel):
    """One box for the whole register: name, personal number, phone, household code, address.

    Nothing is listed before three characters, so that nobody browses through people. Rights and areas of the user
    apply as everywhere; the record that is opened leaves a line in the log of access.
    """

    _name = "kdc.register.search"
    _description = "Search in the register"

    @api.model
    @api.readonly
    def find(self, query):
        """Return what the register knows under ``query``.

        :return: dict ``short`` (too few characters) and ``groups``: list of dicts ``model``, ``title``, ``more``
            (there are more than shown), ``rows``: list of dicts ``id``, ``title``, ``lines`` (list of texts)
        """
        if not self.env.user.has_group("kdc_residents.group_staff"):
            raise AccessError(self.env._("The register is searched by the staff of the ward only."))
        query = text.normalize(query or "")[:100]
        folded = text.fold(query)
        if len(folded.replace(" ", "")) < MIN_CHARACTERS:
            return {"short": True, "groups": []}
        groups = [
            self._group("kdc.resident", self.env._("Residents"), self._find_residents(query, folded)),
            self._group("kdc.household", self.env._("Households"), self._find_keyed("kdc.household", folded)),
            self._group("kdc.dwelling", self.env._("Dwellings"), self._find_keyed("kdc.dwelling", folded)),
        ]
        return {"short": False, "groups": [group for group in groups if group["rows"]]}

    # ------------------------------------------------------------------ finding
    @api.model
    def _some(self, model, domain, limit=LIMIT + 1):
        """Return some matching records in no order.

        An order would make PostgreSQL sort, or walk through, every Nguyễn of the province for the first eight.
        """
        records = self.env[model]
        return records.browse(records._search(domain, limit=limit))

    @api.model
    def _pattern(self, folded):
        """Return the LIKE pattern of words in that order, with anything between them."""
        words = [word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") for word in folded.split()]
        return "%" + "%".join(words) + "%"

    @api.model
    def _find_residents(self, query, folded):
        digits = pn.clean(query).removeprefix("+")
        if digits.isascii() and digits.isdigit():
            return self._find_by_digits(query, digits)
        exact = self._some("kdc.resident", [("search_key", "=", folded)])
        found = exact
        if len(found) <= LIMIT:
            found |= self._some(
                "kdc.resident", [("search_key", "like", self._pattern(folded)), ("id", "not in", exact.ids)]
            )
        lower = query.lower()
        # Same marks first, then the whole name, then names that begin so.
        return found.sorted(
            lambda r: (
                lower not in (r.name or "").lower(),
                r.search_key != folded,
                not r.search_key.startswith(folded),
                r.given_name or "",
                r.id,
            )
        )

    @api.model
    def _find_by_digits(self, query, digits):
        """Find by the whole personal number, or by a phone number or its first digits."""
        people = self.env["kdc.resident"]
        if len(digits) == 12 and self.env.user.has_groups("kdc_residents.group_officer,kdc_residents.group_auditor"):
            # sudo: auditors may not search the field itself; the second search applies rights and areas.
            owner = people.sudo().search([("personal_number", "=", digits)])
            people = self._some("kdc.resident", [("id", "in", owner.ids)])
        with suppress(phone.PhoneError):
            return people | self._some("kdc.resident", [("phone", "=", phone.to_e164(query))])
        if digits.startswith(("0", "84")) and len(digits) <= 11:
            start = digits.removeprefix("84") if digits.startswith("84") else digits[1:]
            people |= self._some("kdc.resident", [("phone", "=like", f"+84{start}%")])
        return people

    @api.model
    def _find_keyed(self, model, folded):
        return self._some(model, [("search_key", "like", self._pattern(folded))]).sorted("display_name")

    # ------------------------------------------------------------------ showing
    @api.model
    def _group(self, model, title, records):
        describe = {
            "kdc.resident": self._resident_lines,
            "kdc.household": self._household_lines,
            "kdc.dwelling": self._dwelling_lines,
        }[model]
        return {
            "model": model,
            "title": title,
            "more": len(records) > LIMIT,
            "rows": [
                {"id": record.id, "title": record.display_name, "lines": [part for part in describe(record) if part]}
                for record in records[:LIMIT]
            ],
        }

    @api.model
    def _resident_lines(self, resident):
        # sudo: a resident whom the user may see has a household and an address that the lists show too.
        place = resident.sudo()
        year = place.birth_date.year if place.birth_date and self.env.user.has_groups(PERSONAL) else False
        return [
            self.env._("born in %(year)s", year=year) if year else "",
            place.household_id.name or self.env._("no household"),
            place.dwelling_id.name,
            place.area_id.name,
            resident.phone_display,
        ]

    @api.model
    def _household_lines(self, household):
        return [
            household.code,
            household.dwelling_id.name,
            household.area_id.name,
            self.env._("%(count)s members", count=household.member_count),
        ]

    @api.model
    def _dwelling_lines(self, dwelling):
        return [dwelling.area_id.name, ", ".join(dwelling.household_ids.mapped("name"))]
