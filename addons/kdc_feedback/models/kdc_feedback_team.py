from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine import petition, states
from .kdc_feedback_message import STAFF_KINDS
from .kdc_feedback_steps import team_act

#: What a team outside sees: what the ward has read and works on, and results that can still be disputed.
TEAM_STATES = tuple(sorted((states.OPEN - {states.NEW}) | {states.DONE}))
#: What it may do, as far as the state allows; each is a method ``_team_…``.
TEAM_STEPS = ("start", "finish", "ask")
#: The row that an act with words leaves: its kind and action.
ROWS = {
    "finish": ("result", "finish"),
    "ask": ("question", "ask"),
    "reply": ("reply", False),
    "note": ("note", False),
    "back": ("note", "transfer"),
}
#: Acts that may come with photos.
WITH_PHOTOS = ("finish", "reply", "note", "back")


class KdcFeedback(models.Model):
    """A team outside the ward, a contractor for one, works on its tasks with a limited login.

    The login is one of the portal: it holds no right on any model of the community. The team reads and acts through
    the pages below ``/my/team-tasks`` alone, which search with :meth:`_team_domain` each time. It sees what its own
    unit has to do: words (names and numbers taken out), photos for everybody, the place, what was said to and by the
    reporter, and the notes that are addressed to it. It never sees who reported, what the reporter or the ward keeps
    from the public (``is_private``), what nobody of the ward has read, or another unit's notes. What was taken off the
    board, or belongs to a category that is not on it, it does see: such work may need a contractor, too.
    """

    _inherit = "kdc.feedback"

    is_with_team = fields.Boolean(
        string="With a team outside", compute="_compute_is_with_team", compute_sudo=True
    )
    team_hint = fields.Char(
        string="What the team outside sees", compute="_compute_is_with_team", compute_sudo=True
    )

    @api.depends("unit_id.outside_user_ids", "unit_id.active", "state", "is_private")
    @api.depends_context("lang")
    def _compute_is_with_team(self):
        for feedback in self:
            outside = bool(feedback.unit_id.outside_user_ids)
            feedback.is_with_team = outside and feedback._is_shown_to_team()
            if feedback.is_with_team:
                feedback.team_hint = self.env._(
                    "A team outside works on it, whether it is on the board or not. It reads the words, the photos, "
                    "the place, also the address of a home, and the replies, never who reported it."
                )
            elif outside and feedback.is_private and feedback.is_open:
                feedback.team_hint = self.env._(
                    "“Not for the public board” is ticked, so the team outside does not see it: the ward handles it "
                    "itself, or passes it to another unit."
                )
            else:
                feedback.team_hint = False

    def _is_shown_to_team(self):
        """Whether the unit's team outside, if it has one, sees it now."""
        self.ensure_one()
        return self.unit_id.active and self.state in TEAM_STATES and not self.is_private

    @api.model
    def _team_domain(self, user):
        """Domain of the tasks of a login: those of its units now, of whatever ward, and of nobody else."""
        return (
            Domain("unit_id.outside_user_ids", "in", user.ids)
            # A path looks at archived units too.
            & Domain("unit_id.active", "=", True)
            & Domain("state", "in", TEAM_STATES)
            & Domain("is_private", "=", False)
        )

    # -- what the team reads -------------------------------------------------------------------------------------------

    def _team_place(self):
        """Where it is, in words: the address of a home too, since the work is done there."""
        self.ensure_one()
        places = (self._public_text(self.location), self.dwelling_id.name, self.area_id.name)
        return ", ".join(dict.fromkeys(filter(None, places)))

    def _team_messages(self):
        """The conversation as the team reads it: that of the reporter, and the notes from and to this team.

        Later words that read like a complaint or a denunciation, perhaps of the team itself, are for the ward alone.
        """
        self.ensure_one()
        notes = Domain("kind", "=", "note") & Domain("unit_id", "=", self.unit_id.id)
        # sudo: the team holds no right on the rows; the domain leaves out what is for the staff
        messages = self.env["kdc.feedback.message"].sudo()
        rows = messages.search(Domain("feedback_id", "=", self.id) & (Domain("kind", "not in", STAFF_KINDS) | notes))
        return rows.filtered(lambda row: row.kind != "reporter" or not petition.recognise(row.body))

    def _team_photos(self):
        """The photos the team may see: not those kept from the public, nor those of joined feedback and other notes."""
        self.ensure_one()
        # sudo: as in _team_messages
        photos = self.env["kdc.feedback.photo"].sudo()
        return photos.search(
            [
                ("feedback_id", "=", self.id),
                ("is_hidden", "=", False),
                ("origin_id", "=", False),
                ("message_id", "in", [False, *self._team_messages().ids]),
            ]
        )

    # -- what it does --------------------------------------------------------------------------------------------------

    def _team_may(self):
        """What the team can do now: a set of ``start``, ``finish``, ``ask``, ``reply``, ``note`` and ``back``."""
        self.ensure_one()
        may = {step for step in TEAM_STEPS if states.can(self.state, step)}
        if self.is_open:
            may |= {"reply", "note"}
            desk = self.company_id.kdc_feedback_unit_id
            may |= {"back"} if desk and desk != self.unit_id else set()
        return may

    def _team_take(self, what, body, photos=()):
        """Act for the team, in the name of whoever is signed in; the controller has found the task with its domain.

        The same act with the same words and photos, sent twice, counts once.

        :param what: one of :meth:`_team_may`
        :param photos: safe image bytes
        :raises UserError: it is not possible now
        """
        self.ensure_one()
        if self._is_team_repeat(what, body, photos):
            return
        if what not in self._team_may():
            raise UserError(self._explain_forbidden(what))
        with team_act():
            getattr(self, f"_team_{what}")(body, photos)

    def _is_team_repeat(self, what, body, photos):
        """Whether the same person did the same with the same words and photos a moment ago: a form sent twice."""
        just_now = fields.Datetime.subtract(fields.Datetime.now(), minutes=10)
        last = self.message_line_ids.filtered(lambda line: line.author_id == self.env.user and line.body)[-1:]
        if not body or last.body != body or (last.kind, last.action) != ROWS.get(what) or last.date < just_now:
            return False
        return not last.photo_ids._missing(photos)

    def _team_start(self, _body, _photos):
        self._check_decider()
        self._step("start")

    def _team_finish(self, body, photos):
        self._staff_finish(body, photos=photos)

    def _team_ask(self, body, _photos):
        self._staff_ask(body)

    def _team_reply(self, body, photos):
        self._staff_reply(body, photos=photos)

    def _team_note(self, body, photos):
        self._log_line("note", body=body, photos=photos, unit_id=self.unit_id.id)
        self._tell_handler(self.env._("The team outside has written a note"))

    def _team_back(self, body, photos):
        """Give it back to the reception desk of the ward, whose people read why."""
        self._log_line("note", "transfer", body=body, photos=photos, unit_id=self.unit_id.id)
        self._staff_transfer(self.company_id.kdc_feedback_unit_id)
        self._tell_handler(self.env._("The team outside gave it back"))

    # -- what it is told -----------------------------------------------------------------------------------------------

    def _step(self, action, **options):
        before = self._shown_to_teams()
        result = super()._step(action, **options)
        (self._shown_to_teams() - before)._tell_team("task")
        return result

    def _staff_transfer(self, unit, *args, **options):
        result = super()._staff_transfer(unit, *args, **options)
        self._shown_to_teams()._tell_team("task")
        return result

    def _climb(self, level_field, status, escalation_at, now, texts):
        """Override: what the handler and the head of the unit are told of the promised date, the team is told too."""
        before = self[level_field]
        result = super()._climb(level_field, status, escalation_at, now, texts)
        if level_field == "alert_level" and before < min(self.alert_level, 2):
            self._shown_to_teams()._tell_team("due_soon" if self.alert_level == 1 else "overdue")
        return result

    def _shown_to_teams(self):
        # sudo: only whether somebody outside sees it, whoever acts
        return self.sudo().filtered(lambda one: one.unit_id.outside_user_ids and one._is_shown_to_team())

    def _tell_team(self, event):
        """Leave a notice, and a mail without any words of the feedback, for each person of the team.

        Called on what :meth:`_shown_to_teams` gave: nobody is told of what the team does not see.

        :param event: ``task``, ``note``, ``written``, ``disputed``, ``due_soon`` or ``overdue``
        """
        for feedback in self:
            people = feedback.unit_id.outside_user_ids.filtered("active").partner_id
            url = f"/my/team-tasks/{feedback.id}"
            feedback.env["kdc.notification"]._notify_words(
                people, feedback, lambda one: (one._team_notice(event), ""), url
            )
            for person in people.filtered("email_normalized"):
                feedback.with_context(lang=person.lang or "vi_VN")._mail_team(person, event, url)

    def _team_notice(self, event):
        """The title of a notice to the team, in the language of the environment."""
        self.ensure_one()
        number = self.number
        return {
            "task": self.env._("Task %(number)s was given to your team", number=number),
            "note": self.env._("Task %(number)s: the ward has written to your team", number=number),
            "written": self.env._("Task %(number)s: the reporter has written", number=number),
            "disputed": self.env._("Task %(number)s: the reporter does not accept the result", number=number),
            "due_soon": self.env._("Task %(number)s is due soon", number=number),
            "overdue": self.env._("Task %(number)s is overdue", number=number),
        }[event]

    def _mail_team(self, person, event, url):
        """Write number and link; what it is about stands behind the login only."""
        self.ensure_one()
        title = self._team_notice(event)
        link = self.env._("Open it here: %(link)s", link=f"{self.get_base_url()}{url}")
        ward = self.company_id.name
        self._mail_out(self.company_id, person.email_normalized, title, f"{title}.\n\n{link}\n\n{ward}")
