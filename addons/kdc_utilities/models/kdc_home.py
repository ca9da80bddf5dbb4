from odoo import api, models

UNPAID = [("kdc_account_id", "!=", False), ("state", "=", "posted"), ("payment_state", "in", ("not_paid", "partial"))]
LATE = [*UNPAID, ("invoice_date_due", "<", "today")]
# Domains stand apart from the titles: the search for translatable terms takes tuples beside a title for terms.
UNREAD = [("entry_done", "=", False), ("date_removed", "=", False)]
TO_CHECK = [("state", "in", ("open", "reread")), ("kind", "!=", "missing")]
TO_VERIFY = [("verification_state", "in", ("due", "past"))]
ODD = [
    ("run_id.state", "in", ("draft", "computed")),
    ("severity", "in", ("blocking", "warning")),
    ("state", "!=", "excluded"),
]
UNDELIVERED = [("state", "=", "failed")]
LEFT = [("state", "=", "left")]
OPEN_DISPUTES = [("state", "=", "open")]
PREPARED_RUNS = [("state", "in", ("draft", "computed"))]
FORMER_ADVANCES = [("has_former_advance", "=", True)]
UNDEPOSITED = [("to_deposit", ">", 0)]
NOT_ARRIVED = [("state", "=", "posted"), ("kind", "=", "bank"), ("arrived", "=", False), ("date", "<", "today -3d")]
TO_DECIDE = [("state", "=", "open")]
NOT_AT_BANK = [("state", "=", "posted"), ("at_bank", "=", False), ("date", "<", "today -3d")]
RUNS_TO_APPROVE = [("can_approve", "=", True)]
APPROVED_RUNS = [("state", "=", "approved")]
RECENT_RECEIPTS = [("state", "=", "posted"), ("date", ">=", "today -30d")]
CREDITS_ASKED = [("credit_asked_by_id", "!=", False), ("state", "=", "approved"), ("billed", "=", False)]
RUNS = "kdc_utilities.kdc_billing_run_action"
BILLS = "kdc_utilities.account_move_bill_action"
SESSIONS = "kdc_utilities.kdc_cash_session_action"
TRANSFERS = "kdc_utilities.kdc_transfer_queue_action"


