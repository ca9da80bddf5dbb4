from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .collection_common import CollectionCommon


@tagged("post_install", "-at_install")
class TestCollectionRights(CollectionCommon):
    """Whose sessions, receipts and dialogues one reaches."""

    def test_nobodys_defaults_close_a_drawer(self):
        session = self.env["kdc.cash.session"].with_user(self.user_collector).with_context(
            default_state="countersigned", default_countersigned_by_id=self.user_accountant.id,
            default_counted_cash=5_000, default_difference_reason="-", default_user_id=self.user_collector_2.id,
        ).create({})  # fmt: skip
        self.assertEqual((session.state, session.counted_cash), ("open", 0))
        self.assertEqual(session.user_id, self.user_collector)
        self.assertFalse(session.countersigned_by_id or session.difference_reason)

    def test_dialogues_are_their_authors(self):
        """What somebody imports or proves is nobody else's to read."""
        colleague = self._create_user("kdc_accountant_2", "kdc_utilities.group_accountant")
        for name in ("kdc.day.proof", "kdc.statement.import", "kdc.late.fee.prepare", "kdc.reading.import"):
            with self.subTest(name):
                dialogues = self.env[name].with_user(self.user_accountant)
                mine = dialogues.create({"file": b"eA=="} if "file" in dialogues._fields else {})
                self.assertTrue(mine.has_access("read"))
                self.assertFalse(mine.with_user(colleague).search([("id", "=", mine.id)]))
                self.assertFalse(mine.with_user(colleague).has_access("write"))

    def test_cash_goes_into_a_cash_desk(self):
        sessions = self.env["kdc.cash.session"].with_user(self.user_collector)
        for kind in ("sale", "bank", "general"):
            journal = self.env["account.journal"].search(
                [("type", "=", kind), ("company_id", "=", self.company.id)], limit=1
            )
            with self.subTest(kind=kind), self.assertRaises(ValidationError):
                sessions.create({"journal_id": journal.id})

    def test_whose_sessions_and_receipts(self):
        mine = self._take(self.user_collector, self.account_a, 1_000, key="a" * 9)
        theirs = self._take(self.user_collector_2, self.account_b, 2_000, key="b" * 9)
        both = mine | theirs
        seen = {
            "user_collector": mine,
            "user_collector_2": theirs,
            "user_accountant": both,
            "user_approver": both,
            "user_auditor": both,
        }
        for role, receipts in seen.items():
            user = getattr(self, role)
            with self.subTest(role=role):
                found = self.env["kdc.receipt"].with_user(user).search([("id", "in", both.ids)])
                self.assertEqual(found.ids, receipts.sorted(lambda r: (-r.year, -r.number)).ids)
                sessions = self.env["kdc.cash.session"].with_user(user).search([("id", "in", both.session_id.ids)])
                self.assertEqual(set(sessions.ids), set(receipts.session_id.ids))
                counts = self.env["kdc.cash.count"].with_user(user).search([("session_id", "in", both.session_id.ids)])
                self.assertEqual(counts.session_id, receipts.session_id)
                lines = self.env["kdc.receipt.line"].with_user(user).search([("receipt_id", "in", both.ids)])
                self.assertEqual(set(lines.ids), set(receipts.line_ids.ids))
        with self.assertRaises(AccessError):
            theirs.session_id.with_user(self.user_collector).write({"counted_cash": 1})
        with self.assertRaises(AccessError):
            theirs.session_id.with_user(self.user_accountant).write({"counted_cash": 1})

    def test_another_ward_sees_nothing(self):
        receipt = self._take(self.user_collector, self.account_a, 1_000)
        ward = self.env["res.company"].create({"name": "Phường khác"})
        stranger = self._create_user("kdc_stranger", "kdc_utilities.group_accountant")
        stranger.write({"company_ids": [(6, 0, ward.ids)], "company_id": ward.id})
        stranger_env = self.env["kdc.receipt"].with_user(stranger).with_context(allowed_company_ids=ward.ids)
        self.assertFalse(stranger_env.search([("id", "=", receipt.id)]))
        with self.assertRaises(AccessError):
            stranger_env.browse(receipt.id).read(["amount"])

    def test_only_collectors_and_accountants_use_the_counter(self):
        calls = (
            ("get_session",),
            ("open_session", 0),
            ("find", "an"),
            ("get_owed", self.account_a.id),
            ("apply_advance", self.account_a.id),
            ("preview", self.account_a.id, 1),
            ("confirm", self.account_a.id, 1, "k" * 10, "x"),
        )
        for role in ("user_approver", "user_auditor", "user_officer", "user_staff", "user_area_head", "user_portal_a"):
            counter = self.env["kdc.collect"].with_user(getattr(self, role))
            for method, *args in calls:
                with self.subTest(role=role, method=method), self.assertRaises(AccessError):
                    getattr(counter, method)(*args)

    def test_nobody_writes_a_receipt(self):
        receipt = self._take(self.user_collector, self.account_a, 1_000)
        for role in ("user_collector", "user_accountant", "user_approver", "user_auditor"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                receipt.with_user(getattr(self, role)).write({"amount": 1})
