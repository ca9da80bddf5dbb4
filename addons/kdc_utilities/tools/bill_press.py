"""Posts many bills that differ only in payer, texts and amounts, by copying a few that Odoo posted itself.

Odoo asks the same some thousand questions for every invoice (defaults, computed fields, checks, numbers, mail) and gets
the same answers for all the bills of a month. So a few of the bills, chosen so that they show everything the others
contain, go through ``create`` and ``_post`` as ever. They are then compared with what this file would have written for
them: every column of every table, and whether any other table was touched. Only when nothing differs, the others are
written as copies of those rows with their own payer, number, texts and amounts. When an addon adds something unknown,
the comparison fails, the log says what differs, and all bills go through Odoo: slower, never wrong. What is not even
tried, because a sample might not show it, stands in ``bill_guard``.

Numbers: once Odoo has numbered the sample, this transaction holds the lock that Odoo's own numbering takes, and the
further numbers come from the same counter. Foreign keys, checks and unique indexes are the database's, as ever, and the
caller's savepoint makes a batch all or nothing.
"""

import logging
from collections import Counter, defaultdict

from odoo.tools import SQL

from . import bill_guard
from .bill_guard import Plan, TaxTable
from .copies import MIN_COPIES, MIN_SAMPLE, RELATIONS, Copies, Numbers

_logger = logging.getLogger(__name__)

#: Bills posted by Odoo for a comparison are not more than that.
MAX_SAMPLE = 12
#: Values that stand in the bill's row as they were given.
OWN_VALUES = ("payment_reference", "kdc_account_id", "kdc_reference", "kdc_explanation")
#: The explanation is longer than all the rest, and stands in the preview of the bill already: the database takes it
#: from there.
EXPLANATION = {"kdc_explanation": SQL("preview.explanation")}
PREVIEW = SQL(
    " JOIN kdc_billing_run_line preview"
    " ON (preview.run_id, preview.account_id, preview.journal_id) = (p.kdc_run_id, n.kdc_account_id, p.journal_id)"
)


class BillPress:
    """Posts bills for one environment; rights and record rules apply.

    :param moves: empty ``account.move`` of the caller.
    """

    def __init__(self, moves):
        # Thousands of field-by-field log entries tell nobody anything; the bill itself is the record.
        self.moves = moves.with_context(tracking_disable=True)
        self.env = self.moves.env

    def post(self, vals_list):
        """Create and post a bill for each of these values for ``create``; return them in this order.

        :raises UserError: what Odoo raises for the bill.
        """
        taxes = TaxTable(self.env)
        plans = [Plan(vals, taxes) for vals in vals_list]
        for group in self._groups(plans):
            self._post_group(group)
        self._post_by_odoo([plan for plan in plans if not plan.move_id])
        return self.moves.browse(plan.move_id for plan in plans)

    def _groups(self, plans):
        """Return lists of bills that may be copied from one another; say which bills are in none of them, and why."""
        if len(plans) < MIN_SAMPLE + MIN_COPIES:
            return []
        unknown = bill_guard.installed_code(self.env)
        if unknown:
            _logger.warning("All %s bills are posted by Odoo itself, since %s", len(plans), unknown)
            return []
        classes = bill_guard.payer_classes(self.env, {plan.vals.get("partner_id") for plan in plans})
        groups, reasons = defaultdict(list), Counter()
        for plan in plans:
            payer = classes.get(plan.vals.get("partner_id"))
            reason = plan.odd or ("" if payer else "their payer has addresses of its own")
            if reason:
                reasons[reason] += 1
            else:
                groups[plan.shape, payer].append(plan)
        for key, group in list(groups.items()):
            reason = bill_guard.settings(self.env, group[0].vals)
            if not reason and len(group) < MIN_SAMPLE + MIN_COPIES:
                reason = "there are too few like them"
            if reason:
                reasons[reason] += len(groups.pop(key))
        for reason, count in reasons.items():
            _logger.info("%s bills are posted by Odoo itself, since %s", count, reason)
        return groups.values()

    def _post_by_odoo(self, plans):
        """The way of every other invoice; without it being said, nothing else may be trusted."""
        if plans:
            moves = self.moves.create([plan.vals for plan in plans])
            moves._post(soft=False)
            for plan, move in zip(plans, moves, strict=True):
                plan.move_id = move.id

    def _post_group(self, plans):
        sample = choose_sample(plans)
        shown = {kind for plan in sample for kind in plan.kinds}
        rest = [plan for plan in plans if plan not in sample and shown.issuperset(plan.kinds)]
        if len(rest) < MIN_COPIES:
            return
        specimens = Specimens(self.moves, plans)
        self._post_by_odoo(sample)
        difference = specimens.prove(sample)
        if difference:
            _logger.warning("%s bills are posted by Odoo itself, since %s", len(plans), difference)
        else:
            specimens.write_copies(rest)


def choose_sample(plans):
    """Return few of these plans which together show every kind of journal item there is among them."""
    sample, shown = [], set()
    # Those with the most kinds first, so that few are needed.
    for plan in sorted(plans, key=lambda plan: -len(set(plan.kinds))):
        if not shown.issuperset(plan.kinds):
            sample.append(plan)
            shown.update(plan.kinds)
            if len(sample) == MAX_SAMPLE:
                return sample
    for plan in reversed(plans):
        if len(sample) >= MIN_SAMPLE:
            break
        if plan not in sample:
            sample.append(plan)
    return sample