class KdcHome(models.AbstractModel):
    _inherit = "kdc.home"

    @api.model
    def _home_cards(self):
        user = self.env.user
        cards = super()._home_cards()
        prepared_by_others = [("state", "=", "draft"), ("requested_by_id", "!=", user.id)]
        credits_asked = [*CREDITS_ASKED, ("credit_asked_by_id", "!=", user.id)]
        to_send_back = [("state", "=", "return"), ("decided_by_id", "!=", user.id)]
        to_countersign = [("state", "=", "closed"), ("user_id", "!=", user.id)]
        accountant = user.has_group("kdc_utilities.group_accountant")
        collector = user.has_group("kdc_utilities.group_collector")
        approver = user.has_group("kdc_utilities.group_approver")
        if collector or accountant:
            cards += self._home_cards_of_collection()
        if accountant:
            cards += self._home_cards_of_billing()
        if approver:
            cards.append(
                self._home_card(
                    "charges_to_approve",
                    self.env._("Charges and corrections to approve"),
                    "kdc.charge",
                    [*prepared_by_others, ("kind", "!=", "late_fee")],
                    "kdc_utilities.kdc_charge_action",
                    kind="warn",
                )
            )
            cards.append(
                self._home_card(
                    "credits_to_approve",
                    self.env._("Money back without a bill, to approve"),
                    "kdc.charge",
                    credits_asked,
                    "kdc_utilities.kdc_charge_action",
                    kind="warn",
                )
            )
            cards.append(
                self._home_card(
                    "late_fees_to_approve",
                    self.env._("Late fees to approve"),
                    "kdc.charge",
                    [*prepared_by_others, ("kind", "=", "late_fee")],
                    "kdc_utilities.kdc_late_fee_action",
                    kind="warn",
                )
            )
            cards.append(
                self._home_card(
                    "advances_to_approve",
                    self.env._("Advances to be paid back, to approve"),
                    "kdc.advance.return",
                    prepared_by_others,
                    "kdc_utilities.kdc_advance_return_action",
                    kind="warn",
                )
            )
            cards.append(
                self._home_card(
                    "receipts_to_withdraw",
                    self.env._("Receipts of closed cash days to be withdrawn, to approve"),
                    "kdc.receipt.reversal",
                    [*prepared_by_others, ("receipt_id.user_id", "!=", user.id)],
                    "kdc_utilities.kdc_receipt_reversal_action",
                    kind="warn",
                )
            )
            cards.append(
                self._home_card(
                    "bills_to_cancel",
                    self.env._("Bills to be cancelled, to approve"),
                    "kdc.bill.cancellation",
                    prepared_by_others,
                    "kdc_utilities.kdc_bill_cancellation_action",
                    kind="warn",
                )
            )
            cards.append(
                self._home_card(
                    "returns_to_approve",
                    self.env._("Transfers to be sent back, to approve"),
                    "kdc.transfer",
                    to_send_back,
                    TRANSFERS,
                    kind="warn",
                )
            )
            cards.append(
                self._home_card(
                    "outages_to_approve",
                    self.env._("Outages to approve"),
                    "kdc.outage",
                    prepared_by_others,
                    "kdc_utilities.kdc_outage_action",
                    kind="warn",
                )
            )
            cards.append(
                self._home_card(
                    "drives_to_open",
                    self.env._("Drives for contributions to open"),
                    "kdc.contribution.drive",
                    prepared_by_others,
                    "kdc_utilities.kdc_contribution_drive_action",
                    kind="warn",
                )
            )
            cards.append(
                self._home_card(
                    "spendings_to_approve",
                    self.env._("Spending of funds to approve"),
                    "kdc.fund.spending",
                    prepared_by_others,
                    "kdc_utilities.kdc_fund_spending_action",
                    kind="warn",
                )
            )
            cards.append(
                self._home_card(
                    "remittances_to_approve",
                    self.env._("Remittances to providers to approve"),
                    "kdc.remittance",
                    prepared_by_others,
                    "kdc_utilities.kdc_remittance_action",
                    kind="warn",
                )
            )
            cards.append(
                self._home_card(
                    "runs_to_approve",
                    self.env._("Billing runs to approve"),
                    "kdc.billing.run",
                    RUNS_TO_APPROVE,
                    RUNS,
                    kind="warn",
                )
            )
        if approver or accountant:
            cards.append(
                self._home_card(
                    "sessions_to_countersign",
                    self.env._("Cash sessions to countersign"),
                    "kdc.cash.session",
                    to_countersign,
                    SESSIONS,
                    kind="warn",
                )
            )
        if collector or accountant or approver or user.has_group("kdc_residents.group_auditor"):
            cards += [
                self._home_card(
                    "bills_late",
                    self.env._("Bills overdue"),
                    "account.move",
                    LATE,
                    BILLS,
                    kind="late",
                ),
                self._home_card("bills_unpaid", self.env._("Bills to be paid"), "account.move", UNPAID, BILLS, "fact"),
                self._home_card(
                    "receipts",
                    self.env._("Receipts of the last 30 days"),
                    "kdc.receipt",
                    RECENT_RECEIPTS,
                    "kdc_utilities.kdc_receipt_action",
                    kind="fact",
                ),
            ]
        return cards

    @api.model
    def _home_cards_of_collection(self):
        """Return the counter and one's own open drawer."""
        own = [("state", "=", "open"), ("user_id", "=", self.env.uid)]
        return [
            self._home_job("counter", self.env._("Take payments"), "kdc_utilities.kdc_counter_action"),
            self._home_job("door_round", self.env._("Collect from door to door"), "kdc_utilities.door_round_action"),
            self._home_job("field_round", self.env._("Read meters on the spot"), "kdc_utilities.field_round_action"),
            self._home_card(
                "my_session",
                self.env._("Your cash sessions not yet closed"),
                "kdc.cash.session",
                own,
                SESSIONS,
            ),
        ]

    @api.model
    def _home_cards_of_billing(self):
        """Return the month of the accountant: readings, what is odd, runs to go on with."""
        return [
            self._home_card(
                "sessions_to_deposit",
                self.env._("Cash sessions whose money is not deposited yet"),
                "kdc.cash.session",
                UNDEPOSITED,
                SESSIONS,
                kind="warn",
            ),
            self._home_card(
                "deposits_not_arrived",
                self.env._("Deposits that the bank has not shown after 3 days"),
                "kdc.cash.deposit",
                NOT_ARRIVED,
                "kdc_utilities.kdc_cash_deposit_action",
                kind="late",
            ),
            self._home_card(
                "receipts_not_at_bank",
                self.env._("Taken by transfer or card at the counter, not seen at the bank after 3 days"),
                "kdc.receipt",
                NOT_AT_BANK,
                "kdc_utilities.kdc_receipt_action",
                kind="late",
            ),
            self._home_card(
                "reminders_failed",
                self.env._("Reminders that did not leave"),
                "kdc.dunning.line",
                UNDELIVERED,
                "kdc_utilities.kdc_dunning_line_action",
                kind="warn",
            ),
            self._home_card(
                "former_advances",
                self.env._("Money of who paid before, to be paid back"),
                "kdc.customer.account",
                FORMER_ADVANCES,
                "kdc_utilities.kdc_customer_account_action",
                kind="warn",
            ),
            self._home_card(
                "transfers_to_decide",
                self.env._("Bank transfers to decide about"),
                "kdc.transfer",
                TO_DECIDE,
                TRANSFERS,
                kind="warn",
            ),
            self._home_job("readings", self.env._("Enter readings"), "kdc_utilities.kdc_reading_entry_action"),
            self._home_card(
                "meters_unread",
                self.env._("Meters without a reading this month"),
                "kdc.meter",
                UNREAD,
                "kdc_utilities.kdc_meter_action",
            ),
            self._home_card(
                "readings_to_check",
                self.env._("Readings to check before billing"),
                "kdc.reading.anomaly",
                TO_CHECK,
                "kdc_utilities.kdc_reading_anomaly_action",
                kind="warn",
            ),
            self._home_card(
                "meters_to_verify",
                self.env._("Meters to be verified within 60 days"),
                "kdc.meter",
                TO_VERIFY,
                "kdc_utilities.kdc_meter_verification_action",
            ),
            self._home_card(
                "accounts_left",
                self.env._("Customers who have left, without final bill"),
                "kdc.customer.account",
                LEFT,
                "kdc_utilities.kdc_customer_account_action",
                kind="warn",
            ),
            self._home_card(
                "bills_undelivered",
                self.env._("Bills that did not reach their payer"),
                "kdc.bill.delivery",
                UNDELIVERED,
                "kdc_utilities.kdc_bill_delivery_action",
                kind="warn",
            ),
            self._home_card(
                "disputes",
                self.env._("Residents who question a bill"),
                "kdc.bill.dispute",
                OPEN_DISPUTES,
                "kdc_utilities.kdc_bill_dispute_action",
                kind="warn",
            ),
            self._home_card(
                "bills_odd",
                self.env._("Bills in preparation that need a look"),
                "kdc.billing.run.line",
                ODD,
                "kdc_utilities.kdc_billing_run_line_action",
                kind="warn",
            ),
            self._home_card(
                "runs_open",
                self.env._("Billing runs in preparation"),
                "kdc.billing.run",
                PREPARED_RUNS,
                RUNS,
            ),
            self._home_card(
                "runs_to_issue",
                self.env._("Approved billing runs to issue"),
                "kdc.billing.run",
                APPROVED_RUNS,
                RUNS,
                kind="warn",
            ),
        ]
