from odoo import api, models
from odoo.addons.kdc_residents.tools.step_mark import StepMark
from odoo.exceptions import UserError

#: What of a posted item says how much less somebody owes, and who.
LOWERING = frozenset({"partner_id", "account_id", "balance", "debit", "credit", "amount_currency"})
#: A payment whose preparers were asked becomes an entry, which is made by whoever posts it.
payment_checked = StepMark("kdc_payment_checked")


def refuse_alone(records):
    """Refuse what lowers the debt of a payer of fees in the ward where it is booked.

    :param records: journal items or payments, prepared by the user who wants to post them
    :raise UserError: one of them is about such a payer; says which paper it should be
    """
    if not records:
        return
    env = records.env
    # sudo: the rule holds for payers of other areas too; only whether they have an account is asked.
    accounts = env["kdc.customer.account"].sudo().with_context(active_test=False).search(
        [
            ("company_id", "in", records.company_id.ids),
            ("partner_id.commercial_partner_id", "in", records.partner_id.commercial_partner_id.ids),
        ]
    )  # fmt: skip
    payers = {(account.company_id, account.partner_id.commercial_partner_id) for account in accounts}
    found = records.filtered(lambda record: (record.company_id, record.partner_id.commercial_partner_id) in payers)[:1]
    if found:
        raise UserError(
            env._(
                "You prepared this, and it lowers what %s owes without a receipt, a transfer or a decision. Take money "
                "at the counter or from the queue of transfers; a bill is corrected or cancelled on its own page. If "
                "it is right all the same, save it as a draft (a payment under “Payments”), and another person posts "
                "it.",
                found.partner_id.display_name,
            )
        )


class AccountMove(models.Model):
    """What lowers the debt of a payer of fees has a paper of ours behind it, or two persons.

    An entry, a credit note or a payment that somebody books by hand becomes money of the payer, and the next billing
    run pays bills with it: one person alone would settle a bill without receipt, cancellation or correction.
    """

    _inherit = "account.move"

    def _post(self, soft=True):
        self._kdc_check_lowers_nothing_alone()
        return super()._post(soft=soft)

    def _kdc_check_lowers_nothing_alone(self):
        """Papers of ours are booked in sudo after their own checks; by hand it takes another person to post.

        :raise UserError: who prepared an entry would post it, and it lowers what a payer of fees owes
        """
        if self.env.su:
            return
        # What takes back a bill has stricter rules of its own (_kdc_check_credit_notes).
        others = self.filtered(lambda move: not move.reversed_entry_id.kdc_account_id)
        mine = others.filtered(lambda move: self.env.user in move._kdc_prepared_by())
        refuse_alone(mine.line_ids._kdc_lowering())

    def _kdc_prepared_by(self):
        """Return who made an entry or wrote its figures last: a colleague's draft that I changed is mine too."""
        payment, items = self.origin_payment_id, self.line_ids
        if payment and payment_checked.running():
            return payment.create_uid
        made = self.create_uid | items.create_uid | payment.create_uid
        return made | self.write_uid | items.write_uid | payment.write_uid


class AccountMoveLine(models.Model):
    """What is posted already lowers nobody's debt anew, by another partner for instance, without being posted again."""

    _inherit = "account.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        items = super().create(vals_list)
        if not self.env.su:
            refuse_alone(items._kdc_posted()._kdc_lowering())
        return items

    def write(self, vals):
        if self.env.su or not LOWERING & vals.keys():
            return super().write(vals)
        posted = self._kdc_posted()
        before = {item: (item.partner_id, item.balance) for item in posted._kdc_lowering()}
        result = super().write(vals)
        refuse_alone(
            posted._kdc_lowering().filtered(lambda item: before.get(item) != (item.partner_id, item.balance))
        )
        return result

    def _kdc_posted(self):
        return self.filtered(lambda item: item.parent_state == "posted")

    def _kdc_lowering(self):
        """Return those of these items that lower what somebody owes."""
        return self.filtered(lambda item: item.account_type == "asset_receivable" and item.balance < 0)


class AccountPayment(models.Model):
    """A payment settles a bill without an entry of its own where its journal has no account for money under way."""

    _inherit = "account.payment"

    def write(self, vals):
        if self.env.su or payment_checked.running() or vals.get("state") not in ("in_process", "paid"):
            return super().write(vals)
        begun = self.filtered(lambda payment: payment.state not in ("in_process", "paid"))
        mine = begun.filtered(lambda payment: self.env.user in payment._kdc_prepared_by())
        refuse_alone(mine.filtered(lambda payment: payment.payment_type == "inbound"))
        with payment_checked():
            return super().write(vals)

    def _kdc_prepared_by(self):
        """Return who made a payment or its entry, or wrote last what is in it."""
        items = self.move_id.line_ids
        return self.create_uid | self.write_uid | items.create_uid | items.write_uid


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts._kdc_check_not_matched_by_hand()
        return parts

    def write(self, vals):
        result = super().write(vals)
        if {"amount", "debit_move_id", "credit_move_id"} & vals.keys():
            self._kdc_check_not_matched_by_hand()
        return result

    def _kdc_check_not_matched_by_hand(self):
        """What pays a bill is decided by papers of ours, which match in sudo after their own checks.

        :raise UserError: somebody matches a bill by a list of Odoo's, maybe with the money of another payer
        """
        if self.env.su:
            return
        for part in self:
            bill, note = part.debit_move_id.move_id, part.credit_move_id.move_id
            if bill.kdc_account_id and note.reversed_entry_id != bill:
                raise UserError(
                    self.env._(
                        "Bill %s is not matched by hand. A receipt or a transfer pays it; what its payer has paid in "
                        "advance is used at the counter by “Use it for these bills”, and by the next billing run.",
                        bill.name,
                    )
                )
