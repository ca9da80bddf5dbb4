import secrets

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.local_day import today_here

#: What a person or an office added for convenience; no law asks the ward to keep it.
CONVENIENCE = ("email", "function", "comment", "website", "image_1920", "phone")


class KdcResident(models.Model):
    """Deleting personal data at the person's request (Luật 91/2025/QH15, điều 4 and 14).

    Rows stay where history and money point to them; what names the person is taken out of them. What a law keeps is
    told to the person, with the law. Addons extend :meth:`_kdc_kept` and :meth:`_kdc_erase_more`.
    """

    _inherit = "kdc.resident"

    erased_on = fields.Date(string="Personal data deleted on", readonly=True, copy=False)

    def _kdc_kept(self):
        """Return what must be kept of this person and why.

        :return: list of dicts ``key`` (``register`` and ``name`` stop the name from being deleted), ``what``, ``why``
        """
        self.ensure_one()
        env, kept = self.env, []
        if self.household_id:
            kept.append(
                {
                    "key": "register",
                    "what": env._("Name, date of birth, sex, personal number, household and residence"),
                    "why": env._("the ward manages the population while you live here (Law 68/2020/QH14 on residence)"),
                }
            )
        if env["kdc.letter"].search_count([("resident_id", "=", self.id), ("ordinal", "!=", False)], limit=1):
            kept.append(
                {
                    "key": "letters",
                    "what": env._("Letters the ward signed for you"),
                    "why": env._("papers of an authority are archived (Law 33/2024/QH15 on archives)"),
                }
            )
        kept.append(
            {
                "key": "proof",
                "what": env._("Who looked at your data, your consents and this request"),
                "why": env._("they prove that the law was kept (Law 91/2025/QH15)"),
            }
        )
        return kept

    def _kdc_erase(self):
        """Erase what no law keeps. The caller is in sudo and has a request for it.

        :return: pairs (what, why) of what stays, in the language of the environment
        """
        self.ensure_one()
        kept = self._kdc_kept()
        keys = {entry["key"] for entry in kept}
        whole = "register" not in keys
        if whole:  # nobody is left for whom the register would be corrected
            self.env["kdc.change.request"].search(
                [("resident_id", "=", self.id), ("state", "=", "pending")]
            )._withdraw()
        self._kdc_erase_convenience()
        self._kdc_erase_more(keys)
        if whole:
            self._kdc_erase_identity(keep_name="name" in keys)
        self.erased_on = today_here(self)
        self.env.invalidate_all()
        return [(entry["what"], entry["why"]) for entry in kept]

    def _kdc_erase_more(self, keys):
        """Erase what addons keep about the person; ``keys`` are those of :meth:`_kdc_kept`."""

    def _kdc_erase_convenience(self):
        """Erase contact data and notes, papers of the past and notices. A number that is the login stays."""
        login = self.phone_ids.filtered("verified_date") if self.partner_id.user_ids else self.phone_ids.browse()
        numbers = (self.phone_ids - login).mapped("number")
        if self.phone and self.phone not in login.mapped("number"):
            numbers.append(self.phone)
        names = [name for name in CONVENIENCE if name != "phone" or self.phone in numbers]
        self.write(dict.fromkeys(names, False))
        self._kdc_forget_changes(names)
        # These models refuse every deletion by hand; a request of the person is what they wait for.
        self._kdc_delete_rows("kdc_resident_phone", "resident_id", self.ids, keep=login.ids)
        self._kdc_delete_rows("kdc_notification", "partner_id", self.partner_id.ids)
        self.env["kdc.text.message"].search([("number", "in", numbers)]).unlink()
        decided = self.env["kdc.change.request"].search([("resident_id", "=", self.id), ("state", "!=", "pending")])
        decided.line_ids.write({"old_value": False, "new_value": False})
        decided.write({"reason": "–", "photo": False})
        letters = self.env["kdc.letter"].search(
            [("resident_id", "=", self.id), ("ordinal", "=", False), ("state", "in", ("refused", "cancelled"))]
        )
        letters.write({"body": False, "purpose": "–", "question": False, "answer": False, "circumstances": False})
        # The story of a letter repeats what the person answered.
        letters.message_ids.filtered("body").unlink()

    def _kdc_erase_identity(self, keep_name):
        """Take out who it was: number, documents, day of birth, account, and the name unless a law keeps it."""
        self._kdc_delete_rows("kdc_identity_document", "resident_id", self.ids)
        # The row stays: fees of past months counted it. Its plate leads to the keeper.
        self.env["kdc.vehicle"].search([("resident_id", "=", self.id)]).write({"plate": False, "description": False})
        year = self.birth_date and self.birth_date.replace(month=1, day=1)
        # The year stays: the statistics of past days count it, and without a name it leads to nobody.
        vals = {"personal_number": False, "birth_date": year, "birth_year_only": bool(year)}
        if not keep_name:
            vals["name"] = self.env._("Person whose data was deleted (%s)", self.id)
            vals |= dict.fromkeys(("street", "street2", "zip", "city", "vat"), False)
        self.write(vals)
        self._kdc_forget_changes(vals)
        if not keep_name:
            past = self.env["kdc.residence"].search([("resident_id", "=", self.id)])
            past.write({"person_name": self.name, "birth_date": False, "paper_kind": False, "paper_last": False})
        for user in self.with_context(active_test=False).partner_id.user_ids.filtered("share"):
            # A password nobody knows: the account leads nowhere, should it ever be opened again.
            user.write({"active": False, "login": f"deleted-{user.id}", "password": secrets.token_urlsafe(32)})
        if self.active:
            reason, today = self.env._("Data deleted at the person's request"), today_here(self)
            self.env["kdc.residence"]._end_with_archive([("resident_id", "=", self.id)], today, reason)
            self.with_context(kdc_archive_confirmed=True).write(
                {"active": False, "archive_reason": reason, "archive_date": today}
            )

    def _kdc_forget_changes(self, names):
        """Delete the old values of these fields from the story of the person's record and contact."""
        messages = self.env["mail.message"].search(
            [
                "|",
                "&", ("model", "=", "kdc.resident"), ("res_id", "=", self.id),
                "&", ("model", "=", "res.partner"), ("res_id", "=", self.partner_id.id),
            ]
        )  # fmt: skip
        self.env["mail.tracking.value"].search(
            [("mail_message_id", "in", messages.ids), ("field_id.name", "in", list(names))]
        ).unlink()

    @api.model
    def _kdc_delete_rows(self, table, column, ids, keep=()):
        """Delete rows of a model that nobody may delete from by hand."""
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                "DELETE FROM %(table)s WHERE %(column)s = ANY(%(ids)s) AND id <> ALL(%(keep)s) RETURNING id",
                table=SQL.identifier(table),
                column=SQL.identifier(column),
                ids=list(ids),
                keep=list(keep),
            )
        )
        self.env.invalidate_all()
