from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Date
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..engine import activation
from ..models.kdc_invitation import MAX_ATTEMPTS, ActivationError
from .common import ResidentsCommon

LOGIN = "+84905777888"
SOURCE = "203.0.113.7"


@tagged("post_install", "-at_install")
class TestInvitation(ResidentsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.wife = cls.household_a.membership_ids.filtered(lambda m: m.role == "wife").resident_id
        cls.child = cls.household_a.membership_ids.filtered(lambda m: m.role == "child").resident_id

    def _invite(self, resident=None, days=30):
        invitations = self.env["kdc.invitation"].with_user(self.user_officer)
        [(invitation, code)] = invitations._invite(resident or self.wife, days).items()
        return invitation.sudo(), code

    def _redeem(self, code, last_four="4321", login=LOGIN, source=SOURCE):
        # as the visitor of the website does it
        public = self.env["kdc.invitation"].with_user(self.env.ref("base.public_user"))
        return public._redeem(code, last_four, login, "mat khau 99", source)

    def assertRefused(self, kind, *args, **kwargs):
        # Not assertRaises: Odoo's rolls back, and the counters of wrong guesses must stay, as they do on the website.
        try:
            self._redeem(*args, **kwargs)
        except ActivationError as refusal:
            self.assertEqual(refusal.kind, kind)
        else:
            self.fail(f"accepted, expected {kind}")

    # -- inviting --------------------------------------------------------------------------------------------------
    def test_code_is_kept_as_hash_only(self):
        invitation, code = self._invite()
        self.assertEqual(activation.parse_code(code), code)
        stored = " ".join(str(value) for value in invitation.read()[0].values())
        self.assertNotIn(code, stored)
        self.assertNotIn(activation.grouped(code), stored)
        self.assertNotEqual(invitation.code_hash, activation.digest(code, b"another database"))

    def test_who_is_not_invited(self):
        refusals = self.env["kdc.invitation"]._refusals(self.household_a.membership_ids.resident_id)
        # The head has a portal account already, the child has neither number nor age (born in 2010 in common.py).
        self.assertIn(self.resident_a, refusals)
        self.assertNotIn(self.wife, refusals)
        self.child.personal_number = "056210000111"
        with freeze_time("2025-07-14"):
            self.assertIn(self.child, self.env["kdc.invitation"]._refusals(self.child), "one day before the birthday")
        with freeze_time("2025-07-15"):
            self.assertFalse(self.env["kdc.invitation"]._refusals(self.child), "15 years old today")
        self.env["ir.config_parameter"].set_param("kdc_residents.invite_min_age", "18")
        with freeze_time("2025-07-15"):
            self.assertTrue(self.env["kdc.invitation"]._refusals(self.child), "the ward asks for 18 years")
        self.env["ir.config_parameter"].set_param("kdc_residents.invite_min_age", "3")
        self.assertEqual(self.env["kdc.invitation"]._min_age(), 15, "never below the law")

    def test_a_new_slip_replaces_the_old_one(self):
        first, first_code = self._invite()
        second, second_code = self._invite()
        self.assertEqual((first.state, first.cancel_reason), ("cancelled", "replaced"))
        self.assertRefused("replaced", first_code)
        self.assertTrue(self._redeem(second_code))
        self.assertEqual(second.state, "used")

    def test_one_open_slip_per_resident_in_the_database(self):
        invitation, _code = self._invite()
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.cr.savepoint():
            invitation.copy({"code_hash": "x"})

    # -- activating ------------------------------------------------------------------------------------------------
    def test_activation_binds_the_user_to_the_resident(self):
        invitation, code = self._invite()
        user = self._redeem(code)
        self.assertEqual(user.partner_id, self.wife.partner_id)
        self.assertEqual(user.login, LOGIN)
        self.assertEqual(user._kdc_resident(), self.wife)
        self.assertTrue(user._is_portal())
        self.assertFalse(user.has_group("base.group_user"))
        self.assertEqual(user.company_id, self.company)
        self.assertEqual((invitation.state, invitation.user_id), ("used", user))
        self.assertEqual(self.wife.phone, LOGIN, "the register had no number yet")
        credential = {"login": "0905 777 888", "password": "mat khau 99", "type": "password"}
        self.assertEqual(
            self.env["res.users"].authenticate(credential, {"interactive": True})["uid"],
            user.id,
            "the number is understood however it is typed",
        )

    def test_the_register_keeps_its_phone_number(self):
        self.wife.phone = "+84905000111"
        _invitation, code = self._invite()
        self._redeem(code)
        self.assertEqual(self.wife.phone, "+84905000111")

    def test_twice(self):
        _invitation, code = self._invite()
        self._redeem(code)
        self.assertRefused("used", code)
        self.assertRefused("mismatch", code, last_four="0000")

    def test_expired(self):
        invitation, code = self._invite(days=30)
        with freeze_time(Date.add(Date.context_today(invitation), days=30)):
            self.assertEqual(invitation.state, "sent", "the last day still counts")
        with freeze_time(Date.add(Date.context_today(invitation), days=32)):
            self.assertRefused("expired", code)
            self.env["kdc.invitation"]._gc_expired()
        self.assertEqual(invitation.state, "expired")

    def test_wrong_digits_look_like_a_wrong_code(self):
        invitation, code = self._invite()
        other = activation.new_code()
        self.assertRefused("mismatch", other)
        self.assertRefused("mismatch", code, last_four="1111")
        self.assertEqual(invitation.attempts, 1)
        self.assertTrue(self._redeem(code), "one mistake is forgiven")

    def test_slip_is_locked_after_wrong_digits(self):
        invitation, code = self._invite()
        for attempt in range(MAX_ATTEMPTS):
            self.assertRefused("mismatch", code, last_four="1111", source=f"203.0.113.{attempt}")
        self.assertEqual((invitation.state, invitation.cancel_reason), ("cancelled", "locked"))
        self.assertRefused("mismatch", code, source="203.0.113.99")  # even with the right digits: no oracle

    def test_guessing_from_one_address_is_stopped(self):
        _invitation, code = self._invite()
        for _attempt in range(10):
            self.assertRefused("mismatch", activation.new_code())
        self.assertRefused("throttled", code)
        self.assertTrue(self._redeem(code, source="198.51.100.1"), "others are not concerned")

    def test_throttle_forgets(self):
        throttle = self.env["kdc.throttle"]
        for _attempt in range(10):
            throttle._count("activation", SOURCE)
        self.assertFalse(throttle._allow("activation", SOURCE))
        self.env.cr.execute("UPDATE kdc_throttle SET window_start = window_start - interval '16 minutes'")
        throttle.invalidate_model()
        self.assertTrue(throttle._allow("activation", SOURCE))
        throttle._count("activation", SOURCE)
        self.assertTrue(throttle._allow("activation", SOURCE), "counting starts again at one")
        self.assertNotIn(SOURCE, str(throttle.search([]).read()), "no address is stored in clear")

    def test_account_exists(self):
        invitation, code = self._invite(self.resident_a)
        self.assertEqual(invitation.purpose, "reset")
        invitation.purpose = "activate"  # the account was opened on another way after the slip was printed
        self.assertRefused("exists", code, last_four="1234")

    def test_new_password_for_who_forgot(self):
        _invitation, code = self._invite(self.resident_a)
        user = self._redeem(code, last_four="1234")
        self.assertEqual(user, self.user_portal_a)
        self.assertEqual(user.login, LOGIN)

    def test_closed_account_stays_closed(self):
        _invitation, code = self._invite(self.resident_a)
        self.user_portal_a.active = False
        self.assertRefused("blocked", code, last_four="1234")

    def test_phone_of_somebody_else(self):
        self.user_portal_b.login = LOGIN
        invitation, code = self._invite()
        self.assertRefused("phone_taken", code)
        self.assertEqual(invitation.state, "sent", "another number can still be given")

    def test_without_personal_number_nothing_matches(self):
        invitation, code = self._invite()
        self.wife.personal_number = False
        self.assertRefused("mismatch", code, last_four="")
        self.assertEqual(invitation.state, "sent")

    # -- officers --------------------------------------------------------------------------------------------------
    def _wizard(self, user, **values):
        return (
            self.env["kdc.invite.wizard"]
            .with_user(user)
            .create({"household_ids": [Command.set(self.household_a.ids)], **values})
        )

    def test_wizard_prints_slips(self):
        wizard = self._wizard(self.user_officer, scope="adults")
        self.assertEqual(wizard.invited_count, 1)
        self.assertIn(self.child.name, wizard.skipped_text)
        wizard.action_print()
        self.assertTrue(wizard.with_context(bin_size=False).pdf)
        self.assertEqual(wizard.action_download()["url"], f"/kdc/invitations/{wizard.id}/slips.pdf")
        wizard.reset = True
        self.assertEqual(wizard.invited_count, 2)

    def test_wizard_with_nobody_to_invite(self):
        wizard = self._wizard(self.user_officer, scope="head")
        self.assertEqual(wizard.invited_count, 0)
        with self.assertRaises(UserError):
            wizard.action_print()

    def test_household_of_several_people_continues_on_a_second_slip(self):
        wizard = self._wizard(self.user_officer, scope="adults", reset=True)
        self.child.write({"personal_number": "056210000111", "birth_date": "1999-01-01"})
        codes = (
            self.env["kdc.invitation"]
            .with_user(self.user_officer)
            ._invite(self.household_a.membership_ids.resident_id, 30)
        )
        self.assertEqual(len(codes), 3)
        self.assertTrue(wizard._render_slips(codes).startswith(b"%PDF"))

    def test_roles(self):
        """Of slips and notices everybody reaches the own ones only, and nobody reads the code."""
        invitation, _code = self._invite()
        notice = self.env["kdc.notification"]._notify(self.wife.partner_id, "Notice")
        self.assertFalse(notice.with_user(self.user_portal_a).has_access("read"), "not addressed")
        self.assertFalse(self._wizard(self.user_officer).with_user(self.user_officer.copy()).has_access("read"))
        with self.assertRaises(AccessError):
            invitation.with_user(self.user_officer).read(["code_hash"])

    def test_head_of_group_sees_own_area_only(self):
        invitation, _code = self._invite()
        self.assertTrue(invitation.with_user(self.user_area_head).has_access("read"))
        self.user_area_head.kdc_area_ids = self.group_b
        self.assertFalse(invitation.with_user(self.user_area_head).has_access("read"))

    def test_cancelling_is_for_officers(self):
        invitation, code = self._invite()
        with self.assertRaises(UserError):
            invitation.with_user(self.user_area_head).action_cancel()
        invitation.with_user(self.user_officer).action_cancel()
        self.assertEqual((invitation.state, invitation.cancel_reason), ("cancelled", "officer"))
        self.assertRefused("replaced", code)

    # -- notices ---------------------------------------------------------------------------------------------------
    def test_notice_to_a_household_reaches_its_members(self):
        notices = self.env["kdc.notification"]._notify(self.household_a.partner_id, "Water is off", url="/my")
        self.assertEqual(notices.partner_id, self.household_a.membership_ids.resident_id.partner_id)
        mine = self.env["kdc.notification"].with_user(self.user_portal_a)
        self.assertEqual(mine._unread_count(), 1)
        mine.search([])._mark_read()
        self.assertEqual(mine._unread_count(), 0)

    def test_notice_cannot_lead_elsewhere(self):
        for url in ("https://example.com", "//example.com", "/\\example.com", "javascript:alert(1)"):
            with (
                self.subTest(url=url),
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.cr.savepoint(),
            ):
                self.env["kdc.notification"]._notify(self.wife.partner_id, "x", url=url)
