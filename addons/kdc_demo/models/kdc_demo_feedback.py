from datetime import datetime, timedelta

from odoo import api, fields, models

from ..engine import drawing, places, story
from .kdc_demo_map import GROUP, START
from .kdc_demo_time import HANOI

#: Groups of categories that the urban order unit handles.
URBAN = ("road", "drain", "light", "waste", "tree", "water")
#: Name, in which group of the main ward (from 0 on, or none), how many groups to the north and to the east.
KNOWN_PLACES = (
    ("Chợ Xóm Mới", 1, 0.15, 1.35),
    ("Công viên bờ biển", None, 0.1, 1.9),
    ("Nhà sinh hoạt cộng đồng Tổ 5", 0, -0.2, 0.45),
    ("Trạm y tế phường", 0, 0.45, 0.7),
    ("Trường Tiểu học Tân Lập", 1, -0.2, 1.1),
)


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_feedback(self):
        """Send the story's feedback and handle each up to its state, with the words people would use."""
        company = self._company(places.WARDS[0].code)
        self._make_units(company)
        self._make_known_places(company)
        households = self._main_households()
        made = {}
        for report in story.REPORTS:
            household = households[report.place % len(households)]
            made[report] = self._make_report(report, household, company)
        self._make_followers(made, households)
        self._make_incidents(company, households)
        # What time alone does (due, overdue, silence) has happened by now.
        now = fields.Datetime.now()
        feedback = self.env["kdc.feedback"]
        feedback.search(feedback._time_domain(now))._pass_time(now)
        return made

    @api.model
    def _make_followers(self, made, households):
        """Let neighbours of what is flooded or dirty say "me too"; one of them adds a few words."""
        for report, feedback in made.items():
            if report.category == "flood":
                feedback._follow(households[(report.place + 1) % len(households)].head_id.partner_id)
                feedback._follow(
                    households[(report.place + 2) % len(households)].head_id.partner_id,
                    "Nhà tôi ở cuối hẻm nước cũng tràn vào, xe máy chết máy hết.",
                )

    @api.model
    def _make_incidents(self, company, households):
        """Announce a planned water cut; who reports no water there meanwhile is answered at once."""
        now = fields.Datetime.now()
        incident = self.env["kdc.feedback.incident"].create({
            "name": "Tạm ngừng cấp nước để thay ống",
            "company_id": company.id,
            "area_ids": [fields.Command.set(households[0].area_id.ids)],
            "category_ids": [fields.Command.set(self.env.ref("kdc_feedback.category_water_none").ids)],
            "date_from": now - timedelta(hours=3),
            "date_to": now + timedelta(days=1),
            "public_text": "Công ty cấp nước thay đoạn ống cũ. Nước có lại vào ngày mai, xin Ông/Bà trữ nước dùng.",
        })  # fmt: skip
        incident.action_publish()

    @api.model
    def _make_units(self, company):
        """Two units with people, rules who gets what, and the chairman as supervisor."""
        handler, dispatcher = self._user("xuly"), self._user("tiepnhan")
        company.kdc_feedback_unit_id.write({"leader_id": dispatcher.id})
        unit = self.env["kdc.feedback.unit"].create({
            "name": "Tổ quản lý đô thị", "company_id": company.id, "leader_id": handler.id,
            "member_ids": [fields.Command.set(handler.ids)],
            "signature": "Tổ quản lý đô thị, UBND phường\nĐiện thoại 0258 3 822 001",
        })  # fmt: skip
        today = fields.Date.context_today(self)
        self.env["kdc.feedback.duty"].create({
            "unit_id": unit.id, "user_id": handler.id, "date_from": today, "date_to": fields.Date.add(today, days=6),
        })  # fmt: skip
        self._remember("unit_urban", unit)
        # Nothing goes there by itself: the ward reads what it gives to a contractor.
        outside = self.env["kdc.feedback.unit"].create({
            "name": "Đội thoát nước Hải Đăng", "company_id": company.id, "leader_id": handler.id, "sequence": 20,
            "outside_user_ids": [fields.Command.set(self._user("doithicong").ids)],
        })  # fmt: skip
        self._remember("unit_outside", outside)
        categories = self.env["kdc.feedback.category"].search([("code", "in", URBAN), ("parent_id", "=", False)])
        self.env["kdc.feedback.assignment"].create([
            {"company_id": company.id, "category_id": category.id, "unit_id": unit.id} for category in categories
        ])  # fmt: skip
        company.kdc_feedback_supervisor_id = self._user("chutich")
        self.env["kdc.feedback.body"].create([
            {"name": name, "company_id": company.id, "phone": phone, "answer_days": days, "sequence": days}
            for name, phone, days in (
                ("Công ty Điện lực Khánh Hòa", "+842583822101", 5),
                ("Công ty Cấp thoát nước Khánh Hòa", "+842583822102", 7),
                ("Sở Xây dựng tỉnh Khánh Hòa", "+842583822103", 10),
            )
        ])  # fmt: skip

    @api.model
    def _make_known_places(self, company):
        """The places people name when they report something."""
        groups = self.env["kdc.area"].search(
            [("company_id", "=", company.id), ("kind", "=", "group"), ("date_to", "=", False)]
        )
        self.env["kdc.feedback.place"].create([
            {
                "name": name, "company_id": company.id,
                "area_id": groups[group % len(groups)].id if group is not None else False,
                "latitude": START["latitude"] + north * GROUP, "longitude": START["longitude"] + east * GROUP,
            }
            for name, group, north, east in KNOWN_PLACES
        ])  # fmt: skip

    @api.model
    def _moments(self, report, count):
        """Return ``count`` office moments between the sending and now, evenly spread (local day, hour, minute)."""
        now = datetime.now(HANOI)
        moments = []
        for step in range(count):
            moment = now - timedelta(days=report.days * (1 - step / count))
            if step:
                moment = moment.replace(hour=min(max(moment.hour, 8), 16))
            moments.append(min(moment, now - timedelta(minutes=count - step)))
        return [(moment.date(), moment.hour, moment.minute) for moment in sorted(moments)]

    @api.model
    def _make_report(self, report, household, company):
        """Send one feedback as its reporter, then let the ward act."""
        resident = household.head_id
        steps = self._steps(report)
        moments = self._moments(report, len(steps) + 1)
        with self._at(*moments[0]):
            feedback, _created = self.env["kdc.feedback"]._submit(
                {
                    "name": report.title,
                    "description": report.text,
                    "category_id": self.env.ref(f"kdc_feedback.category_{report.category}").id,
                    "company_id": company.id,
                    "area_id": household.area_id.id,
                    "location": household.dwelling_id.name,
                    "latitude": household.dwelling_id.latitude,
                    "longitude": household.dwelling_id.longitude,
                    "privacy": report.privacy,
                    "channel": "portal",
                },
                partner=resident.partner_id,
                photos=self._photos(report.scene),
            )
        for step, moment in zip(steps, moments[1:], strict=True):
            with self._at(*moment):
                step(feedback, report)
        return feedback

    @api.model
    def _photos(self, scene):
        return [drawing.scene(scene)] if scene else []

    # -- the way to each state
    # ------------------------------------------------------------------------------------------

    @api.model
    def _steps(self, report):
        """Return the acts that lead from sending to the state of the report."""
        receive, start, finish = self._act_receive, self._act_start, self._act_finish
        ways = {
            "new": (),
            "merged": (self._act_merge,),
            "routed": (self._act_route_out,),
            "received": (receive,),
            "with_team": (receive, self._act_give_to_team),
            "in_progress": (receive, start),
            "waiting": (receive, start, self._act_ask),
            "deferred": (receive, start, self._act_defer),
            "forwarded": (receive, start, self._act_forward),
            "refused": (receive, self._act_refuse),
            "done": (receive, start, finish),
            "disputed": (receive, start, finish, self._act_dispute),
            "closed": (receive, start, finish, self._act_confirm),
        }
        return ways[report.state]

    def _act_receive(self, feedback, _report):
        feedback.with_user(self._user("tiepnhan"))._staff_receive()

    def _act_start(self, feedback, _report):
        handler = self._user("xuly" if feedback.unit_id == self._made("unit_urban") else "tiepnhan")
        feedback.with_user(handler).action_start()

    def _act_give_to_team(self, feedback, report):
        feedback.with_user(self._user("tiepnhan"))._staff_transfer(self._made("unit_outside"), report.answer)

    def _act_ask(self, feedback, report):
        feedback.with_user(self._user("xuly"))._staff_ask(report.answer)

    def _act_defer(self, feedback, report):
        until = fields.Date.add(fields.Date.context_today(self), days=9)
        feedback.with_user(self._user("tiepnhan"))._staff_defer(until, report.answer)

    def _act_forward(self, feedback, report):
        """Pass it to the power company, whose answer is overdue by now."""
        body = self.env["kdc.feedback.body"].search([("company_id", "=", feedback.company_id.id)], limit=1)
        due = fields.Date.add(fields.Date.context_today(self), days=2)
        feedback.with_user(feedback.user_id)._staff_forward(body, due, report.answer, "47/UBND-KT")

    def _act_refuse(self, feedback, report):
        reason = self.env.ref("kdc_feedback.refusal_other_authority")
        feedback.with_user(self._user("tiepnhan"))._staff_refuse(reason, report.answer)

    def _act_finish(self, feedback, report):
        feedback.with_user(feedback.user_id or self._user("tiepnhan"))._staff_finish(
            report.answer, photos=self._photos(report.answer_scene)
        )

    def _act_dispute(self, feedback, report):
        """Object at the counter, where it is written down."""
        feedback.with_user(self._user("tiepnhan"))._staff_write_down(report.closing)

    def _act_confirm(self, feedback, report):
        feedback._reporter_confirm(report.rating, report.closing or None)

    def _act_merge(self, feedback, report):
        master = self.env["kdc.feedback"].search(
            [("category_id", "=", feedback.category_id.id), ("id", "!=", feedback.id), ("is_open", "=", True)], limit=1
        )
        feedback.with_user(self._user("tiepnhan"))._staff_merge(master)

    def _act_route_out(self, feedback, _report):
        feedback.with_user(self._user("tiepnhan"))._staff_route_out()
