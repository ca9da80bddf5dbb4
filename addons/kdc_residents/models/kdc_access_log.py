from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..tools.local_day import today_here

#: Why an official looks at personal data. The list is what residents read on their page (R-20).
PURPOSES = [
    ("request", "Handles a request of the person"),
    ("verify", "Checks papers against the register"),
    ("benefit", "Considers support or an exemption"),
    ("correction", "Corrects the register"),
    ("authority", "Answers an authority that may ask"),
    ("audit", "Inspection"),
    ("other", "Other reason"),
]
#: Opening the same person again within this time is the same look.
SAME_LOOK_MINUTES = 15


class KdcAccessLog(models.Model):
    """Who looked at, took out or changed personal data of whom, when and why.

    Lines are added by code only and never changed; the database itself refuses it, and refuses to delete a line
    before its time. Decree 356/2025/NĐ-CP asks for such a record; residents read their own lines on the portal.
    """

    _name = "kdc.access.log"
    _description = "Access to personal data"
    _order = "id DESC"
    _rec_name = "resident_id"

    resident_id = fields.Many2one("kdc.resident", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, string="Ward office", index=True)
    area_id = fields.Many2one(related="resident_id.area_id", string="Residential group")
    date = fields.Datetime(required=True, readonly=True, default=lambda self: fields.Datetime.now())
    user_id = fields.Many2one("res.users", string="Who", required=True, readonly=True, ondelete="restrict", index=True)
    actor = fields.Char(string="Name and job", required=True, readonly=True, help="As they were on that day.")
    kind = fields.Selection(
        [
            ("open", "Opened the record"),
            ("reveal", "Read in the clear"),
            ("change", "Changed"),
            ("export", "Took out in a file"),
            ("download", "Downloaded own data"),
            ("erase", "Deleted at the person's request"),
        ],
        string="What was done",
        required=True,
        readonly=True,
    )
    subject = fields.Selection(
        [
            ("record", "Name, address, household"),
            ("identity", "Personal number and date of birth"),
            ("birth_date", "Date of birth"),
            ("personal_number", "Personal number"),
            ("document", "Identity document"),
            ("all", "All data"),
        ],
        string="What data",
        required=True,
        readonly=True,
        default="record",
    )
    purpose = fields.Selection(PURPOSES, readonly=True)
    note = fields.Char(readonly=True)
    keep_until = fields.Date(required=True, readonly=True)

    _resident_idx = models.Index("(resident_id, id DESC)")
    _user_recent_idx = models.Index("(user_id, resident_id, date DESC)")
    _reveal_has_purpose = models.Constraint(
        "CHECK (kind <> 'reveal' OR purpose IS NOT NULL)", "Whoever reads personal data in the clear says why."
    )

    def init(self):
        """Have PostgreSQL refuse changes and early deletion, whoever asks for them.

        Only ``resident_id`` may change: when two records of one person are merged, their lines go together.
        """
        self.env.cr.execute(
            SQL(
                """
                CREATE OR REPLACE FUNCTION kdc_access_log_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
                BEGIN
                    IF TG_OP = 'DELETE' THEN
                        IF OLD.keep_until >= (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date THEN
                            RAISE EXCEPTION 'kdc_access_log: a line is kept until %%', OLD.keep_until
                                USING ERRCODE = 'integrity_constraint_violation';
                        END IF;
                        RETURN OLD;
                    END IF;
                    IF to_jsonb(NEW) - 'resident_id' <> to_jsonb(OLD) - 'resident_id' THEN
                        RAISE EXCEPTION 'kdc_access_log: lines are never changed'
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                END $guard$
                """
            )
        )
        self.env.cr.execute(
            SQL(
                """
                CREATE OR REPLACE TRIGGER kdc_access_log_guard BEFORE UPDATE OR DELETE ON kdc_access_log
                FOR EACH ROW EXECUTE FUNCTION kdc_access_log_guard()
                """
            )
        )

    @api.model
    def _log(self, residents, kind, subject="record", purpose=False, note=False):
        """Add one line per resident, in the name of the present user.

        :return: the lines, in sudo
        """
        user = self.env.user
        now = fields.Datetime.now()
        # sudo: which wards they belong to
        actors = {company: self._actor(company) for company in residents.sudo().company_id}
        # sudo: nobody has the right to write lines; they are written here, in the name of who acts.
        return self.sudo().create(
            [
                {
                    "resident_id": resident.id,
                    "company_id": resident.company_id.id,
                    "date": now,
                    "user_id": user.id,
                    "actor": actors[resident.company_id],
                    "kind": kind,
                    "subject": subject,
                    "purpose": purpose,
                    "note": note,
                    "keep_until": fields.Date.add(now.date(), days=resident.company_id.kdc_access_log_days),
                }
                for resident in residents.sudo()  # sudo: as above
            ]
        )

    @api.model
    def _log_opening(self, residents):
        """Note that the present user opened these records, once per look.

        Work of the system and of residents on their own pages is no look.
        """
        user = self.env.user
        if self.env.su or not residents or user.share:
            return
        since = fields.Datetime.subtract(fields.Datetime.now(), minutes=SAME_LOOK_MINUTES)
        # sudo: officers read no log.
        recent = self.sudo().search(
            [("user_id", "=", user.id), ("resident_id", "in", residents.ids), ("date", ">", since)]
        )
        own = user._kdc_resident()
        if new := residents - recent.resident_id - own:
            self._log(new, "open")

    @api.model
    def _log_look(self, residents, subject, purpose, note):
        """Note that the present user read something in the clear as part of the work on a request, once per look.

        :param note: which request; another one is another look
        """
        user = self.env.user
        if self.env.su or user.share:
            return
        since = fields.Datetime.subtract(fields.Datetime.now(), minutes=SAME_LOOK_MINUTES)
        # sudo: officers read no log.
        recent = self.sudo().search(
            [
                ("user_id", "=", user.id),
                ("resident_id", "in", residents.ids),
                ("date", ">", since),
                ("kind", "=", "reveal"),
                ("subject", "=", subject),
                ("note", "=", note),
            ]
        )
        if new := residents - recent.resident_id:
            self._log(new, "reveal", subject, purpose, note)

    @api.model
    def _actor(self, company):
        """Return name and job of the present user, as residents read it, in the language of the ward."""
        # sudo: the reader's own name and job, which not every user may read
        user = self.env.user.sudo().with_context(lang=company.partner_id.lang or self.env.lang)
        if user.share or user._is_superuser():
            return user.name
        job = user.function
        if not job:
            privilege = self.env.ref("kdc_residents.privilege").sudo()  # sudo: the names of jobs are no secret
            groups = user.all_group_ids.filtered(lambda group: group.privilege_id == privilege)
            job = groups.sorted("sequence")[-1:].name
        return f"{user.name} – {job}" if job else user.name

    def write(self, vals):
        if not self.env.su or set(vals) - {"resident_id"}:
            raise UserError(self.env._("The record of who looked is never changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_due(self):
        today = today_here(self)
        if any(line.keep_until >= today for line in self):
            raise AccessError(self.env._("The record of who looked is kept until its time is over."))

    @api.autovacuum
    def _gc_due_lines(self):
        """Delete a batch of lines whose time is over; each ward decides how long they are kept."""
        due = self.search([("keep_until", "<", today_here(self))], limit=10000, order="id")
        due.unlink()
        return len(due), len(due) == 10000
