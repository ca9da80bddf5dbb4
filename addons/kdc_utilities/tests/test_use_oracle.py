import random
from collections import Counter
from datetime import date
from decimal import Decimal

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..engine.tariff import Bill, read_charges
from .common import UtilitiesCommon

SEEDS = range(12)
FIRST_MONTH = 2
#: Fewest and most months of a history.
MONTHS = 6, 8
#: VND per m³, without tiers and VAT, and the waste of a month: what was used is to be seen in the money too.
PRICE, WASTE = 5000, 44000
#: A register of five digits begins anew after that.
ROUND = 10**5
#: What happens to a meter in a month, and how often.
EVENTS = {
    "read": 3, "read_twice": 2, "typing_error": 2, "replace": 2, "reset": 2, "read_and_reset": 1, "estimate": 5,
    "estimate_then_read": 2, "reset_and_estimate": 1, "not_read": 2, "misread": 2,
}  # fmt: skip
#: What has to follow from it in some of the histories; otherwise they prove nothing of it.
OUTCOMES = {"second_figure", "rollover", "corrected", "set_right", "carried_on"}


class Wheel:
    """What runs through the meters on a wall, and what they show. It knows nothing of readings and bills."""

    def __init__(self, shown):
        self.shown, self.ran, self.rolled = shown, Decimal(0), False

    def turn(self, used):
        self.ran += used
        self.rolled = self.rolled or self.shown + used >= ROUND
        self.shown = (self.shown + used) % ROUND

    def begin_anew(self, shown):
        self.shown, self.rolled = shown, False


