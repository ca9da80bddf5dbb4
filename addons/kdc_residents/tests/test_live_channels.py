import json

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import ResidentsCommon
from .leaks import NOISE, NOWHERE, SECRET


@tagged("post_install", "-at_install")
class TestLiveChannels(ResidentsCommon, HttpCase):
    """What Odoo pushes to open pages reaches whom it is for, whatever channels somebody else asks for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.room = cls.env["discuss.channel"].create({"name": SECRET, "channel_type": "channel"})
        cls.room.group_public_id = cls.env.ref("kdc_residents.group_officer")
        cls.targets = (
            cls.user_portal_b.partner_id,
            cls.household_b.partner_id,
            cls.user_officer.partner_id,
            cls.env.ref("kdc_residents.group_officer"),
            cls.room,
        )

    def _last(self):
        return self.env["bus.bus"].sudo().search([], order="id desc", limit=1).id

    def _push(self):
        """Send a secret to everybody it is for, as it would be after a commit; return the number before it."""
        self.env.cr.precommit.run()
        before = self._last()
        for target in self.targets:
            self.env["bus.bus"]._sendone(target, "kdc.test", {"text": SECRET, "to": target._name})
        self.room.with_user(self.user_officer).message_post(body=SECRET, subtype_xmlid="mail.mt_comment")
        self.env.cr.precommit.run()
        self.assertGreater(self._last(), before)
        return before

    def _names(self):
        """Return all that somebody could write to be let in."""
        names = ["broadcast", "mail.message/inbox", "mail.guest_1", f"mail.guest_{self.user_portal_b.id}", "*", "%", ""]
        for target in self.targets:
            number = target.id
            names += [
                f"{target._name}_{number}",
                f"{target._name}({number},)",
                f"odoo-presence-{target._name}_{number}",
                f"odoo-presence-{target._name}_{number}-{'a' * 64}o0xffffffff",
                json.dumps([self.env.cr.dbname, target._name, number]),
                json.dumps([self.env.cr.dbname, target._name, number, "internal_users"]),
            ]
        return names

    def _peek(self, login, channels, last):
        """Return what the person with this login is sent; None is a guest."""
        self.authenticate(login, login)
        params = {"channels": channels, "last": last, "is_first_poll": True}
        request = {"jsonrpc": "2.0", "id": 1, "method": "call", "params": params}
        return self.url_open("/websocket/peek_notifications", json=request).text

    def test_channels_of_others(self):
        before = self._push()
        self.assertIn(SECRET, self._peek("kdc_officer", [], before), "the attack looks where it should")
        self.assertIn(SECRET, self._peek("kdc_portal_b", [], before))
        for login in ("kdc_portal_a", None):
            with self.subTest(who=login), mute_logger("odoo.addons.mail.models.ir_websocket", *NOISE):
                self.assertNotIn(SECRET, self._peek(login, self._names(), before))
                self.assertNotIn(SECRET, self._peek(login, self._names(), 0))

    def test_channels_that_are_no_names(self):
        """Pairs and numbers would be taken for records; they are refused before anything is read."""
        before = self._push()
        pair = ["res.partner", self.user_portal_b.partner_id.id]
        for login in ("kdc_portal_a", None):
            for channels in ([pair], [[self.env.cr.dbname, *pair]], [NOWHERE], [None], [{"model": "res.partner"}]):
                with self.subTest(who=login, channels=channels), mute_logger(*NOISE):
                    self.assertNotIn(SECRET, self._peek(login, channels, before))

    def test_what_was_sent_is_not_read_as_a_record(self):
        self._push()
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        params = {"model": "bus.bus", "method": "search_read", "args": [[]], "kwargs": {}}
        request = {"jsonrpc": "2.0", "id": 1, "method": "call", "params": params}
        with mute_logger(*NOISE):
            answer = self.url_open("/web/dataset/call_kw/bus.bus/search_read", json=request)
        self.assertIn("AccessError", answer.text)
        self.assertNotIn(SECRET, answer.text)
