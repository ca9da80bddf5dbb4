"""Writes many lines of a bank statement, posted, by copying a few that Odoo posted itself.

As for bills (``bill_press``): of the lines that differ in payer, texts, days and amounts only, a few go through Odoo's
``create``. They are compared with what this file would have written for them, every column of every table. Only when
nothing differs, the others are written as copies. Otherwise the log says what differs, and Odoo writes all of them.
"""

import logging
from collections import Counter, defaultdict
from functools import cached_property

from odoo.tools import SQL

from . import bill_guard
from .copies import MIN_COPIES, MIN_SAMPLE, RELATIONS, Copies, Numbers

_logger = logging.getLogger(__name__)

#: The largest value of a sequence, from which Odoo's own index of statement lines counts down.
MAX_SEQUENCE = 2147483647
#: What an import says about a line; anything else would be news.
LINE_KEYS = frozenset(
    "journal_id date amount payment_ref ref partner_name account_number sequence partner_id line_ids".split()
)
ITEM_KEYS = frozenset({"name", "account_id", "debit", "credit", "partner_id"})
#: Own texts that may be empty: a copy has them where its pattern has them.
TEXTS = ("ref", "partner_name", "account_number", "partner_id")
#: Columns of an entry that say how much it is about.
TOTALS = ("amount_total", "amount_total_signed", "amount_total_in_currency_signed")


class LinePlan:
    """A statement line to be written.

    :param dict vals: for ``create``; with ``line_ids`` when it is known what answers the bank's item
    :param journal: of the bank, with its suspense account
    """

    def __init__(self, vals, journal):
        self.vals = vals
        self.journal = journal
        self.id = self.move_id = None

    @cached_property
    def items(self):
        """The items of the entry as (account, payer or False, text, balance in VND), the bank's own first."""
        vals = self.vals
        if "line_ids" in vals:
            commands = [values for _command, _id, values in vals["line_ids"]]
            return [
                (item["account_id"], item.get("partner_id") or False, item["name"],
                 item.get("debit", 0) - item.get("credit", 0))
                for item in commands
            ]  # fmt: skip
        accounts = self.journal.default_account_id, self.journal.suspense_account_id
        return [
            (account.id, False, vals["payment_ref"], balance)
            for account, balance in zip(accounts, (vals["amount"], -vals["amount"]), strict=True)
        ]

    @property
    def shape(self):
        """What lines that are copied from one another have in common."""
        vals = self.vals
        return (
            vals["date"].replace(day=1),
            "line_ids" in vals,
            tuple(bool(vals.get(name)) for name in TEXTS),
            tuple((account, bool(partner), balance > 0) for account, partner, _name, balance in self.items),
        )

    @property
    def payers(self):
        """The ids of those who have paid."""
        return {partner for _account, partner, _name, _balance in self.items if partner}

    @property
    def odd(self):
        """Whether it has something that was not compared with Odoo."""
        commands = [values for _command, _id, values in self.vals.get("line_ids", ())]
        return bool(
            self.vals.keys() - LINE_KEYS
            or any(item.keys() - ITEM_KEYS or not item["name"] for item in commands)
            or not self.vals["payment_ref"]
            or self.vals["amount"] != int(self.vals["amount"])
            or not self.vals["amount"]
            or sum(balance for *_item, balance in self.items)
        )


def numbered(plan):
    """The order in which Odoo numbers the entries of a batch."""
    return plan.vals["date"], plan.vals.get("ref") or ""


