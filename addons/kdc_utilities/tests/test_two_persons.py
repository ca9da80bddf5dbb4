from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import UtilitiesCommon


@tagged("post_install", "-at_install")
class TestTwoPersons(UtilitiesCommon):
    """What one person prepares and another approves: no way around the second person through RPC."""

    def _content(self):
        """Model → values of a record to approve, and a field that decides over money."""
        return {
            "kdc.charge": (
                {
                    "account_id": self.account_a.id, "service_id": self.waste.id, "name": "Thay thùng rác",
                    "amount": 120000, "decision": "Phiếu 5", "period": "2026-10-01",
                },
                {"amount": 5000},
            ),
            "kdc.outage": (
                {
                    "name": "Xe rác hỏng", "service_id": self.waste.id, "date_from": "2026-10-10",
                    "date_to": "2026-10-12", "decision": "Biên bản 12/10", "reason": "Không thu gom 3 ngày",
                },
                {"date_to": "2026-10-31"},
            ),
            "kdc.contribution.drive": (
                {
                    "name": "Bê tông hóa hẻm 12", "purpose": "Đổ bê tông", "decision": "Biên bản họp tổ",
                    "target": 1_000_000, "date_from": "2026-10-01",
                },
                {"target": 2_000_000},
            ),
        }  # fmt: skip

    def test_neither_context_nor_defaults_approve(self):
        for model, (vals, _change) in self._content().items():
            with self.subTest(model):
                records = self.env[model].with_user(self.user_accountant)
                forged = records.with_context(
                    default_state="open" if model == "kdc.contribution.drive" else "approved",
                    default_requested_by_id=self.user_collector.id,
                    default_approved_by_id=self.user_approver.id,
                )
                record = forged.create(vals)
                self.assertEqual((record.state, record.requested_by_id), ("draft", self.user_accountant))
                self.assertFalse(record.approved_by_id)

    def test_who_changes_it_prepared_it(self):
        both = self._create_user("kdc_both", "kdc_utilities.group_accountant")
        both.group_ids += self.env.ref("kdc_utilities.group_approver")
        for model, (vals, change) in self._content().items():
            with self.subTest(model):
                record = self.env[model].with_user(self.user_accountant).create(vals)
                step = "action_open" if model == "kdc.contribution.drive" else "action_approve"
                record.with_user(both).write(change)
                self.assertEqual(record.requested_by_id, both)
                with self.assertRaises(UserError):
                    getattr(record.with_user(both), step)()
                getattr(record.with_user(self.user_approver), step)()
                self.assertEqual(record.approved_by_id, self.user_approver)
