from odoo import fields, models


class KdcOutageSkipped(models.Model):
    """A customer without the service who got nothing back for an outage, and why: the accountant decides what to do.

    Written whenever the outage is settled, as it stands then.
    """

    _name = "kdc.outage.skipped"
    _description = "Customer Not Reduced for an Outage"
    _order = "outage_id, reason, account_id"
    _rec_name = "account_id"

    outage_id = fields.Many2one("kdc.outage", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="outage_id.company_id", store=True, index=True)
    account_id = fields.Many2one("kdc.customer.account", required=True, ondelete="cascade", index=True)
    move_id = fields.Many2one("account.move", string="Bill", ondelete="cascade", index="btree_not_null")
    reason = fields.Selection(
        [
            ("not_billed", "No bill of these days yet: the billing run after it gives them back"),
            ("given_before", "These days were given back before"),
            ("written_off", "The bill was written off"),
            ("reversed", "The bill was taken back by a credit note"),
            ("measured", "Nothing on the bill is priced by the day: what was measured was used"),
        ],
        required=True,
    )

    _account_uniq = models.Constraint("UNIQUE (outage_id, account_id)", "A customer stands once in this list.")

    def _note(self, outage, done):
        """Bring the list of an outage up to date (sudo).

        :param outage: just settled; these are its rows so far
        :param done: {(account, period)} whose days had been given back before, by it or otherwise
        """
        found = self._reasons(outage, done)
        kept = self.filtered(lambda row: found.get(row.account_id) == (row.reason, row.move_id))
        (self - kept).unlink()
        self.create(
            [
                {"outage_id": outage.id, "account_id": account.id, "reason": reason, "move_id": bill.id}
                for account, (reason, bill) in found.items()
                if account not in kept.account_id
            ]
        )

    def _reasons(self, outage, done):
        """Return {account: (reason, bill)} of the customers concerned who have no reduction of this outage."""
        concerned = self.env["kdc.connection"].search(outage._connection_domain()).account_id
        got = outage.charge_ids.filtered(lambda charge: charge.state != "withdrawn").account_id
        left = concerned - got
        bills = outage._bills_of_the_days().filtered(lambda bill: bill.kdc_account_id in left)
        found = dict.fromkeys(left, ("not_billed", self.env["account.move"]))
        for bill in bills.filtered(lambda bill: any(outage._sections(bill))):
            found[bill.kdc_account_id] = self._reason(bill, done), bill
        return found

    def _reason(self, bill, done):
        if bill.payment_state == "reversed":
            return "reversed"
        if bill.kdc_write_off_line_ids.filtered(lambda line: line.state == "done"):
            return "written_off"
        return "given_before" if (bill.kdc_account_id, bill.kdc_period) in done else "measured"
