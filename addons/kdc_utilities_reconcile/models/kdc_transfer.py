from odoo import fields, models
from odoo.exceptions import AccessError, UserError

#: The list of what is set aside.
ACTION = "kdc_utilities_reconcile.statement_line_action_set_aside"


class KdcTransfer(models.Model):
    """What has nothing to do with fees is reconciled by hand with the other books of the ward."""

    _inherit = "kdc.transfer"

    state = fields.Selection(
        selection_add=[("reconciled", "Reconciled by hand")], ondelete={"reconciled": "set other"}
    )

    def _check_reconciler(self):
        if not self.env.user.has_group("kdc_utilities_reconcile.group_reconciler"):
            raise AccessError(self.env._("Only who may reconcile the bank by hand does this."))

    def _check_set_aside(self):
        """Check that the queue has set all of these aside.

        :raise UserError: one waits, or something else was decided
        """
        for transfer in self:
            if transfer.state == "open":
                raise UserError(
                    self.env._(
                        "Transfer %s still waits in the queue. Decide it there; what is not for fees is reconciled "
                        "here afterwards.",
                        transfer.display_name,
                    )
                )
            if transfer.state != "other":
                raise UserError(
                    self.env._(
                        "The queue has decided about transfer %(transfer)s: %(state)s. Undo that there first.",
                        transfer=transfer.display_name,
                        state=transfer._state_in_words(),
                    )
                )

    def _state_in_words(self):
        return dict(self._fields["state"]._description_selection(self.env))[self.state]

    def action_reconcile_by_hand(self):
        """Open the screen for reconciling on just this movement."""
        self.ensure_one()
        self._check_reconciler()
        self._check_set_aside()
        action = self.env["ir.actions.act_window"]._for_xml_id(ACTION)
        # Another address than that of the list: a page opened again shows this movement.
        action.pop("path", None)
        return action | {"domain": [("id", "=", self.statement_line_id.id)]}

    def _reconciled_by_hand(self):
        """Note who has found its counterpart (sudo)."""
        self._decided("reconciled", is_automatic=False, reason=False)

    def _rewrite_entry(self, items, partner=None):
        """What somebody has begun to choose by hand was about the entry as it was."""
        result = super()._rewrite_entry(items, partner)
        self.statement_line_id.filtered("reconcile_data").reconcile_data = False
        return result

    # -- undo ---------------------------------------------------------------------------------------

    def _decided_for_undo(self):
        """Whoever may not reconcile by hand does not take it back either."""
        transfer = super()._decided_for_undo()
        if transfer.state == "reconciled":
            self._check_reconciler()
        return transfer

    def _spent_by(self):
        """What it was reconciled with is open again afterwards: no money has moved on."""
        return self.env["account.move"] if self.state == "reconciled" else super()._spent_by()
