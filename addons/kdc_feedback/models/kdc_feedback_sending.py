import base64

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL


class KdcFeedback(models.Model):
    """The ways in: a form of the residents; a mail lies in ``kdc_feedback_mail.py``. All end in ``create``."""

    _inherit = "kdc.feedback"

    client_key = fields.Char(readonly=True, copy=False, groups="base.group_system")

    _client_key_uniq = models.UniqueIndex(
        "(client_key) WHERE client_key IS NOT NULL", "This feedback was already sent."
    )

    @api.model
    def _submit(self, vals, partner=None, photos=(), client_key=None):
        """Store a feedback sent from a page of the residents.

        No row has the sender as its creator. With ``privacy`` "anonymous" nothing at all leads back: no partner either.

        :param vals: checked values of the form; only named fields, never a whole request
        :param partner: the sender, left out when anonymous
        :param photos: ``kdc.feedback.photo`` of a draft, or safe image bytes
        :param client_key: random key of the form, so that a second sending returns the first feedback
        :returns: ``(feedback, created)`` in superuser mode
        """
        anonymous = vals.get("privacy") == "anonymous"
        outsider = self.with_user(SUPERUSER_ID) if anonymous else self._for_outsider()
        feedback_model = outsider.with_context(lang=self.env.lang)
        if client_key:
            existing = feedback_model.search([("client_key", "=", client_key)], limit=1)
            if existing:
                return existing, False
        feedback = feedback_model.create(
            {
                **vals,
                "partner_id": partner.id if partner and not anonymous else False,
                "client_key": client_key,
            }
        )
        feedback._record_name_consent()
        feedback._add_photos(photos)
        feedback._leave_no_trace()
        return feedback, True

    @api.model
    def _lock_client_key(self, client_key):
        """Let one sending of a form work at a time, until the end of the transaction.

        :raises ConcurrencyError: another one is at work; the server tries the request again
        """
        query = SQL("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", f"kdc.feedback {client_key}")
        if not self.env.execute_query(query)[0][0]:
            raise ConcurrencyError("this form is being sent twice at the same moment")

    def _add_photos(self, photos, kind="before", message=None):
        """Attach photos: rows of a draft are moved, bytes are stored."""
        self.ensure_one()
        values = {"feedback_id": self.id, "message_id": message.id if message else False, "kind": kind}
        if isinstance(photos, models.BaseModel):
            photos.write({**values, "draft_id": False})
            return
        self.env["kdc.feedback.photo"].sudo().create(  # sudo: photos are written by methods only
            [{**values, "image": base64.b64encode(photo)} for photo in photos]
        )