class StatementPress:
    """Writes the lines of a statement (sudo).

    :param lines: empty ``account.bank.statement.line`` of the caller
    """

    def __init__(self, lines):
        self.lines = lines
        self.env = lines.env

    def post(self, vals_list):
        """Create and post these statement lines of one journal; return them in this order."""
        journal = self.env["account.journal"].browse({vals["journal_id"] for vals in vals_list}).ensure_one()
        plans = [LinePlan(vals, journal) for vals in vals_list]
        groups = self._groups(plans, journal)
        samples = [group[:MIN_SAMPLE] for group in groups]
        if groups:
            copies = LineCopies(self.env["account.move"], groups)
            self._by_odoo([plan for sample in samples for plan in sample])
            difference = copies.prove(samples)
            if difference:
                _logger.warning("%s statement lines are written by Odoo itself, since %s", len(plans), difference)
            else:
                copies.write_copies([plan for group in groups for plan in group[MIN_SAMPLE:]])
        self._by_odoo([plan for plan in plans if not plan.id])
        return self.lines.browse(plan.id for plan in plans)

    def _groups(self, plans, journal):
        """Return lists of lines that may be copied from one another, in the order in which entries are numbered."""
        unknown = bill_guard.installed_code(self.env) or bill_guard.strangers(self.lines) or self._unknown(journal)
        if unknown:
            _logger.info("%s statement lines are written by Odoo itself, since %s", len(plans), unknown)
            return []
        classes = bill_guard.payer_classes(self.env, {payer for plan in plans for payer in plan.payers})
        own_banks = self.env["res.partner.bank"].search([("partner_id", "in", list(classes))]).partner_id.ids
        groups = defaultdict(list)
        for plan in sorted(plans, key=numbered):
            payers = {None if payer in own_banks else classes.get(payer) for payer in plan.payers}
            if not plan.odd and None not in payers and not self._locked(plan, journal):
                groups[plan.shape, frozenset(payers)].append(plan)
        return [group for group in groups.values() if len(group) >= MIN_SAMPLE + MIN_COPIES]

    def _unknown(self, journal):
        """Return which setting of the books was not compared, or an empty string."""
        company = journal.company_id
        reasons = {
            "the bank is in another currency than the books": journal.currency_id - company.currency_id,
            "the currency has parts smaller than 1": company.currency_id.rounding != 1,
            "the journal seals its entries": journal.restrict_mode_hash_table,
            "analytic rules may apply": self.env["account.analytic.distribution.model"].search_count([], limit=1),
            "taxes are due on payment": company.tax_exigibility,
        }
        return next((text for text, found in reasons.items() if found), "")

    def _locked(self, plan, journal):
        """Whether the books of that day are closed, so that Odoo would choose another day."""
        return bool(journal.company_id._get_violated_lock_dates(plan.vals["date"], False, journal))

    def _by_odoo(self, plans):
        """The way of every other statement line; all entries are checked to be balanced at once, not one by one."""
        if not plans:
            return
        # No entry of them is an invoice, and Odoo would look at each twice what taxes and terms it needs.
        fast = {"skip_invoice_sync": True, "check_move_validity": False}
        lines = self.lines.with_context(**fast).create([plan.vals for plan in plans])
        moves = self.env["account.move"].browse(lines.move_id.ids)
        with moves._check_balanced({"records": moves}):
            for plan, line in zip(plans, lines, strict=True):
                plan.id, plan.move_id = line.id, line.move_id.id


