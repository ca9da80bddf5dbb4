from odoo import models
from odoo.tools import html2plaintext

from ..engine.format import fmt

#: The log is the longest part; whoever wants older lines reads them on the page.
LOG_LINES = 5000


class KdcResident(models.Model):
    """Everything kept about a person, for the person alone (Luật 91/2025/QH15, điều 4: the right to a copy).

    Addons extend :meth:`_kdc_my_data` and name their records through :meth:`_kdc_section`. What belongs to other
    members of the household has no place in it.
    """

    _inherit = "kdc.resident"

    def _kdc_my_data(self):
        """Return all sections of the copy. Called in sudo, in the name and the language of the person.

        :return: list of dicts ``key``, ``title`` and ``rows``: per record a dict label → text
        """
        self.ensure_one()
        env = self.env
        own = [("resident_id", "=", self.id)]
        requests = env["kdc.change.request"].search(own)
        statuses = env["kdc.household.status"].search(
            ["|", *own, "&", ("resident_id", "=", False), ("household_id", "=", self.household_id.id or 0)]
        )
        section = self._kdc_section
        return [
            section(
                "person",
                env._("Me"),
                self,
                [
                    "name",
                    "birth_date",
                    "sex",
                    "personal_number",
                    "phone",
                    "email",
                    "function",
                    "street",
                    "city",
                    "comment",
                    "active",
                    "archive_reason",
                    "archive_date",
                    "company_id",
                ],
            ),
            section(
                "memberships",
                env._("Households I lived in"),
                self.membership_ids,
                ["household_id", "role", "date_start", "date_end", "end_reason"],
            ),
            section(
                "residence",
                env._("Residence"),
                env["kdc.residence"].search(own),
                [
                    "kind",
                    "date_from",
                    "date_to",
                    "dwelling_id",
                    "police_registered",
                    "checked_on",
                    "paper_kind",
                    "paper_last",
                ],
            ),
            section(
                "events",
                env._("Events"),
                env["kdc.civil.event.line"].search(own).event_id,
                ["name", "kind", "date", "state", "paper_number", "paper_date", "paper_issuer"],
            ),
            section(
                "documents",
                env._("Identity documents"),
                self.with_context(active_test=False).document_ids,
                ["kind", "number", "issue_date", "issue_place", "expiry_date"],
            ),
            section("phones", env._("Telephones"), self.phone_ids, ["number", "kind", "note", "verified_date"]),
            section(
                "statuses",
                env._("Social status"),
                statuses,
                ["kind_id", "date_from", "date_to", "decision_number", "decision_date", "issuer", "state"],
            ),
            section(
                "ownership",
                env._("Houses I own"),
                env["kdc.dwelling.owner"].search([("partner_id", "=", self.partner_id.id)]),
                ["dwelling_id", "share", "paper", "date_from", "date_to"],
            ),
            section(
                "vehicles",
                env._("Vehicles"),
                env["kdc.vehicle"].search(own),
                ["kind", "plate", "description", "date_from", "date_to"],
            ),
            section(
                "consents",
                env._("Consents"),
                self.consent_ids,
                ["date", "version_id", "action", "channel", "given_by_id", "reference"],
            ),
            section(
                "corrections",
                env._("Corrections I asked for"),
                requests.line_ids,
                ["field", "old_display", "new_display", "state", "refuse_reason", "decided_date"],
            ),
            section(
                "data_requests",
                env._("Requests about personal data"),
                env["kdc.data.request"].search(own),
                ["number", "right_id", "details", "received_on", "state", "closed_on", "answer"],
            ),
            section(
                "letters",
                env._("Confirmation letters"),
                env["kdc.letter"].search(own),
                ["number", "type_id", "purpose", "requested_on", "state", "signed_on", "valid_until", "body"],
            ),
            section(
                "notices",
                env._("Notifications"),
                env["kdc.notification"].search([("partner_id", "=", self.partner_id.id)]),
                ["date", "title", "body", "read_date"],
            ),
            section(
                "sharing",
                env._("What is shared with me"),
                env["kdc.household.delegation"].search(own),
                ["household_id", "bills", "feedback", "orders", "acts", "date_start", "date_end"],
            ),
            section(
                "access_log",
                env._("Who looked at my data"),
                env["kdc.access.log"].search(own, limit=LOG_LINES),
                ["date", "actor", "kind", "subject", "purpose"],
            ),
        ]

    def _kdc_section(self, key, title, records, names):
        """Return one section, the labels being those of the fields.

        :param names: fields to show; those an addon does not have are left out
        """
        names = [name for name in names if name in records._fields]
        labels = {name: value["string"] for name, value in records.fields_get(names, ["string"]).items()}
        rows = [{labels[name]: self._kdc_field_text(record, name) for name in names} for record in records]
        return {"key": key, "title": title, "rows": rows}

    def _kdc_field_text(self, record, name):
        """Return the value of a field as the person reads it; empty when there is none."""
        field, value = record._fields[name], record[name]
        if field.type == "boolean":
            return self.env._("yes") if value else self.env._("no")
        if not value and field.type not in ("integer", "float", "monetary"):
            return ""
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        if field.type == "many2one":
            return value.display_name
        if field.type == "date":
            return fmt.date(value)
        if field.type == "datetime":
            return fmt.datetime(value)
        if field.type == "html":
            return html2plaintext(value).strip()
        if field.type == "monetary":
            return fmt.vnd(value)
        if field.type == "float":
            return fmt.number(value)
        return str(value)
