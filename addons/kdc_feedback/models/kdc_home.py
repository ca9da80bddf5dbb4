from odoo import api, models

INBOX = "kdc_feedback.kdc_feedback_action"
# Domains stand apart from the titles: the search for translatable terms takes tuples beside a title for terms.
NEW = [("state", "=", "new")]
DISPUTED = [("state", "=", "disputed")]
DUE_SOON = ["|", ("handling_status", "=", "due_soon"), ("reception_status", "=", "due_soon")]
UNTAKEN = [("user_id", "=", False), ("state", "!=", "new")]
TO_SOLVE = [("state", "=", "open")]
PAST_ITS_END = [("state", "=", "published"), ("date_to", "<", "now")]
TO_CHECK = [("quality_state", "=", "to_check")]
ANSWER_LATE = [("forward_ids", "any", [("state", "=", "waiting"), ("answer_due", "<", "today")])]
LATE = ["|", ("handling_status", "=", "overdue"), ("reception_status", "=", "overdue")]


class KdcHome(models.AbstractModel):
    _inherit = "kdc.home"

    @api.model
    def _home_cards(self):
        user = self.env.user
        cards = super()._home_cards()
        if user.has_group("kdc_feedback.group_intake"):
            cards += [
                self._home_job(
                    "feedback_intake", self.env._("Take in feedback"), "kdc_feedback.kdc_feedback_intake_action"
                )
            ]
            # Who handles feedback writes it down on the case.
            if not user.has_group("kdc_feedback.group_handler"):
                cards += [
                    self._home_job(
                        "feedback_caller",
                        self.env._("A reporter calls again"),
                        "kdc_feedback.kdc_feedback_caller_action",
                    )
                ]
        if user.has_group("kdc_feedback.group_dispatcher"):
            cards += self._home_cards_of_dispatcher()
        if user.has_group("kdc_feedback.group_routed"):
            cards += [self._home_card_of_routed()]
        if user.has_group("kdc_feedback.group_handler"):
            cards += self._home_cards_of_handler()
            if not user.has_groups("kdc_feedback.group_dispatcher,kdc_residents.group_auditor"):
                cards += [self._home_card_of_recurring()]
        if user.has_groups("kdc_feedback.group_dispatcher,kdc_residents.group_area_head,kdc_residents.group_auditor"):
            cards += [self._home_card_of_recurring()]
            cards += [
                self._feedback_card("feedback_late", self.env._("Feedback overdue"), LATE, kind="late"),
                self._feedback_card("feedback_open", self.env._("Feedback under way"), [], kind="fact"),
            ]
        return cards

    @api.model
    def _feedback_card(self, key, title, domain, kind="todo"):
        """Return a card that counts open feedback."""
        return self._home_card(key, title, "kdc.feedback", [("is_open", "=", True), *domain], INBOX, kind=kind)

    @api.model
    def _home_card_of_recurring(self):
        """Return what comes back again and again, of the reader's units or areas."""
        return self._home_card(
            "feedback_recurring",
            self.env._("Recurring problems to solve"),
            "kdc.feedback.recurrence",
            TO_SOLVE,
            "kdc_feedback.kdc_feedback_recurrence_action",
            kind="warn",
        )

    @api.model
    def _home_card_of_routed(self):
        """Return the complaints and denunciations the reader was told of and has not ticked off."""
        told = [("state", "=", "routed"), ("activity_ids.user_id", "=", self.env.uid)]
        return self._home_card(
            "feedback_routed",
            self.env._("Complaints and denunciations to hand on"),
            "kdc.feedback",
            told,
            "kdc_feedback.kdc_feedback_routed_action",
            kind="warn",
        )

    @api.model
    def _home_cards_of_dispatcher(self):
        """Return the inbox of the ward: what came in and what is about to go wrong."""
        return [
            self._feedback_card("feedback_new", self.env._("New feedback to receive"), NEW, "warn"),
            self._feedback_card("feedback_disputed", self.env._("Results disputed by the reporter"), DISPUTED, "warn"),
            self._feedback_card("feedback_due", self.env._("Feedback due soon"), DUE_SOON, "warn"),
            self._feedback_card(
                "feedback_answers_late", self.env._("Answers of other authorities overdue"), ANSWER_LATE, "late"
            ),
            self._home_card(
                "feedback_check", self.env._("Closed feedback to check"), "kdc.feedback", TO_CHECK, INBOX, kind="todo"
            ),
            self._home_card(
                "feedback_incidents_past",
                self.env._("Works and outages past their end"),
                "kdc.feedback.incident",
                PAST_ITS_END,
                "kdc_feedback.kdc_feedback_incident_action",
                kind="warn",
            ),
            self._feedback_card("feedback_untaken", self.env._("Received and taken by nobody"), UNTAKEN),
        ]

    @api.model
    def _home_cards_of_handler(self):
        """Return one's own pile."""
        mine = [("user_id", "=", self.env.uid)]
        late = [*mine, *LATE]
        in_work = [*mine, ("state", "in", ("received", "in_progress", "disputed"))]
        waiting = [*mine, ("state", "in", ("waiting", "deferred", "forwarded"))]
        return [
            self._home_job(
                "feedback_inspection", self.env._("Look at feedback on the spot"), "kdc_feedback.inspection_action"
            ),
            self._feedback_card("feedback_mine_late", self.env._("Given to you, overdue"), late, "late"),
            self._feedback_card("feedback_mine_answered", self.env._("Given to you, in work"), in_work),
            self._feedback_card(
                "feedback_mine_answers_late",
                self.env._("Given to you, another authority has not answered"),
                [*mine, *ANSWER_LATE],
                "late",
            ),
            self._feedback_card("feedback_mine_waiting", self.env._("Given to you, clock stopped"), waiting),
        ]
