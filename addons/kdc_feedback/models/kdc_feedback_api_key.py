import hashlib
import secrets

from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.actions import dialogue
from odoo.addons.kdc_residents.tools.locks import lock_or_retry


class KdcFeedbackApiKey(models.Model):
    """Another system that may send feedback through Open311: an app, the province's portal, a FixMyStreet.

    Only the hash of the key is kept; the key itself is shown once.
    """

    _name = "kdc.feedback.api.key"
    _description = "Open311 Client"
    _order = "name"
    _check_company_auto = True

    name = fields.Char(string="Client", required=True, help="Which system it is, and who answers for it.")
    contact = fields.Char(help="E-mail or telephone of the people who run it.")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    active = fields.Boolean(default=True, help="A client that is not active is refused.")
    key_hash = fields.Char(readonly=True, copy=False, groups="base.group_system")
    key_start = fields.Char(string="Key begins with", readonly=True, copy=False)
    key_date = fields.Datetime(string="Key made on", readonly=True, copy=False)
    hourly_limit = fields.Integer(string="Feedback per hour", required=True, default=60)
    feedback_ids = fields.One2many("kdc.feedback", "api_key_id", string="Feedback sent")
    feedback_count = fields.Integer(compute="_compute_feedback_count")
    last_use = fields.Datetime(string="Last sent", compute="_compute_feedback_count")

    _key_hash_uniq = models.UniqueIndex("(key_hash) WHERE key_hash IS NOT NULL", "This key is already used.")
    _hourly_limit_positive = models.Constraint(
        "CHECK (hourly_limit BETWEEN 1 AND 100000)", "Allow at least one feedback per hour."
    )

    @api.depends("feedback_ids")
    def _compute_feedback_count(self):
        counts = {
            key: (count, last)
            for key, count, last in self.env["kdc.feedback"]._read_group(
                [("api_key_id", "in", self.ids)], ["api_key_id"], ["__count", "submitted_at:max"]
            )
        }
        for key in self:
            key.feedback_count, key.last_use = counts.get(key, (0, False))

    def action_make_key(self):
        """Make a new key, which replaces the former one, and show it once."""
        self.ensure_one()
        self.check_access("write")
        secret = self._make_key()
        return dialogue("kdc.feedback.api.key.show", self.env._("Key of %(client)s", client=self.name), key=secret)

    def _make_key(self):
        """Store the hash of a new key and return the key."""
        secret = secrets.token_urlsafe(32)
        # sudo: the hash is closed even to those who manage clients
        self.sudo().write({"key_hash": self._hash(secret), "key_start": secret[:6], "key_date": fields.Datetime.now()})
        return secret

    @api.model
    def _hash(self, secret):
        """The key has 256 random bits: a plain hash of it cannot be turned back."""
        return hashlib.sha256(secret.encode()).hexdigest()

    @api.model
    def _by_key(self, secret, company):
        """The active client of a key, in superuser mode; empty when the key is wrong."""
        # sudo: whoever calls Open311 is a guest, the key is the right
        clients = self.sudo()
        if not secret or len(secret) > 200:
            return clients.browse()
        return clients.search([("key_hash", "=", self._hash(secret)), ("company_id", "=", company.id)], limit=1)

    def _has_room(self):
        """Whether the client may send another feedback within this hour.

        What it sends at the same moment is counted one after the other: whoever comes second begins again and sees
        what the first has stored.

        :raises LockError: the client sends so much at once that this one never had its turn
        """
        self.ensure_one()
        lock_or_retry(self, allow_referencing=True, touch=True)
        hour_ago = fields.Datetime.subtract(fields.Datetime.now(), hours=1)
        sent = self.env["kdc.feedback"].search_count(
            [("api_key_id", "=", self.id), ("submitted_at", ">", hour_ago)], limit=self.hourly_limit
        )
        return sent < self.hourly_limit


class KdcFeedbackApiKeyShow(models.AbstractModel):
    """Shows a key once; never stored."""

    _name = "kdc.feedback.api.key.show"
    _description = "Show Open311 Key"

    # Without an id the web client does not show an abstract model.
    id = fields.Id()
    key = fields.Char(readonly=True)
