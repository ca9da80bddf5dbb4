from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.addons.kdc_residents.tools.step_mark import StepMark
from odoo.exceptions import UserError
from odoo.tools import SQL

#: What of an item says how much less somebody owes, and who.
LOWERING = frozenset({"partner_id", "account_id", "balance", "debit", "credit", "amount_currency"})
#: What of a draft decides over these: who writes one of them has prepared it, and who writes a note beside has not.
ITEM_FIGURES = LOWERING | frozenset(
    {"move_id", "price_unit", "quantity", "discount", "tax_ids", "currency_id", "product_id", "display_type"}
)
ENTRY_FIGURES = frozenset({"partner_id", "move_type", "currency_id", "journal_id", "reversed_entry_id"})
PAYMENT_FIGURES = frozenset(
    """
    amount partner_id partner_type payment_type currency_id journal_id payment_method_line_id destination_account_id
    outstanding_account_id move_id invoice_ids
    """.split()
)
#: A payment whose preparers were asked becomes an entry, which is made by whoever posts it.
payment_checked = StepMark("kdc_payment_checked")


def note_preparer(records):
    """Remember the current user as one of those who prepared these entries or payments.

    In SQL: written through the ORM, an entry would be derived anew in the middle of the change that is noted.
    """
    env = records.env
    if env.su or payment_checked.running() or not records.ids:  # a form that is not saved has none
        return
    field = records._fields["kdc_preparer_ids"]
    env.cr.execute(
        SQL(
            "INSERT INTO %s (%s, %s) SELECT record, %s FROM unnest(%s) record ON CONFLICT DO NOTHING",
            SQL.identifier(field.relation), SQL.identifier(field.column1), SQL.identifier(field.column2),
            env.uid, records.ids,
        )
    )  # fmt: skip
    records.invalidate_recordset(["kdc_preparer_ids"], flush=False)


def about_payers(records):
    """Return those of these journal items or payments that are about a payer of fees in the ward where they are."""
    if not records:
        return records
    env = records.env
    # sudo: the rule holds for payers of other areas too; only whether they have an account is asked.
    accounts = env["kdc.customer.account"].sudo().with_context(active_test=False).search(
        [
            ("company_id", "in", records.company_id.ids),
            ("partner_id.commercial_partner_id", "in", records.partner_id.commercial_partner_id.ids),
        ]
    )  # fmt: skip
    payers = {(account.company_id, account.partner_id.commercial_partner_id) for account in accounts}
    return records.filtered(lambda record: (record.company_id, record.partner_id.commercial_partner_id) in payers)


