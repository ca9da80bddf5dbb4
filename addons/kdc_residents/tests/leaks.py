"""Whether Odoo's routes or ours give the data of one household to another, or of one group to the head of another.

An addon's test names the records of household B (group B); this asks for them over HTTP as the people of household A.
What they get must be what they get for a record that does not exist.
"""

import base64
import io
import json

from odoo.http import Request
from odoo.tests import HttpCase
from odoo.tools import mute_logger
from PIL import Image

#: Stands in everything that is planted; whoever reads it has read too much.
SECRET = "KDC-SECRET-7F3A"
#: What an intruder writes; it must not arrive.
INTRUDER = "KDC-INTRUDER-9B1C"
#: Number of a record that is not there.
NOWHERE = 2**31 - 7
#: Refusals are logged by Odoo; here they are what is wanted.
NOISE = ("odoo.http", "odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule", "odoo.models")


def picture():
    """Return a JPEG that no placeholder looks like."""
    out = io.BytesIO()
    Image.new("RGB", (96, 64), "#c2185b").save(out, "JPEG")
    return out.getvalue()


class LeakCase(HttpCase):
    """Attacks over real HTTP; combine with a test world that has user_portal_a and user_area_head of group A."""

    @property
    def outsiders(self):
        """Who must not see household B: the login, or None for a guest."""
        return ("kdc_portal_a", "kdc_area_head", None)

    def become(self, login):
        self.authenticate(login, login)

    def rpc(self, url, params):
        """Return the answer to a JSON call as text, errors included."""
        return self.url_open(url, json={"jsonrpc": "2.0", "id": 1, "method": "call", "params": params}).text

    def call_kw(self, model, method, *args, **kwargs):
        params = {"model": model, "method": method, "args": list(args), "kwargs": kwargs}
        return json.loads(self.rpc(f"/web/dataset/call_kw/{model}/{method}", params))

    def assert_clean(self, text):
        for secret in (SECRET, base64.b64encode(SECRET.encode()).decode()):
            self.assertNotIn(secret, text)

    # -- conversations ---------------------------------------------------------------------------------------------
    def _plant(self, record):
        """Add an attachment and a message to a record; return both."""
        attachment = self.env["ir.attachment"].create(
            {"name": f"{SECRET}.txt", "raw": SECRET, "res_model": record._name, "res_id": record.id}
        )
        message = record.message_post(body=SECRET, subtype_xmlid="mail.mt_comment", attachment_ids=attachment.ids)
        return attachment, message

    def _json_attacks(self, record, attachment, message, token):
        """Yield (route, parameters) of all that Odoo offers on a conversation."""
        thread = {"thread_model": record._name, "thread_id": record.id}
        keys = {"token": token, "access_token": token, "hash": token, "pid": self.user_portal_a.partner_id.id}
        wanted = ["attachments", "followers", "messages", "recipients", "suggestedRecipients"]
        mine = self.user_portal_a.partner_id.ids
        for access in ({}, keys):
            yield "/mail/thread/messages", {**thread, "fetch_params": {"limit": 30}}
            yield "/mail/chatter_fetch", {**thread, **access}
            yield "/portal/chatter_init", {**thread, **access}
            request = {**thread, "access_params": access, "request_list": wanted}
            yield "/mail/data", {"fetch_params": [["mail.thread", request]]}
            yield "/mail/message/post", {**thread, "post_data": {"body": INTRUDER}, **access}
            update = {"body": INTRUDER, "attachment_ids": []}
            yield "/mail/message/update_content", {"message_id": message.id, "update_data": update, **access}
            yield "/mail/message/reaction", {"message_id": message.id, "content": "x", "action": "add", **access}
        for key in (None, token):
            yield "/mail/attachment/delete", {"attachment_id": attachment.id, "access_token": key}
            yield "/portal/attachment/remove", {"attachment_id": attachment.id, "access_token": key}
        yield "/mail/thread/recipients", {**thread, "message_id": message.id}
        yield "/mail/thread/subscribe", {"res_model": record._name, "res_id": record.id, "partner_ids": mine}
        yield "/mail/thread/unsubscribe", {"res_model": record._name, "res_id": record.id, "partner_ids": mine}
        yield "/mail/update_is_internal", {"message_id": message.id, "is_internal": False}
        for model, found, name in (
            ("mail.message", message, "body"),
            ("ir.attachment", attachment, "datas"),
            ("mail.followers", record.message_follower_ids, "res_id"),
        ):
            domain = [("res_model" if "res_model" in found else "model", "=", record._name), ("res_id", "=", record.id)]
            for method, args in (
                ("search_read", [domain, [name]]),
                ("export_data", [found.ids, [name]]),
                ("formatted_read_group", [domain, ["res_id"], ["__count", f"{name}:array_agg"]]),
            ):
                params = {"model": model, "method": method, "args": args, "kwargs": {}}
                yield f"/web/dataset/call_kw/{model}/{method}", params

    def _file_attacks(self, record, attachment, message, token):
        """Return the addresses under which Odoo gives out an attachment or leads to a message."""
        return (
            f"/web/content/{attachment.id}?access_token={token}",
            f"/web/content/{attachment.id}/{attachment.name}?download=1",
            f"/web/image/{attachment.id}",
            f"/mail/attachment/pdf_first_page/{attachment.id}?access_token={token}",
            f"/mail/message/{message.id}",
            f"/mail/view?model={record._name}&res_id={record.id}&access_token={token}",
        )

    def assert_conversation_closed(self, record, insider, token="a" * 36):
        """Nobody outside reads, joins or changes what is written and kept on ``record``.

        :param insider: login of somebody who does read it, so that the attack is known to work
        :param token: of a document of the attacker's own
        """
        attachment, message = self._plant(record)
        self.become(insider)
        thread = {"thread_model": record._name, "thread_id": record.id, "fetch_params": {"limit": 30}}
        self.assertIn(SECRET, self.rpc("/mail/thread/messages", thread))
        self.assertEqual(self.url_open(f"/web/content/{attachment.id}").content, SECRET.encode())
        before = (len(record.message_ids), record.message_follower_ids.ids)
        for login in self.outsiders:
            self.become(login)
            for url, params in self._json_attacks(record, attachment, message, token):
                if login is None and url.startswith("/web/dataset/"):
                    continue  # for signed-in people only
                with self.subTest(record=record._name, who=login, url=url), mute_logger(*NOISE):
                    self.assert_clean(self.rpc(url, params))
            for url in self._file_attacks(record, attachment, message, token):
                with self.subTest(record=record._name, who=login, url=url), mute_logger(*NOISE):
                    self.assertNotIn(SECRET.encode(), self.url_open(url).content)
            with self.subTest(record=record._name, who=login), mute_logger(*NOISE):
                form = {"csrf_token": Request.csrf_token(self)}
                thread = {"thread_model": record._name, "thread_id": record.id, "token": token}
                files = {"ufile": ("x.txt", INTRUDER.encode(), "text/plain")}
                self.url_open("/mail/attachment/upload", data={**form, **thread}, files=files)
                names = {"file_ids": str(attachment.id), "zip_name": "x.zip"}
                self.assertNotIn(SECRET.encode(), self.url_open("/mail/attachment/zip", data={**form, **names}).content)
        self.env.invalidate_all()
        self.assertEqual((len(record.message_ids), record.message_follower_ids.ids), before, record._name)
        self.assertIn(SECRET, message.body)
        self.assertEqual(attachment.exists().raw, SECRET.encode())
        self.assertFalse(self._written(record), "an intruder's file or word arrived")

    def _written(self, record):
        place = [("res_id", "=", record.id), ("res_model", "=", record._name), ("index_content", "like", INTRUDER)]
        return self.env["ir.attachment"].search(place)

    # -- pictures and files in fields --------------------------------------------------------------------------------
    def assert_field_closed(self, record, field, insider):
        """The bytes of a field: for ``insider`` (a login) they come, for outsiders it is as if there were no record.

        Without insider the field is read by nobody; a page of its own hands it out.
        """
        path = f"/web/content/{record._name}/%s/{field}"
        if insider:
            self.become(insider)
            self.assertEqual(
                self.url_open(path % record.id).content, base64.b64decode(record[field]), f"{insider} reads {field}"
            )
        files = self.env["ir.attachment"].search(
            [("res_model", "=", record._name), ("res_id", "=", record.id), ("res_field", "=", field)]
        )
        for login in self.outsiders:
            self.become(login)
            urls = [path, f"/web/image/{record._name}/%s/{field}", f"/web/image/{record._name}/%s/{field}/64x64"]
            pairs = [(url % record.id, url % NOWHERE) for url in urls]
            for attachment in files:
                pairs += [(f"/web/{kind}/{attachment.id}", f"/web/{kind}/{NOWHERE}") for kind in ("content", "image")]
            for url, nowhere in pairs:
                with self.subTest(who=login, url=url), mute_logger(*NOISE):
                    got, nothing = self.url_open(url), self.url_open(nowhere)
                    self.assertEqual(got.status_code, nothing.status_code)
                    self.assertTrue(got.status_code >= 400 or got.content == nothing.content)
            with self.subTest(who=login, field=field), mute_logger(*NOISE):
                self.assertIn("error", self.call_kw(record._name, "read", record.ids, [field]))
                for attachment in files:
                    self.assertIn("error", self.call_kw("ir.attachment", "read", attachment.ids, ["datas"]))
