import io
import json
import random
import re
from datetime import date, timedelta
from decimal import Decimal

from odoo.tests import Form, tagged
from pypdf import PdfReader

from ..engine import tariff
from ..engine.periods import month_end
from .common import UtilitiesCommon

CASES = 10_000


@tagged("post_install", "-at_install")
class TestTariffPaths(UtilitiesCommon):
    """A bill says the same wherever it is read: run, portal, paper, panel, computed again."""

    def test_ten_thousand_random_bills_are_equal_everywhere(self):
        """The run stores the explanation; the portal and the PDF word it, "compute it again" prices it again."""
        draw = random.Random(4)  # the same cases every time
        moves = self.env["account.move"]
        vat_table = self.env["kdc.vat.rate"]._engine_table()
        records = self.env["kdc.tariff"].search([("company_id", "=", self.company.id)])
        plans = {record: record._engine_plan() for record in records}
        for number in range(CASES):
            record = draw.choice(records)
            section = self._random_section(draw, record, plans[record], vat_table)
            stored = json.loads(json.dumps(tariff.Bill((section,)).to_dict()))
            read = tariff.Bill.from_dict(stored).sections[0]
            self.assertEqual(tariff.recompute(read, plans[record], vat_table), section)
            self.assertEqual(stored["total"], section.total)
            if number % 50 == 0:  # wording costs more than pricing; what is worded was compared above
                worded = moves._kdc_worded_section(read)
                printed = sum(
                    sum(line["amount"] for line in charge["lines"])
                    + (0 if charge["price_includes_vat"] else charge["vat"])
                    for charge in worded["charges"]
                )
                self.assertEqual(printed, section.total)

    def _random_section(self, draw, record, plan, vat_table):
        first = date(2026, draw.randint(1, 12), 1)
        start = first if draw.random() < 0.7 else first + timedelta(days=draw.randint(1, 25))
        relief = tariff.Relief(
            "R1", "Giảm", draw.choice(("percent", "quantity")), Decimal(draw.randint(1, 100)),
            plan.versions[-1].components[0].code,
        )  # fmt: skip
        usage = tariff.Usage(
            start,
            month_end(first),
            Decimal(draw.randint(0, 500_000)) / draw.choice((1, 1000, 1000)),
            draw.randint(1, 9),
            Decimal(draw.choice((1, 1, 1, 2, 5))) / draw.choice((1, 4)),
            reliefs=(relief,) if draw.random() < 0.3 else (),
        )
        service = record.service_id
        return tariff.compute(
            plan, usage, vat_table, service=service.code, name=service.name, unit=service.unit, tariff=record.code
        )

    def test_the_paper_shows_every_amount_of_the_page(self):
        self._read_month(37, 11)
        for bill in self._issue(self._run()):
            reader = PdfReader(io.BytesIO(self.env["kdc.bill.pdf"]._render(bill)))
            text = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in reader.pages))
            for section in bill._kdc_bill().sections:
                for charge in section.charges:
                    for amount in (*[line.amount for line in charge.lines], charge.vat, section.total):
                        self.assertIn(f"{amount:,}".replace(",", "."), text)
            self.assertTrue(bill._kdc_recompute()["equal"])

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