class Specimens(Copies):
    """Bills that Odoo posted in this transaction, from which others are copied."""

    def __init__(self, moves, plans):
        super().__init__(moves)
        # sudo: the payer's name is written on the bill, whoever issues it. The stored name is the shown one: these
        # payers belong to nobody else.
        payers = self.env["res.partner"].sudo().browse({plan.vals["partner_id"] for plan in plans})
        self._payers = {payer.id: payer.complete_name for payer in payers}
        #: Kind of journal item → id of one that Odoo wrote.
        self._patterns = {}
        self._move_pattern = None

    # ------------------------------------------------------------------------------------------------- the proof
    def prove(self, sample):
        """Compare what Odoo has written since the start with what :meth:`write_copies` would write for the same bills.

        :return: the difference in words, empty when there is none.
        """
        self.env.flush_all()
        moves = self.moves.browse(plan.move_id for plan in sample)
        self._numbers = Numbers(max(moves, key=lambda move: move.sequence_number))
        if not self._numbers.held:
            return "the numbering works in another way"
        stored_moves = self._stored("account_move", "id", moves.ids)
        stored_lines = self._stored("account_move_line", "move_id", moves.ids)
        items = defaultdict(list)
        for row in stored_lines.values():
            items[row["move_id"]].append(row)
        self._move_pattern = sample[0].move_id
        for plan in sample:
            if len(items[plan.move_id]) != len(plan.kinds):
                return "bills have other journal items"
            for kind, row in zip(plan.kinds, items[plan.move_id], strict=True):
                self._patterns.setdefault(kind, row["id"])
        own = [
            self._rows(plan, plan.move_id, stored_moves[plan.move_id]["sequence_number"], items[plan.move_id])
            for plan in sample
        ]
        return (
            self._difference("account.move", stored_moves, [move for move, _lines in own])
            or self._difference("account.move.line", stored_lines, [line for _move, lines in own for line in lines])
            or self._relation_difference(stored_lines, [line for _move, lines in own for line in lines])
        )

    # ----------------------------------------------------------------------------------------------- the writing
    def write_copies(self, plans):
        """Write these bills, posted, as copies of the specimens.

        :raises AccessError: the caller may not create them; its savepoint undoes it.
        :raises ValueError: there is no preview of a bill.
        """
        numbers = self._numbers.take(len(plans))
        move_ids = self._new_ids("account_move", len(plans))
        line_ids = iter(self._new_ids("account_move_line", sum(len(plan.kinds) for plan in plans)))
        moves, lines = [], []
        for plan, move_id, number in zip(plans, move_ids, numbers, strict=True):
            plan.move_id = move_id
            move, items = self._rows(plan, move_id, number, [{"id": next(line_ids)} for _kind in plan.kinds])
            moves.append(move)
            lines += items
        self._insert(self.moves, moves, EXPLANATION, PREVIEW)
        self._insert(self.lines, lines)
        for name in RELATIONS:
            self._insert_relation(self.lines._fields[name], lines)
        self._rank_payers(Counter(plan.vals["partner_id"] for plan in plans))
        # The caches know nothing of these rows, and the rules must see them.
        self.env.invalidate_all()
        moves = self.moves.browse(move_ids)
        moves.check_access("create")
        if not plans[0].total:
            moves._invoice_paid_hook()
        self._refresh_statistics(len(lines))

    # -------------------------------------------------------------------------------------- what Odoo would write
    def _rows(self, plan, move_id, number, items):
        """Return the columns of a bill that are its own, and those of its journal items with these ids."""
        vals, partner = plan.vals, plan.vals["partner_id"]
        name = self._numbers.name(number)
        move = {
            "id": move_id,
            "pattern": self._move_pattern,
            "name": name,
            "sequence_number": number,
            "partner_id": partner,
            "commercial_partner_id": partner,
            "partner_shipping_id": partner,
            "invoice_partner_display_name": self._payers[partner],
            "made_sequence_gap": False,
            "amount_untaxed": plan.net,
            "amount_untaxed_signed": plan.net,
            "amount_untaxed_in_currency_signed": plan.net,
            "amount_tax": plan.tax,
            "amount_tax_signed": plan.tax,
            "amount_total": plan.total,
            "amount_total_signed": plan.total,
            "amount_total_in_currency_signed": plan.total,
            "amount_residual": plan.total,
            "amount_residual_signed": plan.total,
        }
        move |= {name: vals[name] for name in OWN_VALUES}
        common = {"move_id": move_id, "move_name": name, "partner_id": partner}
        own = [self._product_item(*line) for line in plan.lines]
        own += [self._tax_item(tax, *amounts) for tax, amounts in plan.taxes.items()]
        own.append(self._term_item(plan))
        lines = [
            {"id": item["id"], "pattern": self._patterns[kind]} | common | values
            for item, kind, values in zip(items, plan.kinds, own, strict=True)
        ]
        return move, lines

    @staticmethod
    def _product_item(key, vals, net, tax):
        return {
            "product_id": key[1],
            "account_id": key[2],
            "name": vals["name"],
            "price_unit": float(vals["price_unit"]),
            "price_subtotal": net,
            "price_total": net + tax,
            _side(net): abs(net),
            "balance": -net,
            "amount_currency": -net,
        }

    @staticmethod
    def _tax_item(tax, net, amount):
        return {
            "tax_line_id": tax,
            "tax_base_amount": -net,
            _side(amount): abs(amount),
            "balance": -amount,
            "amount_currency": -amount,
        }

    @staticmethod
    def _term_item(plan):
        return {
            "name": plan.vals["payment_reference"],
            "debit": plan.total,
            "balance": plan.total,
            "amount_currency": plan.total,
            "amount_residual": plan.total,
            "amount_residual_currency": plan.total,
        }


def _side(amount):
    """The column of an amount that a customer has to pay; what is taken off stands on the other side."""
    return "debit" if amount < 0 else "credit"
