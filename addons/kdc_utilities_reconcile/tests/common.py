from odoo.addons.kdc_utilities.tests.test_transfer import TransferCommon
from odoo.tests import Form

VIEW = "account_reconcile_oca.bank_statement_line_form_reconcile_view"


class ReconcileCommon(TransferCommon):
    """Movements of the bank, an accountant who may reconcile by hand, and a debtor who is no customer of fees."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_reconciler = cls._create_user("kdc_reconciler", "kdc_utilities_reconcile.group_reconciler")
        cls.costs = cls.env["account.account"].search(
            [("account_type", "=", "expense"), ("company_ids", "in", cls.company.ids)], limit=1
        )
        cls.tenant = cls.env["res.partner"].create({"name": "Công ty thuê kiosk", "is_company": True})
        cls.rent = cls.env["account.move"].create({
            "move_type": "out_invoice", "partner_id": cls.tenant.id, "invoice_date": cls.today,
            "invoice_line_ids": [(0, 0, {"name": "Thuê kiosk", "price_unit": 500_000, "tax_ids": False})],
        })  # fmt: skip
        cls.rent.action_post()

    def _set_aside(self, amount, text="tien thue"):
        """A movement of the bank that has nothing to do with fees."""
        [transfer] = self._import([(f"FT{amount}", amount, text)])
        if transfer.state == "open":
            self._decide(transfer, "other", "Tiền thuê kiosk")
        self.assertEqual(transfer.state, "other")
        return transfer

    def _line(self, transfer, user=None):
        return transfer.statement_line_id.with_user(user or self.user_reconciler)

    def _choose(self, transfer, item=None, account=None, user=None):
        """Choose a counterpart in the screen: an open item of the books, or an account."""
        line = self._line(transfer, user)
        if item:
            with Form(line, view=VIEW) as form:
                form.add_account_move_line_id = item
            return line
        # What the page for it keeps: ``Form`` does not press on rows of a widget.
        info = line.reconcile_data_info
        rows = [
            row | {"kind": "other", "account_id": [account.id, account.display_name]}
            if row["kind"] == "suspense" else row
            for row in info["data"]
        ]  # fmt: skip
        line.reconcile_data_info = line._recompute_suspense_line(rows, info["reconcile_auxiliary_id"], False)
        return line

    def _owed_item(self, move):
        return move.line_ids.filtered(lambda item: item.account_type == "asset_receivable")
