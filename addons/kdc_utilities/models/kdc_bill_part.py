from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.sql import table_exists


class AccountMove(models.Model):
    _inherit = "account.move"

    def action_post(self):
        """A bill that is posted by hand has its parts as well; a billing run makes them for all its bills at once."""
        result = super().action_post()
        bills = self.filtered(
            lambda move: move.kdc_account_id and move.move_type == "out_invoice" and move.state == "posted"
        )
        if bills:
            # sudo: nobody writes the parts by hand; they say what the bills say.
            self.env["kdc.bill.part"].sudo()._make_for(bills)
        return result


class KdcBillPart(models.Model):
    """What a bill demands for one service: the explanation of the bill as a row, so that the database can add it up.

    Made once when the bill is issued and never changed, as the explanation. A section that lowers the bill (a
    correction, a rebate) lowers the services that a payment would serve first, as ``engine.apportion.open_parts`` does;
    so no part is negative and together they are the total of the bill.
    """

    _name = "kdc.bill.part"
    _description = "Service on a Bill"
    _order = "move_id, sequence, id"
    _log_access = False

    move_id = fields.Many2one("account.move", "Bill", required=True, readonly=True, index=True, ondelete="cascade")
    # No related field: it would depend on bills, and bills in bulk would be compared column by column again.
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    section = fields.Char("Service code", readonly=True, help="Empty: a bill without explanation.")
    service_id = fields.Many2one("kdc.service", readonly=True, index="btree_not_null", ondelete="set null")
    sequence = fields.Integer(readonly=True, help="In which order payments serve the services.")
    amount = fields.Float("Demanded", digits=(16, 0), readonly=True, help="VND")

    _section_uniq = models.UniqueIndex("(move_id, COALESCE(section, ''))", "A service is on a bill once.")

    def init(self):
        """Take over the bills that were issued before; where the addon is new there are neither services nor bills."""
        result = super().init()
        if table_exists(self.env.cr, "kdc_service"):
            self._make(SQL("TRUE"))
        return result

    @api.model
    def _make_for(self, bills):
        """Make the parts of bills that were issued a moment ago."""
        bills.flush_recordset()
        self._make(SQL("bill.id = ANY(%s)", bills.ids))

    @api.model
    def _make(self, condition):
        """Make what is missing, in one statement for any number of bills (they are written by COPY, too).

        :param condition: SQL on ``bill``
        """
        self.env.cr.execute(
            SQL(
                """
                WITH section AS (
                    SELECT bill.id, bill.company_id, section.place, section.value->>'service' AS code,
                           (section.value->>'total')::numeric AS total
                      FROM account_move bill
                     CROSS JOIN LATERAL jsonb_array_elements(bill.kdc_explanation->'sections')
                           WITH ORDINALITY AS section(value, place)
                     WHERE bill.kdc_account_id IS NOT NULL AND bill.move_type = 'out_invoice'
                       AND bill.state != 'draft' AND jsonb_typeof(bill.kdc_explanation->'sections') = 'array'
                       AND NOT EXISTS (SELECT FROM kdc_bill_part part WHERE part.move_id = bill.id) AND %(condition)s
                ), ranked AS (
                    SELECT section.*, service.id AS service_id, COALESCE(service.sequence, 1000000) AS rank,
                           SUM(GREATEST(total, 0)) OVER (
                               PARTITION BY section.id ORDER BY COALESCE(service.sequence, 1000000), place
                           ) AS upto,
                           SUM(GREATEST(-total, 0)) OVER (PARTITION BY section.id) AS rebate
                      FROM section
                      LEFT JOIN kdc_service service
                        ON service.company_id = section.company_id AND service.code = section.code
                )
                INSERT INTO kdc_bill_part (move_id, company_id, section, service_id, sequence, amount)
                SELECT id, company_id, code, MIN(service_id), MIN(rank),
                       SUM(GREATEST(LEAST(GREATEST(total, 0), upto - rebate), 0))
                  FROM ranked
                 GROUP BY id, company_id, code
                 ORDER BY id, MIN(rank), MIN(place)
                """,
                condition=condition,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO kdc_bill_part (move_id, company_id, sequence, amount)
                SELECT bill.id, bill.company_id, 1000000, bill.amount_total
                  FROM account_move bill
                 WHERE bill.kdc_account_id IS NOT NULL AND bill.move_type = 'out_invoice' AND bill.state != 'draft'
                   AND NOT EXISTS (SELECT FROM kdc_bill_part part WHERE part.move_id = bill.id) AND %(condition)s
                """,
                condition=condition,
            )
        )
