import io
import json
import random
import re
from datetime import date, timedelta
from decimal import Decimal
from unittest.mock import patch

from lxml import html
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.tests import Form, tagged
from pypdf import PdfReader

from ..engine import tariff
from ..engine.periods import month_end
from ..models.run_context import RunContext
from .common import PERIOD, UtilitiesCommon
from .random_tariffs import random_plan, random_usage

CASES, DRAWN = 10_000, 36
#: Random tariffs beside those of the ward; each of them prices many cases.
PLANS = 100
#: Random tariffs that a billing run prices for as many customers.
RUN_PLANS, RUN_ACCOUNTS = 14, 15


def _vnd(words):
    """Return the VND that a cell shows."""
    return int(re.sub(r"[^\d−-]", "", words).replace("−", "-"))


@tagged("post_install", "-at_install")
class TestTariffPaths(UtilitiesCommon):
    """A bill says the same wherever it is read: run, portal, paper, panel, computed again."""

    def test_ten_thousand_random_bills_are_equal_everywhere(self):
        """The run stores the explanation, page and paper show it line by line, "compute it again" prices it again.

        Priced as a run does, which remembers what it priced before. What the page and the paper are given comes of one
        function; both are drawn below, and the page asks for it in ``TestPortalBills``.
        """
        vat_table = self.env["kdc.vat.rate"]._engine_table()
        moves, paper = self.env["account.move"], self.env["kdc.bill.pdf"]
        priced = tariff.Priced(vat_table)
        kinds, changed = set(), 0
        for plan, section in self._random_sections(CASES, priced):
            kinds |= {line.label for charge in section.charges for line in charge.lines}
            changed += any(section.date_from < version.date_from <= section.date_to for version in plan.versions)
            stored = json.loads(json.dumps(tariff.Bill((section,)).to_dict(priced)))
            read = tariff.Bill.from_dict(stored).sections[0]
            self.assertEqual(read, section)
            self.assertEqual(tariff.recompute(read, plan, vat_table), read)
            self.assertEqual(stored["total"], section.total)
            worded = moves._kdc_worded_section(read)
            amounts = self._amounts(section)
            self.assertEqual(self._shown(worded), (amounts, section.total))
            total, *cells = [_vnd(row[-1]) for row in paper._section_cells(worded) if row[-1]]
            self.assertEqual((cells, total), (amounts, section.total))
        self.assertEqual({*tariff.KINDS, "relief", "rounding"} - kinds, set(), "Nothing is left out by chance.")
        self.assertGreater(changed, CASES // 10, "Prices change within the period.")

    def test_a_run_prices_random_tariffs_as_the_engine_does(self):
        """A change of price in the month, all kinds of components: what stands on the preview is what was used."""
        draw = random.Random(5)
        connections = self._random_connections(draw)
        run = self.env["kdc.billing.run"].create({"period": PERIOD})
        vat_table, moves = self.env["kdc.vat.rate"]._engine_table(), self.env["account.move"]
        codes = sorted({rate.code for rate in vat_table.rates})
        for _number in range(RUN_PLANS):
            plan = random_plan(draw, codes, zones=False, around=PERIOD)
            context = RunContext(run, connections)
            context.plans = dict.fromkeys(connections.tariff_id.ids, plan)
            for connection, quantity in zip(connections, self.used, strict=True):
                vals = run._line_vals(connection.account_id, connection.service_id.journal_id, connection, context)
                (section,) = tariff.Bill.from_dict(json.loads(json.dumps(vals["explanation"]))).sections
                usage = tariff.Usage(
                    max(connection.date_from, PERIOD), month_end(PERIOD), quantity, connection.persons,
                    Decimal(connection.quota_households), area=Decimal(str(connection.area_m2)),
                )  # fmt: skip
                self.assertEqual(section.usage(), usage)
                self.assertEqual(section.charges, tariff.compute(plan, usage, vat_table).charges)
                self.assertEqual(self._shown(moves._kdc_worded_section(section))[1], vals["amount_total"])
                self.assertEqual(vals["amount_total"], vals["amount_untaxed"] + vals["amount_tax"])

    def _random_connections(self, draw):
        """Return water connections of new customers, who begin on any day; ``used`` is what they read in the month."""
        accounts = self.env["kdc.customer.account"].create(
            [
                {"partner_id": self.household_a.partner_id.id, "company_id": self.company.id, "date_from": "2025-01-01"}
                for _number in range(RUN_ACCOUNTS)
            ]
        )
        connections = self.env["kdc.connection"].create(
            [
                {
                    "account_id": account.id, "service_id": self.water.id, "tariff_id": self.water.tariff_ids[0].id,
                    "date_from": draw.choice((date(2025, 1, 1), PERIOD + timedelta(days=draw.randint(1, 25)))),
                    "persons": draw.randint(1, 9), "quota_households": draw.randint(1, 3),
                    "area_m2": draw.randint(100, 20_000) / 100,
                }
                for account in accounts
            ]
        )  # fmt: skip
        meters = self.env["kdc.meter"].create(
            [{"serial": f"NN-{row.id}", "connection_id": row.id, "digits": 9} for row in connections]
        )
        self.used = [Decimal(draw.randint(0, 90_000)) / draw.choice((1, 1000)) for _meter in meters]
        self.env["kdc.meter.reading"].create(
            [
                {"meter_id": meter.id, "date": day, "value": value, "event": event}
                for meter, used in zip(meters, self.used, strict=True)
                for day, value, event in (
                    (max(meter.connection_id.date_from, date(2026, 9, 30)), 0, "initial"),
                    (month_end(PERIOD), float(used), "normal"),
                )
            ]
        )
        return connections

    def _amounts(self, section):
        """Return the VND of all lines of a service in their order; they add up to charges, and these to the total."""
        amounts = []
        for charge in section.charges:
            lines = [line.amount for line in charge.lines]
            self.assertEqual(sum(lines) + (0 if charge.price_includes_vat else charge.vat), charge.total)
            amounts += lines if charge.vat_rate is None else [*lines, charge.vat]
        self.assertEqual(sum(charge.total for charge in section.charges), section.total)
        return amounts

    def _shown(self, worded):
        """Return the same of what page and paper are given, and the total."""
        amounts = []
        for charge in worded["charges"]:
            amounts += [line["amount"] for line in charge["lines"]]
            amounts += [] if charge["vat_rate"] is None else [charge["vat"]]
        return amounts, worded["total"]

    def _random_sections(self, count, priced):
        """Yield (plan, priced service), the same cases every time: the tariffs of the ward, each fourth a random one.

        :param priced: ``engine.tariff.Priced``, by which a run prices
        """
        draw = random.Random(4)
        records = self.env["kdc.tariff"].search([("company_id", "=", self.company.id)])
        codes = sorted({rate.code for rate in self.env["kdc.vat.rate"]._engine_table().rates})
        own = [(record._engine_plan(), record.service_id, record.code) for record in records]
        others = [(random_plan(draw, codes), self.power, f"X{number}") for number in range(PLANS)]
        for number in range(count):
            plan, service, code = draw.choice(own if number % 4 else others)
            usage = random_usage(draw, plan)
            yield (
                plan,
                priced.compute(
                    plan, usage, service=service.code, name=service.name, unit=service.unit, tariff=code
                ),
            )

    def test_page_and_paper_show_every_amount_in_its_order(self):
        self._read_month(37, 11)
        bills = self._issue(self._run())
        for bill in bills:
            self.assertTrue(bill._kdc_recompute()["equal"])
            self._assert_drawn(bill, bill._kdc_worded_sections())
        cases = self._random_sections(DRAWN * 8, tariff.Priced(self.env["kdc.vat.rate"]._engine_table()))
        # A column of the paper breaks what is wider than bills are.
        drawable = [section for _plan, section in cases if max(map(abs, self._amounts(section)), default=0) < 10**8]
        sections = [bills._kdc_worded_section(section) for section in drawable[:DRAWN]]
        self.assertEqual(len(sections), DRAWN)
        with patch.object(type(bills), "_kdc_worded_sections", lambda _bill: sections):
            self._assert_drawn(bills[0], sections)

    def _assert_drawn(self, bill, sections):
        """Draw these services as page and as paper and read every amount back."""
        shown = [self._shown(section) for section in sections]
        values = {"bill": bill, "sections": sections, "services": {}, "photos": (), "fmt": fmt}
        page = html.fromstring(str(self.env["ir.qweb"]._render("kdc_utilities.portal_bill_sections", values)))
        cells = [_vnd(cell.text_content()) for cell in page.xpath("//table/tbody/tr/td[last()]")]
        self.assertEqual(cells, [amount for amounts, total in shown for amount in (*amounts, total)])
        paper = PdfReader(io.BytesIO(self.env["kdc.bill.pdf"]._render(bill)))
        words = iter(" ".join(sheet.extract_text() for sheet in paper.pages).split())
        for amounts, total in shown:
            for amount in (total, *amounts):
                # Takes words until it comes: what is missing, or in another order, is not found any more.
                self.assertIn(fmt.vnd(amount, symbol=False), words)

    # -- the panel "try it" ---------------------------------------------------------------------------

    def _panel(self, record):
        panels = self.env["kdc.tariff.trial"].with_user(self.user_accountant)
        return Form(panels.with_context(**record.with_user(self.user_accountant).action_try()["context"]))

    def test_panel_shows_what_a_bill_would(self):
        panel = self._panel(self.water.tariff_ids.filtered(lambda record: record.code == "HO"))
        panel.date_from, panel.date_to = "2026-10-01", "2026-10-31"
        panel.quantity = 25
        self.assertEqual((panel.total, panel.days), (173650, 31))
        self.assertIn("QĐ 1763", panel.result_html)
        panel.date_from = "2026-10-16"
        self.assertEqual(panel.days, 16)
        self.assertNotEqual(panel.total, 173650)
        panel.date_from = "2000-01-01"
        self.assertTrue(panel.problem)
        self.assertFalse(panel.result_html)
        self.assertFalse(self.env["kdc.tariff.trial"].search_count([]), "nothing is stored")

    def test_panel_knows_persons_quota_and_status(self):
        panel = self._panel(self.power.tariff_ids.filtered(lambda record: record.code == "HO"))
        panel.date_from, panel.date_to = "2026-11-01", "2026-11-30"
        panel.quantity, panel.quota_persons = 200, 5
        self.assertEqual(panel.total, 465075)
        # the same five, registered: without tenants by the switch of the tariff
        panel.quota_persons, panel.persons = 0, 5
        self.assertNotEqual(panel.total, 465075)
        panel.tariff_id.quota_by_persons = True
        panel.persons = 4
        panel.persons = 5
        self.assertEqual(panel.total, 465075)
        self.assertIn("× 1,25", panel.result_html)
        poor = self.env.ref("kdc_residents.status_poor")
        self.env["kdc.tariff.relief"].create(
            {
                "tariff_id": self.waste.tariff_ids[0].id, "name": "Miễn", "status_kind_ids": poor.ids, "value": 50,
                "date_from": "2026-01-01", "decision": "QĐ 7",
            }
        )  # fmt: skip
        panel = self._panel(self.waste.tariff_ids[0])
        self.assertEqual(panel.total, 44000)
        panel.status_kind_ids.add(poor)
        self.assertEqual(panel.total, 22000)
        for field, value in (("quantity", -1), ("persons", -3), ("area_m2", -5), ("cars", -1)):
            setattr(panel, field, value)
        self.assertTrue(panel.problem)
