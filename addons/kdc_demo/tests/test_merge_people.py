from odoo.addons.kdc_feedback.tests.common import FeedbackCommon
from odoo.addons.kdc_marketplace.tests.common import MarketCommon
from odoo.addons.kdc_utilities.tests.collection_common import CollectionCommon
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestMergePeople(CollectionCommon, MarketCommon, FeedbackCommon):
    """Merging two records of one person, with what the addons above the register hang on them."""

    def test_bills_orders_and_feedback_move(self):
        twin = self.env["kdc.resident"].create(
            {"name": "Nguyễn Văn An", "birth_date": "1975-03-02", "company_id": self.company.id}
        )
        user = self._create_portal_user("kdc_twin", twin)
        bill = self.new_a.copy({"partner_id": twin.partner_id.id, "kdc_account_id": False, "kdc_run_id": False})
        self.assertEqual(bill.partner_id, twin.partner_id)
        posted, total = self.new_a, self.new_a.amount_total
        order = self._order(user, {self.fish: 1})[self.shop_a]
        feedback = self._send(partner=twin.partner_id)
        account = self.account_a
        account.partner_id = twin.partner_id
        user.active = False
        admin = self._create_user("kdc_admin", "kdc_residents.group_admin")
        self.env.flush_all()
        self.env["kdc.resident.merge"].with_user(admin).create(
            {"keep_id": self.resident_a.id, "drop_id": twin.id}
        ).action_merge()
        self.env.invalidate_all()
        partner = self.resident_a.partner_id
        self.assertEqual(bill.partner_id, partner)
        self.assertEqual(set(bill.line_ids.partner_id.ids), {partner.id})
        self.assertEqual(order.partner_id, partner)
        self.assertEqual(feedback.partner_id, partner)
        self.assertEqual(account.partner_id, partner)
        self.assertEqual(posted.state, "posted")
        self.assertEqual(posted.amount_total, total, "issued bills say what they said")
        self.assertFalse(twin.active)
        for model in ("sale.order", "account.move", "kdc.feedback", "kdc.customer.account"):
            self.assertFalse(self.env[model].search_count([("partner_id", "=", twin.partner_id.id)]), model)
        note = self.resident_a.message_ids.filtered(lambda message: str(twin.id) in (message.body or ""))
        self.assertTrue(note)
