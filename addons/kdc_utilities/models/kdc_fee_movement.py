from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from .payer_papers import last_account

_lt = LazyTranslate(__name__)

#: What a group of rows without such a value is called; the web client would say “None”.
NO_SERVICE, NO_PERIOD = _lt("Paid in advance"), _lt("For no month yet")
NO_WAY, NO_COLLECTOR, NO_AREA = _lt("No money moved"), _lt("Without a collector"), _lt("In no area")


class KdcFeeMovement(models.Model):
    """Whatever changes what the payers owe, service by service: bills, payments, credit notes, write-offs.

    Nothing is stored: the rows are the journal items of the payers' receivable accounts, divided among services. A
    payment is divided as its receipt or its transfer says (``kdc.receipt.line``, ``kdc.transfer.line``). What settles a
    bill without saying for which service (an advance used later, a credit note, a write-off) fills what the stored
    spread left open, in the order in which payments serve services; as intervals, so that not a đồng is lost. Money
    beyond the bills stands in rows without service. The sum of all rows up to a day is therefore the balance of the
    receivable accounts on that day.

    A credit note that gives a charge back (``kdc_charge_credit.py``) lowers what was billed of its service; the money
    goes from the service to the advances of the payer, as it comes back to one when an advance pays a bill.
    """

    _name = "kdc.fee.movement"
    _description = "Movement of Fees"
    _auto = False
    _order = "date desc, id desc"
    # What has to be written before the database adds it up.
    _depends = {
        "account.move": ["state", "date", "move_type", "partner_id", "kdc_account_id", "kdc_period", "journal_id"],
        "account.journal": ["type", "code"],
        "account.move.line": ["move_id", "account_id", "partner_id", "balance", "date"],
        "account.partial.reconcile": ["debit_move_id", "credit_move_id", "amount", "max_date"],
        "account.payment": ["move_id"],
        "kdc.advance.return": ["move_id"],
        "kdc.bill.part": ["move_id", "service_id", "amount"],
        "kdc.charge": ["move_id", "service_id", "account_id", "corrects_move_id", "period"],
        "kdc.customer.account": ["partner_id", "area_id", "company_id"],
        "kdc.receipt": [
            "state",
            "date",
            "amount",
            "advance",
            "transfer_amount",
            "card_amount",
            "payment_id",
            "account_id",
            "partner_id",
            "user_id",
        ],
        "kdc.receipt.line": ["receipt_id", "move_id", "section", "amount"],
        "kdc.receipt.reversal": ["move_id"],
        "kdc.service": ["code", "company_id"],
        "kdc.transfer": ["state", "date", "move_id"],
        "kdc.write.off": ["move_id", "revival_move_id"],
        "kdc.transfer.line": ["transfer_id", "move_id", "section", "amount", "account_id", "payer_id"],
        "res.partner": ["commercial_partner_id"],
    }
    _rec_name = "document"

    date = fields.Date(readonly=True)
    kind = fields.Selection(
        [
            ("billed", "Billed"),
            ("adjusted", "Adjusted"),
            ("collected", "Collected"),
            ("applied", "From advances"),
            ("written_off", "Written off"),
            ("paid_back", "Paid back"),
            ("other", "Other entries"),
        ],
        readonly=True,
    )
    way = fields.Selection(
        [("cash", "Cash"), ("transfer", "Bank transfer"), ("card", "Card"), ("online", "Online")],
        "Way of payment",
        readonly=True,
        falsy_value_label=NO_WAY,
    )
    amount = fields.Monetary(
        "Changes the debt by", readonly=True, help="VND; negative: less is owed than before. The sum is the debt."
    )
    collected = fields.Monetary(readonly=True, help="VND that came in; paid back money is not taken off.")
    billed = fields.Monetary(readonly=True, help="VND")
    service_id = fields.Many2one(
        "kdc.service", readonly=True, falsy_value_label=NO_SERVICE,
        help="Empty: paid in advance, not for a service yet.",
    )  # fmt: skip
    period = fields.Date(
        "Billing period", readonly=True, falsy_value_label=NO_PERIOD,
        help="First day of the month the bill is for.",
    )  # fmt: skip
    account_id = fields.Many2one("kdc.customer.account", "Customer account", readonly=True)
    area_id = fields.Many2one(
        "kdc.area", readonly=True, falsy_value_label=NO_AREA, help="Where the account is today."
    )
    user_id = fields.Many2one("res.users", "Collector", readonly=True, falsy_value_label=NO_COLLECTOR)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    bill_id = fields.Many2one("account.move", readonly=True)
    entry_id = fields.Many2one("account.move", readonly=True)
    receipt_id = fields.Many2one("kdc.receipt", readonly=True)
    transfer_id = fields.Many2one("kdc.transfer", readonly=True)
    document = fields.Char(compute="_compute_document", compute_sudo=True)
    period_name = fields.Char("Period", compute="_compute_period_name")

    @api.depends("receipt_id", "transfer_id", "entry_id", "bill_id")
    def _compute_document(self):
        for row in self:
            paper = row.receipt_id or row.transfer_id or row.entry_id or row.bill_id
            row.document = paper.display_name

    @api.depends("period")
    def _compute_period_name(self):
        for row in self:
            row.period_name = fmt.period(row.period)

    def action_open(self):
        """Open the paper behind a movement, as far as the reader may."""
        self.ensure_one()
        for paper in (self.receipt_id, self.transfer_id, self.bill_id, self.entry_id):
            if paper and paper.has_access("read"):
                return {
                    "type": "ir.actions.act_window",
                    "res_model": paper._name,
                    "res_id": paper.id,
                    "views": [(False, "form")],
                }
        return False

    @api.model
    @api.readonly
    def formatted_read_grouping_sets(self, domain, grouping_sets, aggregates=(), *, order=None):
        """Show no row without service where nothing is left of it: what came in was used on bills the same day."""
        rows = super().formatted_read_grouping_sets(domain, grouping_sets, aggregates, order=order)
        measures = [name for name in aggregates if name.endswith(":sum")]
        without = [group for groups in rows for group in groups if group.get("service_id") is False]
        if not measures or any(group[name] for group in without for name in measures):
            return rows
        return [[group for group in groups if group.get("service_id") is not False] for groups in rows]

    @api.model
    def _entry_kinds(self):
        """Return (kind, SQL on ``entry`` and its ``journal``): the first that holds says what an entry is.

        Receipts and matched transfers are not asked. To teach a new kind of entry, put it before the others. No row is
        of the kind ``credited``: two change the service, and what is left is an advance.
        """
        return [
            ("credited", SQL("EXISTS (SELECT FROM kdc_charge given WHERE given.move_id = entry.id)")),
            ("adjusted", SQL("entry.move_type = 'out_refund'")),
            (
                "written_off",
                SQL("EXISTS (SELECT FROM kdc_write_off loss WHERE entry.id IN (loss.move_id, loss.revival_move_id))"),
            ),
            ("paid_back", SQL("EXISTS (SELECT FROM kdc_advance_return paid WHERE paid.move_id = entry.id)")),
            ("paid_back", SQL("EXISTS (SELECT FROM kdc_receipt_reversal undone WHERE undone.move_id = entry.id)")),
            ("collected", SQL("journal.type IN ('cash', 'bank', 'credit')")),
        ]

    @api.model
    def _payment_ways(self):
        """Return (way, SQL on the ``journal``) of money that was collected, as above."""
        return [("cash", SQL("journal.type = 'cash'")), ("transfer", SQL("TRUE"))]

    @api.model
    def _case(self, choices, otherwise):
        """Return the SQL that chooses the first of some (name, condition)."""
        whens = SQL(" ").join(SQL("WHEN %s THEN %s", condition, name) for name, condition in choices)
        return SQL("CASE %s ELSE %s END", whens, otherwise)

    @property
    def _table_query(self):
        kind, way = self._case(self._entry_kinds(), "other"), self._case(self._payment_ways(), None)
        return SQL(
            """
            WITH bill AS (
                SELECT id, company_id, date, kdc_period AS period, kdc_account_id AS account_id
                  FROM account_move
                 WHERE kdc_account_id IS NOT NULL AND move_type = 'out_invoice' AND state = 'posted'
                   AND company_id = ANY(%(companies)s)
            ), payer AS (
                SELECT DISTINCT ON (account.company_id, partner.commercial_partner_id)
                       account.id, account.company_id, partner.commercial_partner_id AS partner_id
                  FROM kdc_customer_account account
                  JOIN res_partner partner ON partner.id = account.partner_id
                 WHERE account.company_id = ANY(%(companies)s)
                 ORDER BY account.company_id, partner.commercial_partner_id, account.active DESC, account.id
            ), taken AS (
                -- of what was withdrawn later the gifts come last, as they did before
                SELECT CASE receipt.state WHEN 'reversed' THEN 5 ELSE 1 END AS source, line.id, line.receipt_id,
                       line.amount, line.move_id, line.section, line.period
                  FROM kdc_receipt_line line
                  JOIN kdc_receipt receipt ON receipt.id = line.receipt_id
                 WHERE (receipt.state = 'posted' OR receipt.state = 'reversed' AND line.contribution_id IS NOT NULL)
                   AND receipt.company_id = ANY(%(companies)s)
                UNION ALL
                SELECT 2, id, id, advance, NULL, NULL, NULL
                  FROM kdc_receipt
                 WHERE state = 'posted' AND advance > 0 AND company_id = ANY(%(companies)s)
                UNION ALL
                -- what was withdrawn later had come in, but for no service
                SELECT 2, receipt.id, receipt.id, receipt.amount - COALESCE(SUM(gift.amount), 0), NULL, NULL, NULL
                  FROM kdc_receipt receipt
                  LEFT JOIN kdc_receipt_line gift ON gift.receipt_id = receipt.id AND gift.contribution_id IS NOT NULL
                 WHERE receipt.state = 'reversed' AND receipt.company_id = ANY(%(companies)s)
                 GROUP BY receipt.id
                HAVING receipt.amount > COALESCE(SUM(gift.amount), 0)
            ), laid AS (
                SELECT taken.*, SUM(amount) OVER (PARTITION BY receipt_id ORDER BY source, id) AS upto FROM taken
            ), said AS (
                -- what receipts and transfers say they were for; a receipt paid in several ways is laid over them
                SELECT (laid.id::bigint * 4 + part.place) * 8 + laid.source AS id, receipt.date, part.way,
                       LEAST(laid.upto, part.upto)
                       - GREATEST(laid.upto - laid.amount, part.upto - part.amount) AS amount,
                       laid.move_id, laid.section, laid.period, receipt.account_id, receipt.user_id,
                       receipt.company_id, payment.move_id AS entry_id, receipt.id AS receipt_id,
                       NULL::integer AS transfer_id
                  FROM laid
                  JOIN kdc_receipt receipt ON receipt.id = laid.receipt_id
                  JOIN account_journal journal ON journal.id = receipt.journal_id
                  JOIN account_payment payment ON payment.id = receipt.payment_id
                 CROSS JOIN LATERAL (
                       SELECT COALESCE(receipt.transfer_amount, 0) AS transfer, COALESCE(receipt.card_amount, 0) AS card
                 ) other
                 CROSS JOIN LATERAL (VALUES
                       (0, 'transfer', other.transfer, other.transfer),
                       (1, 'card', other.card, other.transfer + other.card),
                       (2, %(way)s, receipt.amount - other.transfer - other.card, receipt.amount)
                 ) AS part(place, way, amount, upto)
                 WHERE (laid.source = 2 OR laid.move_id IS NOT NULL)
                   AND LEAST(laid.upto, part.upto) > GREATEST(laid.upto - laid.amount, part.upto - part.amount)
                UNION ALL
                SELECT line.id::bigint * 8 + 3, transfer.date, 'transfer', line.amount, line.move_id, line.section,
                       line.period, line.account_id, NULL, transfer.company_id, transfer.move_id, NULL, transfer.id
                  FROM kdc_transfer_line line
                  JOIN kdc_transfer transfer ON transfer.id = line.transfer_id
                 WHERE transfer.state = 'matched' AND transfer.company_id = ANY(%(companies)s)
            ), matched AS (
                SELECT debit.move_id AS bill_id, credit.move_id AS entry_id, SUM(match.amount) AS amount,
                       MIN(match.id) AS id, MAX(match.max_date) AS date
                  FROM account_partial_reconcile match
                  JOIN account_move_line debit ON debit.id = match.debit_move_id
                  JOIN account_move_line credit ON credit.id = match.credit_move_id
                  JOIN bill ON bill.id = debit.move_id
                 GROUP BY debit.move_id, credit.move_id
            ), rest AS (
                -- what settled a bill without saying for which service; upto: where it ends when all is laid end to end
                SELECT matched.id, matched.bill_id, matched.entry_id, matched.date,
                       matched.amount - COALESCE(told.amount, 0) AS amount,
                       SUM(matched.amount - COALESCE(told.amount, 0)) OVER (
                           PARTITION BY matched.bill_id ORDER BY matched.date, matched.id
                       ) AS upto
                  FROM matched
                  LEFT JOIN (SELECT move_id, entry_id, SUM(amount) AS amount FROM said GROUP BY move_id, entry_id) told
                    ON told.move_id = matched.bill_id AND told.entry_id = matched.entry_id
                 WHERE matched.amount > COALESCE(told.amount, 0)
            ), room AS (
                SELECT part.move_id, part.service_id, GREATEST(part.amount - COALESCE(told.amount, 0), 0) AS amount,
                       SUM(GREATEST(part.amount - COALESCE(told.amount, 0), 0)) OVER (
                           PARTITION BY part.move_id ORDER BY part.sequence, part.id
                       ) AS upto,
                       ROW_NUMBER() OVER (PARTITION BY part.move_id ORDER BY part.sequence, part.id) AS place
                  FROM kdc_bill_part part
                  LEFT JOIN (SELECT move_id, section, SUM(amount) AS amount FROM said GROUP BY move_id, section) told
                    ON told.move_id = part.move_id AND COALESCE(told.section, '') = COALESCE(part.section, '')
                 WHERE part.move_id IN (SELECT bill_id FROM rest)
            ), spread AS (
                SELECT rest.id, rest.bill_id, rest.entry_id, rest.date, room.service_id, room.place,
                       LEAST(rest.upto, room.upto)
                       - GREATEST(rest.upto - rest.amount, room.upto - room.amount) AS amount
                  FROM rest
                  JOIN room ON room.move_id = rest.bill_id
                   AND LEAST(rest.upto, room.upto) > GREATEST(rest.upto - rest.amount, room.upto - room.amount)
            ), entry AS (
                SELECT entry.id, entry.date, entry.company_id, %(kind)s AS kind,
                       CASE WHEN %(kind)s = 'collected' THEN %(way)s END AS way
                  FROM account_move entry
                  JOIN account_journal journal ON journal.id = entry.journal_id
                 WHERE entry.state = 'posted' AND entry.company_id = ANY(%(companies)s)
                   AND NOT (entry.kdc_account_id IS NOT NULL AND entry.move_type = 'out_invoice')
                   AND NOT EXISTS (SELECT FROM said WHERE said.entry_id = entry.id)
                   AND EXISTS (
                       SELECT FROM account_move_line item
                         JOIN account_account ledger ON ledger.id = item.account_id
                        WHERE item.move_id = entry.id AND ledger.account_type = 'asset_receivable'
                   )
            ), movement AS (
                SELECT part.id::bigint * 8 AS id, bill.date, 'billed' AS kind, NULL AS way, part.amount::numeric,
                       part.service_id, bill.period, bill.account_id, NULL::integer AS user_id, bill.company_id,
                       bill.id AS bill_id, bill.id AS entry_id, NULL::integer AS receipt_id,
                       NULL::integer AS transfer_id
                  FROM kdc_bill_part part
                  JOIN bill ON bill.id = part.move_id
                UNION ALL
                SELECT said.id, said.date, 'collected', said.way, -said.amount, service.id, said.period,
                       said.account_id, said.user_id, said.company_id, said.move_id, said.entry_id, said.receipt_id,
                       said.transfer_id
                  FROM said
                  LEFT JOIN kdc_service service
                    ON service.company_id = said.company_id AND service.code = said.section
                UNION ALL
                -- from the row without service to the service that it settled; an advance moved over is money, as ever
                SELECT (spread.id::bigint * 64 + CASE WHEN side.sign < 0 THEN spread.place ELSE spread.place + 32 END)
                       * 8 + 4,
                       spread.date,
                       CASE WHEN entry.kind = 'collected' AND spread.date > entry.date
                              OR entry.kind IN ('paid_back', 'credited') OR entry.id IS NULL
                            THEN 'applied' ELSE entry.kind END,
                       CASE WHEN entry.kind = 'collected' AND spread.date = entry.date THEN entry.way END,
                       side.sign * spread.amount,
                       CASE WHEN side.sign < 0 THEN spread.service_id END,
                       CASE WHEN side.sign < 0 THEN bill.period END,
                       bill.account_id, NULL, bill.company_id, spread.bill_id, spread.entry_id, NULL, NULL
                  FROM spread
                  JOIN bill ON bill.id = spread.bill_id
                  LEFT JOIN entry ON entry.id = spread.entry_id
                 CROSS JOIN (VALUES (-1), (1)) AS side(sign)
                UNION ALL
                -- less was billed of the service, and what was paid for that leaves it: the advance in the rows below
                SELECT (item.id::bigint * 2 + side.place) * 8 + 7, entry.date, side.kind, NULL,
                       side.sign * item.balance, given.service_id, COALESCE(corrected.kdc_period, given.period),
                       given.account_id, NULL, entry.company_id, given.corrects_move_id, entry.id, NULL, NULL
                  FROM entry
                  JOIN kdc_charge given ON given.move_id = entry.id
                  LEFT JOIN account_move corrected ON corrected.id = given.corrects_move_id
                  JOIN account_move_line item ON item.move_id = entry.id
                  JOIN account_account ledger ON ledger.id = item.account_id
                 CROSS JOIN (VALUES (0, 'adjusted', 1), (1, 'applied', -1)) AS side(place, kind, sign)
                 WHERE ledger.account_type = 'asset_receivable'
                UNION ALL
                SELECT item.id::bigint * 8 + 6, entry.date,
                       CASE entry.kind WHEN 'credited' THEN 'applied' ELSE entry.kind END, entry.way, item.balance,
                       NULL, NULL, COALESCE(payer.id, %(last_account)s), NULL, entry.company_id, NULL, entry.id, NULL,
                       NULL
                  FROM entry
                  JOIN account_move_line item ON item.move_id = entry.id
                  JOIN account_account ledger ON ledger.id = item.account_id
                  JOIN res_partner partner ON partner.id = item.partner_id
                  LEFT JOIN payer ON payer.partner_id = partner.commercial_partner_id
                   AND payer.company_id = entry.company_id
                 WHERE ledger.account_type = 'asset_receivable'
            )
            SELECT movement.*, account.area_id,
                   CASE WHEN movement.kind = 'collected' THEN -movement.amount ELSE 0 END AS collected,
                   CASE WHEN movement.kind = 'billed' THEN movement.amount ELSE 0 END AS billed
              FROM movement
              JOIN kdc_customer_account account ON account.id = movement.account_id
            """,
            companies=self.env.companies.ids,
            kind=kind,
            way=way,
            last_account=last_account(SQL("partner.commercial_partner_id"), SQL("entry.company_id")),
        )
