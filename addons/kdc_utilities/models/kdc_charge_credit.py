from odoo import Command, api, fields, models
from odoo.addons.kdc_residents.tools.actions import dialogue
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.addons.kdc_residents.tools.step_mark import StepMark
from odoo.exceptions import AccessError, UserError
from odoo.tools import clean_context

from ..engine import tariff

#: Giving money back without a bill, and taking that back.
credit_step = StepMark("kdc_credit_step")


class KdcCharge(models.Model):
    """Money back for which there is no bill large enough, or none at all any more: who moved out, say.

    One person asks, another one approves: a credit note with the lines and the VAT that the next bill would have had
    makes it an advance of the payer, which pays other bills or goes back (``kdc.advance.return``). The credit note
    takes the place of the bill, so it comes on none; taken back, it waits for one again.
    """

    _inherit = "kdc.charge"

    credit_asked_by_id = fields.Many2one(
        "res.users", string="Credit note asked for by", readonly=True, copy=False, tracking=True
    )
    credit_approved_by_id = fields.Many2one(
        "res.users", string="Credit note approved by", readonly=True, copy=False, tracking=True
    )
    credit_state = fields.Selection(
        [("possible", "On no bill"), ("asked", "Credit note to approve"), ("posted", "Given back by credit note")],
        compute="_compute_credit_state",
    )

    _credit_by_two = models.Constraint(
        "CHECK (credit_approved_by_id IS NULL OR "
        "(credit_asked_by_id IS NOT NULL AND credit_approved_by_id != credit_asked_by_id))",
        "Whoever asked for this cannot approve it.",
    )

    @api.depends("state", "amount", "billed", "credit_asked_by_id")
    def _compute_credit_state(self):
        for charge in self:
            # sudo: the kind of entry is part of the charge the reader was allowed to see.
            noted = charge.billed and charge.sudo().move_id.move_type == "out_refund"
            waits = charge.state == "approved" and charge.amount < 0 and not charge.billed
            charge.credit_state = (
                "posted" if noted else waits and ("asked" if charge.credit_asked_by_id else "possible")
            )  # fmt: skip

    # --- Steps -----------------------------------------------------------------------------------

    def action_ask_credit(self):
        """Ask another person to give this back without a bill."""
        self.check_access("write")
        for charge in self:
            charge._check_creditable()
            if charge.credit_asked_by_id:
                raise UserError(self.env._("This waits for the approval of another person already."))
        # sudo: steps are written by the steps only; the right to write was checked above.
        self.sudo().write({"credit_asked_by_id": self.env.uid})
        return True

    def action_keep_for_bills(self):
        """Take the request back: it waits for the next bill."""
        self.check_access("write")
        if any(charge.credit_state != "asked" for charge in self):
            raise UserError(self.env._("Nobody has asked for a credit note, or it is approved already."))
        # sudo: as above
        self.sudo().write({"credit_asked_by_id": False})
        return True

    def action_credit(self):
        """Give back what another person asked for: the credit note makes it an advance of the payer."""
        if not self.env.user.has_group("kdc_utilities.group_approver"):
            raise AccessError(self.env._("You are not allowed to approve this."))
        self.check_access("read")
        # sudo: the approver decides but has no right on entries; what was approved is booked.
        charges = self.sudo().with_context(clean_context(self.env.context))
        # Whoever issues a bill with one of them at the same time is replayed, or we are.
        lock_or_retry(charges, allow_referencing=True, touch=True)
        for charge in charges:
            charge._check_creditable()
            if not charge.credit_asked_by_id:
                raise UserError(self.env._("Nobody has asked for a credit note. It comes on the next bill."))
            if charge.credit_asked_by_id == self.env.user:
                raise UserError(self.env._("You asked for this, so another person has to approve it."))
            charge._book_credit()
            charge.credit_approved_by_id = self.env.user
        return True

    def action_undo_credit(self):
        """Ask for the reason."""
        self.ensure_one()
        return dialogue(
            "kdc.books.undo", self.env._("Take the credit note back"), res_model=self._name, res_id=self.id
        )

    def _undo(self, reason):
        """Cancel the credit note as the current user: this waits for a bill again.

        Bills it has paid are owed again. What went back to the payer, or over to another customer, stays.
        """
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Write why it is cancelled."))
        if not self.env.user.has_groups("kdc_utilities.group_accountant,kdc_utilities.group_approver"):
            raise AccessError(self.env._("A credit note is taken back by an accountant or an approver."))
        self.check_access("read")
        # sudo: the steps are written by the steps only; role and second person are checked here.
        for charge in self.sudo().with_context(clean_context(self.env.context)):
            lock_or_retry(charge, allow_referencing=True, touch=True)
            if charge.credit_state != "posted":
                raise UserError(self.env._("Nothing was given back by a credit note here."))
            if charge.credit_approved_by_id == self.env.user:
                raise UserError(self.env._("You approved this yourself: somebody else has to cancel it."))
            note = charge.move_id
            note._kdc_check_credit_unspent()
            with credit_step():
                note.button_draft()
                note.button_cancel()
            charge.write({"credit_asked_by_id": False, "credit_approved_by_id": False})
            for record in (charge, note):
                record.message_post(body=self.env._("Credit note %(note)s taken back: %(reason)s", note=note.name,
                                                    reason=reason))  # fmt: skip

    def _check_creditable(self):
        """Refuse what is no money back, or is on a bill.

        :raise UserError: says what to do instead
        """
        self.ensure_one()
        charge = self.sudo()  # sudo: states of bills; only names are told
        if charge.billed:
            raise UserError(self.env._("“%s” is on a bill or a credit note already.", charge.name))
        if charge.state != "approved" or charge.amount >= 0:
            raise UserError(self.env._("Only approved money back can be given back without a bill."))
        if charge.kind == "trueup" and charge.corrects_move_id.state != "posted":
            raise UserError(self.env._("The bill that owes this was cancelled. Issue it again first."))
        charge._check_not_given_up()

    # --- Booking ---------------------------------------------------------------------------------

    def _credit_payer(self):
        """Return whom the money belongs to: who was charged too much."""
        return self.corrects_move_id.partner_id or self.account_id.partner_id

    def _credit_vat_day(self):
        """Return the day that decides the VAT of money back without a bill: at the latest the last one of the account.

        What the paper and the banner of the account promise is what the credit note gives.
        """
        return min(filter(None, (today_here(self), self.account_id.date_to)))

    def _book_credit(self):
        """Post the credit note (sudo).

        :raise UserError: the books would say something else than the charge
        """
        charges = self._engine_charges(self.env["kdc.vat.rate"]._engine_table(), self._credit_vat_day())
        bill = tariff.Bill((tariff.empty_section(self.service_id.code, charges),)).to_dict()
        note = self.env["account.move"].with_company(self.company_id).create(self._credit_vals(bill))
        if (round(note.amount_untaxed), round(note.amount_tax)) != (-bill["net"], -bill["vat"]):
            raise UserError(
                self.env._(
                    "The credit note of “%(charge)s” would be %(note)s instead of %(engine)s. Nothing was booked. "
                    "Check the taxes and products of the service.",
                    charge=self.name, note=note.amount_total, engine=-bill["total"],
                )
            )  # fmt: skip
        with credit_step():
            note.action_post()
        self.move_id = note

    def _credit_vals(self, bill):
        """Return the values of the credit note: the lines the next bill would have had, the other way round.

        :param bill: of the engine, with this charge alone
        """
        lines, known, [section] = self.env["kdc.billing.run.line"], {}, bill["sections"]
        section["name"] = self.service_id.name
        found = [lines._bill_line_vals(self.company_id, section, charge, known) for charge in section["charges"]]
        corrected = self.corrects_move_id
        return {
            "move_type": "out_refund",
            "journal_id": self.service_id.journal_id.id,
            "partner_id": self._credit_payer().id,
            "invoice_date": today_here(self),
            "invoice_origin": corrected.name,
            "ref": self.name,
            # An e-invoice that the ward has sent is adjusted by the one of this credit note.
            "reversed_entry_id": corrected._kdc_needs_credit_note().id,
            "invoice_line_ids": [Command.create(vals | {"price_unit": -vals["price_unit"]}) for vals in found],
        }


class AccountMove(models.Model):
    _inherit = "account.move"

    def _kdc_guards(self):
        return [self._kdc_check_no_credit, *super()._kdc_guards()]

    def _kdc_check_no_credit(self):
        """What two persons gave back is taken back by its own step."""
        if credit_step.running():
            return
        notes = self.filtered(lambda move: move.move_type == "out_refund")
        charge = notes._kdc_paper("kdc.charge") if notes else None
        if charge:
            raise UserError(
                self.env._(
                    "This credit note gives back “%s”. Open it under “Charges and corrections”: “Take the credit note "
                    "back…” cancels it.",
                    charge.name,
                )
            )

    def _kdc_check_credit_unspent(self):
        """Refuse to take back what the payer has in hand.

        :raise UserError: names the entry that used it for something else than bills
        """
        parts = self.line_ids.matched_debit_ids
        spent = parts.debit_move_id.move_id.filtered(lambda move: not move.kdc_account_id)[:1]
        if spent:
            raise UserError(
                self.env._(
                    "This money was paid back or moved already (%s). What comes back is taken with a receipt.",
                    spent.name,
                )
            )
