from odoo import api, fields, models
from odoo.tools import SQL


class KdcNotification(models.Model):
    """A short notice that waits for a resident on the portal until it is read.

    Many residents have no e-mail, so this is the one channel that always works. Addons write with
    :meth:`_notify`; residents only read, and opening a notice marks it as read.
    """

    _name = "kdc.notification"
    _description = "Notice to a resident"
    _order = "date desc, id desc"
    _rec_name = "title"

    partner_id = fields.Many2one("res.partner", string="Addressee", required=True, index=True, ondelete="cascade")
    title = fields.Char(required=True)
    body = fields.Text()
    url = fields.Char(
        string="Page", index="btree_not_null", help="Page of this site that the notice leads to, such as /my/bills."
    )
    date = fields.Datetime(required=True, default=lambda self: fields.Datetime.now())
    read_date = fields.Datetime(string="Read on")

    _unread_idx = models.Index("(partner_id) WHERE read_date IS NULL")
    _url_local = models.Constraint(
        r"CHECK (url IS NULL OR url ~ '^/([^/\\]|$)')",
        "A notice can only lead to a page of this site: the address must begin with one slash.",
    )

    @api.model
    def _notify(self, partners, title, body="", url=None):
        """Leave one notice per person.

        :param partners: res.partner recordset; a household's partner stands for its living members
        :param title: one line, already in the reader's language
        :param body: plain text, no markup
        :param url: page of this site to open, ``/my/...``
        :return: the notices, in sudo
        """
        # sudo: whoever acts (a resident, a job) may notify others without being allowed to read their notices.
        notices = self.sudo()
        households = notices.env["kdc.household"].search([("partner_id", "in", partners.ids)])
        members = households.membership_ids.filtered(lambda membership: not membership.date_end).resident_id
        people = (partners - households.partner_id) | members.partner_id
        return notices._notify_each(
            [{"partner_id": person.id, "title": title, "body": body, "url": url} for person in people]
        )

    @api.model
    def _notify_words(self, partners, record, words, url=None):
        """Leave one notice per person, each in his own language and not in that of who acts.

        :param words: function that gets ``record`` in a language and returns title and body
        """
        # sudo: which language a person reads is no secret of his
        for lang, readers in partners.sudo().grouped(lambda partner: partner.lang or "vi_VN").items():
            self._notify(readers, *words(record.with_context(lang=lang)), url)

    @api.model
    def _notify_each(self, vals_list):
        """Leave notices of different words, to persons, in as many queries for many as for one.

        :param vals_list: dicts of ``partner_id``, ``title``, ``body`` and ``url``, see :meth:`_notify`
        :return: the notices, in sudo
        """
        # sudo: as above
        notices = self.sudo()
        notices._text_about(notices.env["res.partner"].browse({vals["partner_id"] for vals in vals_list}))
        return notices.create(vals_list)

    @api.model
    def _text_about(self, people):
        """Tell those who agreed, by a text to their proved number, that a notice waits. The text tells no more.

        :param people: res.partner recordset; the caller is in sudo
        """
        residents = self.env["kdc.resident"].search([("partner_id", "in", people.ids)])
        numbers = residents._kdc_with_consent("text_notice").phone_ids.filtered("verified_date")
        url = f"{self.get_base_url()}/my/notifications"
        texts = []
        for number in numbers:
            env = self.with_context(lang=number.resident_id.lang or "vi_VN").env
            body = env._("%(ward)s: a new notice waits for you. %(url)s", ward=number.company_id.name, url=url)
            texts.append((number.number, body))
        self.env["kdc.text.message"]._queue(texts)

    @api.model
    def _unread_count(self):
        """Return how many notices the current user has not opened."""
        return self.search_count([("partner_id", "=", self.env.user.partner_id.id), ("read_date", "=", False)])

    def _mark_read(self):
        """Note when the addressee opened the notices; the caller has checked that they are theirs."""
        unread = self.filtered(lambda notice: not notice.read_date)
        # sudo: residents have no write access to their notices, this is the only thing they change.
        unread.sudo().read_date = fields.Datetime.now()

    @api.autovacuum
    def _gc_read_notices(self):
        """Forget what was read more than a year ago; unread notices stay."""
        self.env.execute_query(
            SQL(
                "DELETE FROM kdc_notification WHERE read_date < %s RETURNING id",
                fields.Datetime.subtract(fields.Datetime.now(), years=1),
            )
        )
