from unittest.mock import patch

from odoo.addons.kdc_utilities.tests import test_statement_press as press
from odoo.addons.kdc_utilities.tools import bill_guard
from odoo.tests import tagged

#: In the database of these tests because of another addon, which is not proven: its own tests say so.
BESIDE = frozenset({"kdc_utilities_edi", "l10n_vn_edi_viettel"})


@tagged("post_install", "-at_install")
class TestPress(press.StatementPressCommon):
    """The OCA's additions change nothing of what is written when many statement lines are made at once."""

    COUNT = 10

    _compare = press.TestStatementPress._compare
    _assert_same = press.TestStatementPress._assert_same

    def setUp(self):
        super().setUp()
        self.enterContext(patch.object(bill_guard, "PROVEN_ADDONS", bill_guard.PROVEN_ADDONS | BESIDE))

    def test_same_as_odoo(self):
        self.assertEqual(bill_guard.strangers(self.env["account.bank.statement.line"]), "")
        bill = self.bills[0]
        lines = [
            # Labels and senders by which the OCA's addon would find somebody.
            self._values(number, 5_000 + number, payment_ref=bill.payment_reference, partner_name=bill.partner_id.name)
            for number in range(8)
        ]
        paying = [self._values(10 + number, 400, [(one, 400)]) for number, one in enumerate(self.bills[:7])]
        batches = self._compare(lines + paying, lambda lines: lines[7].write({"payment_ref": "khac"}))
        self.assertGreaterEqual(self._copied(batches), 5)
