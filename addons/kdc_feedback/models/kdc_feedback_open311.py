import hashlib

from odoo import Command, api, fields, models
from odoo.addons.kdc_residents.engine.phone import to_e164
from odoo.exceptions import ValidationError
from odoo.tools import email_normalize

from ..engine import open311, states

MAX_TEXT = 5000
#: Other systems let their people write as little as they like, and send again until it is taken.
MIN_TEXT = 1
#: What clients call the number a feedback has with them; a second sending finds the first.
FOREIGN_IDS = ("external_id", "fixmystreet_id")


class KdcFeedback(models.Model):
    """Feedback as Open311 speaks of it. Texts go the way of everything public, see ``kdc_feedback_board.py``."""

    _inherit = "kdc.feedback"

    api_key_id = fields.Many2one(
        "kdc.feedback.api.key", string="Sent by client", readonly=True, copy=False, index="btree_not_null",
        ondelete="restrict", check_company=True,
    )  # fmt: skip

    # -- services ------------------------------------------------------------------------------------------------
    @api.model
    def _open311_categories(self, company):
        """The categories that can be sent; emergencies are not: they are called."""
        # sudo: names and codes of categories are public
        categories = self.env["kdc.feedback.category"].sudo()
        return categories.search(
            [("company_id", "in", (company.id, False)), ("child_ids", "=", False), ("is_emergency", "=", False)]
        )

    @api.model
    def _open311_services(self, company):
        return [
            {
                "service_code": category.code,
                "service_name": category.name,
                "description": category.hint or category.name,
                "metadata": True,
                "type": "realtime",
                "keywords": ", ".join(filter(None, (category.parent_id.code, category.code))),
                "group": category.parent_id.name or category.name,
            }
            for category in self._open311_categories(company)
        ]

    @api.model
    def _open311_category(self, company, code):
        """The category of a service code.

        :raises Open311Error: unknown, or an emergency: then with the number to call
        """
        found = self._open311_categories(company).filtered(lambda category: category.code == code)[:1]
        if found:
            return found
        # sudo: as above
        urgent = self.env["kdc.feedback.category"].sudo().search(
            [("code", "=", code), ("is_emergency", "=", True), ("company_id", "in", (company.id, False))], limit=1
        )  # fmt: skip
        if urgent:
            raise open311.Open311Error(
                400, self.env._("This is an emergency: call %(phone)s.", phone=urgent.emergency_phone)
            )
        raise open311.Open311Error(404, f"service_code {code} was not found")

    @api.model
    def _open311_definition(self, company, category):
        """The further questions of a service: in which residential group it is, and those of the category."""
        return {
            "service_code": category.code,
            "attributes": [
                *(self._open311_attribute(order, question) for order, question in self._open311_questions(category)),
                {
                    "variable": True,
                    "code": "area",
                    "datatype": "singlevaluelist",
                    "required": False,
                    "datatype_description": None,
                    "order": len(category.question_ids) + 1,
                    "description": self.env._("Residential group"),
                    "values": [{"key": str(area.id), "name": area.name} for area in self._open311_areas(company)],
                },
            ],
        }

    @api.model
    def _open311_questions(self, category):
        """The questions of a category with their order from 1 on."""
        return enumerate(category.question_ids.filtered("active"), start=1)

    @api.model
    def _open311_attribute(self, order, question):
        """A question of ours as an attribute of the specification."""
        kinds = {"text": "string", "choice": "singlevaluelist", "number": "number"}
        attribute = {
            "variable": True,
            "code": f"question{question.id}",
            "datatype": kinds[question.kind],
            "required": question.required,
            "datatype_description": None,
            "order": order,
            "description": question.name,
        }
        if question.kind == "choice":
            attribute["values"] = [{"key": choice, "name": choice} for choice in question._choices()]
        return attribute

    @api.model
    def _open311_answers(self, category, post):
        """Commands for ``answer_ids`` from the attributes that were sent.

        :raises Open311Error: a required one is missing, or one makes no sense
        """
        commands = []
        for _order, question in self._open311_questions(category):
            code = f"attribute[question{question.id}]"
            try:
                value = question._clean(post.get(code))
            except ValidationError as error:
                raise open311.Open311Error(400, f"{code}: {error}") from None
            if value:
                commands.append(Command.create({"question_id": question.id, "value": value}))
        return commands

    @api.model
    def _open311_areas(self, company):
        # sudo: names of residential groups are public
        return self.env["kdc.area"].sudo().search(
            [("company_id", "=", company.id), ("kind", "=", "group"), ("date_to", "=", False)]
        )  # fmt: skip

    # -- reading ---------------------------------------------------------------------------------------------------
    @api.model
    def _open311_find(self, company, client, numbers):
        """Feedback by number: public, or sent by the client that asks."""
        domain = self._open311_readable(company, client)
        # sudo: the domain is the right
        return self.sudo().search([("company_id", "=", company.id), ("number", "in", numbers), *domain])

    @api.model
    def _open311_readable(self, company, client):
        """Domain of what may be read in the ward: what is public, and what the client that asks has sent."""
        return ["|", ("is_public", "=", True), ("api_key_id", "=", client.id)] if client else self._board(company)

    @api.model
    def _open311_search(self, company, query, now):
        """Public feedback that was sent or first shown in a period, newest first.

        A client that asks for its last hour every hour would else never see what the ward reads a day later.

        :param query: arguments of the specification as text
        :raises Open311Error: an argument makes no sense
        """
        since, until = open311.read_period(query.get("start_date"), query.get("end_date"), now)
        offset, limit = open311.read_page(query.get("page"), query.get("page_size"))
        domain = [
            *self._board(company),
            ("submitted_at", "<=", until),
            "|",
            ("submitted_at", ">=", since),
            "&",
            ("received_at", ">=", since),
            ("received_at", "<=", until),
            ("state", "in", list(open311.states_of(query.get("status")))),
        ]
        if codes := open311.split(query.get("service_code")):
            domain.append(("category_id.code", "in", codes))
        # sudo: the domain leaves in what is public
        return self.sudo().search(domain, order="submitted_at DESC, id DESC", offset=offset, limit=limit)

    def _open311_requests(self, base_url, extended=False):
        """These feedbacks as requests of the specification; as many queries for one as for a thousand."""
        lines = self._public_lines()
        photos = self._public_photos().filtered(lambda photo: photo.kind == "before" and not photo.message_id)
        photos = {feedback.id: photos for feedback, photos in photos.grouped("feedback_id").items()}
        return [
            feedback._open311_request(lines[feedback], photos.get(feedback.id), base_url, extended) for feedback in self
        ]

    def _open311_notice(self):
        """Whom the matter was passed to, and until when an answer is due."""
        letter = self._forward_open()
        if not letter:
            return None
        due = open311.write_date(self.next_deadline)
        return self.env._("With %(body)s; an answer is due by %(date)s", body=letter.body_id.name, date=due)

    def _open311_request(self, lines, photos, base_url, extended):
        self.ensure_one()
        secret = self.state == states.ROUTED
        status = open311.status_of(self.state)
        words = lines.filtered(lambda line: line.kind == "result")[-1:]
        latitude, longitude = self._public_position() or (None, None)
        photo = f"{base_url}/phan-anh/{self.number}/anh/{photos[0].id}/full" if photos and self.is_public else None
        changed = max(lines.mapped("date"), default=self.submitted_at)
        request = {
            "service_request_id": self.number,
            "status": status,
            "status_notes": None if secret else self._public_body(words) or None,
            "service_name": self.category_id.name or None,
            "service_code": self.category_id.code or None,
            "description": None if secret else self._public_text(self.description)[:4000],
            "agency_responsible": self.unit_id.name or None,
            "service_notice": None if secret else self._open311_notice(),
            "requested_datetime": open311.write_date(self.submitted_at),
            "updated_datetime": open311.write_date(changed),
            "expected_datetime": open311.write_date(self.handling_deadline),
            "address": None if secret else self._public_place() or None,
            "address_id": None,
            "zipcode": None,
            "lat": None if secret else latitude,
            "long": None if secret else longitude,
            "media_url": photo,
        }  # fmt: skip
        if extended:
            request["extended_attributes"] = {
                "title": None if secret else self._public_name(),
                "detailed_status": self.state,
                "overdue": self.is_open and self.handling_status == "overdue",
                "area": self.area_id.name or None,
                "url": f"{base_url}/phan-anh/{self.number}" if self.is_public else None,
            }
        return request

    # -- creating ----------------------------------------------------------------------------------------------------
    @api.model
    def _open311_create(self, client, post, photos):
        """Store what a client sends.

        :param post: arguments of the specification as text
        :param photos: safe image bytes
        :returns: feedback in superuser mode
        :raises Open311Error: an argument is missing or makes no sense, or the reporter is banned
        """
        company = client.company_id
        code = (post.get("service_code") or "").strip()
        if not code:
            raise open311.Open311Error(400, "service_code was not provided")
        category = self._open311_category(company, code)
        text = (post.get("description") or "").strip()
        if not MIN_TEXT <= len(text) <= MAX_TEXT:
            raise open311.Open311Error(
                400,
                self.env._(
                    "description needs %(least)s to %(most)s characters", least=MIN_TEXT, most=MAX_TEXT
                ),
            )  # fmt: skip
        vals = {
            "company_id": company.id,
            "category_id": category.id,
            "description": text,
            **self._open311_title(post),
            "channel": "open311",
            "privacy": "hidden",
            "api_key_id": client.id,
            "answer_ids": self._open311_answers(category, post),
            **self._open311_place(company, post),
            **self._open311_reporter(post),
        }
        ban = self.env["kdc.feedback.ban"]._of(
            company, email=email_normalize(post.get("email") or ""), phone=vals["contact_phone"]
        )
        if ban:
            raise open311.Open311Error(403, ban._message())
        feedback, created = self._submit(vals, photos=photos, client_key=self._open311_client_key(client, post))
        media = (post.get("media_url") or "").strip()
        if created and media:
            # The picture is not fetched: the server would call any address a stranger names.
            feedback._log_line("note", body=self.env._("The client names a picture: %(url)s", url=media[:500]))
        return feedback

    @api.model
    def _open311_title(self, post):
        """The subject in the words of the reporter, which FixMyStreet sends beside the description."""
        title = " ".join((post.get("attribute[title]") or post.get("title") or "").split())
        return {"name": self._summary(title)} if title else {}

    @api.model
    def _open311_place(self, company, post):
        """Position, words and residential group of what is sent.

        :raises Open311Error: neither position nor address, or a position outside Viet Nam
        """
        address = " ".join((post.get("address_string") or post.get("address_id") or "").split())[:200]
        values = {"location": address or False}
        latitude, longitude = (post.get("lat") or "").strip(), (post.get("long") or "").strip()
        if latitude or longitude:
            try:
                values["latitude"], values["longitude"] = float(latitude), float(longitude)
            except ValueError:
                raise open311.Open311Error(400, "lat and long are not numbers") from None
            if not (6 <= values["latitude"] <= 24 and 101 <= values["longitude"] <= 118):
                raise open311.Open311Error(400, "lat and long lie outside Viet Nam")
        elif not address:
            raise open311.Open311Error(400, "lat and long, or address_string, were not provided")
        area = (post.get("attribute[area]") or "").strip()
        if area:
            found = self._open311_areas(company).filtered(lambda one: str(one.id) == area)
            if not found:
                raise open311.Open311Error(400, "attribute[area] is none of the values of the service definition")
            values["area_id"] = found.id
        return values

    @api.model
    def _open311_reporter(self, post):
        """Name and telephone of the reporter, for those who handle it; hidden from everybody else."""
        name = " ".join(filter(None, (" ".join((post.get(key) or "").split()) for key in ("last_name", "first_name"))))
        email = (post.get("email") or "").strip()
        phone = (post.get("phone") or "").strip()
        try:
            phone = to_e164(phone) if phone else ""
        except ValueError:
            phone = phone[:30]
        contact = f"{name} <{email}>" if name and email else name or email
        return {"contact_name": contact[:200] or False, "contact_phone": phone or False}

    @api.model
    def _open311_client_key(self, client, post):
        """Key by which a repeated sending is recognised, when the client says its own number; else none."""
        for name in FOREIGN_IDS:
            foreign = (post.get(f"attribute[{name}]") or "").strip()
            if foreign:
                return f"o311-{client.id}-{hashlib.sha256(foreign.encode()).hexdigest()[:40]}"
        return None
