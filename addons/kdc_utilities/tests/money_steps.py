"""Every public method that moves money, before every job: for the addons that bring such methods."""

from odoo import fields
from odoo.addons.kdc_residents.tests import exposure
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tools import SQL, mute_logger

from . import test_transfer

ROLES = ("accountant", "collector", "approver", "auditor", "officer", "staff", "area_head", "portal_a")
#: Methods that only show, print or look up something.
SHOWS = ("action_view_", "action_print", "action_pdf", "action_xlsx", "action_open", "action_again", "action_previous",
         "action_next", "action_today", "action_this_month", "action_last_month", "action_statement")  # fmt: skip


class MoneyStepsCase(test_transfer.TransferCommon):
    """Who moves money by a remote call: each step of a table, each job, refused before anything is looked at."""

    #: the addon under test
    MODULE = None
    #: model → public method that moves money or decides about it → the jobs that may do it
    STEPS = {}
    #: model → public methods that open a dialogue and write nothing; the step of the dialogue is in STEPS
    ASKS = {}
    #: (model, method) → what is asked for elsewhere, or moves no money; a model alone: all of its methods
    LEFT_OUT = frozenset()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roles = {role: getattr(cls, f"user_{role}") for role in ROLES}
        cls.roles["public"] = cls.env.ref("base.public_user")
        cls.receipt = cls._take(cls.user_collector, cls.account_a, 1_000)
        cls._take(cls.user_collector_2, cls.account_a, 1_000_000, key="m" * 9)
        [transfer] = cls._import([("1", 7_000, "chuyen tien")])
        cls.env["kdc.transfer.suggestion"].create({"transfer_id": transfer.id, "account_id": cls.account_b.id})

    def test_refused_before_anything_is_looked_at(self):
        for model, steps in self.STEPS.items():
            dialogue = self.env[model]._transient
            record = None if dialogue else self._record(model)
            for method, jobs in steps.items():
                for role, user in self.roles.items():
                    with self.subTest(model=model, method=method, role=role):
                        outcome = self._come_of(user, record or self._made, model, method)
                        self.assertEqual(not isinstance(outcome, AccessError), role in jobs, outcome)
                        self.assertTrue(isinstance(outcome, UserError) or not isinstance(outcome, Exception), outcome)

    def test_what_asks_writes_nothing(self):
        """Whoever may open the dialogue: nothing is written before its step, which is in the table."""
        for model, methods in self.ASKS.items():
            record = self._record(model)
            for method in methods:
                with self.subTest(model=model, method=method):
                    before = self._written(record)
                    outcome = self._come_of(self.user_accountant, record, model, method, keep=True)
                    self.assertTrue(isinstance(outcome, UserError) or outcome["type"].startswith("ir.actions."))
                    self.assertEqual(self._written(record), before)

    def test_every_step_is_in_the_table(self):
        for model, method in self._own_methods():
            if model in self.LEFT_OUT or (model, method) in self.LEFT_OUT:
                continue
            if method not in self.STEPS.get(model, {}).keys() | self.ASKS.get(model, set()):
                with self.subTest(model=model, method=method):
                    self.assertTrue(method.startswith(SHOWS), "Say in the table who may do it.")

    # -- helpers -----------------------------------------------------------------------------------

    @classmethod
    def _own_methods(cls):
        """Pairs of model and public method that the addon writes."""
        return exposure.ExposureCase._own_methods.__func__(cls)

    def _written(self, record):
        """Return the version of a row in the database: another one after every writing."""
        self.env.flush_all()
        row = SQL("SELECT xmin::text, ctid::text FROM %s WHERE id = %s", SQL.identifier(record._table), record.id)
        return self.env.execute_query(row)

    def _come_of(self, user, record, model, method, keep=False):
        """Make a remote call, undo it, and return the error it ended with, or what it returned.

        :param record: what to call it on, or a function that makes a dialogue of the caller
        """
        target = self.env[model].with_user(user)
        try:
            with self.env.cr.savepoint() as savepoint, mute_logger("odoo.models", "odoo.sql_db", "odoo.addons.base"):
                one = record(model, target) if callable(record) else record
                outcome = call_kw(target, method, [one.ids], {})
                if not keep:
                    savepoint.rollback()
        except Exception as error:
            outcome = error
        self.env.invalidate_all()
        return outcome

    def _record(self, model):
        """Return a record (sudo) to try the steps on, whatever its state: who may not, is refused first."""
        known = {
            "account.move": self.new_b,
            "kdc.receipt": self.receipt,
            "kdc.cash.session": self.receipt.session_id,
            "kdc.billing.run": self.env["kdc.billing.run"].search([], limit=1),
            "kdc.customer.account": self.account_b,
        }
        if model in known:
            return known[model].sudo()
        found = self.env[model].sudo().search([], limit=1)
        return found or self._made(model)

    def _made(self, model, records=None):
        """Make one: what is required, from whatever there is.

        :param records: with the rights of whom; nobody asks otherwise
        """
        sudo = self.env[model].sudo()
        vals = {
            name: sudo.default_get([name]).get(name) or self._anything(field)
            for name, field in sudo._fields.items()
            if field.required and field.store and not field.related
        }
        return (sudo if records is None else records).create(vals | self._fitting(model))

    def _anything(self, field):
        if field.type == "many2one":
            return self._record(field.comodel_name).id
        if field.type == "selection":
            return field.get_values(self.env)[0]
        return {"char": "x", "text": "x", "date": self.today, "datetime": "2026-11-01", "boolean": False,
                "many2many": False, "binary": b"eA=="}.get(field.type, 1)  # fmt: skip

    def _fitting(self, model):
        """Return what the constraints of a model want besides."""
        bank = {"journal_id": self.journal.id}
        fitting = {
            "kdc.advance.return": {
                **bank, "receiver": "x", "account_id": self.account_a.id, "amount": 1_000,
                "payer_id": self.account_a.partner_id.id,
            },
            "kdc.books.undo": {"res_model": "kdc.remittance"},
            "kdc.cash.deposit": {"journal_id": self.receipt.journal_id.id},
            "kdc.fund.spending": bank,
            "kdc.remittance": bank,
            "kdc.write.off": {"account_id": self.account_b.id, "move_ids": self.new_b.ids},
            "kdc.fund.report": {"date_from": fields.Date.start_of(self.today, "quarter")},
        }
        if model == "kdc.receipt.reversal":
            counted = self.env["kdc.receipt"].search([("user_id", "=", self.user_collector_2.id)], limit=1)
            session = counted.session_id
            session.write({"state": "closed", "counted_cash": session.expected_cash})
            fitting[model] = {**bank, "receipt_id": counted.id, "receiver": "x"}
        if model == "kdc.fund":
            fund = self.journal.suspense_account_id.copy({"code": "338899", "account_type": "liability_current"})
            fitting[model] = {"account_id": fund.id}
        if model == "kdc.meter.share":
            meter = self.env["kdc.meter"].search([("account_id", "=", self.account_b.id)], limit=1)
            meter.share_basis = "equal"
            fitting[model] = {"meter_id": meter.id}
        return fitting.get(model, {})

    def _assert_everything_fits(self):
        """The papers of these tests were never booked."""
