from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.actions import dialogue
from odoo.addons.kdc_residents.tools.step_mark import StepMark
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..engine.tariff import Bill

#: What a bill is for and why it is that much. The billing run writes it, nobody changes it afterwards.
FIXED_FIELDS = frozenset({"kdc_account_id", "kdc_run_id", "kdc_period", "kdc_reference", "kdc_explanation"})

#: What the buttons and Odoo's bookkeeping derive; the ORM would let an accountant write it directly.
DERIVED_FIELDS = frozenset({
    "state", "payment_state", "name", "journal_id", "company_id", "partner_id", "move_type", "amount_untaxed",
    "amount_tax", "amount_total", "amount_total_signed", "amount_residual", "amount_residual_signed",
})  # fmt: skip

#: The steps of a bill: posting, taking back, cancelling.
bill_step = StepMark("kdc_bill_step")


class AccountMove(models.Model):
    """A bill is an ordinary customer invoice that knows its account, its month and its explanation."""

    _inherit = "account.move"

    kdc_account_id = fields.Many2one(
        "kdc.customer.account", string="Customer account", copy=False, index="btree_not_null", ondelete="restrict"
    )
    kdc_run_id = fields.Many2one(
        "kdc.billing.run", string="Billing run", copy=False, index="btree_not_null", ondelete="restrict"
    )
    kdc_period = fields.Date("Billing period", copy=False, index="btree_not_null", help="First day of the month.")
    kdc_reference = fields.Char("Payment code", copy=False, index="btree_not_null")
    kdc_explanation = fields.Json("Explanation", copy=False)
    kdc_explanation_html = fields.Html(
        string="How it is computed", compute="_compute_kdc_explanation_html", sanitize=False
    )
    kdc_area_id = fields.Many2one(
        "kdc.area",
        string="Area",
        compute="_compute_kdc_area_id",
        search="_search_kdc_area_id",
        help="Where the account was on the day of the bill; searching goes by where it is today.",
    )

    _kdc_bill_uniq = models.UniqueIndex(
        "(kdc_account_id, kdc_period, journal_id) "
        "WHERE kdc_account_id IS NOT NULL AND move_type = 'out_invoice' AND state != 'cancel'",
        "This account already has a bill of this journal for this month.",
    )

    @api.depends("kdc_account_id.area_id", "invoice_date")
    def _compute_kdc_area_id(self):
        """A residential group that was merged later still stands on the bills of its time."""
        for date, moves in self.grouped("invoice_date").items():
            # sudo: the name of an area is no secret, past places of a dwelling are read for this name only.
            dwellings = moves.kdc_account_id.sudo().dwelling_id
            places = dwellings._area_on(date) if date else {}
            for move in moves:
                account = move.kdc_account_id
                move.kdc_area_id = places.get(account.sudo().dwelling_id) or account.area_id  # sudo: as above

    def _search_kdc_area_id(self, operator, value):
        return Domain("kdc_account_id.area_id", operator, value)

    @api.depends("kdc_explanation")
    @api.depends_context("lang")
    def _compute_kdc_explanation_html(self):
        for move in self:
            move.kdc_explanation_html = self._kdc_render_explanation(move.kdc_explanation)

    @api.model
    def _kdc_render_explanation(self, explanation):
        """Return an explanation as a table for staff screens (readings, tiers, VAT, decisions)."""
        if not explanation:
            return False
        bill = Bill.from_dict(explanation)
        values = {
            "sections": [self._kdc_worded_section(section) for section in bill.sections],
            "pending": self._kdc_word_pending(bill),
            "true_ups": self._kdc_word_true_ups(bill),
            "total": explanation["total"],
            "fmt": fmt,
        }
        return self.env["ir.qweb"]._render("kdc_utilities.bill_explanation_table", values)

    def _kdc_bill(self):
        """Return the engine's bill behind this move (None for other invoices)."""
        self.ensure_one()
        return Bill.from_dict(self.kdc_explanation) if self.kdc_explanation else None

    @api.model
    def _kdc_total_matches(self, move):
        return move.amount_untaxed == move.kdc_explanation["net"] and move.amount_tax == move.kdc_explanation["vat"]

    def write(self, vals):
        if FIXED_FIELDS & vals.keys() and not self.env.su and any(move.kdc_run_id for move in self):
            raise AccessError(
                self.env._("What an issued bill is for does not change. Cancel the bill and issue a new one.")
            )
        if DERIVED_FIELDS & vals.keys() and not (self.env.su or bill_step.running()):
            self._kdc_check_step(vals)
        return super().write(vals)

    def _kdc_check_step(self, vals):
        """Refuse to change state, payer or amounts of a bill by writing them, whatever Odoo would allow.

        :raise AccessError: a bill would change outside its steps
        """
        for bill in self.filtered("kdc_account_id"):
            for name in DERIVED_FIELDS & vals.keys():
                old = bill[name]
                if (old.id if isinstance(old, models.BaseModel) else old) != vals[name]:
                    raise AccessError(
                        self.env._(
                            "%s is a bill: it is issued by its billing run and cancelled with a reason, not changed.",
                            bill.display_name,
                        )
                    )

    def _post(self, soft=True):
        """Refuse a bill whose amounts differ from its explanation, whatever the reason."""
        self._kdc_check_credit_notes()
        for move in self:
            if move.kdc_account_id and move.kdc_explanation and not self._kdc_total_matches(move):
                raise UserError(
                    self.env._(
                        "The bill of %(account)s adds up to %(move)s but its explanation to %(engine)s. "
                        "Nothing was issued. Check the taxes and products of its services.",
                        account=move.kdc_account_id.display_name,
                        move=move.amount_total,
                        engine=move.kdc_explanation["total"],
                    )
                )
        with bill_step():
            return super()._post(soft=soft)

    def _kdc_check_correction_right(self):
        """Issued bills are corrected by the accountant only, and never while money that was meant for them is attached.

        What an advance has paid of them is no hindrance: it becomes an advance again.
        """
        bills = self.filtered("kdc_account_id")
        if not bills:
            return
        if not self.env.su and not self.env.user.has_group("kdc_utilities.group_accountant"):
            raise AccessError(self.env._("Only the accountant of fees may correct or cancel a bill."))
        for bill in bills:
            paid = bill.payment_state not in ("not_paid", "reversed") and bill.amount_total
            if paid and not bill._kdc_is_paid_by_advance():
                raise UserError(
                    self.env._(
                        "Bill %s has been paid, fully or in part. Cancel or withdraw the receipt first, or put the "
                        "difference on the next bill: “Correct the bill…”.",
                        bill.name,
                    )
                )

    # -- guards --------------------------------------------------------------------------------------

    def _kdc_guards(self):
        """Return the checks that an entry has to pass before it is undone: no paper of ours may rest on it.

        They are asked in this order, so the first one that refuses is what people read. Models add theirs.
        """
        return []

    def _kdc_check_unused(self):
        """Refuse to undo entries on which a paper of ours rests, and say what to undo instead.

        :raise UserError: a receipt, a transfer, a decision … says that the money is where this entry booked it
        """
        for guard in self._kdc_guards():
            guard()

    def _reverse_moves(self, default_values_list=None, cancel=False):
        self._kdc_check_unused()
        (self - self._kdc_needs_credit_note())._kdc_check_approved()
        return super()._reverse_moves(default_values_list=default_values_list, cancel=cancel)

    def _kdc_check_approved(self):
        """Refuse to undo an issued bill but by a step that two persons stand for.

        :raise UserError: says where these steps begin
        """
        bills = self.filtered("kdc_account_id")
        if bills and not (self.env.su or bill_step.running()):
            raise UserError(
                self.env._(
                    "%s is an issued bill, which nobody takes back alone. Open it under “All bills”: “Correct the "
                    "bill…” puts the difference on the next bill, “Cancel the bill…” makes it no longer owed. Another "
                    "person approves either.",
                    bills[0].display_name,
                )
            )

    def button_draft(self):
        self._kdc_check_unused()
        self._kdc_check_correction_right()
        self._kdc_check_approved()
        self._kdc_release_advance()
        with bill_step():
            return super().button_draft()

    def button_cancel(self):
        self._kdc_check_unused()
        self._kdc_check_correction_right()
        self._kdc_check_approved()
        with bill_step():
            return super().button_cancel()

    def _kdc_needs_credit_note(self):
        """Return those of these bills of which a part is taken back by a credit note; ours are corrected by charges."""
        return self.browse()

    def _kdc_check_credit_notes(self):
        """A credit note on a bill, however it was made, is posted where it is needed, by a second person."""
        for note in self.filtered("reversed_entry_id"):
            bill = note.reversed_entry_id
            if bill not in bill._kdc_needs_credit_note():
                bill._kdc_check_approved()
            elif bill.kdc_account_id and self.env.user in note._kdc_prepared_by() and not self.env.su:
                raise UserError(
                    self.env._(
                        "You prepared this credit note on bill %s, so another person has to post it.", bill.name
                    )
                )

    def action_kdc_correct(self):
        """Ask what the bill should have been; the difference comes on the next one."""
        self.ensure_one()
        return dialogue("kdc.bill.correct", self.env._("Correct the bill"), move_id=self.id)

    def _kdc_cancel(self, reason):
        """Cancel bills with a reason, once it is approved. What a billing run says about them stays: it issued them."""
        for bill in self:
            with bill_step():
                bill.button_draft()
                bill.button_cancel()
            bill.message_post(body=self.env._("Bill cancelled: %s", reason))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_kdc_bill(self):
        """A bill is never deleted: it is cancelled and stays readable."""
        if any(move.kdc_account_id and move.posted_before for move in self):
            raise UserError(self.env._("A bill cannot be deleted. Cancel it with a reason instead."))
