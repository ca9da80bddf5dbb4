from odoo.tests import tagged

from .common import UtilitiesCommon

#: What tells two records of the same content apart.
OWN = {
    "id", "move_id", "name", "move_name", "sequence_number", "made_sequence_gap", "access_token", "line_ids",
    "write_date", "create_date", "kdc_run_id", "kdc_period", "kdc_reference", "payment_reference",
}  # fmt: skip


@tagged("post_install", "-at_install")
class TestBillItems(UtilitiesCommon):
    """Preparing the journal items before ``create`` must give what Odoo makes of the same invoice lines."""

    def _vals(self, period, **vals):
        """Values of the bills of a run of October's amounts, moved to ``period``."""
        run = self._run()
        taxes = {}
        vals_list = [line.sudo()._bill_vals(taxes) | {"kdc_period": period} | vals for line in run.line_ids]
        run.action_draft()
        return vals_list

    @staticmethod
    def _content(records):
        records.invalidate_recordset()
        names = [
            name
            for name, field in records._fields.items()
            if field.store and field.type != "one2many" and name not in OWN
        ]
        return [
            {name: record[name].ids if record._fields[name].relational else record[name] for name in names}
            for record in records
        ]

    @staticmethod
    def _items(moves):
        return moves.line_ids.sorted(lambda line: (line.move_id.id, line.display_type, line.tax_repartition_line_id.id))

    def test_same_as_odoo(self):
        self._read_month(25, 0)
        stock_vals, our_vals = self._vals("2025-01-01"), self._vals("2025-02-01")
        moves = self.env["account.move"].with_context(tracking_disable=True)
        stock = moves.create(stock_vals)
        ours = moves._kdc_create_bills(our_vals)
        for state in ("draft", "posted"):
            if state == "posted":
                (stock + ours)._post(soft=False)
            self.env.flush_all()
            self.assertEqual(set((stock + ours).mapped("state")), {state})
            self.assertEqual(self._content(ours), self._content(stock))
            self.assertEqual(self._content(self._items(ours)), self._content(self._items(stock)))
        self.assertIn("tax", ours.line_ids.mapped("display_type"))
        for move in ours:
            term = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
            self.assertEqual(term.name, move.payment_reference)
        self.assertFalse(ours.env.context.get("skip_invoice_sync"))

    def test_drafts_follow_a_correction(self):
        self._read_month(25, 8)
        move = self.env["account.move"]._kdc_create_bills(self._vals("2025-01-01"))[0]
        before = move.amount_total
        move.invoice_line_ids.filtered(lambda line: line.tax_ids)[0].price_unit += 100000
        tax = sum(move.line_ids.filtered(lambda line: line.display_type == "tax").mapped("balance"))
        self.assertEqual(-tax, move.amount_tax)
        self.assertGreater(move.amount_total, before + 100000)
        self.assertEqual(sum(move.line_ids.mapped("balance")), 0)

    def test_analytic_rules_apply(self):
        plan = self.env["account.analytic.plan"].create({"name": "Cost centres"})
        centre = self.env["account.analytic.account"].create({"name": "Water", "plan_id": plan.id})
        self.env["account.analytic.distribution.model"].create({"analytic_distribution": {str(centre.id): 100}})
        self._read_month(25, 8)
        moves = self.env["account.move"]._kdc_create_bills(self._vals("2025-01-01"))
        self.assertEqual(moves.invoice_line_ids[0].analytic_distribution, {str(centre.id): 100})
        self.assertEqual(moves[0].amount_total, moves[0].kdc_explanation["total"])
