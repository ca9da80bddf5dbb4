import random
from collections import Counter
from contextlib import contextmanager
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from unittest.mock import patch

from odoo import Command
from odoo.addons.kdc_residents.engine import vietqr
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger
from psycopg2 import IntegrityError

from ..engine.tariff import Bill, Charge, Section
from ..tools import bill_guard, bill_press
from ..tools.bill_press import BillPress, Specimens
from ..tools.copies import MIN_COPIES, MIN_SAMPLE, Numbers
from .bill_snapshot import Snapshot
from .common import PERIOD, UtilitiesCommon
from .test_pdf_documents import pdf_qr

ODD_NAMES = [
    'Hộ "Nguyễn" O\'Hara',
    "Tab\there",
    "Two\nlines",
    "Back\\slash \\N \\. %s %(x)s {0}",
    "€ 水 ₫ 🏠",
    "NULL",
]


def _half_up(value):
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


class BillPressCommon(UtilitiesCommon):
    """Many customers and the values of their bills of one month, drawn at random with a fixed seed."""

    COUNT = 23

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        names = ODD_NAMES + [f"Hộ số {number}" for number in range(cls.COUNT - len(ODD_NAMES))]
        partners = cls.env["res.partner"].create(
            [
                {"name": name, "is_company": True, "country_id": cls.env.ref("base.vn").id, "email": f"h{number}@x.vn"}
                for number, name in enumerate(names)
            ]
        )
        cls.accounts = cls.env["kdc.customer.account"].create(
            [
                {"partner_id": partner.id, "company_id": cls.company.id, "date_from": "2025-01-01"}
                for partner in partners
            ]
        )

    def setUp(self):
        super().setUp()
        self.rng = random.Random(20)

    @classmethod
    def _charge(cls, name, price, rate=None, included=False, kind="unit"):
        share = Decimal(rate or 0)
        vat = _half_up(price * share / ((100 + share) if included else 100))
        return Charge(name, name, kind, price - vat if included else price, vat, share or None, included, ())

    @classmethod
    def _bill(cls, *charges):
        parts = {cls.water: charges[:2], cls.waste: charges[2:3], cls.power: charges[3:]}
        sections = [
            Section(service.code, service.name, "", PERIOD, PERIOD, Decimal(1), 1, Decimal(1), tuple(found))
            for service, found in parts.items()
            if found
        ]
        return Bill(tuple(sections))

    def _random_bill(self):
        rng = self.rng
        names = ["Nước sinh hoạt", "Phí \\ 'môi trường'", "Rác\t", "Điện", "Khác"]
        return self._bill(
            *(
                self._charge(name, rng.choice([0, 3, 9, rng.randrange(10**6)]), *rng.choice(
                    [(None, False), (5, False), (8, True), (10, False), (8, False)]
                ))
                for name in names[: rng.randrange(3, 6)]
            ),
            self._charge("Cố định", 12345, 5),
        )  # fmt: skip

    @classmethod
    def _plain_bill(cls, number):
        """A bill that only a general rule would keep from being copied, whatever way taxes are rounded."""
        return cls._bill(cls._charge("Nước", 50000 + 100 * number, 5), cls._charge("Phí", 7000))

    @classmethod
    def _lines(cls, bills, period=PERIOD, accounts=None):
        """Preview lines of a run of their own; fewer bills than accounts leave the last accounts out."""
        run = cls.env["kdc.billing.run"].create(
            {"company_id": cls.company.id, "period": period, "invoice_date": "2026-11-05"}
        )
        return cls.env["kdc.billing.run.line"].create(
            [
                {
                    "run_id": run.id,
                    "account_id": account.id,
                    "journal_id": cls.water.journal_id.id,
                    "explanation": bill.to_dict(),
                    "amount_untaxed": bill.net,
                    "amount_tax": bill.vat,
                    "amount_total": bill.total,
                }
                for account, bill in zip(accounts or cls.accounts, bills, strict=False)
            ]
        )

    @classmethod
    def _vals(cls, lines):
        known = {}
        return [line._bill_vals(line.explanation, known) for line in lines]

    def _count_ways(self):
        """Return a counter of the bills posted from now on by the way they are posted."""
        ways = Counter()
        copy, by_odoo = Specimens.write_copies, BillPress._post_by_odoo

        def count_copies(press, plans):
            ways["copied"] += len(plans)
            return copy(press, plans)

        def count_stock(press, plans):
            ways["odoo"] += len(plans)
            return by_odoo(press, plans)

        self.patch(Specimens, "write_copies", count_copies)
        self.patch(BillPress, "_post_by_odoo", count_stock)
        return ways

    def _press(self, vals_list):
        return self.env["account.move"]._kdc_post_bills(vals_list)

    def _stock(self, vals_list):
        moves = self.env["account.move"].with_context(tracking_disable=True).create(vals_list)
        moves._post(soft=False)
        return moves

    @contextmanager
    def _world(self):
        """A copy of the database that is thrown away; gives what was written to it."""
        with self.cr.savepoint() as savepoint:
            yield Snapshot(self.env)
            savepoint.rollback()
        self.env.invalidate_all(flush=False)