class LineCopies(Copies):
    """Statement lines that Odoo posted in this transaction, from which others are copied."""

    CHANGED = Copies.CHANGED | {"account_bank_statement_line"}

    def __init__(self, moves, groups):
        super().__init__(moves)
        self.statement_lines = self.env["account.bank.statement.line"]
        #: Group of a line → what Odoo wrote for one of them: row of the line, of its entry, and of its items.
        self._patterns = {}
        self._group_of = {id(plan): number for number, group in enumerate(groups) for plan in group}
        payers = self.env["res.partner"].browse({payer for group in groups for plan in group for payer in plan.payers})
        self._commercial = {payer.id: payer.commercial_partner_id.id for payer in payers}
        self._names = {payer.id: payer.display_name for payer in payers}
        #: Month → Odoo's numbering.
        self._numbers = {}

    def prove(self, samples):
        """Compare what Odoo has written since the start with what :meth:`write_copies` would write for the same lines.

        :return: the difference in words, empty when there is none
        """
        self.env.flush_all()
        plans = [plan for sample in samples for plan in sample]
        for plan in plans:
            move = self.moves.browse(plan.move_id)
            known = self._numbers.get(self._month(plan))
            if not known or move.sequence_number > known.last:
                self._numbers[self._month(plan)] = Numbers(move)
        if not all(numbers.held for numbers in self._numbers.values()):
            return "the numbering works in another way"
        move_ids = [plan.move_id for plan in plans]
        stored = self._stored("account_bank_statement_line", "id", [plan.id for plan in plans])
        stored_moves = self._stored("account_move", "id", move_ids)
        stored_items = self._stored("account_move_line", "move_id", move_ids)
        items = defaultdict(list)
        for row in stored_items.values():
            items[row["move_id"]].append(row)
        own = []
        for plan in plans:
            rows = items[plan.move_id]
            if len(rows) != len(plan.items):
                return "entries have other journal items"
            pattern = stored[plan.id], stored_moves[plan.move_id], rows
            self._patterns.setdefault(self._group_of[id(plan)], pattern)
            number = stored_moves[plan.move_id]["sequence_number"]
            own.append(self._rows(plan, number, [row["id"] for row in rows]))
        lines, moves = [line for line, _move, _items in own], [move for _line, move, _items in own]
        items = [item for _line, _move, items in own for item in items]
        return (
            self._difference("account.bank.statement.line", stored, lines)
            or self._difference("account.move", stored_moves, moves)
            or self._difference("account.move.line", stored_items, items)
            or self._relation_difference(stored_items, items, account_bank_statement_line=len(lines))
        )

    def write_copies(self, plans):
        """Write these lines with their posted entries as copies of those that Odoo wrote."""
        plans = sorted(plans, key=numbered)
        by_month = defaultdict(list)
        for plan in plans:
            by_month[self._month(plan)].append(plan)
        numbers = {month: iter(self._numbers[month].take(len(some))) for month, some in by_month.items()}
        ids = self._new_ids("account_bank_statement_line", len(plans))
        move_ids = self._new_ids("account_move", len(plans))
        item_ids = iter(self._new_ids("account_move_line", sum(len(plan.items) for plan in plans)))
        lines, moves, items = [], [], []
        for plan, plan.id, plan.move_id in zip(plans, ids, move_ids, strict=True):
            line, move, some = self._rows(plan, next(numbers[self._month(plan)]), [next(item_ids) for _ in plan.items])
            lines.append(line)
            moves.append(move)
            items += some
        # The entry and its line name each other; the line is named once it is there.
        self._insert(self.moves, [move | {"statement_line_id": None} for move in moves])
        self._insert(self.statement_lines, lines)
        self._insert(self.lines, items)
        for name in RELATIONS:
            self._insert_relation(self.lines._fields[name], items)
        self.env.cr.execute(
            SQL(
                "UPDATE account_move m SET statement_line_id = l.id FROM account_bank_statement_line l"
                " WHERE l.move_id = m.id AND m.id = ANY(%s)",
                move_ids,
            )
        )
        receivable = self._receivable_accounts({account for plan in plans for account, *_others in plan.items})
        ranks = Counter(
            payer
            for plan in plans
            for payer in {payer for account, payer, *_others in plan.items if payer and account in receivable}
        )
        self._rank_payers(ranks)
        # The caches know nothing of these rows.
        self.env.invalidate_all()
        self._refresh_statistics(len(items))

    def _receivable_accounts(self, ids):
        accounts = self.env["account.account"].browse(ids)
        return set(accounts.filtered(lambda account: account.account_type == "asset_receivable").ids)

    @staticmethod
    def _month(plan):
        return plan.vals["date"].replace(day=1)

    def _rows(self, plan, number, item_ids):
        """Return the columns of a statement line, of its entry and of its items that are their own."""
        vals, day = plan.vals, plan.vals["date"].isoformat()
        line_pattern, move_pattern, item_patterns = self._patterns[self._group_of[id(plan)]]
        name = self._numbers[self._month(plan)].name(number)
        partner = vals.get("partner_id") or None
        line = {
            "id": plan.id, "pattern": line_pattern["id"], "move_id": plan.move_id,
            "amount": type(line_pattern["amount"])(vals["amount"]),
            "payment_ref": vals["payment_ref"], "sequence": vals["sequence"], "partner_id": partner,
            "internal_index": f"{day.replace('-', '')}{MAX_SEQUENCE - vals['sequence']:0>10}{plan.id:0>10}",
        }  # fmt: skip
        # What is empty is so in the pattern, in the way Odoo keeps it.
        line |= {name: vals[name] for name in ("partner_name", "account_number") if vals.get(name)}
        ref = {"ref": vals["ref"]} if vals.get("ref") else {}
        if line_pattern["amount_residual"]:
            line["amount_residual"] = type(line_pattern["amount_residual"])(-vals["amount"])
        move = {
            "id": plan.move_id, "pattern": move_pattern["id"], "name": name, "sequence_number": number, "date": day,
            "statement_line_id": plan.id, **{column: abs(vals["amount"]) for column in TOTALS},
        } | ref  # fmt: skip
        if move_pattern["partner_id"]:
            move |= {"partner_id": partner, "commercial_partner_id": self._commercial.get(partner)}
        items = [
            self._item(plan, item, item_id, pattern) | {"move_name": name, "date": day} | ref
            for item, item_id, pattern in zip(plan.items, item_ids, item_patterns, strict=True)
        ]
        return line, move, items

    def _item(self, plan, item, item_id, pattern):
        account, payer, name, balance = item
        row = {
            "id": item_id, "pattern": pattern["id"], "move_id": plan.move_id, "account_id": account,
            "partner_id": payer or None, "name": name, "balance": balance, "amount_currency": balance,
            "price_subtotal": balance, "price_total": balance,
            "debit": max(balance, 0), "credit": max(-balance, 0), "statement_line_id": plan.id,
        }  # fmt: skip
        if pattern["amount_residual"]:
            row |= {"amount_residual": balance, "amount_residual_currency": balance}
        return row
