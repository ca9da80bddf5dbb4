"""What the feedback inbox adds to the home page of a resident."""

from odoo.addons.kdc_residents.controllers.home import ResidentHome
from odoo.http import request

from .guest import new_url


class FeedbackHome(ResidentHome):
    def _feedback_to_answer(self):
        """Own feedback in which the resident has the next word, in sudo."""
        domain = [("partner_id", "=", request.env.user.partner_id.id), ("state", "in", ("waiting", "done"))]
        # sudo: residents hold no right on feedback; the domain is the right
        return request.env["kdc.feedback"].sudo().search(domain, limit=10)

    def _feedback_team_tasks(self):
        """How many tasks wait for the reader as one of a team outside; ``None`` for whoever is in no team."""
        units = [("outside_user_ids", "in", request.env.user.ids)]
        # sudo: who belongs to a team holds no right on units and feedback; the reader is the domain
        env = request.env["kdc.feedback"].sudo().env
        if not env["kdc.feedback.unit"].search_count(units, limit=1):
            return None
        feedback = env["kdc.feedback"]
        return feedback.search_count([*feedback._team_domain(request.env.user), ("is_open", "=", True)])

    def _feedback_team_rows(self):
        """What waits for the team of the reader, as one task of the home page; none without any."""
        count = self._feedback_team_tasks()
        if not count:
            return []
        return [
            {
                "icon": "feedback",
                "title": request.env._("Tasks of your team"),
                "text": request.env._("%(count)s open", count=count),
                "url": "/my/team-tasks",
                "kind": "warn",
                "sequence": 45,
            }
        ]

    def _home_outside_tasks(self):
        return super()._home_outside_tasks() + self._feedback_team_rows()

    def _home_outside_tiles(self):
        """Let who works in a team outside see its tasks, beside the shop or the bills of a business."""
        tiles = super()._home_outside_tiles()
        count = self._feedback_team_tasks()
        if count is not None:
            tiles.append(
                {
                    "icon": "feedback",
                    "title": request.env._("Tasks of your team"),
                    "url": "/my/team-tasks",
                    "count": count or None,
                    "sequence": 5,
                    "is_job": True,
                }
            )
        return tiles

    def _welcome_doors(self):
        return super()._welcome_doors() + [
            {
                "icon": "feedback",
                "title": request.env._("Tell the ward what is wrong"),
                "text": request.env._("A photo and a few words; you see who handles it and by when"),
                "url": new_url(),
                "sequence": 20,
            },
            {
                "icon": "search",
                "title": request.env._("See what others reported"),
                "text": request.env._("What the ward is doing, where, and by when"),
                "url": "/phan-anh",
                "sequence": 21,
            },
        ]

    def _home_tasks(self, household, resident):
        env = request.env
        tasks = super()._home_tasks(household, resident)
        incidents = env["kdc.feedback.incident"]
        for incident in incidents._shown_to(self._light_company(), household.area_id) if household else ():
            tasks.append(
                {
                    "icon": "warning" if incident.kind == "emergency" else "clock",
                    "title": incident.name,
                    "text": env._("The ward knows about this"),
                    "url": "/my/feedback#incidents",
                    "kind": "warn" if incident.kind == "emergency" else "info",
                    "sequence": 50,
                }
            )
        tasks += self._feedback_team_rows()
        for feedback in self._feedback_to_answer():
            waiting = feedback.state == "waiting"
            tasks.append(
                {
                    "icon": "feedback",
                    "title": env._("Waiting for your answer")
                    if waiting
                    else env._("There is a result, please confirm"),
                    "text": f"{feedback.number} · {feedback.name}",
                    "url": f"/my/feedback/{feedback.id}",
                    "kind": "warn" if waiting else "info",
                    "sequence": 40,
                }
            )
        return tasks

    def _home_tiles(self, household, resident):
        tiles = super()._home_tiles(household, resident)
        tiles.append(
            {
                "icon": "feedback",
                "title": request.env._("Feedback"),
                "url": "/my/feedback",
                "count": len(self._feedback_to_answer()) or None,
                "sequence": 20,
            }
        )
        return tiles
