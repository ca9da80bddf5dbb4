import logging
from email.utils import formataddr

from lxml.html import fromstring, tostring
from odoo import SUPERUSER_ID, api, fields, models
from odoo.addons.kdc_residents.controllers.light import clean_photo
from odoo.exceptions import AccessError
from odoo.tools.mail import email_normalize, html2plaintext, html_sanitize, parse_contact_from_email, plaintext2html

from ..engine import letter

_logger = logging.getLogger(__name__)

#: As many photos, and as large, as the page of the residents takes.
MAX_PHOTOS = 5
MAX_PHOTO_BYTES = 12 * 1024 * 1024
#: So many files of one mail are looked at.
MOST_FILES = 20
#: Smaller pictures inside the text are logos of a signature.
DECORATION_BYTES = 20 * 1024
#: A longer body is cut before it is read.
MOST_HTML = 500_000
#: And so much of its text: room for the quoted letters that are left out.
MOST_TEXT = 4 * letter.MOST_CHARACTERS
MAX_NAME = 80
MAX_SUBJECT = 160


class KdcFeedback(models.Model):
    """Mails: one more way in, and for whoever came by it the way back.

    A mail says words and shows photos, nothing else: category, state, unit and place are the ward's to decide. ``From``
    can be forged, so a mail never confirms or disputes a result, and is private until somebody has read it.
    """

    _inherit = "kdc.feedback"

    contact_email = fields.Char(
        string="Came from the address",
        readonly=True,
        groups="kdc_feedback.group_handler",
        help="Answers go there too, and what comes from there about this number is added.",
    )
    is_sender_unknown = fields.Boolean(
        string="From an unknown sender",
        compute="_compute_is_sender_unknown",
        search="_search_is_sender_unknown",
        help="It came by mail from an address that belongs to nobody, or to several people, of the register.",
    )

    is_unanswered_mail = fields.Boolean(
        string="One of very many mails",
        readonly=True,
        copy=False,
        help="Its sender wrote so often within an hour that this mail was taken in without an answer.",
    )

    @api.depends("contact_email", "partner_id", "state")
    def _compute_is_sender_unknown(self):
        # sudo: only whether, never who
        for feedback in self.sudo():
            unknown = feedback.contact_email and not feedback.partner_id
            feedback.is_sender_unknown = bool(unknown) and feedback.state == "new"

    def _search_is_sender_unknown(self, operator, value):
        if operator != "in":
            return NotImplemented
        unknown = fields.Domain([("contact_email", "!=", False), ("partner_id", "=", False), ("state", "=", "new")])
        return unknown if True in value else ~unknown

    # -- who may write, and about what ---------------------------------------------------------------------------------
    @api.model
    def _mail_route(self, message, msg_dict, route):
        """Where a mail to the inbox goes.

        :param route: as found by Odoo ``(model, thread_id, values, user_id, alias)``
        :returns: the route to take, ``None`` when the mail is not taken
        """
        _model, thread_id, values, _user_id, alias = route
        sender = email_normalize(msg_dict.get("email_from") or "") or ""
        # sudo: addresses of the house
        ours = self.env["mail.alias.domain"].sudo()._find_aliases([sender])
        if ours or letter.is_automatic(message, sender):
            _logger.info("Mail %s: not taken, a machine wrote it", msg_dict.get("message_id"))
            return None
        about = self.browse(thread_id or []).sudo()  # sudo: the gateway looks whose it is
        company = about.company_id or self.env["res.company"].browse((values or {}).get("company_id") or [])
        company = company or self.env.company
        if not self._mail_has_room(sender, company, msg_dict):
            return None
        if not about:
            number = letter.number_in(msg_dict.get("subject"))
            named = [("number", "=", number), ("company_id", "=", company.id)]
            about = about.search(named) if number else about
        own = about and about._is_reporter_address(sender)
        if not own and self._mail_is_banned(sender, company, msg_dict):
            return None
        values = {**(values or {}), "company_id": company.id}
        if about and not own:
            # What somebody else writes about it becomes no word of the reporter.
            values["kdc_about"] = about.number
            about = about.browse()
        return (self._name, about.id or 0, values, SUPERUSER_ID, alias)

    def _is_reporter_address(self, address):
        """Whether the mail comes from where this feedback came from, or from its reporter."""
        self.ensure_one()
        return bool(address) and address in (self.contact_email, self.partner_id.email_normalized)

    @api.model
    def _mail_has_room(self, sender, company, msg_dict):
        """Whether this sender has not yet sent more than anybody could read; who has is told once."""
        throttle = self.env["kdc.throttle"]
        if throttle._allow("mail_taken", sender):
            throttle._count("mail_taken", sender)
            return True
        _logger.info("Mail %s: not taken, the sender has written too much", msg_dict.get("message_id"))
        text = self.with_context(lang="vi_VN").env._(
            "You have written to us very often within an hour, so this mail was not taken. Please write again in "
            "an hour, or call the ward office. What you sent before is being read."
        )
        self._mail_tell_once(sender, company, text, msg_dict)
        return False

    @api.model
    def _mail_is_answered(self, msg_dict):
        """Whether a mail that is taken gets an answer; two machines would else write to each other without end."""
        throttle = self.env["kdc.throttle"]
        sender = email_normalize(msg_dict.get("email_from") or "") or ""
        if not throttle._allow("mail", sender):
            return False
        throttle._count("mail", sender)
        return True

    @api.model
    def _mail_is_banned(self, sender, company, msg_dict):
        """Whether this sender may not write for now; who may not is told until when."""
        partner = self.env["res.partner"].browse(self._mail_sender(msg_dict)["partner_id"] or [])
        ban = self.env["kdc.feedback.ban"]._of(company, partner=partner, email=sender)
        if ban:
            _logger.info("Mail %s: not taken, the sender is banned", msg_dict.get("message_id"))
            self._mail_tell_once(sender, company, ban.with_context(lang="vi_VN")._message(), msg_dict)
        return bool(ban)

    @api.model
    def _mail_tell_once(self, sender, company, text, msg_dict):
        """Say why a mail was not taken, once within an hour."""
        throttle = self.env["kdc.throttle"]
        if not sender or not throttle._allow("mail_told", sender):
            return
        throttle._count("mail_told", sender)
        title = self.with_context(lang="vi_VN").env._("Your mail was not taken")
        self._mail_out(company, sender, title, text, msg_dict.get("message_id"))

    @api.model
    def _mail_sender(self, msg_dict):
        """Who wrote, as the register knows it.

        The sender is recognised only when exactly one person has the address: two people may share one.

        :returns: values ``partner_id``, ``contact_name``, ``contact_email``
        """
        name, _address = parse_contact_from_email(msg_dict.get("email_from") or "")
        email = email_normalize(msg_dict.get("email_from") or "")
        # sudo: the gateway looks up the sender among all partners
        partners = self.env["res.partner"].sudo().search([("email_normalized", "=", email)], limit=3) if email else []
        if len(partners) == 1:
            return {"partner_id": partners.id, "contact_name": False, "contact_email": email}
        name = letter.one_line(name, MAX_NAME)
        return {"partner_id": False, "contact_name": name or email, "contact_email": email or False}

    # -- what a mail holds ---------------------------------------------------------------------------------------------
    @api.model
    def _mail_text(self, body, answer=False):
        """The words of a mail as plain text.

        :param body: HTML, as Odoo has read it
        :param answer: leave out what is quoted
        :returns: ``(text, whether it was cut)``
        """
        html = html_sanitize(str(body or "")[:MOST_HTML])
        text = self._mail_plain(html)
        if answer and text:
            root = fromstring(f"<div>{html}</div>")
            for quote in root.xpath("//*[@data-o-mail-quote]"):
                quote.drop_tree()
            new = self._mail_plain(tostring(root, encoding="unicode"))
            text = letter.new_words(new or text)
        return letter.shorten(text)

    @api.model
    def _mail_plain(self, html):
        """Clean text of a mail; more than anybody writes is not even looked at."""
        return letter.clean(html2plaintext(html, include_references=False)[:MOST_TEXT])

    @api.model
    def _mail_photos(self, attachments):
        """The photos of a mail, encoded anew: no EXIF, so no place and no name of the telephone.

        :param attachments: rows ``(name, content, info)`` of Odoo
        :returns: ``(list of safe JPEG bytes, names of the files that were not taken)``
        """
        photos, refused = [], []
        for name, content, info in attachments or []:
            data = content.encode() if isinstance(content, str) else content
            if not isinstance(data, bytes):
                refused.append(name)
                continue
            if (info or {}).get("cid") and len(data) < DECORATION_BYTES:
                continue
            fits = len(data) <= MAX_PHOTO_BYTES and len(photos) < MAX_PHOTOS and len(photos + refused) < MOST_FILES
            try:
                photos.append(clean_photo(data if fits else b""))
            except ValueError:
                refused.append(name)
        return photos, [letter.one_line(name, 60) for name in refused]

    @api.model
    def _mail_read(self, msg_dict, answer=False):
        """Take words and photos out of a mail, and leave nothing of it for the chatter but that it came.

        Odoo posts what stays in ``msg_dict`` into the chatter, where readers who may not know the reporter would find
        the address, the quoted letters of others and photos with the place they were taken at.

        :returns: ``(text, photos, remarks to the sender)``
        """
        text, cut = self._mail_text(msg_dict.get("body"), answer)
        photos, refused = self._mail_photos(msg_dict.get("attachments"))
        remarks = []
        if cut:
            remarks.append(self.env._("Your mail was very long: only its beginning was taken."))
        if refused:
            remarks.append(
                self.env._(
                    "These files were not taken: %(names)s. We take up to %(count)s photos (JPG, PNG or WebP, "
                    "12 MB each).",
                    names=", ".join(refused[:MOST_FILES]),
                    count=MAX_PHOTOS,
                )
            )
        msg_dict.update(
            body=self.env._("A mail was taken in."), subject=False, attachments=[], author_id=False, email_from=False,
            to_filtered=False, cc_filtered=False,
        )  # fmt: skip
        return text, photos, remarks

    def _check_gateway(self):
        """Only the mail gateway, which acts as the system, brings words of a reporter."""
        if not self.env.su:
            raise AccessError(self.env._("Mails come in through the mail gateway only."))

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Override of `mail`: a mail becomes feedback to check; an unknown or doubtful sender is no error.

        Mails hold signatures and quoted letters of others: they stay off the board until somebody has read them.
        """
        self._check_gateway()
        sender = self._mail_sender(msg_dict)
        lang = self.env["res.partner"].browse(sender["partner_id"] or []).lang or "vi_VN"
        values = {**sender, **(custom_values or {})}
        about = values.pop("kdc_about", None)
        return self.with_context(lang=lang)._mail_take(values, msg_dict, about)

    @api.model
    def _mail_take(self, values, msg_dict, about=None):
        """File a mail and answer with its number.

        :param values: who sent it, and what the alias says
        :param about: number of the feedback of somebody else that it names
        """
        subject = letter.one_line(msg_dict.get("subject"), MAX_SUBJECT)
        answered = self._mail_is_answered(msg_dict)
        text, photos, remarks = self._mail_read(msg_dict)
        feedback = self.create(
            {
                **({"name": subject} if subject else {}),
                "description": text or subject or self.env._("(empty mail)"),
                "channel": "email",
                "privacy": "hidden",
                "is_private": True,
                "is_unanswered_mail": not answered,
                **values,
            }
        )
        feedback._add_photos(photos)
        if about:
            feedback._log_line("note", body=self.env._("Written from another address about %(number)s.", number=about))
        if not answered:
            return feedback
        remarks.append(self.env._("Is somebody in danger? Call 113 (police), 114 (fire) or 115 (ambulance) now."))
        feedback._notify_reporter("mailed_in", "\n".join(remarks), msg_dict.get("message_id"))
        return feedback

    def message_update(self, msg_dict, update_vals=None):
        """Override of `mail`: what the reporter answers by mail is added; it decides nothing."""
        self._check_gateway()
        self.ensure_one()
        self.with_context(lang=self.partner_id.lang or "vi_VN")._mail_add(msg_dict)
        return True

    def _mail_add(self, msg_dict):
        """Add what a mail of the reporter says, or say why it cannot be added."""
        answered = self._mail_is_answered(msg_dict)
        text, photos, remarks = self._mail_read(msg_dict, answer=True)
        if not self._allowed_for_reporter() & {"message", "answer"}:
            if answered:
                self._notify_reporter("mail_refused", "", msg_dict.get("message_id"))
            return
        body = text or self.env._("(photos without words)")
        if (text or photos) and not self._is_repeated_message(body, photos):
            self._reporter_message(body, photos)
            if remarks and answered:
                self._notify_reporter("mail_added", "\n".join(remarks), msg_dict.get("message_id"))

    # -- the way back --------------------------------------------------------------------------------------------------
    def _mail_reporter(self, title, body, references=None):
        """Write to the address this feedback came from: what happened, and the link to read it."""
        self.ensure_one()
        if not self.contact_email:
            return
        text = "\n\n".join(
            filter(
                None,
                (
                    body,
                    self.env._("Read it here: %(link)s", link=self._follow_url()),
                    self.env._("Answer this mail to add words or photos."),
                    self.company_id.name,
                ),
            )
        )
        first = self.message_ids.filtered(lambda message: message.message_type == "email")[-1:]
        subject = f"[{self.number}] {title}"
        self._mail_out(self.company_id, self.contact_email, subject, text, references or first.message_id)

    @api.model
    def _mail_out(self, company, to, subject, text, references=None):
        """Queue a mail of the inbox; machines are asked not to answer it (RFC 3834 §5).

        It belongs to no thread: the chatter is read by those who may not know the reporter or the link.
        """
        address = company.kdc_feedback_alias_email or email_normalize(company.email or "")
        sender = formataddr((company.name, address)) if address else False
        # sudo: mails are written by the system
        self.env["mail.mail"].sudo().create(
            {
                "subject": " ".join(subject.split()),
                "body_html": plaintext2html(text),
                "email_to": to,
                "author_id": False,
                **({"email_from": sender, "reply_to": sender} if sender else {}),
                "references": references or False,
                "headers": repr({"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}),
                "auto_delete": True,
            }
        )
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()  # sudo: sent after this transaction
