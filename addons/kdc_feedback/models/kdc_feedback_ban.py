from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine import clock
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.exceptions import UserError
from odoo.tools import email_normalize

#: A code of the network a guest sent from is of use while somebody may be banned for what came from it.
KEEP_GUEST_DAYS = 30
KINDS = [
    ("account", "Account of a resident"),
    ("email", "E-mail address"),
    ("phone", "Telephone number"),
    ("guest", "Network of a guest"),
]


class KdcFeedbackBan(models.Model):
    """Somebody who may not send feedback for a while, why, and who decided it.

    It ends by itself. What the person has sent before is handled on: questions are answered, results disputed. The
    office's telephone and the counter stay open, since nobody can be shut out from the authorities (Law on the
    Reception of Citizens 42/2013/QH13, art. 7).
    """

    _name = "kdc.feedback.ban"
    _description = "Banned Sender"
    _order = "date_to desc, id desc"

    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    kind = fields.Selection(KINDS, string="Who", required=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner", string="Person", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    value = fields.Char(string="Address or number", readonly=True)
    source_hash = fields.Char(string="Network", readonly=True, groups="base.group_system")
    feedback_id = fields.Many2one(
        "kdc.feedback", string="Because of", readonly=True, ondelete="set null", index="btree_not_null"
    )
    reason = fields.Char(required=True, readonly=True, help="The person reads it.")
    date_from = fields.Datetime(string="Since", required=True, readonly=True, default=fields.Datetime.now)
    date_to = fields.Datetime(string="Until", required=True, readonly=True)
    user_id = fields.Many2one("res.users", string="Decided by", required=True, readonly=True, ondelete="restrict")
    lifted_by_id = fields.Many2one("res.users", string="Ended early by", readonly=True, ondelete="restrict")
    is_running = fields.Boolean(string="In force", compute="_compute_is_running", search="_search_is_running")

    _one_is_meant = models.Constraint(
        "CHECK (num_nonnulls(partner_id, value, source_hash) = 1)",
        "A ban is for one account, address, number or network.",
    )
    _ends = models.Constraint("CHECK (date_to >= date_from)", "A ban ends after it begins.")
    _running_idx = models.Index("(company_id, date_to)")

    @api.depends("kind", "partner_id.name", "value")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for ban in self:
            value = fmt.phone(ban.value) if ban.kind == "phone" else ban.value
            ban.display_name = ban.partner_id.name or value or labels.get(ban.kind, "")

    @api.depends("date_to")
    def _compute_is_running(self):
        now = fields.Datetime.now()
        for ban in self:
            ban.is_running = ban.date_to > now

    def _search_is_running(self, operator, value):
        if operator != "in":
            return NotImplemented
        running = fields.Domain("date_to", ">", fields.Datetime.now())
        return running if True in value else ~running

    @api.model
    def _of(self, company, partner=None, email=None, phone=None, source_hash=None):
        """The longest ban in force that meets any of these; empty when there is none.

        :returns: a record in superuser mode
        """
        meant = fields.Domain.OR(
            fields.Domain(name, "=", value)
            for name, value in (
                ("partner_id", partner and partner.id), ("value", email), ("value", phone),
                ("source_hash", source_hash),
            )
            if value
        )  # fmt: skip
        here = fields.Domain("company_id", "=", company.id) & fields.Domain("is_running", "=", True)
        # sudo: who is banned is known to dispatchers; here somebody is about to send
        return self.sudo().search(here & meant, limit=1)

    def _message(self):
        """What the person reads: until when, why, and what stays open."""
        self.ensure_one()
        phone = fmt.phone(self.company_id.phone)
        office = self.env._("You can still call the ward office or come to the counter.")
        if phone:
            office = self.env._("You can still call the ward office: %(phone)s, or come to the counter.", phone=phone)
        parts = [
            self.env._(
                "Until %(date)s feedback from you cannot be taken here. Reason: %(reason)s.",
                date=clock.to_local(self.date_to).strftime("%d/%m/%Y"),
                reason=(self.reason or "").rstrip(". "),
            ),
            self.env._("What you sent before is handled on."),
            office,
            self.env._("Is somebody in danger? Call 113 (police), 114 (fire) or 115 (ambulance) now."),
        ]
        return " ".join(parts)

    def action_lift(self):
        """End a ban early."""
        self.env["kdc.feedback"]._check_moderator()
        self.check_access("read")
        running = self.filtered("is_running").sudo()  # sudo: rows are written by methods only, the right was checked
        running.write({"date_to": fields.Datetime.now(), "lifted_by_id": self.env.uid})
        for ban in running.filtered("feedback_id"):
            ban.feedback_id.with_env(self.env)._log_moderation("lift", ban.reason)
        return True

    @api.autovacuum
    def _gc_old_bans(self):
        """Forget bans a year after their end, and the networks of guests when nobody can be banned by them any more."""
        self.search([("date_to", "<", fields.Datetime.subtract(fields.Datetime.now(), years=1))]).unlink()
        old = fields.Datetime.now() - timedelta(days=KEEP_GUEST_DAYS)
        feedback = self.env["kdc.feedback"]
        feedback.search([("sender_hash", "!=", False), ("submitted_at", "<", old)]).sender_hash = False


class KdcFeedback(models.Model):
    """Whom a dispatcher may keep out because of a feedback."""

    _inherit = "kdc.feedback"

    sender_hash = fields.Char(
        string="Network of the guest", readonly=True, copy=False, index="btree_not_null", groups="base.group_system"
    )

    def _bannable(self):
        """What is known of the sender: ``{kind: values}`` of a ban. Whoever sent without a name is nobody."""
        self.ensure_one()
        self.check_access("read")
        case = self.sudo()  # sudo: the network of a guest is closed to everybody
        known = {}
        if case.partner_id:
            known["account"] = {"partner_id": case.partner_id.id}
        # another system tells its own people: their address stands beside their name, nothing is sent to it
        email = case.contact_email or (case.channel == "open311" and email_normalize(case.contact_name or ""))
        if email:
            known["email"] = {"value": email}
        if case.contact_phone:
            known["phone"] = {"value": case.contact_phone}
        if case.sender_hash:
            known["guest"] = {"source_hash": case.sender_hash}
        return known

    def _ban(self, kind, days, reason):
        """Keep the sender of this feedback out for some days.

        :param kind: a key of :meth:`_bannable`
        :raises UserError: nothing is known of the sender in that way
        """
        self.ensure_one()
        self._check_moderator()
        known = self._bannable()
        if kind not in known:
            raise UserError(self.env._("Nothing of this kind is known of the sender: choose another one."))
        self._log_moderation("ban", reason)
        now = fields.Datetime.now()
        return self.env["kdc.feedback.ban"].sudo().create(  # sudo: rows are written by methods only
            {
                "company_id": self.company_id.id,
                "kind": kind,
                "feedback_id": self.id,
                "reason": reason.strip(),
                "date_from": now,
                "date_to": now + timedelta(days=days),
                "user_id": self.env.uid,
                **known[kind],
            }
        )
