from odoo import api, models
from odoo.exceptions import UserError


def refuse_alone(records):
    """Refuse what lowers the debt of a payer of fees.

    :param records: journal items or payments, prepared by the user who wants to post them
    :raise UserError: one of them is about such a payer; says which paper it should be
    """
    env = records.env
    # sudo: the rule holds for payers of other areas too; only whether they have an account is asked.
    accounts = env["kdc.customer.account"].sudo().with_context(active_test=False)
    payers = accounts.search([("partner_id", "in", records.partner_id.commercial_partner_id.ids)]).partner_id
    found = records.filtered(lambda record: record.partner_id.commercial_partner_id in payers)[:1]
    if found:
        raise UserError(
            env._(
                "You prepared this, and it lowers what %s owes without a receipt, a transfer or a decision. Take money "
                "at the counter or from the queue of transfers; a bill is corrected or cancelled on its own page. If "
                "it is right all the same, another person has to post it.",
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
        # The entry of a payment is made when it is posted, by whoever does that.
        mine = others.filtered(lambda move: (move.origin_payment_id or move).create_uid == self.env.user)
        refuse_alone(mine.line_ids.filtered(lambda item: item.account_type == "asset_receivable" and item.balance < 0))


class AccountPayment(models.Model):
    """A payment settles a bill without an entry of its own where its journal has no account for money under way."""

    _inherit = "account.payment"

    def action_post(self):
        if not self.env.su:
            mine = self.filtered(lambda payment: payment.create_uid == self.env.user)
            refuse_alone(mine.filtered(lambda payment: payment.payment_type == "inbound"))
        return super().action_post()


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
