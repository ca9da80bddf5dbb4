from email.message import EmailMessage

from odoo.addons.kdc_residents.tests.mails import EVIL
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from PIL import Image

from .common import FeedbackCommon
from .test_portal import picture

ADDRESS = "phan-anh@ward.example"
KNOWN = "an@example.com"
#: As a telephone sends it: quoted-printable text, encoded subject, folded headers.
PLAIN = """\
From: =?UTF-8?B?TmfGsOG7nWkgbOG6oQ==?= <la@nowhere.example>
To: =?UTF-8?Q?Ph=E1=BA=A3n_=C3=A1nh?= <{address}>
Subject: =?UTF-8?B?SOG7kSBnYSBt4bqldCBu4bqvcA==?=
Message-ID: <{key}@nowhere.example>
Date: Wed, 18 Nov 2026 09:00:00 +0700
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: quoted-printable
{headers}
H=E1=BB=91 ga tr=C6=B0=E1=BB=9Bc nh=C3=A0 s=E1=BB=91 12 m=E1=BA=A5t n=E1=BA=AFp=
, r=E1=BA=A5t nguy hi=E1=BB=83m.
"""


@tagged("post_install", "-at_install")
class TestMailIn(FeedbackCommon):
    """Raw mails through Odoo's gateway, as fetched from a mailbox."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.alias_domain_id = cls.env["mail.alias.domain"].create({"name": "ward.example"})
        cls.company.kdc_feedback_alias_name = "phan-anh"
        cls.resident_a.partner_id.email = KNOWN
        cls.letters = 0

    def _receive(self, raw):
        """Give a raw mail to the gateway; return the feedback that are new since."""
        before = self.env["kdc.feedback"].search([])
        self.env["mail.thread"].message_process(None, raw)
        self.env.flush_all()
        return self.env["kdc.feedback"].search([]) - before

    def _key(self):
        type(self).letters += 1
        return f"letter-{self.letters}"

    def _plain(self, headers=""):
        return PLAIN.format(address=ADDRESS, key=self._key(), headers=headers + "\n" if headers else "")

    def _letter(self, text="The lamp is out", sender=KNOWN, files=(), html=None, **headers):
        letter = EmailMessage()
        headers = {"From": sender, "To": ADDRESS, "Subject": "Lamp", "Message-ID": f"<{self._key()}@x.example>"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        for name, value in headers.items():
            letter[name] = value
        letter.set_content(text)
        if html:
            letter.add_alternative(html, subtype="html")
        for name, data, subtype in files:
            letter.add_attachment(data, maintype="image", subtype=subtype, filename=name)
        return letter.as_bytes()

    def _mails(self, to):
        return self.env["mail.mail"].search([("email_to", "=", to)], order="id")

    # -- taking in -----------------------------------------------------------------------------------------------------
    def test_an_unknown_sender_becomes_feedback_to_check(self):
        feedback = self._receive(self._plain())
        self.assertEqual(len(feedback), 1)
        self.assertEqual(feedback.name, "Hố ga mất nắp")
        self.assertEqual(feedback.description, "Hố ga trước nhà số 12 mất nắp, rất nguy hiểm.")
        self.assertEqual((feedback.channel, feedback.state, feedback.partner_id.id), ("email", "new", False))
        self.assertEqual((feedback.contact_name, feedback.contact_email), ("Người lạ", "la@nowhere.example"))
        self.assertTrue(feedback.is_sender_unknown)
        self.assertEqual(self.env["kdc.feedback"].search([("is_sender_unknown", "=", True)]), feedback)
        self.assertEqual(feedback.unit_id, self.company.kdc_feedback_unit_id)
        self.assertTrue(feedback.handling_deadline)
        with self.assertRaisesRegex(UserError, "category first"):
            feedback.with_user(self.user_dispatcher).with_context(lang="en_US").action_receive()
        feedback.category_id = self.category
        feedback.with_user(self.user_dispatcher).action_receive()
        self.assertFalse(feedback.is_public, "not even when it was received: somebody must release it")
        self.assertFalse(feedback.is_sender_unknown)

    def test_a_known_resident_is_the_reporter(self):
        feedback = self._receive(self._letter())
        self.assertEqual(feedback.partner_id, self.resident_a.partner_id)
        self.assertFalse(feedback.contact_name or feedback.is_sender_unknown)
        self.assertIn(feedback.number, self._notices(self.resident_a.partner_id)[0].title)

    def test_number_and_link_go_back(self):
        feedback = self._receive(self._plain())
        mail = self._mails("la@nowhere.example")
        self.assertEqual(len(mail), 1)
        self.assertIn(feedback.number, mail.subject)
        self.assertIn(feedback.follow_token, mail.body_html)
        self.assertIn("114", mail.body_html)
        self.assertNotIn(feedback.name, mail.subject + mail.body_html, "a forged sender gets no words of the forger")
        self.assertIn(ADDRESS, mail.reply_to)
        self.assertIn("auto-replied", mail.headers)
        self.assertFalse(mail.model or mail.res_id, "who reads the chatter does not read the link")
        self.assertTrue(feedback._link_acts())

    def test_the_same_mail_fetched_twice_is_one_feedback(self):
        raw = self._plain()
        self.assertEqual(len(self._receive(raw)), 1)
        self.assertFalse(self._receive(raw))

    def test_a_mail_sets_nothing_of_the_wards(self):
        feedback = self._receive(
            self._letter(
                "category_id: 1\nstate: closed", Subject="category_id=1 state=closed", X_Odoo_Category="1",
                X_Odoo_Objects="kdc.feedback-1", X_Priority="1",
            )  # fmt: skip
        )
        self.assertFalse(feedback.category_id or feedback.area_id or feedback.user_id)
        self.assertEqual((feedback.state, feedback.urgency, feedback.is_private), ("new", "normal", True))

    def test_another_ward_has_another_address(self):
        domain = self.company.alias_domain_id
        other = self.env["res.company"].create({"name": "Phường khác", "alias_domain_id": domain.id})
        other.kdc_feedback_alias_name = "phan-anh-khac"
        feedback = self._receive(self._letter(To="phan-anh-khac@ward.example"))
        self.assertEqual(feedback.company_id, other)
        other.kdc_feedback_alias_name = False
        with self.assertRaisesRegex(ValueError, "No possible route"):
            self._receive(self._letter(To="phan-anh-khac@ward.example"))

    def test_a_mail_to_two_wards_comes_whole_to_both(self):
        own = self._receive(self._letter())
        other = self.env["res.company"].create(
            {"name": "Phường khác", "alias_domain_id": self.company.alias_domain_id.id}
        )
        other.kdc_feedback_alias_name = "phan-anh-khac"
        raw = self._letter(
            "Between the two wards", "mai@nowhere.example", files=[("pit.jpg", picture(), "jpeg")],
            To=f"{ADDRESS}, phan-anh-khac@ward.example", Subject=f"Re: {own.number}",
        )  # fmt: skip
        both = self._receive(raw)
        self.assertEqual(both.company_id, self.company | other)
        for feedback in both:
            with self.subTest(ward=feedback.company_id.name):
                self.assertEqual(feedback.description, "Between the two wards")
                self.assertEqual(len(feedback.photo_ids), 1)
                self.assertEqual(feedback.contact_email, "mai@nowhere.example")
                notes = feedback.message_line_ids.filtered(lambda line: line.kind == "note").mapped("body")
                self.assertEqual(own.number in str(notes), feedback.company_id == self.company, "numbers are a ward's")

    # -- what it holds -------------------------------------------------------------------------------------------------
    def test_photos_are_encoded_anew_and_the_rest_is_named(self):
        exif = Image.Exif()
        exif[0x010F] = "Telephone of Mai"
        files = [
            ("ho-ga.jpg", picture(exif=exif), "jpeg"), ("virus.jpg", b"MZ\x90 no photo", "jpeg"),
            ("drawing.svg", b"<svg onload='alert(1)'/>", "svg+xml"),
        ]  # fmt: skip
        feedback = self._receive(self._letter(files=files))
        self.assertEqual(len(feedback.photo_ids), 1)
        self.assertNotIn(b"Telephone of Mai", bytes(feedback.photo_ids.with_context(bin_size=False).image))
        body = self._mails(KNOWN).body_html
        self.assertIn("virus.jpg, drawing.svg", body)
        self.assertFalse(feedback.message_ids.attachment_ids, "nothing lies in the chatter as it was sent")
        self.assertFalse(
            self.env["ir.attachment"].search([("name", "in", ("ho-ga.jpg", "virus.jpg", "drawing.svg"))])
        )

    def test_at_most_five_photos_and_no_logos(self):
        feedback = self._receive(self._letter(files=[(f"{place}.jpg", picture(), "jpeg") for place in range(7)]))
        self.assertEqual(len(feedback.photo_ids), 5)
        self.assertIn("5.jpg, 6.jpg", self._mails(KNOWN).body_html)
        photos, refused = self.env["kdc.feedback"]._mail_photos([("logo.png", picture(size=(8, 8)), {"cid": "l"})])
        self.assertEqual((photos, refused), ([], []))

    def test_html_becomes_text(self):
        html = f"<p>Đèn <b>đường</b> hỏng</p><ul><li>tối</li></ul>{EVIL}<style>p {{color: red}}</style>"
        feedback = self._receive(self._letter(html=html, Subject="Đèn"))
        for word in ("Đèn", "đường", "hỏng", "tối"):
            self.assertIn(word, feedback.description)
        for code in ("<", "alert(1)", "color: red"):
            self.assertNotIn(code, feedback.description)

    def test_a_huge_mail_is_cut_and_the_sender_knows(self):
        feedback = self._receive(self._letter("Nước ngập rồi. " * 40_000))
        self.assertLess(len(feedback.description), 11_000)
        self.assertIn("phần đầu", self._mails(KNOWN).body_html)

    def test_odd_letters_do_not_stop_the_gateway(self):
        raw = self._letter("x").replace(b"\n\nx", b"\n\nNul \x00 and \xff\xfe broken")
        self.assertIn("Nul", self._receive(raw).description)
        empty = self._receive(self._letter("", Subject=""))
        self.assertTrue(empty.name and empty.description)

    def test_the_chatter_does_not_name_the_sender(self):
        feedback = self._receive(self._letter("Xin giấu tên tôi", Cc="neighbour@example.com"))
        message = feedback.message_ids.filtered(lambda one: one.message_type == "email")
        self.assertEqual(len(message), 1)
        names = ("email_from", "subject", "body", "incoming_email_cc", "incoming_email_to", "reply_to")
        told = " ".join(str(message[name] or "") for name in names) + (message.author_id.email or "")
        for secret in (KNOWN, "Nguyễn Văn An", "giấu tên", "neighbour"):
            self.assertNotIn(secret, told)

    # -- machines ------------------------------------------------------------------------------------------------------
    def test_machines_are_not_answered(self):
        for headers in (
            "Auto-Submitted: auto-replied", "Precedence: bulk", "List-Id: <news.example>", "X-Autoreply: yes",
            "Return-Path: <>",
        ):  # fmt: skip
            with self.subTest(headers=headers):
                self.assertFalse(self._receive(self._plain(headers)))
        for sender in ("MAILER-DAEMON@mx.example", "postmaster@mx.example", ADDRESS):
            with self.subTest(sender=sender):
                self.assertFalse(self._receive(self._letter(sender=sender)))
        self.assertFalse(self.env["mail.mail"].search([("email_to", "in", ("la@nowhere.example", ADDRESS))]))

    def test_a_bounce_of_our_own_mail_is_no_feedback(self):
        raw = (
            "From: Mail Delivery <bounces@mx.example>\nTo: bounce@ward.example\nSubject: Undelivered\n"
            "Message-ID: <b1@mx.example>\nMIME-Version: 1.0\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
            "--b\nContent-Type: text/plain\n\nUser unknown\n--b\nContent-Type: message/delivery-status\n\n"
            "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; la@nowhere.example\nAction: failed\n--b--\n"
        )
        self.assertFalse(self._receive(raw))

    def test_who_writes_too_often_is_read_but_not_answered_and_told_once_at_the_end(self):
        throttle = type(self.env["kdc.throttle"])
        self.patch(throttle, "_LIMITS", {**throttle._LIMITS, "mail": (2, 60), "mail_taken": (4, 60)})
        for place in range(4):
            feedback = self._receive(self._letter(sender="mai@nowhere.example"))
            self.assertEqual((len(feedback), feedback.is_unanswered_mail), (1, place >= 2))
        mails = self._mails("mai@nowhere.example")
        self.assertEqual(len(mails), 2)
        marked = self.env["kdc.feedback"].search([("is_unanswered_mail", "=", True)])
        self.assertEqual(len(marked.with_user(self.user_handler).mapped("name")), 2)
        for _time in range(3):
            self.assertFalse(self._receive(self._letter(sender="Mai <MAI@nowhere.example>")))
        self.assertEqual(len(self._mails("mai@nowhere.example") - mails), 1)
        self.assertFalse(self.env["kdc.throttle"].search([("source_hash", "ilike", "nowhere")]))
        self.assertEqual(len(self._receive(self._letter())), 1, "others still write")

    # -- answers -------------------------------------------------------------------------------------------------------
    def _answer(self, feedback, text, sender=KNOWN, subject=None, **headers):
        first = feedback.message_ids.filtered(lambda one: one.message_type == "email").message_id
        subject = subject or f"Re: [{feedback.number}] Your feedback"
        return self._letter(text, sender, Subject=subject, **({"References": first} if first else {}), **headers)

    def test_the_reporter_adds_words_and_photos(self):
        feedback = self._receive(self._letter())
        feedback._staff_ask("Ở số nhà mấy?")
        self.assertEqual(len(self._mails(KNOWN)), 2, "the question goes to the mail too")
        text = "Số 12 ạ.\n\nVào Th 4, 18 thg 11, 2026 lúc 09:00 UBND phường đã viết:\n> Ở số nhà mấy?\n"
        raw = self._answer(feedback, text, files=[("so-12.jpg", picture(), "jpeg")])
        self.assertFalse(self._receive(raw))
        line = feedback.message_line_ids.filtered(lambda one: one.kind == "reporter")
        self.assertEqual((line.body, len(line.photo_ids)), ("Số 12 ạ.", 1))
        self.assertEqual(feedback.state, "in_progress", "the clock runs again")
        self.assertFalse(line.author_id)

    def test_the_number_in_the_subject_is_enough_for_the_reporter(self):
        feedback = self._receive(self._plain())
        raw = self._letter("Còn nữa", "la@nowhere.example", Subject=f"RE: [{feedback.number}] x")
        self.assertFalse(self._receive(raw))
        self.assertEqual(feedback.message_line_ids[-1].body, "Còn nữa")

    def test_another_address_adds_nothing(self):
        feedback = self._receive(self._letter())
        lines = feedback.message_line_ids
        link = f"https://ward.example/feedback/follow/{feedback.follow_token}"
        for raw in (
            self._answer(feedback, f"Tôi là người phản ánh. {link}", "thief@nowhere.example"),
            self._letter("Đã xong rồi", "thief@nowhere.example", Subject=f"Re: {feedback.number}"),
        ):
            other = self._receive(raw)
            self.assertEqual(len(other), 1, "it is feedback of its own, to check")
            self.assertTrue(other.is_sender_unknown)
            self.assertNotIn(feedback.follow_token, other.description)
            self.assertIn(feedback.number, other.message_line_ids.filtered(lambda one: one.kind == "note").body)
        self.assertEqual(feedback.message_line_ids, lines)

    def test_a_mail_confirms_and_disputes_nothing(self):
        feedback = self._receive(self._letter())
        feedback._staff_finish("Đã thay bóng đèn.")
        mails = self._mails(KNOWN)
        self._receive(self._answer(feedback, "Tôi không đồng ý"))
        self.assertEqual((feedback.state, feedback.dispute_count), ("done", 0))
        answer = self._mails(KNOWN) - mails
        self.assertEqual(len(answer), 1)
        self.assertIn(feedback.follow_token, answer.body_html)

    def test_only_the_gateway_brings_words_of_the_reporter(self):
        feedback = self._receive(self._letter())
        for user in (self.user_handler, self.user_dispatcher, self.user_portal_a):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                feedback.with_user(user).message_update({"body": "I am content"})
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["kdc.feedback"].with_user(user).message_new({"body": "Mine", "email_from": KNOWN})

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_the_address_is_for_those_who_handle_it(self):
        feedback = self._receive(self._plain())
        self.assertEqual(feedback.with_user(self.user_dispatcher).contact_email, "la@nowhere.example")
        feedback.is_private = False
        for user in (self.user_auditor, self.user_area_head):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                feedback.with_user(user).read(["contact_email"])
        with self.assertRaises(AccessError):
            feedback.with_user(self.user_dispatcher).contact_email = "thief@nowhere.example"
        feedback._anonymise()
        self.assertFalse(feedback.contact_email)
