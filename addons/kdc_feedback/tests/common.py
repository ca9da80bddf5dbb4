from datetime import datetime

from odoo import Command
from odoo.addons.kdc_residents.tests.common import ResidentsCommon

# A plain working Wednesday: 09:00 in Viet Nam.
WEDNESDAY_NINE = datetime(2026, 11, 18, 2, 0)


class FeedbackCommon(ResidentsCommon):
    """Two units with a handler each, a dispatcher, and feedback of resident A in the group of resident A."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # A database with the demo community is as good as an empty one.
        cls.env["kdc.feedback.assignment"].search([]).unlink()
        cls.env["kdc.feedback"].search([]).write({"state": "closed", "is_private": True})
        cls.company.kdc_feedback_calendar_id.leave_ids.unlink()
        cls.company.kdc_feedback_calendar_id.kdc_swap_day_ids.unlink()
        cls.user_dispatcher, cls.user_handler, cls.user_other_handler = cls._create_users(
            cls._user_values("kdc_dispatcher", "kdc_feedback.group_dispatcher"),
            cls._user_values("kdc_handler", "kdc_feedback.group_handler"),
            cls._user_values("kdc_other_handler", "kdc_feedback.group_handler"),
        )
        units = cls.env["kdc.feedback.unit"]
        cls.unit = units.create({"name": "Urban unit", "leader_id": cls.user_handler.id, "company_id": cls.company.id})
        cls.other_unit = units.create(
            {
                "name": "Order unit",
                "member_ids": [Command.set(cls.user_other_handler.ids)],
                "company_id": cls.company.id,
            }
        )
        cls.company.kdc_feedback_supervisor_id = cls.user_auditor
        cls.company.kdc_feedback_unit_id.leader_id = cls.user_dispatcher
        cls.calendar = cls.company.kdc_feedback_calendar_id
        cls.category = cls.env.ref("kdc_feedback.category_pavement")
        cls.category_urgent = cls.env.ref("kdc_feedback.category_flood")
        cls.env["kdc.feedback.assignment"].create(
            {"category_id": cls.category.parent_id.id, "unit_id": cls.unit.id, "company_id": cls.company.id}
        )

    @classmethod
    def _send(cls, when=WEDNESDAY_NINE, partner=None, **vals):
        """Feedback of resident A as the portal sends it."""
        feedback, _created = cls.env["kdc.feedback"]._submit(
            {
                "company_id": cls.company.id,
                "category_id": cls.category.id,
                "description": "The pavement in front of the school is broken",
                "area_id": cls.group_a.id,
                "location": "In front of the school",
                "channel": "portal",
                "privacy": "hidden",
                "submitted_at": when,
                **vals,
            },
            partner=partner or cls.resident_a.partner_id,
        )
        return feedback.with_env(cls.env)

    def _notices(self, partner):
        return self.env["kdc.notification"].search([("partner_id", "=", partner.id)])

    def _run_cron(self):
        """Only the cron, as the server runs it: nobody opens the record."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("kdc_feedback.ir_cron_update_clocks").method_direct_trigger()
        self.env.invalidate_all()
