import logging

from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..tools.attempts import undo_and_log

_logger = logging.getLogger(__name__)


@tagged("post_install", "-at_install")
class TestUndoAndLog(TransactionCase):
    def _go_through(self, partners, work):
        for partner in partners:
            with undo_and_log(self.env.cr, _logger, "Contact %s failed", partner.id):
                work(partner)

    def test_one_failure_is_undone_and_stops_no_other(self):
        partners = self.env["res.partner"].create([{"name": name} for name in ("A", "B", "C")])

        def work(partner):
            partner.comment = "seen"
            if partner.name == "B":
                raise ValueError("bad record")

        with self.assertLogs(_logger, "ERROR") as logs:
            self._go_through(partners, work)
        self.env.invalidate_all()
        self.assertEqual([bool(partner.comment) for partner in partners], [True, False, True])
        self.assertEqual(len(logs.records), 1)
        self.assertIn(f"Contact {partners[1].id} failed", logs.output[0])
        self.assertIn("bad record", logs.output[0], "the log says why")

    def test_what_the_database_refuses_late_is_undone_too(self):
        """The refusal comes with the flush at the end of the block."""
        groups = self.env["res.country.group"].create([{"name": "A", "code": "KDCA"}, {"name": "B", "code": "KDCB"}])

        def work(group):
            group.code = "KDCA"

        with mute_logger("odoo.sql_db"), self.assertLogs(_logger, "ERROR") as logs:
            self._go_through(groups, work)
        self.assertEqual(len(logs.records), 1)
        self.assertEqual(groups.mapped("code"), ["KDCA", "KDCB"])