@tagged("post_install", "-at_install")
class TestUseOracle(UtilitiesCommon):
    """Whatever happens to a meter: what ran through it is billed once. Random histories, the same ones each time."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        plain = cls.env["kdc.tariff"].create({
            "name": "Một giá", "code": "MOTGIA", "service_id": cls.water.id,
            "version_ids": [Command.create({
                "date_from": "2020-01-01", "decision": "QĐ thử",
                "component_ids": [Command.create({"name": "Nước", "code": "N", "kind": "unit", "price": PRICE})],
            })],
        })  # fmt: skip
        cls.account_b.active = False
        cls.meter_a.connection_id.tariff_id = plain
        cls.happened = Counter()

    def test_what_ran_through_a_meter_is_billed_once(self):
        for seed in SEEDS:
            with self.subTest(history=seed), self.cr.savepoint() as savepoint:
                self._begin(seed)
                self._live_through()
                savepoint.rollback()
        self.assertFalse((EVENTS.keys() | OUTCOMES) - (+self.happened).keys(), "these histories do not show it")

    # -- what happens ---------------------------------------------------------------------------------

    def _begin(self, seed):
        self.draw, self.history, self.meter = random.Random(seed), [], self.meter_a
        self.wheel = Wheel(Decimal(self.draw.choice((0, 137, 4210, ROUND - 30, ROUND - 90))))
        self.bills = self.env["account.move"]
        #: What had run when a figure was read last, and what was misread then.
        self.seen, self.error = Decimal(0), Decimal(0)
        #: The last figure is an estimate; one was too high, and comes off the use of later months.
        self.estimated = self.settling = False
        #: Nobody is at home, so that estimates are far too high.
        self.away = False

    def _live_through(self):
        """Live, and tell the whole history of what went wrong."""
        try:
            self._live()
        except AssertionError as error:
            raise AssertionError("\n".join([*self.history, str(error)])) from error

    def _live(self):
        self._begin_meter(FIRST_MONTH)
        self._bill(FIRST_MONTH)
        last = FIRST_MONTH + self.draw.randint(*MONTHS) - 1
        for month in range(FIRST_MONTH + 1, last):
            self.away = self.away != (self.draw.random() < 0.25)
            self._turn()
            self._live_month(month, self._next_event())
        self.wheel.turn(Decimal(300))  # enough to take off whatever estimates were too high
        self._live_month(last, "corrected" if self.error else "read")
        self.assertFalse(self.settling, "something was never taken off")

    def _next_event(self):
        if self.error:
            return "corrected"
        if self.estimated and self.draw.random() < 0.3:
            return "reset_and_estimate"  # what is rare by chance, and hardest to count
        return self.draw.choices(list(EVENTS), list(EVENTS.values()))[0]

    def _live_month(self, month, event):
        self._tell(month, event)
        getattr(self, f"_month_{event}")(month)
        self._bill(month)
        if event == "corrected":
            self._correct_both(month)

    def _begin_meter(self, month):
        self._note(date(2026, month, self.draw.randint(1, 7)))
        if self.draw.random() < 0.3:
            self._turn()
            self._change(month, self.draw.choice(("replace", "reset")))
        if self.draw.random() < 0.6:
            self._turn()
            self._tell(month, "second_figure")
            self._month_read(month)

    def _turn(self):
        self.wheel.turn(Decimal(self.draw.randint(0, 5 if self.away else 400)) / 10)

    def _tell(self, month, event):
        self.happened[event] += 1
        self.history.append(f"{month:02}: {event}, shows {self.wheel.shown} after {self.wheel.ran}")

    def _note(self, day, error=0):
        """Enter what the meter shows, or something else."""
        extra = {}
        if self.wheel.rolled:
            extra = {"event": "rollover", "reason": "Qua 99999"}
        event = extra.get("event", "read")
        self.history.append(f"    {day:%d/%m} {self.meter.serial}: {event} {self.wheel.shown + error}")
        self._read(self.meter, day, float(self.wheel.shown + error), **extra)
        self.seen, self.estimated = self.wheel.ran, False

    def _month_read(self, month):
        self._note(date(2026, month, self.draw.randint(20, 28)))
        self.happened["rollover"] += self.wheel.rolled
        self.wheel.rolled = False

    def _month_read_twice(self, month):
        self._note(date(2026, month, 5))
        self._turn()
        self._month_read(month)

    def _month_typing_error(self, month):
        error = Decimal(self.draw.randint(1, 9))
        if not self.wheel.rolled and self.wheel.shown + error < ROUND:
            self._note(date(2026, month, 20), error)
        self._month_read(month)

    def _month_replace(self, month):
        self._change(month, "replace")
        self._maybe_read(month)

    def _month_reset(self, month):
        self._change(month, "reset")
        self._maybe_read(month)

    def _maybe_read(self, month):
        self._turn()
        if self.draw.random() < 0.7:
            self._month_read(month)

    def _month_read_and_reset(self, month):
        self._note(date(2026, month, 5))
        self.wheel.rolled = False
        self._turn()
        self._month_reset(month)

    def _month_estimate(self, month):
        """The figure nobody read is estimated where there is something to estimate from, and the register holds it."""
        try:
            with self.cr.savepoint():
                reading = self.meter._estimate(date(2026, month, 1))
        except UserError as error:
            self.history.append(f"    no estimate: {error}")
        else:
            self.estimated = True
            self.history.append(f"    {reading.date:%d/%m} {self.meter.serial}: {reading.value} estimated")

    def _month_estimate_then_read(self, month):
        self._month_estimate(month)
        self._month_read(month)

    def _month_reset_and_estimate(self, month):
        """What an estimate before the change was too high is then taken off the use of later months."""
        self.settling = self.settling or self.estimated
        self._change(month, "reset")
        self._turn()
        self._month_estimate(month)

    def _month_not_read(self, month):
        pass

    def _month_misread(self, month):
        """A wrong figure that nobody sees before the bill is issued; what is real comes with the next one."""
        error = Decimal(self.draw.choice((-1, 1, 3)))
        known = self.meter.reading_ids.sorted("date")[-1:].value
        possible = known <= self.wheel.shown + error < ROUND and not self.wheel.rolled
        if not possible or self.estimated or self.settling:
            return self._month_read(month)
        self.error = error
        self._note(date(2026, month, 25), error)

    def _month_corrected(self, month):
        """The figure after a misread one tells what was wrong."""
        self.error, self.misread = Decimal(0), self.error
        self.wheel.turn(Decimal(5))
        self._month_read(month)

    def _change(self, month, kind):
        """Do as the accountant does: a register that rolled over before is noted first."""
        if self.wheel.rolled:
            self._apply_change(month, "rollover", 9, rolled_value=float(self.wheel.shown))
            self.happened["rollover"] += 1
        final, begin = self.wheel.shown, Decimal(self.draw.choice((0, 2, 700)))
        self._apply_change(
            month, kind, 12, final_value=float(final), initial_value=float(begin), serial=f"DH-{month}-{final}"
        )
        self.wheel.begin_anew(begin)

    def _apply_change(self, month, kind, day, **vals):
        self.history.append(f"    {day:02}/{month:02} {self.meter.serial}: {kind} {vals}")
        change = self.env["kdc.meter.change"].with_user(self.user_accountant).create({
            "meter_id": self.meter.id, "kind": kind, "date": date(2026, month, day), "reason": "Kẹt số", **vals,
        })  # fmt: skip
        self.meter = self.env["kdc.meter"].browse(change.action_apply()["res_id"])
        self.seen, self.estimated = self.wheel.ran, False

    # -- bills ----------------------------------------------------------------------------------------

    def _bill(self, month):
        run = self._run(period=date(2026, month, 1), invoice_date=date(2026, month + 1, 5))
        self.assertEqual(run.line_ids.mapped("state"), ["ready"], run.line_ids.mapped("issue_text"))
        first = run.line_ids.mapped("explanation")
        run.action_compute()
        self.assertEqual(run.line_ids.mapped("explanation"), first, "computed again without a change")
        bill = self._issue(run)
        self.bills += bill
        self.history.append(f"    bill {self._quantity(bill)} m³, {bill.amount_total:.0f} VND")
        self.assertTrue(bill._kdc_recompute()["equal"], "an issued bill computed again")
        self.happened["set_right"] += bool(bill._kdc_true_ups())
        self._check(month)

    def _correct_both(self, month):
        """Two persons correct the bill of a misread figure and the next one, each to what ran in its time."""
        wrong, following = self.bills[-2:]
        self._correct(wrong, self._quantity(wrong) - self.misread)
        self._correct(following, self._quantity(following) + self.misread)
        self._check(month)

    def _correct(self, bill, quantity):
        self.history.append(f"    bill of {bill.kdc_period:%m} corrected to {quantity} m³")
        wizard = self.env["kdc.bill.correct"].with_user(self.user_accountant)
        with Form(wizard.with_context(**bill.action_kdc_correct()["context"])) as form:
            form.service_id, form.quantity = self.water, float(quantity)
            form.reason, form.decision = "Ghi nhầm", "BB 1/2026"
        charge = self.env["kdc.charge"].browse(form.record.action_prepare()["res_id"])
        charge.with_user(self.user_approver).action_approve()

    # -- the oracle -----------------------------------------------------------------------------------

    def _check(self, month):
        billed = self._billed()
        self._check_money(billed)
        self._check_not_negative(self.bills[-1])
        if self.estimated:
            return
        ran = self.seen + self.error
        if self.settling:
            self.assertGreaterEqual(billed, ran, f"less was billed up to {month} than ran")
            self.settling = billed != ran
            self.happened["carried_on"] += self.settling
        else:
            self.assertEqual(billed, ran, f"billed up to {month}, and what ran")

    def _check_not_negative(self, bill):
        self.assertGreaterEqual(bill.amount_total, 0)
        for section in self._water(bill):
            self.assertGreaterEqual(section.quantity, 0)
            for reading in section.readings:
                self.assertTrue(reading.consumption >= 0 or reading.previous_source == "estimate", reading)

    def _check_money(self, billed):
        """Every m³ at its price: on the bills, and in what waits for the next one."""
        waiting = self._charges().filtered(lambda row: row.state == "approved" and not row.billed)
        total = sum(self.bills.mapped("amount_total")) + sum(
            charge.total for row in waiting for charge in read_charges(row.charges)
        )
        self.assertEqual(Decimal(total), WASTE * len(self.bills) + PRICE * billed)

    def _billed(self):
        """Return the m³ on all bills, less those of the estimated bills that later ones take off."""
        taken_off = {id_ for bill in self.bills for true_up in bill._kdc_true_ups() for id_ in true_up.bills}
        return sum((self._quantity(bill) for bill in self.bills if bill.id not in taken_off), Decimal(0))

    def _quantity(self, bill):
        """Return the m³ of a bill, as it was corrected last."""
        corrected = self._charges().filtered(lambda row: row.corrects_move_id == bill and row.corrected_usage)
        if corrected:
            return Decimal(corrected.sorted("id")[-1].corrected_usage["quantity"])
        return sum((section.quantity for section in self._water(bill)), Decimal(0))

    def _charges(self):
        return self.env["kdc.charge"].search([("account_id", "=", self.account_a.id)])

    def _water(self, bill):
        return [section for section in Bill.from_dict(bill.kdc_explanation).sections if section.service == "NUOC"]
