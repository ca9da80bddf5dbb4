"""The proof of the books at the end of a test."""


class ProvedCase:
    """Whatever a test did, every day of its ward has to fit to the đồng afterwards. Before the world in the bases."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self._assert_everything_fits)

    def _assert_everything_fits(self):
        """Whatever a test did by the ways people have: every day of the ward fits to the đồng."""
        proof = self.env["kdc.proof"]
        for day in proof._days(self.company):
            for check in proof._prove(self.company, day):
                self.assertFalse(check.comparison.misfits, f"{day:%d/%m/%Y}: {check.name} ({check.model})")
        self._assert_movements_fit()

    def _assert_movements_fit(self):
        """What the reports add up, service by service, is the balance of the payers' accounts and of each bill."""
        movements = self.env["kdc.fee.movement"].with_context(allowed_company_ids=self.company.ids)
        bills = self.env["account.move"].search([("kdc_account_id", "!=", False)])
        # who paid for an account before still owes
        accounts = self.env["kdc.customer.account"].search([("company_id", "=", self.company.id)])
        receipts = self.env["kdc.receipt"].search([("company_id", "=", self.company.id)])
        payers = (accounts.partner_id | bills.partner_id | receipts.partner_id).commercial_partner_id
        ledger = self.env["account.move.line"]._read_group(
            [
                ("company_id", "=", self.company.id), ("parent_state", "=", "posted"),
                ("account_id.account_type", "=", "asset_receivable"),
                ("partner_id", "child_of", payers.ids),
            ],
            ["date:day"], ["balance:sum"],
        )  # fmt: skip
        found = movements._read_group([("company_id", "=", self.company.id)], ["date:day"], ["amount:sum"])
        self.assertEqual(
            {day: round(amount) for day, amount in found if round(amount)},
            {day: round(amount) for day, amount in ledger if round(amount)},
        )
        for bill, amount in movements._read_group([("service_id", "!=", False)], ["bill_id"], ["amount:sum"]):
            self.assertEqual(round(amount), round(bill.amount_residual), bill.display_name)