def refuse_alone(records):
    """Refuse what lowers the debt of a payer of fees in the ward where it is booked.

    :param records: journal items or payments, prepared by the user who wants to post them
    :raise UserError: one of them is about such a payer; says which paper it should be
    """
    found = about_payers(records)[:1]
    if found:
        raise UserError(
            records.env._(
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

    kdc_preparer_ids = fields.Many2many(
        "res.users", "kdc_account_move_preparer_rel", "move_id", "user_id", string="Prepared by", copy=False,
        groups=fields.NO_ACCESS, help="Who wrote its figures besides who made it. None of them posts it alone.",
    )  # fmt: skip

    def write(self, vals):
        result = super().write(vals)
        if ENTRY_FIGURES & vals.keys():
            self._kdc_note_preparer()
        return result

    def _kdc_note_preparer(self):
        """Remember who changed these drafts. Not of invoices: they lower nothing, and bills are many."""
        note_preparer(self.filtered(lambda move: move.state == "draft" and move.move_type != "out_invoice"))

    def _post(self, soft=True):
        self._kdc_check_not_by_date()
        self._kdc_check_lowers_nothing_alone()
        return super()._post(soft=soft)

    def _kdc_guards(self):
        return [*super()._kdc_guards(), self._kdc_check_pays_no_bill]

    def _kdc_check_pays_no_bill(self):
        """What two persons have booked by hand, and pays a bill by now, is not taken back by one of them.

        In Odoo an entry in draft stays matched, so the bill would go on looking paid.

        :raise UserError: who prepared such an entry would make a bill owed again, alone
        """
        if self.env.su:
            return
        for part in self.line_ids.matched_debit_ids:
            bill, entry = part.debit_move_id.move_id, part.credit_move_id.move_id
            if bill.kdc_account_id and self.env.user in entry._kdc_prepared_by():
                raise UserError(
                    self.env._(
                        "You prepared %(entry)s, which pays %(amount)s of bill %(bill)s, and nobody alone makes a bill "
                        "owed again. Another person takes it back.",
                        entry=entry.name, amount=fmt.vnd(part.amount), bill=bill.name,
                    )
                )  # fmt: skip

    def _kdc_check_not_by_date(self):
        """What Odoo posts by itself on its day is posted by the system, which is nobody's second person.

        :raise UserError: it lowers what a payer of fees owes; Odoo leaves it in draft and writes this below it
        """
        if self.env.su and self._kdc_not_by_date():  # a person is asked as for any other
            raise UserError(
                self.env._(
                    "This lowers what a payer of fees owes, so it is not posted by itself on its day. Somebody who did "
                    "not prepare it posts it by hand."
                )
            )

    def _kdc_not_by_date(self):
        """Return those of these entries that Odoo is to post on their day, and that lower what a payer owes."""
        scheduled = self.filtered(lambda move: move.auto_post != "no")
        lowering = about_payers(scheduled.line_ids._kdc_lowering()).move_id
        return lowering | scheduled.filtered("reversed_entry_id.kdc_account_id")

    @api.model
    def _autopost_draft_entries(self, batch_size=100):
        self._kdc_leave_to_persons()
        return super()._autopost_draft_entries(batch_size)

    @api.model
    def _kdc_leave_to_persons(self):
        """Take what no system posts off Odoo's list of what is due, and say once what is to be done.

        Left on it, it would be tried and refused every night, with another line in its history each time.
        """
        due = self.search([("state", "=", "draft"), ("auto_post", "!=", "no"), ("date", "<=", today_here(self))])
        for move in due._kdc_not_by_date():
            # In the language of the ward: a scheduled action has none.
            move = move.with_context(lang=move.company_id.partner_id.lang or "vi_VN")
            words = [
                move.env._(
                    "This lowers what a payer of fees owes, so it was not posted by itself on its day and will not be "
                    "tried again. Somebody who did not prepare it checks it and posts it by hand; if it is not wanted, "
                    "delete it."
                )
            ]
            if move.auto_post != "at_date":
                words.append(move.env._("The next ones of this series are made by hand as well."))
            move.auto_post = "no"
            move.message_post(body=" ".join(words))
            author = move.create_uid
            if author.active and not author.share:
                summary = move.env._("Let another person post this entry, or delete it")
                move.activity_schedule("mail.mail_activity_data_todo", user_id=author.id, summary=summary)

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
        """Return who made an entry or wrote its figures: a colleague's draft that I changed is mine too.

        The entry of a payment is made by whoever posts it, so there the payment tells.
        """
        # sudo: the list of preparers is kept from everybody, so that nobody takes a name out of it.
        payment, noted = self.origin_payment_id.sudo(), self.sudo().kdc_preparer_ids
        if not payment:
            return self.create_uid | noted
        own = payment.create_uid | payment.kdc_preparer_ids
        return own if payment_checked.running() else own | noted


class AccountMoveLine(models.Model):
    """What is posted already lowers nobody's debt anew, by another partner for instance, without being posted again."""

    _inherit = "account.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        items = super().create(vals_list)
        if not self.env.su:
            refuse_alone(items._kdc_posted()._kdc_lowering())
            items.move_id._kdc_note_preparer()
        return items

    def unlink(self):
        self.move_id._kdc_note_preparer()
        return super().unlink()

    def write(self, vals):
        if self.env.su or not ITEM_FIGURES & vals.keys():
            return super().write(vals)
        self.move_id._kdc_note_preparer()
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

    kdc_preparer_ids = fields.Many2many(
        "res.users", "kdc_account_payment_preparer_rel", "payment_id", "user_id", string="Prepared by", copy=False,
        groups=fields.NO_ACCESS, help="Who wrote its figures besides who made it. None of them posts it alone.",
    )  # fmt: skip

    def write(self, vals):
        if PAYMENT_FIGURES & vals.keys():
            note_preparer(self.filtered(lambda payment: payment.state == "draft"))
        if self.env.su or payment_checked.running() or vals.get("state") not in ("in_process", "paid"):
            return super().write(vals)
        begun = self.filtered(lambda payment: payment.state not in ("in_process", "paid"))
        mine = begun.filtered(lambda payment: self.env.user in payment._kdc_prepared_by())
        refuse_alone(mine.filtered(lambda payment: payment.payment_type == "inbound"))
        with payment_checked():
            return super().write(vals)

    def _kdc_prepared_by(self):
        """Return who made a payment, or wrote its figures or those of its entry."""
        # sudo: as for entries
        payment = self.sudo()
        return payment.create_uid | payment.kdc_preparer_ids | payment.move_id.kdc_preparer_ids


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts._kdc_check_not_matched_by_hand()
        return parts

    def write(self, vals):
        if not {"amount", "debit_move_id", "credit_move_id"} & vals.keys():
            return super().write(vals)
        self._kdc_check_not_taken_apart()
        result = super().write(vals)
        self._kdc_check_not_matched_by_hand()
        return result

    def unlink(self):
        self._kdc_check_not_taken_apart()
        return super().unlink()

    def _kdc_check_not_taken_apart(self):
        """What paid a bill stays there: the papers of ours that matched it undo it, in sudo after their own checks.

        What was matched on the way of the money between desk, card and bank is the bookkeeper's to put right.

        :raise UserError: somebody takes a payment off a bill, or undoes what a receipt, a return … has settled
        """
        if self.env.su:
            return
        of_debts = self.filtered(lambda part: part.debit_move_id.account_type == "asset_receivable")
        of_debts._kdc_entries()._kdc_check_unused()
        self._kdc_entries()._kdc_check_no_transfer()

    def _kdc_entries(self):
        return (self.debit_move_id | self.credit_move_id).move_id

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
