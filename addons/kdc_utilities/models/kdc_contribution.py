from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.actions import dialogue
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain


class KdcContribution(models.Model):
    """A voluntary gift to a drive, made when the money is there: a line of a receipt, or a bank transfer.

    It has an entry that credits the fund. Whether the gift counts is the state of that entry, so the books and the
    published total cannot differ.
    """

    _name = "kdc.contribution"
    _description = "Voluntary Contribution"
    _inherit = ["mail.thread"]
    _order = "date desc, id desc"
    _rec_name = "giver_name"
    _check_company_auto = True

    drive_id = fields.Many2one("kdc.contribution.drive", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="drive_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    customer_id = fields.Many2one(
        "kdc.customer.account", string="Customer account", readonly=True, index="btree_not_null", ondelete="restrict",
        check_company=True, help="Empty: somebody from outside.",
    )  # fmt: skip
    giver_name = fields.Char("Given by", required=True, readonly=True)
    date = fields.Date(required=True, readonly=True, index=True)
    amount = fields.Monetary(required=True, readonly=True)
    move_id = fields.Many2one("account.move", "Entry", required=True, readonly=True, index=True, ondelete="restrict")
    receipt_line_ids = fields.One2many("kdc.receipt.line", "contribution_id", readonly=True)
    receipt_id = fields.Many2one("kdc.receipt", compute="_compute_receipt_id", help="Empty: by bank transfer.")
    bank_reference = fields.Char(
        "Number of the transfer", readonly=True, copy=False, help="By which the bank names it: a transfer counts once."
    )
    state = fields.Selection(
        [("given", "Received"), ("cancelled", "Cancelled")], compute="_compute_state", search="_search_state",
        compute_sudo=True,
    )  # fmt: skip
    cancel_reason = fields.Char(readonly=True, copy=False, tracking=True)
    cancelled_by_id = fields.Many2one("res.users", "Cancelled by", readonly=True, copy=False, tracking=True)

    _amount_positive = models.Constraint("CHECK (amount > 0)", "A gift is greater than zero.")
    _bank_reference_uniq = models.UniqueIndex(
        "(company_id, bank_reference) WHERE bank_reference IS NOT NULL AND cancelled_by_id IS NULL",
        "This transfer was recorded already.",
    )
    _cancelled_with_reason = models.Constraint(
        "CHECK (cancelled_by_id IS NULL OR (cancel_reason <> '' AND cancelled_by_id <> create_uid))",
        "A gift is cancelled with a reason and by somebody else than who recorded it.",
    )

    @api.depends("receipt_line_ids")
    def _compute_receipt_id(self):
        for gift in self:
            gift.receipt_id = gift.receipt_line_ids.receipt_id

    @api.depends("move_id.state", "cancelled_by_id")
    def _compute_state(self):
        for gift in self:
            given = gift.move_id.state == "posted" and not gift.cancelled_by_id
            gift.state = "given" if given else "cancelled"

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        wanted = set(value) & {"given", "cancelled"}
        if len(wanted) == 2:
            return []
        if not wanted:
            return [("id", "=", 0)]
        given = Domain("move_id.state", "=", "posted") & Domain("cancelled_by_id", "=", False)
        return given if wanted == {"given"} else ~given

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        raise UserError(self.env._("A gift is never deleted. Cancel it with a reason."))

    def _thank(self):
        """Tell the residents of the household, inside the system, that their gift has arrived."""
        for gift in self:
            partners = gift.customer_id._kdc_portal_partners()
            if partners:
                gift.env["kdc.notification"]._notify(
                    partners,
                    self.env._("%s received, thank you", gift.currency_id.format(gift.amount)),
                    self.env._("Your voluntary contribution to “%s”.", gift.drive_id.name),
                    f"/my/contributions/{gift.drive_id.id}",
                )

    def action_cancel(self):
        """Ask for the reason of cancelling a gift by transfer; one at the counter is cancelled with its receipt."""
        self.ensure_one()
        if self.receipt_id:
            raise UserError(self.env._("This gift is on receipt %s. Cancel the receipt.", self.receipt_id.name))
        self._check_not_imported()
        return dialogue("kdc.contribution.cancel", self.env._("Cancel a gift"), contribution_id=self.id)

    def _check_not_imported(self):
        """A gift that came with a statement is undone there: the money is at the bank and waits for another use."""
        # sudo: only the number of the bank is told.
        transfers = self.env["kdc.transfer.line"].sudo().search([("contribution_id", "in", self.ids)]).transfer_id
        if transfers:
            raise UserError(
                self.env._("This gift is transfer %s. Undo the match of the transfer.", transfers[0].display_name)
            )

    def _cancel(self, reason):
        """Cancel gifts by transfer as the current user: the entry is cancelled, the record stays."""
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Write why the gift is cancelled."))
        if not self.env.user.has_groups("kdc_utilities.group_accountant,kdc_utilities.group_approver"):
            raise AccessError(self.env._("Gifts are cancelled by an accountant or an approver."))
        self.check_access("read")
        self._check_not_imported()
        for gift in self:
            if gift.receipt_id or gift.state == "cancelled":
                raise UserError(self.env._("This gift is cancelled already or belongs to a receipt."))
            if gift.create_uid == self.env.user:
                raise UserError(self.env._("You recorded this gift yourself: somebody else has to cancel it."))
        # sudo: nobody writes gifts by hand; role and second person were checked above.
        gifts = self.sudo()
        gifts.write({"cancel_reason": reason, "cancelled_by_id": self.env.uid})
        gifts.move_id.button_cancel()
