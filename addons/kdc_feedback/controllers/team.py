"""The tasks of a team outside the ward, for its limited login on a phone."""

from odoo import http
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import UserError
from odoo.http import request

from ..models.kdc_feedback_team import WITH_PHOTOS
from .feedback import MAX_PHOTOS, MAX_TEXT, ResidentFeedback

ACTS = ("start", "finish", "ask", "reply", "note", "back")
PAGE = {"type": "http", "auth": "user", "website": True, "sitemap": False}


class TeamTasks(ResidentFeedback):
    """``/my/team-tasks``: what a unit of the ward has to do, for the people outside who belong to that unit now.

    Every page searches with ``kdc.feedback._team_domain``: whoever left the team finds nothing from then on.
    """

    def _team_units(self):
        """Return the units the reader works for from outside, in sudo.

        :raise werkzeug.exceptions.NotFound: none
        """
        units = self._feedback_search("kdc.feedback.unit", [("outside_user_ids", "in", request.env.user.ids)])
        if not units:
            raise request.not_found()
        return units

    def _team_task(self, feedback_id):
        """Return one task of the reader, in sudo, else 404."""
        domain = request.env["kdc.feedback"]._team_domain(request.env.user)
        return self._feedback_find("kdc.feedback", [("id", "=", feedback_id), *domain])

    def _team_state(self, task):
        """Return the state in the words of who works on it, with the colours of the residents' pages."""
        labels = dict(task._fields["state"]._description_selection(request.env))
        return {**self._feedback_state(task), "text": labels[task.state]}

    @http.route("/my/team-tasks", methods=["GET"], **PAGE)
    def team_tasks(self, **_kwargs):
        """Show what is to be done, due first; what waits for the reporter's word comes last."""
        units = self._team_units()
        domain = request.env["kdc.feedback"]._team_domain(request.env.user)
        tasks = self._feedback_search("kdc.feedback", domain, order="is_open desc, next_deadline, id", limit=200)
        return self._light_render(
            "kdc_feedback.portal_team_tasks",
            {
                "units": units,
                "rows": [(task, self._team_state(task)) for task in tasks],
                "unread": request.env["kdc.notification"]._unread_count(),
            },
        )

    @http.route("/my/team-tasks/<int:feedback_id>", methods=["GET"], **PAGE)
    def team_task(self, feedback_id, **_kwargs):
        """Show one task with its forms."""
        task = self._team_task(feedback_id)
        return self._light_render("kdc_feedback.portal_team_task", self._team_values(task))

    def _team_values(self, task):
        photos = task._team_photos()
        return {
            "task": task,
            "state": self._team_state(task),
            "late": task.is_open and task.handling_status == "overdue",
            "messages": task._team_messages(),
            "photos": photos.grouped(lambda photo: photo.message_id.id),
            "may": task._team_may(),
            "base_url": f"/my/team-tasks/{task.id}",
            "back_url": "/my/team-tasks",
            "errors": {},
            "typed": {},
        }

    @http.route("/my/team-tasks/<int:feedback_id>/photo/<int:photo_id>/<string:size>", methods=["GET"], **PAGE)
    def team_task_photo(self, feedback_id, photo_id, size, **_kwargs):
        """Give a photo of a task."""
        photo = self._team_task(feedback_id)._team_photos().filtered(lambda one: one.id == photo_id)
        if not photo:
            raise request.not_found()
        return self._feedback_stream(photo, size)

    @http.route("/my/team-tasks/<int:feedback_id>/<string:what>", methods=["POST"], **PAGE)
    def team_task_act(self, feedback_id, what, **post):
        """Take what the team did; two phones at once come one after the other."""
        if what not in ACTS:
            raise request.not_found()
        task = self._team_task(feedback_id)
        lock_or_retry(task)
        body = (post.get("body") or "").strip()[:MAX_TEXT]
        photos, problems = self._feedback_read_photos() if what in WITH_PHOTOS else ([], [])
        errors = {}
        if problems or len(photos) > MAX_PHOTOS:
            most = request.env._("At most %(count)s photos at a time.", count=MAX_PHOTOS)
            errors["photos"] = " ".join(problems) or most
        if what != "start" and not body:
            errors["body"] = request.env._("Please write a few words.")
        if not errors:
            try:
                with request.env.cr.savepoint():
                    task._team_take(what, body, photos)
            except UserError as error:
                errors["form"] = str(error)
        if errors:
            return self._team_refuse(task, what, post, self._feedback_chosen_again(errors, photos))
        self._light_flash(request.env._("Task %(number)s: your entry was saved.", number=task.number))
        return self._light_redirect("/my/team-tasks" if what in ("finish", "back") else f"/my/team-tasks/{task.id}")

    def _team_refuse(self, task, what, post, errors):
        """Show the task again with what was typed; words whose form is gone are shown to be copied."""
        values = self._team_values(task)
        if what not in values["may"]:
            values |= {"refused": " ".join(errors.values()), "unsent": post.get("body")}
        return self._light_invalid("kdc_feedback.portal_team_task", {**values, "errors": {what: errors}, "typed": post})
