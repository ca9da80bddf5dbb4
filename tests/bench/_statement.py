"""_statement.py CONFIG DATABASE LINES (ours|oca) [SECONDS]: import and match lines of a bank; give what came of them.

``ours`` imports the spreadsheet as an accountant does. ``oca`` gives the same movements to Odoo's statement lines with
the OCA's ``account_reconcile_oca`` installed, which matches them when they are created; after so many seconds it begins
no further ones.
"""

import base64
import sys
import time
from collections import Counter

from _clock import Clock
from _inside import opened, result
from _many import Month

#: lines that the baseline gets at once
CHUNK = 20
HEAD = ("Ngày giao dịch", "Số giao dịch", "Ghi nợ", "Ghi có", "Số dư", "Nội dung")


def owed_bills(env, count: int) -> list:
    """Issue so many bills, each of an account of its own, and return what the generator of statements wants."""
    from odoo.addons.kdc_demo.engine.transfers import Owed
    from odoo.addons.kdc_utilities.engine import account_number

    month = Month(env, count)
    # Numbers as real customers have them: their own check digit is a part of what protects a code.
    for place, account in enumerate(env["kdc.customer.account"].browse(month.accounts)):
        account.number = account_number.make(500_000 + place)
    lines = month.lines(env, count)
    for start in range(0, count, 1000):
        lines[start : start + 1000]._issue()
        env.cr.commit()
    return [
        Owed(bill.kdc_reference, bill.kdc_account_id.id, bill.kdc_account_id.number, round(bill.amount_residual),
             bill.partner_id.name)
        for bill in lines.move_id
    ]  # fmt: skip


def spreadsheet(lines) -> bytes:
    """The lines as a bank exports them."""
    from odoo.addons.kdc_residents.engine import sheet
    from odoo.addons.kdc_residents.engine.format import fmt

    rows, balance = [["SAO KÊ TÀI KHOẢN"], HEAD], 0
    for line in lines:
        balance += line.amount
        rows.append([fmt.date(line.date), line.number, None, f"{line.amount:,}", f"{balance:,}", line.text])
    return base64.b64encode(sheet.write_xlsx(rows))


def ours(env, journal, lines, _seconds) -> list[dict]:
    """Import the file; what each line was booked on, as account → VND."""
    # As an accountant: the superuser has no job.
    imports = env["kdc.statement.import"].with_user(env.ref("base.user_admin")).with_company(env.company)
    # All parts one after the other, as the background works on them.
    imports = imports.with_context(queue_job__no_delay=True)
    wizard = imports.create({"journal_id": journal.id, "file": spreadsheet(lines)})
    wizard.action_import()
    by_number = wizard.statement_id.transfer_ids.grouped("bank_reference")
    booked = []
    for line in lines:
        parts = Counter()
        for part in by_number[line.number].line_ids:
            parts[part.account_id.id] += round(part.amount)
        booked.append(dict(parts))
    return booked


def as_the_oca_has_it(env):
    """Let the OCA's addon match as it does without ours, which comes with it and turns that off."""
    from odoo.addons.account_reconcile_oca.models.account_bank_statement_line import AccountBankStatementLine as Theirs

    lines = env.registry["account.bank.statement.line"]
    for name in ("_auto_reconcile", "_retrieve_partner", "_do_auto_reconcile_invoices", "reconcile_bank_line"):
        setattr(lines, name, getattr(Theirs, name))


def oca(env, journal, lines, seconds) -> list[dict]:
    """Create the statement lines, as many as begin in time; what each was reconciled with, as account → VND."""
    as_the_oca_has_it(env)
    booked, until = [], time.perf_counter() + seconds
    for start in range(0, len(lines), CHUNK):
        if time.perf_counter() > until:
            break
        created = env["account.bank.statement.line"].create(
            [
                {"journal_id": journal.id, "date": line.date, "amount": line.amount, "payment_ref": line.text}
                for line in lines[start : start + CHUNK]
            ]
        )
        for one in created:
            parts = Counter()
            for partial in one.line_ids.matched_debit_ids:
                parts[partial.debit_move_id.move_id.kdc_account_id.id] += round(partial.amount)
            booked.append(dict(parts))
    return booked


with opened(*sys.argv[1:3]) as env:
    from odoo.addons.kdc_demo.engine.transfers import CLEAN, generate

    count, way = int(sys.argv[3]), {"ours": ours, "oca": oca}[sys.argv[4]]
    limit = float(sys.argv[5]) if len(sys.argv) > 5 else None
    env = env["base"].with_company(env.ref("base.main_company")).env
    # 1.2 bills for a line: some lines pay two.
    owed = owed_bills(env, count * 6 // 5)
    journal = env["account.journal"].search([("type", "=", "bank"), ("company_id", "=", env.company.id)], limit=1)
    lines = generate(owed, count, env["kdc.billing.run"].search([], limit=1).period)
    env.cr.execute("ANALYZE")
    clock = Clock(env)
    found = []
    started = time.perf_counter()
    seconds = clock.timed(lambda: found.extend(way(env, journal, lines, limit)))
    wall = time.perf_counter() - started
    lines = lines[: len(found)]
    clean = [(line, parts) for line, parts in zip(lines, found, strict=True) if line.kind in CLEAN]
    booked = [(line, parts) for line, parts in zip(lines, found, strict=True) if parts]
    result({
        "seconds": seconds, "wall": wall, "processor": clock.processor, "lines": len(lines), "clean": len(clean),
        "clean_matched": sum(parts == dict(line.truth) for line, parts in clean), "booked": len(booked),
        "wrong": sum(parts != dict(line.truth) for line, parts in booked),
    })  # fmt: skip
    env.cr.rollback()
