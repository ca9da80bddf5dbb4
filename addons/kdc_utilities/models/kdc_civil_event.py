from odoo import fields, models


class KdcCivilEvent(models.Model):
    """Lets customer accounts follow when two households become one."""

    _inherit = "kdc.civil.event"

    moved_account_ids = fields.Many2many(
        "kdc.customer.account",
        string="Customer accounts taken over",
        readonly=True,
        copy=False,
        groups="kdc_utilities.group_accountant",
        context={"active_test": False},
    )

    def _step_fields(self):
        return super()._step_fields() | {"moved_account_ids"}

    def _after_confirm(self):
        """Let the household that goes on pay from now on; bills already issued stay with whom they name."""
        if self.kind == "merge":
            accounts = self.env["kdc.customer.account"].search([("household_id", "=", self.household_id.id)])
            self.moved_account_ids = accounts
            self._move_accounts(accounts, self.target_household_id)
        return super()._after_confirm()

    def _after_cancel(self):
        # An account that somebody moved on since stays where it is.
        accounts = self.moved_account_ids.filtered(lambda account: account.household_id == self.target_household_id)
        self._move_accounts(accounts, self.household_id)
        return super()._after_cancel()

    def _move_accounts(self, accounts, household):
        # The dwelling stays: the meters hang there.
        accounts.write({"household_id": household.id, "partner_id": household.partner_id.id})
        for account in accounts:
            account.message_post(
                body=self.env._(
                    "The payer is %(household)s from now on (%(event)s).",
                    household=household.name,
                    event=self._get_html_link(),
                )  # fmt: skip
            )