@tagged("post_install", "-at_install")
class TestBillPress(BillPressCommon):
    def _assert_same(self, ours, stock):
        self.assertEqual(ours.keys(), stock.keys())
        for table, rows in ours.items():
            self.assertEqual(rows, stock[table], table)

    def _compare(self, vals_list, afterwards=None):
        """Post the same bills both ways, live on, and compare all tables; return the counter of ways."""
        ways = self._count_ways()
        with self._world() as world:
            moves = self._press(vals_list)
            ours = world.tables()
            by_name = {move.name: position for position, move in enumerate(moves)}
            if afterwards:
                afterwards(moves)
                ours_later = world.tables()
        # The sample gets the first numbers; the other way they follow the order of the values.
        order = [by_name[name] for name in sorted(by_name)]
        with self._world() as world:
            created = self._stock([vals_list[position] for position in order])
            stock = world.tables()
            by_position = dict(zip(order, created.ids, strict=True))
            if afterwards:
                afterwards(self.env["account.move"].browse(by_position[n] for n in range(len(vals_list))))
                stock_later = world.tables()
        self._assert_same(ours, stock)
        if afterwards:
            self._assert_same(ours_later, stock_later)
        return ways

    def _later_life(self, moves):
        """What happens to bills after they were issued."""
        bills = moves.filtered(lambda move: move.amount_total > 1000)
        journal = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "cash")], limit=1
        )
        register = self.env["account.payment.register"]
        for bill, amount in ((bills[0], bills[0].amount_total), (bills[1], 1000), (bills[1], 500), (bills[-1], 700)):
            register.with_context(active_model="account.move", active_ids=bill.ids).create(
                {"amount": amount, "journal_id": journal.id, "payment_date": "2026-11-20"}
            )._create_payments()
        self.env["account.move.reversal"].with_context(active_model="account.move", active_ids=bills[2].ids).create(
            {"journal_id": bills[2].journal_id.id, "date": "2026-11-20", "reason": "Sai chỉ số"}
        ).reverse_moves(is_modify=False)
        bills[3].button_draft()
        bills[3].action_post()
        for bill in (bills[4], bills[-2]):
            bill._kdc_cancel("Ghi sai")
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "journal_id": bills[0].journal_id.id,
                "partner_id": bills[0].partner_id.id,
                "invoice_date": "2026-11-06",
                "invoice_line_ids": [Command.create({"name": "Khác", "price_unit": 70000, "tax_ids": []})],
            }
        )
        invoice.action_post()

    def test_same_as_odoo_now_and_later(self):
        """Half of the accounts still owe the month before."""
        bills = [self._random_bill() for _account in self.accounts]
        self._press(self._vals(self._lines(bills[::2], date(2026, 9, 1), self.accounts[::2])))
        ways = self._compare(self._vals(self._lines(bills)), self._later_life)
        self.assertGreaterEqual(ways["copied"], 5)

    def test_edge_cases(self):
        """Nothing to pay, less than nothing, taxes that round to nothing, another kind of payer, a tax of thirds."""
        charge = self._charge
        edges = [
            self._bill(charge("Không", 0)),
            self._bill(charge("Không", 0, 5)),
            self._bill(charge("Nước", 9, 5), charge("Phí", 1)),
            self._bill(charge("Nước", 9, 5), charge("Phí", 9, 5)),
            self._bill(charge("Nước", 11, 5), charge("Phí", 11, 5), charge("Rác", 11, 5)),
            self._bill(charge("Nước", 50000, 5), charge("Thu lại", -20000, 5, kind="takeback")),
            self._bill(charge("Nước", 7, 8, True)),
            self._bill(charge("Nước", 10**12, 10), charge("Phí", 1, 5)),
            self._bill(charge("Nước", 10**13, 10)),
            self._bill(charge("Nước", 1001, Decimal("3.333"))),
            self._bill(charge("Nước", 1500, Decimal("7.5"), True)),
        ]
        # Each twice: one may be in the sample.
        bills = 2 * edges[1:] + [self._plain_bill(number) for number in range(3)]
        places = {"parent_id": self.accounts[-3].partner_id.id, "type": "delivery", "name": "Cổng sau"}
        self.env["res.partner"].create(places)
        self.accounts[-2].partner_id.write({"lang": "vi_VN", "vat": "VN4200000000"})
        vals_list = self._vals(self._lines(bills))
        vals_list[-1]["invoice_line_ids"][0][2]["quantity"] = 1.125
        vals_list[-1]["kdc_explanation"] = False
        ways = self._compare(vals_list)
        self.assertGreaterEqual(ways["copied"], 3)

    def test_rebates_and_exemptions_are_copied(self):
        """A month in which many get something back, and many others, exempt from everything, owe nothing."""
        charge = self._charge
        rebates = [
            self._bill(
                charge("Nước", 50000 + 1111 * number, 5),
                charge("Phí", 7000),
                charge("Thu lại", -1003 * number, 5, kind="takeback"),
                charge("Ngừng cấp", -2000 - number, 8, kind="outage"),
                charge("Rác", 30000, number % 2 and 8 or None),
            )
            for number in range(1, 12)
        ]
        exempt = [
            self._bill(charge("Nước", 0, 5), charge("Phí", 0)),
            self._bill(charge("Phí", 0)),
            self._bill(charge("Nước", 9000), charge("Trả lại", -9000, kind="correction")),
            self._bill(charge("Nước", 9000, 5), charge("Trả lại", -9000, 5, kind="correction")),
        ]
        bills = [*rebates, *exempt, *exempt, *exempt]
        ways = self._compare(self._vals(self._lines(bills)), self._later_life)
        self.assertGreaterEqual(ways["copied"], 12)

    def test_a_copied_bill_is_paid_by_its_qr_code(self):
        """Decoded from the printed page: what is copied has account, amount and reference of its own."""
        bank = self.env["res.bank"].create({"name": "Vietcombank", "bic": "970436"})
        self.company.kdc_bank_id = self.env["res.partner.bank"].create(
            {"acc_number": "0011001234567", "partner_id": self.company.partner_id.id, "bank_id": bank.id}
        )
        copied = []
        copy = Specimens.write_copies

        def remember(press, plans):
            copy(press, plans)
            copied.extend(plan.move_id for plan in plans)

        self.patch(Specimens, "write_copies", remember)
        count = MIN_SAMPLE + MIN_COPIES
        bills = [self._plain_bill(number) for number in range(count)]
        moves = self._press(self._vals(self._lines(bills, accounts=self.accounts[-count:])))
        self.assertEqual(len(copied), MIN_COPIES)
        bill = moves.browse(copied[-1])
        paid = vietqr.parse(pdf_qr(self.env["kdc.bill.pdf"]._render(bill)))
        self.assertEqual((paid.bank_bin, paid.account, paid.amount), ("970436", "0011001234567", bill.amount_total))
        self.assertEqual(paid.purpose, bill.kdc_reference)
        self.assertEqual(len(set(moves.mapped("kdc_reference"))), count)

    def test_two_journals_in_one_batch(self):
        lines = self._lines([self._plain_bill(number) for number in range(self.COUNT)])
        vals_list = self._vals(lines)
        journal = self.water.journal_id.copy({"code": "XYZ", "name": "Khác"})
        lines[::2].journal_id = journal
        for vals in vals_list[::2]:
            vals["journal_id"] = journal.id
        ways = self._count_ways()
        moves = self._press(vals_list)
        self.assertGreater(ways["copied"], 0)
        for position, (move, vals) in enumerate(zip(moves, vals_list, strict=True)):
            self.assertEqual(move.journal_id.id, vals["journal_id"])
            self.assertEqual(move.kdc_account_id, self.accounts[position])
        for found in moves.grouped("journal_id").values():
            numbers = sorted(found.mapped("sequence_number"))
            self.assertEqual(numbers, list(range(1, len(found) + 1)))
            self.assertEqual(len(set(found.mapped("name"))), len(found))

    # ------------------------------------------------------------------------------------------------ what falls back
    def _assert_falls_back(self, expected):
        accounts = self.accounts[:8]
        vals_list = self._vals(self._lines([self._plain_bill(number) for number in range(8)], accounts=accounts))
        ways = self._count_ways()
        with patch.object(bill_press, "_logger") as logger:
            moves = self._press(vals_list)
        self.assertEqual(ways, {"odoo": len(vals_list)})
        said = [call.args[0] % call.args[1:] for call in logger.info.call_args_list + logger.warning.call_args_list]
        self.assertIn(expected, " ".join(said))
        self.assertEqual(set(moves.mapped("state")), {"posted"})
        self.assertEqual(moves.mapped("kdc_account_id"), accounts)

    def test_what_is_not_even_tried(self):
        """A sample might not show it: what a bill or the books say beyond what was compared, one by one."""
        [vals] = self._vals(self._lines([self._plain_bill(0)], accounts=self.accounts[:1]))
        below = self._bill(self._charge("Nước", 5000, 5), self._charge("Thu lại", -9000, 5, kind="takeback"))
        [negative] = self._vals(self._lines([below], accounts=self.accounts[1:2]))
        line = vals["invoice_line_ids"][0][2]

        def with_line(**other):
            return {"invoice_line_ids": [Command.create(line | other), *vals["invoice_line_ids"][1:]]}

        taxes = bill_guard.TaxTable(self.env)
        self.assertFalse(bill_guard.Plan(vals, taxes).odd)
        for change, reason in (
            (negative, "less than nothing"),
            ({"kdc_explanation": vals["kdc_explanation"] | {"vat": 1}}, "differ from the explanation"),
            ({"payment_reference": ""}, "payment code"),
            ({"narration": "x"}, "narration"),
            (with_line(quantity=2), "quantities"),
            (with_line(price_unit=0.5), "fractions"),
            (with_line(price_unit=10**13), "fractions"),
            (with_line(name=""), "without a text"),
        ):
            with self.subTest(reason=reason):
                self.assertIn(reason, bill_guard.Plan(vals | change, taxes).odd)
        tax = self.env["account.tax"].browse(line["tax_ids"][0][2])
        part = tax.invoice_repartition_line_ids.filtered(lambda row: row.repartition_type == "tax")
        for record, change in (
            (tax, {"amount_type": "fixed"}), (tax, {"amount": -5}),
            (tax.with_context(chart_template_load=True), {"tax_exigibility": "on_payment"}),
            (part, {"factor_percent": 50}), (part, {"account_id": False}),
        ):  # fmt: skip
            with self.subTest(change=change), self.cr.savepoint() as undone:
                record.write(change)
                self.assertIn("plain percentage", bill_guard.Plan(vals, bill_guard.TaxTable(self.env)).odd)
                undone.rollback()
        self.assertFalse(bill_guard.settings(self.env, vals))
        journal, dollar = self.env["account.journal"].browse(vals["journal_id"]), self.env.ref("base.USD")
        journal.restrict_mode_hash_table = True
        self.assertIn("seals", bill_guard.settings(self.env, vals))
        journal.restrict_mode_hash_table = False
        for change, reason in (
            ({"currency_id": dollar.id}, "another currency"),
            ({"invoice_payment_term_id": 1}, "payment terms"),
            ({"fiscal_position_id": 1}, "fiscal position"),
            ({"move_type": "out_refund"}, "no invoices"),
        ):
            with self.subTest(reason=reason):
                self.assertIn(reason, bill_guard.settings(self.env, vals | change))
        self.patch(type(self.company.currency_id), "rounding", 0.01)
        self.assertIn("smaller than 1", bill_guard.settings(self.env, vals))

    def test_only_payers_that_are_alike_are_copied_from_one_another(self):
        """Neither one of another country, nor a contact or an address of somebody else."""
        payer, foreign, contact, address = self.accounts[:4].partner_id
        foreign.country_id = self.env.ref("base.us")
        contact.parent_id = payer
        address.type = "invoice"
        classes = bill_guard.payer_classes(self.env, self.accounts.partner_id.ids)
        self.assertEqual(classes[payer.id], classes[self.accounts[5].partner_id.id])
        self.assertNotEqual(classes[payer.id], classes[foreign.id])
        self.assertFalse({contact.id, address.id} & classes.keys())

    def test_our_installation_is_proven(self):
        self.assertEqual(bill_guard.installed_code(self.env), "")

    def test_another_numbering_falls_back(self):
        self.patch(Numbers, "held", False)
        self._assert_falls_back("the numbering works in another way")

    def test_what_no_sample_shows_is_posted_by_odoo(self):
        """With fewer samples than kinds of items, bills with a kind that none of them shows are not copied."""
        self.patch(bill_press, "MAX_SAMPLE", 3)
        bills = [self._plain_bill(number) for number in range(self.COUNT - 4)]
        bills += [self._bill(self._charge("Rác", 1000, rate, kind="flat")) for rate in (8, 10, "7.5", "3.333")]
        ways = self._count_ways()
        moves = self._press(self._vals(self._lines(bills)))
        self.assertEqual((set(moves.mapped("state")), ways["odoo"] + ways["copied"]), ({"posted"}, self.COUNT))
        self.assertEqual(moves.mapped("amount_total"), [bill.total for bill in bills])

    def test_an_unknown_addon_falls_back(self):
        self.patch(bill_guard, "PROVEN_ADDONS", bill_guard.PROVEN_ADDONS - {"l10n_vn"})
        self._assert_falls_back("l10n_vn extends account.move")

    def test_an_override_at_run_time_falls_back(self):
        model = self.env.registry["account.move"]
        super_post = model._post

        def _post(moves, soft=True):
            return super_post(moves, soft=soft)

        self.patch(model, "_post", _post)
        self._assert_falls_back("_post of account.move was replaced")

    def test_a_field_added_by_hand_falls_back(self):
        self.patch(self.env["account.move.line"]._fields["ref"], "manual", True)
        self._assert_falls_back("fields were added to account.move.line by hand: ref")

    def test_an_unknown_stored_field_elsewhere_falls_back(self):
        self.patch(bill_guard, "LATER_MODELS", bill_guard.LATER_MODELS - {"account.payment"})
        self._assert_falls_back("stored fields depend on bills: account.payment.")

    def test_settings_outside_the_proof_fall_back(self):
        self.company.tax_calculation_rounding_method = "round_globally"
        self._assert_falls_back("taxes are rounded on the total")

    def test_analytic_rules_fall_back(self):
        plan = self.env["account.analytic.plan"].create({"name": "Cost centres"})
        centre = self.env["account.analytic.account"].create({"name": "Water", "plan_id": plan.id})
        self.env["account.analytic.distribution.model"].create({"analytic_distribution": {str(centre.id): 100}})
        self._assert_falls_back("analytic rules may apply")

    def test_a_difference_in_a_column_is_noticed(self):
        term = Specimens._term_item
        self.patch(Specimens, "_term_item", staticmethod(lambda plan: term(plan) | {"name": "x"}))
        self._assert_falls_back("name of account.move.line would differ")

    def test_a_write_to_another_table_is_noticed(self):
        post = BillPress._post_by_odoo

        def _post_by_odoo(press, plans):
            post(press, plans)
            press.env["res.partner.category"].create({"name": "Has bills"})

        self.patch(BillPress, "_post_by_odoo", _post_by_odoo)
        self._assert_falls_back("posting also writes to res_partner_category")

    # ------------------------------------------------------------------------------------------------ all or nothing
    @mute_logger("odoo.sql_db")
    def test_an_aborted_batch_leaves_nothing(self):
        bills = [self._random_bill() for _account in self.accounts]
        lines = self._lines(bills)
        again = self._lines(bills[:1], accounts=self.accounts[-1:]) + lines
        before = self._row_counts()
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            again._create_bills()
        self.env.invalidate_all()
        self.assertEqual(self._row_counts(), before)
        self.assertFalse(lines.move_id)
        lines._issue()
        numbers = sorted(lines.move_id.mapped("sequence_number"))
        self.assertEqual(numbers, list(range(1, len(lines) + 1)))

    def _row_counts(self):
        items = self.env["account.move.line"]
        tables = ["account_move", "account_move_line", *(items._fields[name].relation for name in bill_press.RELATIONS)]
        self.env.flush_all()
        return [self.env.execute_query(SQL("SELECT count(*) FROM %s", SQL.identifier(table)))[0][0] for table in tables]

    def test_a_bill_that_fails_is_set_apart(self):
        lines = self._lines([self._random_bill() for _number in range(9)])
        wrong = lines[7]
        wrong.explanation = wrong.explanation | {"vat": wrong.explanation["vat"] + 1}
        lines._issue()
        self.assertEqual(wrong.state, "failed")
        self.assertIn(wrong.account_id.number, wrong.failure)
        others = lines - wrong
        self.assertEqual(set(others.mapped("state")), {"issued"})
        self.assertEqual(
            sorted(others.move_id.mapped("sequence_number")), list(range(1, len(others) + 1)), "no number is lost"
        )

    def test_rights_of_whoever_posts(self):
        vals_list = self._vals(self._lines([self._random_bill() for _account in self.accounts]))
        reader = self._create_user("kdc_reader", "account.group_account_readonly")
        with self.assertRaises(UserError):
            self.env["account.move"].with_user(reader)._kdc_post_bills(vals_list)

    def test_statistics_follow_a_load(self):
        """As if there had been many: afterwards the planner knows how many there are."""
        refresh = Specimens._refresh_statistics
        self.patch(Specimens, "_refresh_statistics", lambda press, lines: refresh(press, lines * 10**6))
        self._press(self._vals(self._lines([self._random_bill() for _account in self.accounts])))
        query = SQL("SELECT reltuples FROM pg_class WHERE oid = 'account_move_line'::regclass")
        count = self.env["account.move.line"].search_count([])
        self.assertAlmostEqual(self.env.execute_query(query)[0][0] / count, 1, 1)
