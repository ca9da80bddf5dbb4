from odoo.tests import tagged

from . import money_steps

A, C, P = "accountant", "collector", "approver"
PREPARED = {"action_approve": {P}, "action_withdraw": {A}}
#: model → public method that moves money or decides about it → the jobs that may do it (design.md §1 and §8; A-03 of
#: features.md). Whoever has the job may still be refused: their own work, another area, a step that is over.
STEPS = {
    "account.move": {
        "action_post": {A}, "button_draft": {A}, "button_cancel": {A},
    },
    "kdc.advance.return": PREPARED,
    "kdc.bank.statement": {"action_continue_import": {A}, "action_give_up_rest": {A}},
    "kdc.bill.cancellation": PREPARED,
    "kdc.bill.correct": {"action_prepare": {A}},
    "kdc.bill.dispute": {"action_accept": {A}, "action_refuse": {A}},
    "kdc.billing.run": {
        "action_approve": {P}, "action_close": {A}, "action_compute": {A}, "action_compute_changed": {A},
        "action_continue_computing": {A}, "action_draft": {A}, "action_issue": {A}, "action_retry_failed": {A},
        "action_retry_advances": {A}, "action_deliver_without_advance": {A},
    },
    "kdc.billing.run.line": {"action_exclude": {A}},
    "kdc.books.undo": {"action_confirm": {A, P}},
    "kdc.cash.deposit": {"action_post": {A}},
    "kdc.cash.deposit.cancel": {"action_confirm": {A, P}},
    "kdc.cash.session": {"action_close": {C}, "action_countersign": {A, P}, "action_deposit": {A}},
    "kdc.charge": PREPARED | {"action_ask_credit": {A}, "action_keep_for_bills": {A}, "action_credit": {P}},
    "kdc.charge.import": {"action_import": {A}},
    "kdc.collect.cancel": {"action_confirm": {A, P}},
    "kdc.contribution.cancel": {"action_confirm": {A, P}},
    "kdc.contribution.drive": {"action_open": {P}, "action_close": {A}},
    "kdc.contribution.transfer": {"action_record": {A}},
    "kdc.customer.account": {"action_ask_credits": {A}, "action_settle": {A}, "action_reopen": {A}},
    "kdc.dunning.run": PREPARED | {"action_compute": {A}, "action_go_on": {A}},
    "kdc.fund.report": {"action_approve": {P}},
    "kdc.fund.spending": {"action_approve": {P}},
    "kdc.instalment.plan": PREPARED | {"action_divide": {A}, "action_break": {A}},
    "kdc.late.fee.prepare": {"action_prepare": {A}},
    "kdc.late.fee.waive": {"action_waive": {A, P}},
    "kdc.meter.share": {"action_check": {A, P}, "action_compute": {A}, "action_draft": {A}},
    "kdc.move.in": {"action_apply": {A}},
    "kdc.move.out": {"action_apply": {A}},
    "kdc.outage": PREPARED,
    "kdc.receipt.reversal": PREPARED | {"action_refresh": {A}},
    "kdc.receipt.range.end": {"action_confirm": {A, P}},
    "kdc.remittance": {"action_approve": {P}},
    "kdc.statement.import": {"action_check": {A}, "action_import": {A}},
    "kdc.transfer": {
        "action_accept": {A}, "action_suggest": {A}, "action_approve_return": {P},
    },
    "kdc.transfer.assign": {"action_confirm": {A}},
    "kdc.transfer.decide": {"action_confirm": {A}},
    "kdc.transfer.suggestion": {"action_accept": {A}},
    "kdc.write.off": PREPARED | {"action_list_debts": {A}, "action_revive": {A}},
}  # fmt: skip
#: A new public method is in one of the tables, or shows something only (``money_steps.SHOWS``).
KEEPS_NO_MONEY = {
    "kdc.area", "kdc.area.register", "kdc.bill.delivery", "kdc.bill.print", "kdc.cash.book", "kdc.dunning.line",
    "kdc.fee.balance", "kdc.fund", "kdc.meter", "kdc.meter.change", "kdc.reading.anomaly",
    "kdc.reading.anomaly.confirm", "kdc.reading.entry", "kdc.reading.exchange", "kdc.reading.import", "kdc.tariff",
    "kdc.tariff.version",
}  # fmt: skip
#: Asked for elsewhere: the counter in test_collection_rights, Odoo's payments in test_fee_balance; what is abstract, in
#: the models that inherit it.
ELSEWHERE = {"account.payment", "kdc.collect", "kdc.paid.out", "kdc.paid.over", "account.bank.statement.line"}
#: They open a dialogue and write nothing; the step of the dialogue is in the table.
ASKS = {
    "kdc.advance.return": {"action_cancel"},
    "account.move": {"action_kdc_cancel", "action_kdc_correct"},
    "kdc.bill.dispute": {"action_correct"},
    "kdc.cash.deposit": {"action_cancel"},
    "kdc.charge": {"action_undo_credit", "action_waive"},
    "kdc.contribution": {"action_cancel"},
    "kdc.contribution.drive": {"action_transfer"},
    "kdc.customer.account": {"action_advance", "action_close", "action_take_over", "action_write_off"},
    "kdc.fund.report": {"action_withdraw"},
    "kdc.fund.spending": {"action_cancel"},
    "kdc.receipt": {"action_cancel", "action_reverse"},
    "kdc.receipt.reversal": {"action_cancel"},
    "kdc.receipt.range": {"action_end"},
    "kdc.remittance": {"action_cancel"},
    "kdc.transfer": {"action_assign", "action_give_back", "action_not_ours", "action_undo"},
}
NO_MONEY = {
    ("account.move", "action_kdc_print_bills"), ("kdc.customer.account", "action_instalments"),
    ("kdc.customer.account", "action_note_contact"),
}  # fmt: skip


@tagged("post_install", "-at_install")
class TestMoneySteps(money_steps.MoneyStepsCase):
    MODULE = "kdc_utilities"
    STEPS, ASKS = STEPS, ASKS
    LEFT_OUT = KEEPS_NO_MONEY | ELSEWHERE | NO_MONEY
