from datetime import datetime, time

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.local_day import today_here


class KdcConsent(models.Model):
    """A person agreed, or withdrew: when, to which words, in which way. Lines are only ever added.

    The last line of a person and a purpose counts. The database itself refuses to change or delete one; only
    ``resident_id`` may change, when two records of one person are merged.
    """

    _name = "kdc.consent"
    _description = "Consent of a resident"
    _order = "date DESC, id DESC"
    _rec_name = "version_id"

    resident_id = fields.Many2one("kdc.resident", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", string="Ward office", required=True, readonly=True, index=True)
    version_id = fields.Many2one(
        "kdc.consent.version", string="Text", required=True, readonly=True, ondelete="restrict"
    )
    purpose_id = fields.Many2one("kdc.consent.purpose", required=True, readonly=True, ondelete="restrict", index=True)
    action = fields.Selection([("given", "Given"), ("withdrawn", "Withdrawn")], required=True, readonly=True)
    date = fields.Datetime(required=True, readonly=True, default=lambda self: fields.Datetime.now())
    channel = fields.Selection(
        [("portal", "On the portal"), ("paper", "On paper"), ("spoken", "Told an officer")],
        string="In which way",
        required=True,
        readonly=True,
    )
    given_by_id = fields.Many2one(
        "res.partner", string="Said by", required=True, readonly=True, ondelete="restrict", index=True,
        help="The person, or for a child whoever speaks for it.",
    )  # fmt: skip
    user_id = fields.Many2one("res.users", string="Recorded by", required=True, readonly=True, ondelete="restrict")
    reference = fields.Char(string="Number of the scan or paper", readonly=True)

    _last_idx = models.Index("(resident_id, purpose_id, date DESC, id DESC)")
    _paper_has_reference = models.Constraint(
        "CHECK (channel <> 'paper' OR reference IS NOT NULL)", "A consent on paper names its paper."
    )

    def init(self):
        """Have PostgreSQL refuse changes and deletion, whoever asks for them."""
        self.env.cr.execute(
            SQL(
                """
                CREATE OR REPLACE FUNCTION kdc_consent_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
                BEGIN
                    IF TG_OP = 'DELETE'
                       OR to_jsonb(NEW) - 'resident_id' <> to_jsonb(OLD) - 'resident_id' THEN
                        RAISE EXCEPTION 'kdc_consent: lines are only added'
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
                CREATE OR REPLACE TRIGGER kdc_consent_guard BEFORE UPDATE OR DELETE ON kdc_consent
                FOR EACH ROW EXECUTE FUNCTION kdc_consent_guard()
                """
            )
        )

    def write(self, vals):
        if not self.env.su or set(vals) - {"resident_id"}:
            raise UserError(self.env._("A consent is never changed. Record what the person says now."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A consent is never deleted: it proves what was allowed when."))

    # ------------------------------------------------------------------ asking
    @api.model
    def _agreed(self, residents, code, date=None):
        """Return those of ``residents`` who agree to a purpose: one query for all.

        :param code: code of the purpose
        :param date: a day (its end counts) or a moment in UTC; now when empty
        """
        purpose = self.env["kdc.consent.purpose"]._by_code(code)
        if not purpose.active:
            return residents.browse()
        moment = date or fields.Datetime.now()
        if not isinstance(moment, datetime):
            moment = datetime.combine(moment, time.max)
        asked_again = purpose.version_ids.filtered(lambda one: one.asks_again and one.date_from <= moment.date())
        # The rows may still have to be written.
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT last.resident_id
                  FROM (SELECT DISTINCT ON (c.resident_id) c.resident_id, c.action, c.version_id
                          FROM kdc_consent c
                         WHERE c.resident_id IN %s AND c.purpose_id = %s AND c.date <= %s
                      ORDER BY c.resident_id, c.date DESC, c.id DESC) last
                  JOIN kdc_consent_version v ON v.id = last.version_id
                 WHERE last.action = 'given' AND v.number >= %s
                """,
                tuple(residents.ids) or (0,),
                purpose.id,
                moment,
                max(asked_again.mapped("number"), default=1),
            )
        )
        return residents.browse([resident_id for (resident_id,) in rows])

    # --------------------------------------------------------------- recording
    @api.model
    def _record(self, residents, code, action, channel, given_by=None, reference=False):
        """Add a line for everybody for whom it says something new. The caller has checked who may speak for them.

        :param action: ``given`` or ``withdrawn``
        :param given_by: res.partner who says it, the person when empty
        :return: the new lines, in sudo
        :raise UserError: the purpose has no text people could agree to
        """
        purpose = self.env["kdc.consent.purpose"]._by_code(code)
        agreed = self._agreed(residents, code)
        changed = residents - agreed if action == "given" else agreed
        version = purpose._version_on(today_here(self))
        if not version:
            raise UserError(self.env._("There is no text yet that people could agree to."))
        # sudo: nobody has the right to write lines; they are written here, in the name of who acts.
        return self.sudo().create(
            [
                {
                    "resident_id": resident.id,
                    "company_id": resident.company_id.id,
                    "purpose_id": purpose.id,
                    "version_id": version.id,
                    "action": action,
                    "channel": channel,
                    "given_by_id": (given_by or resident.partner_id).id,
                    "user_id": self.env.uid,
                    "reference": reference,
                }
                for resident in changed.sudo()  # sudo: as above
            ]
        )
