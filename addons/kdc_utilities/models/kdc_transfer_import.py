from collections import defaultdict
from dataclasses import replace

from odoo import Command, api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt

from ..engine.apportion import apportion
from ..engine.matching import Deposit, Match, Transfer, match, match_deposit, may_be_one
from ..tools.statement_press import StatementPress


class KdcTransfer(models.Model):
    """How the movements of a statement become transfers. All of it runs in sudo; the wizard has checked who asks.

    A movement is a pair of its key and an ``engine.statement.Movement``.
    """

    _inherit = "kdc.transfer"

    # -- looking ------------------------------------------------------------------------------------

    @api.model
    def _not_imported(self, journal, movements):
        """Return those of the movements that no file brought yet."""
        known = {
            transfer.key
            for transfer in self.search_fetch(
                [("journal_id", "=", journal.id), ("key", "in", [key for key, _row in movements])], ["key"]
            )
        }
        return [(key, row) for key, row in movements if key not in known]

    @api.model
    def _match_movements(self, journal, movements, keys):
        """Return what each movement is, in their order, as if those before it were booked.

        :param set keys: of all movements of the file. What another file brought and this one does not repeat may be
            the same movement in another export of the bank, so a movement like that is for a person.
        """
        rows = [row for _key, row in movements]
        company = journal.company_id
        incoming = [Transfer(row.amount, row.text, row.payer_name, row.payer_account) for row in rows]
        book = company._kdc_transfer_book(incoming)
        by_hand = self._entries_by_hand(journal, rows)
        imported = self._imported_like(journal, rows, keys)
        waiting = [
            Deposit(deposit, round(deposit.amount), deposit.date, deposit.slip_number)
            for deposit in company._kdc_deposits_waiting({row.amount for row in rows if row.amount > 0})
        ]
        results = []
        for row, transfer in zip(rows, incoming, strict=True):
            entries = by_hand.get(row.amount, self.env["account.move"])
            shown = entries._kdc_shown_as(row.reference, row.text)
            again = any(may_be_one(row.text, other) for other in imported.get((row.date, row.amount), ()))
            if row.amount <= 0:
                results.append(
                    Match("unknown", reason="booked") if shown else Match("out", reason="same" if again else "")
                )
                continue
            found = match_deposit(match(transfer, book), transfer, row.reference, row.date, waiting)
            payers = self.env["res.partner"].union(*(part.account.payer for part in found.parts))
            if shown and (not payers or shown.partner_id & payers):
                results.append(Match("unknown", reason="booked"))
                continue
            # A number that was typed and a code that names another payer contradict each other; and who has shown such
            # a transfer at the counter may have shown this one, by another number.
            doubt = "same" if again else "booked" if shown or entries.partner_id & payers else ""
            if doubt:
                results.append(replace(found, outcome="unknown", parts=(), gift=None, deposit=None, reason=doubt))
                continue
            waiting = [one for one in waiting if one.key != found.deposit]
            for part in found.parts:
                book.take(part.account, part.amount, found.references)
            results.append(found)
        return results

    @api.model
    def _imported_like(self, journal, rows, keys):
        """Return (day, amount) → texts of movements that other files brought and that have none of these keys."""
        days = [row.date for row in rows]
        texts = defaultdict(list)
        if days:
            for transfer in self.search_fetch(
                [("journal_id", "=", journal.id), ("date", ">=", min(days)), ("date", "<=", max(days))],
                ["key", "date", "amount", "text"],
            ):
                if transfer.key not in keys:
                    texts[transfer.date, round(transfer.amount)].append(transfer.text or "")
        return texts

    @api.model
    def _entries_by_hand(self, journal, rows):
        """Return amount → entries that somebody booked by hand at this bank in these days."""
        days = [row.date for row in rows]
        entries = defaultdict(self.env["account.move"].browse)
        for item in self._hand_items(journal, min(days), max(days)) if days else ():
            entries[round(item.balance)] |= item.move_id
        return entries

    # -- writing ------------------------------------------------------------------------------------

    @api.model
    def _import(self, statement, movements, keys):
        """Create the statement lines and their transfers; book what is proven in as few steps as possible.

        :param set keys: as for :meth:`_match_movements`
        """
        results = self._match_movements(statement.journal_id, movements, keys)
        spreads = self._spreads(results)
        transfers, bills_of = self._create_transfers(statement, movements, results, spreads)
        transfers._reconcile_bills(bills_of)
        self.env["kdc.transfer.line"].create([
            vals
            for transfer, spread in zip(transfers, spreads, strict=True)
            if spread
            for vals in transfer._line_vals(spread)
        ])  # fmt: skip
        transfers._settle_others(results)
        transfers._notify_received()

    @api.model
    def _spreads(self, results):
        """Return per result {Debt: Apportionment}, each on what those before it left open."""
        Account = self.env["kdc.customer.account"]
        accounts = Account.union(*(part.account.account for result in results for part in result.parts))
        charges = accounts._kdc_charges_by_debt()
        spreads = []
        for result in results:
            spreads.append({})
            for part in result.parts:
                spread = apportion(part.amount, charges.get(part.account, ()))
                charges[part.account] = spread.left
                spreads[-1][part.account] = spread
        return spreads

    @api.model
    def _create_transfers(self, statement, movements, results, spreads):
        """Return the transfers in the order of the movements, and which bills the items of the matched ones pay."""
        journal, lines, bills = statement.journal_id, [], []
        # Read what all of them need at once: below each is asked for its own.
        self.env["account.move"].browse(
            {share.charge.key["move_id"] for spread in spreads for one in spread.values() for share in one.shares}
        ).line_ids.mapped("account_id.account_type")
        for position, ((_key, row), spread) in enumerate(zip(movements, spreads, strict=True), 1):
            label = row.text or row.reference or fmt.date(row.date)
            vals = {
                "journal_id": journal.id, "date": row.date, "amount": row.amount, "payment_ref": label,
                "ref": row.reference, "partner_name": row.payer_name, "account_number": row.payer_account,
                "sequence": position,
            }  # fmt: skip
            if spread:
                items = self._bill_items(spread)
                partner = self._only_partner(spread)
                bills.append([bill for bill, _vals in items])
                bank = {
                    "name": label, "account_id": journal.default_account_id.id, "debit": row.amount,
                    "partner_id": partner.id,
                }  # fmt: skip
                vals["partner_id"] = partner.id
                vals["line_ids"] = [Command.create(item) for item in (bank, *(item for _bill, item in items))]
            else:
                bills.append(None)
            lines.append(vals)
        lines = StatementPress(self.env["account.bank.statement.line"]).post(lines)
        now = fields.Datetime.now()
        transfers = self.create([
            {
                "statement_id": statement.id, "key": key, "date": row.date, "amount": row.amount, "text": row.text,
                "bank_reference": row.reference, "payer_name": row.payer_name, "payer_account": row.payer_account,
                "references": " ".join(result.references), "outcome": result.outcome, "reason": result.reason or False,
                "statement_line_id": line.id, "move_id": line.move_id.id,
                **({"state": "matched", "is_automatic": True, "decided_by_id": self.env.uid, "decided_on": now}
                   if spread else {}),
            }
            for (key, row), result, spread, line in zip(movements, results, spreads, lines, strict=True)
        ])  # fmt: skip
        return transfers, {transfer: pays for transfer, pays in zip(transfers, bills, strict=True) if pays}

    def _settle_others(self, results):
        """Book gifts and deposits, recognise what was booked by hand, set money out aside, write suggestions."""
        days, journal = self.mapped("date"), self.journal_id
        by_hand = self._hand_items(journal, min(days), max(days))
        amounts = {round(item.balance) for item in by_hand}
        returning = self.search_count([("journal_id", "=", journal.id), ("state", "=", "returning")])
        for transfer, result in zip(self, results, strict=True):
            if transfer.state != "open":
                continue
            entries = transfer._hand_entries() if round(transfer.amount) in amounts else self.env["account.move"]
            same = entries._kdc_shown_as(transfer.bank_reference or "", transfer.text or "")
            if len(same) == 1 and not result.references:
                transfer._book_before(same, automatic=True)
            elif entries:
                transfer.reason = "booked"
                transfer._write_suggestions(result.suggestions)
                transfer._suggest_entries()
            elif result.reason in ("same", "deposit"):
                transfer._write_suggestions(result.suggestions)
                transfer._suggest_entries()
            elif result.deposit:
                transfer._book_deposit(result.deposit, automatic=True)
            elif result.gift and not transfer._gift_number():
                transfer.reason = "booked"
                transfer._write_suggestions(result.suggestions)
            elif result.gift:
                transfer._book_gift(result.gift.drive, result.gift.account.account, automatic=True)
            elif result.outcome != "out":
                transfer._write_suggestions(result.suggestions)
            elif not (returning and transfer._returns_waiting()):
                transfer._decided("other", is_automatic=True)
            else:
                transfer._suggest_entries()
