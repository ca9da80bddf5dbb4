from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import AccessError, UserError
from odoo.tools import clean_context
from odoo.tools.translate import LazyTranslate

from .account_move import bill_step

_lt = LazyTranslate(__name__)


class KdcBillCancellation(models.Model):
    """An issued bill that is no longer to be owed: it stays readable, and its month may be billed again.

    Asked for by one person with a reason, approved by another (also in the database). Until then it is owed as before.
    """

    _name = "kdc.bill.cancellation"
    _description = "Cancellation of a Bill"
    _inherit = ["kdc.two.persons", "mail.thread"]
    _order = "id desc"
    _rec_name = "move_id"
    _check_company_auto = True
    _refuse_step = _lt("The cancellation of a bill is approved and withdrawn by its buttons only.")
    _refuse_change = _lt("What was decided about a bill does not change.")
    _refuse_delete = _lt("What was decided about a bill is not deleted.")

    move_id = fields.Many2one(
        "account.move", string="Bill", required=True, index=True, ondelete="restrict", check_company=True,
        domain="[('kdc_account_id', '!=', False), ('state', '=', 'posted')]",
    )  # fmt: skip
    company_id = fields.Many2one(related="move_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    account_id = fields.Many2one(related="move_id.kdc_account_id", string="Customer account")
    period_name = fields.Char(related="move_id.kdc_period_name", string="Month")
    amount_total = fields.Monetary(related="move_id.amount_total", string="On the bill")
    reason = fields.Text(required=True, tracking=True, help="Stays with the bill.")
    state = fields.Selection(
        [("draft", "To approve"), ("done", "Bill cancelled"), ("withdrawn", "Bill kept")],
        required=True, default="draft", tracking=True, index=True, copy=False,
    )  # fmt: skip

    _approver_is_another = models.Constraint(
        "CHECK (approved_by_id IS NULL OR approved_by_id != requested_by_id)",
        "Whoever prepared this cannot approve it.",
    )
    _approved_by_somebody = models.Constraint(
        "CHECK (state != 'done' OR approved_by_id IS NOT NULL)", "A bill is cancelled with the approval of a person."
    )
    _once = models.UniqueIndex("(move_id) WHERE state = 'draft'", "Somebody has asked to cancel this bill already.")

    @api.constrains("move_id")
    def _check_cancellable(self):
        """Say at once what keeps the bill from being cancelled, not only to who approves."""
        for row in self.filtered(lambda row: row.state == "draft"):
            if not row.move_id.kdc_account_id or row.move_id.state != "posted":
                raise UserError(self.env._("%s is no issued bill.", row.move_id.display_name))
            row.move_id._kdc_check_correction_right()

    def action_approve(self):
        """Cancel the bills as the second person."""
        if not self.env.user.has_group("kdc_utilities.group_approver"):
            raise AccessError(self.env._("You are not allowed to approve this."))
        self.check_access("read")
        # sudo: the approver decides but has no right on entries; what was prepared is done.
        rows = self.sudo().with_context(clean_context(self.env.context))
        lock_or_retry(rows)
        self._check_second_person()
        rows._check_cancellable()
        for row in rows:
            row.write({
                "state": "done", "approved_by_id": self.env.uid, "approved_on": fields.Datetime.now(),
            })  # fmt: skip
            with bill_step():
                row._cancel_bill()
        return True

    def _cancel_bill(self):
        """Cancel the bill with the reason (sudo); what keeps it from being cancelled keeps it now as well."""
        self.move_id._kdc_cancel(self.reason)

    def action_withdraw(self):
        """Keep the bill."""
        return self._withdraw()


class AccountMove(models.Model):
    _inherit = "account.move"

    kdc_cancellation_ids = fields.One2many(
        "kdc.bill.cancellation", "move_id", string="Cancellation of the bill", readonly=True,
        groups="kdc_utilities.group_accountant,kdc_utilities.group_approver,kdc_residents.group_auditor",
    )  # fmt: skip
    kdc_cancellation_asked = fields.Boolean("Cancellation asked for", compute="_compute_kdc_cancellation_asked")

    def _compute_kdc_cancellation_asked(self):
        # sudo: only that somebody asked, for whoever reads the bill
        asked = self.env["kdc.bill.cancellation"].sudo().search([
            ("move_id", "in", self.ids), ("state", "=", "draft"),
        ]).move_id  # fmt: skip
        for move in self:
            move.kdc_cancellation_asked = move in asked

    def action_kdc_cancel(self):
        """Ask for the cancellation, or open the one that was asked for."""
        self.ensure_one()
        self._kdc_check_correction_right()
        asked = self.kdc_cancellation_ids.filtered(lambda row: row.state == "draft")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cancel bill %s", self.name),
            "res_model": "kdc.bill.cancellation",
            "res_id": asked.id,
            "views": [(False, "form")],
            "context": {"default_move_id": self.id},
        }
