import re
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.exceptions import LockError, MissingError
from odoo.service import model as service_model
from odoo.sql_db import db_connect
from odoo.tests import TransactionCase, tagged
from psycopg2.errors import LockNotAvailable, SerializationFailure

from ..tools import locks

ADDONS = Path(__file__).parents[2]


@tagged("post_install", "-at_install")
class TestLockOrRetry(TransactionCase):
    """Two transactions of their own, as two workers have; nothing is written."""

    def setUp(self):
        super().setUp()
        self.row_id = self.env.ref("base.va").id
        connection = db_connect(self.env.cr.dbname)
        self.mine, self.other = connection.cursor(), connection.cursor()
        self.addCleanup(self._close)
        self.my_env = api.Environment(self.mine, SUPERUSER_ID, {})
        self.row = self.my_env["res.country"].browse(self.row_id)

    def _close(self):
        for cursor in (self.mine, self.other):
            cursor.rollback()
            cursor.close()

    def _somebody_else_locks(self):
        api.Environment(self.other, SUPERUSER_ID, {})["res.country"].browse(self.row_id).lock_for_update()

    def _run(self, request):
        """Run a request that locks the row; Odoo's own pause between two tries is what frees it.

        :return: how often the request ran
        """
        runs = []

        def act():
            runs.append(1)
            locks.lock_or_retry(self.row)

        # The commit at the end of a request would end nothing here: nothing was written
        with (
            patch.object(locks, "request", request),
            patch.object(service_model.time, "sleep", lambda _seconds: self.other.rollback()),
        ):
            service_model.retrying(act, self.my_env)
        return len(runs)

    def test_free_row_is_locked_at_once(self):
        self.assertEqual(self._run(SimpleNamespace()), 1)
        locks.lock_or_retry(self.row, allow_referencing=True, touch=True)
        locks.lock_or_retry(self.row.browse())

    def test_request_runs_again_when_the_other_is_done(self):
        self._somebody_else_locks()
        self.assertEqual(self._run(SimpleNamespace()), 2)

    def test_job_outside_a_request_is_refused_in_the_words_queues_know(self):
        """Odoo's `retrying` and `queue_job` know the code of the refusal and start anew."""
        self._somebody_else_locks()
        with patch.object(locks, "request", None), self.assertRaises(LockNotAvailable) as caught:
            locks.lock_or_retry(self.row)
        self.assertIn(caught.exception.pgcode, service_model.PG_CONCURRENCY_ERRORS_TO_RETRY)

    def test_last_try_says_what_to_do_and_leaves_the_transaction_usable(self):
        self._somebody_else_locks()
        request = SimpleNamespace()
        with patch.object(locks, "request", request):
            for _try in range(service_model.MAX_TRIES_ON_CONCURRENCY_FAILURE - 1):
                with self.assertRaises(LockNotAvailable):
                    locks.lock_or_retry(self.row)
                self.mine.rollback()
            with self.assertRaisesRegex(LockError, "try again in a minute"):
                locks.lock_or_retry(self.row)
        self.assertTrue(self.row.code)

    def test_many_locks_in_one_request_are_no_refusals(self):
        with patch.object(locks, "request", SimpleNamespace()):
            for _lock in range(20):
                locks.lock_or_retry(self.row)

    def test_deleted_row(self):
        with patch.object(locks, "request", None), self.assertRaises(MissingError):
            locks.lock_or_retry(self.row.browse(2**31 - 1))

    def test_touch_makes_who_began_before_run_again(self):
        self.other.execute("SELECT 1 FROM res_country LIMIT 1")  # has begun: reads the state before
        with patch.object(locks, "request", None):
            locks.lock_or_retry(self.row, touch=True)
            self.mine.commit()
            theirs = api.Environment(self.other, SUPERUSER_ID, {})["res.country"].browse(self.row_id)
            with self.assertRaises(SerializationFailure):
                locks.lock_or_retry(theirs)

    def test_no_addon_locks_in_another_way(self):
        found = [
            str(path.relative_to(ADDONS))
            for path in ADDONS.glob("kdc_*/**/*.py")
            if "tests" not in path.parts
            and path != Path(locks.__file__)
            and re.search(r"\.lock_for_update\(", path.read_text(encoding="utf-8"))
        ]
        self.assertFalse(found, "use kdc_residents.tools.locks.lock_or_retry")
