"""Confirmation letters: the resident's pages, the public check, the paper for the office."""

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from ..engine import letter as letters
from ..tools.private_file import private_file
from .activation import request_source
from .home import ResidentHome
from .light import LightController

MAX_PURPOSE = 200
MAX_ANSWER = 1000
#: Ending of a signed letter, a scan or a photo, by its mimetype.
SIGNED = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}
#: What a resident sees as steps on the way; the others end it.
WAY = (letters.CHECKING, letters.SIGNATURE, letters.READY)


class ResidentLetters(LightController):
    """``/my/letters``: a resident asks for letters and follows them; only own ones exist."""

    def _letter_people(self):
        """Return for whom the reader may ask, in sudo: the reader and, whoever acts for the household, those of its
        members who cannot ask themselves: minors and those without an account, often the old.
        """
        resident, household = self._light_resident(), request.env.user._kdc_household()
        if not resident:
            raise request.not_found()
        people = resident
        if household and request.env.user._kdc_may_see("acts", household):
            is_adult = request.env["kdc.household.delegation"]._is_adult
            # sudo: the members of a household are known to who acts for it.
            for member in household.sudo()._live_memberships().resident_id - resident:
                if not is_adult(member) or not member.partner_id.user_ids:
                    people |= member
        return people

    def _letter_domain(self):
        """Return the domain of the reader's letters: own ones, and those the reader asked for and still may ask for."""
        resident, people = self._light_resident(), self._letter_people()
        asked = ("requester_id", "=", request.env.user.partner_id.id)
        return ["|", ("resident_id", "=", resident.id), "&", ("resident_id", "in", people.ids), asked]

    def _letter_own(self, letter_id):
        """Return one letter of the reader, in sudo; 404 for everybody else's.

        :raise werkzeug.exceptions.NotFound: no letter of the reader has this number
        """
        # sudo: residents have no right on letters; the domain names their own only.
        record = request.env["kdc.letter"].sudo().search([("id", "=", letter_id), *self._letter_domain()])
        if not record:
            raise request.not_found()
        return record

    def _letter_kinds(self, resident):
        # sudo: kinds of letters are public, residents have no right on the model.
        return request.env["kdc.letter.type"].sudo()._offered(resident.company_id)

    @http.route("/my/letters", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_letters(self, **_kwargs):
        """List the reader's letters, newest first."""
        # sudo: as in _letter_own.
        records = request.env["kdc.letter"].sudo().search(self._letter_domain(), limit=50)
        return self._light_render(
            "kdc_residents.portal_letters", {"letters": records, "resident": self._light_resident()}
        )

    @http.route("/my/letters/new", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_letter_new(self, kind="", **_kwargs):
        """Show the form."""
        return self._letter_form({"kind": kind, "purpose": "", "person": ""}, {})

    @http.route("/my/letters/new", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def resident_letter_submit(self, **post):
        """Take the request, or show the form again with what is wrong."""
        env, people = request.env, self._letter_people()
        typed = {name: " ".join(str(post.get(name) or "").split()) for name in ("kind", "purpose", "person")}
        errors = {}
        resident = people.filtered(lambda one: str(one.id) == typed["person"]) if typed["person"] else people[0]
        if not resident:
            raise request.not_found()
        kind = self._letter_kinds(resident).filtered(lambda one: str(one.id) == typed["kind"])
        if not kind:
            errors["kind"] = env._("Please choose which letter you need.")
        elif problem := kind._missing_condition(resident):
            errors["kind"] = problem
        if not typed["purpose"]:
            errors["purpose"] = env._(
                "Please write what you need the letter for, for example: enrolling a child at school."
            )
        elif len(typed["purpose"]) > MAX_PURPOSE:
            errors["purpose"] = env._("Please write at most %(count)s characters.", count=MAX_PURPOSE)
        if not errors:
            # sudo: as in _letter_own.
            records = env["kdc.letter"].sudo()
            same = records.search([
                ("resident_id", "=", resident.id), ("type_id", "=", kind.id), ("state", "in", list(letters.OPEN))
            ])  # fmt: skip
            if same and not same[0].filtered_domain(self._letter_domain()):
                # Made at the counter for somebody else: that it exists is all the reader learns.
                self._light_flash(env._("This letter is already being made. Please ask at the counter."), "info")
                return self._light_redirect("/my/letters")
            if same:
                self._light_flash(env._("This letter is already being made. Here you see how far it is."), "info")
                return self._light_redirect(f"/my/letters/{same[0].id}")
            record = records.create({
                "type_id": kind.id, "resident_id": resident.id, "company_id": resident.company_id.id,
                "requester_id": env.user.partner_id.id, "purpose": typed["purpose"], "channel": "portal",
            })  # fmt: skip
            self._light_flash(env._("Your request has reached the ward office."))
            return self._light_redirect(f"/my/letters/{record.id}")
        return self._letter_form(typed, errors)

    def _letter_form(self, typed, errors):
        people = self._letter_people()
        values = {
            "kinds": self._letter_kinds(people[0]), "people": people, "typed": typed, "errors": errors,
            "max_purpose": MAX_PURPOSE,
        }  # fmt: skip
        return self._light_render("kdc_residents.portal_letter_new", values, status=422 if errors else 200)

    @http.route("/my/letters/<int:letter_id>", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_letter(self, letter_id, **_kwargs):
        """Show how far a letter is."""
        return self._letter_page(self._letter_own(letter_id), {})

    def _letter_page(self, record, errors, answer=""):
        values = {"letter": record, "errors": errors, "answer": answer, "way": WAY, "company": record.company_id}
        return self._light_render("kdc_residents.portal_letter", values, status=422 if errors else 200)

    @http.route(
        "/my/letters/<int:letter_id>/answer", type="http", auth="user", website=True, sitemap=False, methods=["POST"]
    )
    def resident_letter_answer(self, letter_id, **post):
        """Take the answer to what the office asked."""
        record = self._letter_own(letter_id)
        answer = str(post.get("answer") or "").strip()
        errors = {}
        if not answer:
            errors["answer"] = request.env._("Please write your answer.")
        elif len(answer) > MAX_ANSWER:
            errors["answer"] = request.env._("Please write at most %(count)s characters.", count=MAX_ANSWER)
        if errors:
            return self._letter_page(record, errors, answer)
        try:
            record._answer(answer)
        except UserError:
            self._light_flash(request.env._("The office has gone on meanwhile; your answer was not needed."), "info")
        else:
            self._light_flash(request.env._("Your answer has reached the ward office."))
        return self._light_redirect(f"/my/letters/{letter_id}")

    @http.route(
        "/my/letters/<int:letter_id>/withdraw", type="http", auth="user", website=True, sitemap=False, methods=["POST"]
    )
    def resident_letter_withdraw(self, letter_id, **_post):
        """Take a request back that is not signed yet."""
        record = self._letter_own(letter_id)
        try:
            record._step("withdraw", {"reason": request.env._("Withdrawn by the resident.")})
        except UserError:
            self._light_flash(request.env._("This letter can no longer be withdrawn."), "warn")
        else:
            self._light_flash(request.env._("Your request was withdrawn."))
        return self._light_redirect(f"/my/letters/{letter_id}")

    @http.route(
        "/my/letters/<int:letter_id>/file", type="http", auth="user", website=True, sitemap=False, methods=["GET"]
    )
    def resident_letter_file(self, letter_id, **_kwargs):
        """Hand out the signed letter."""
        record = self._letter_own(letter_id)
        if record.state not in letters.ISSUED:
            raise request.not_found()
        data, mimetype = record._file()
        return private_file(data, f"giay-xac-nhan-{record.number.replace('/', '-')}.{SIGNED[mimetype]}")

    @http.route(
        "/verify/<string:token>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET"],
        readonly=False,
    )
    def letter_verify(self, token, **_kwargs):
        """Tell anybody who holds a letter whether the ward gave it and whether it is still valid."""
        throttle = request.env["kdc.throttle"]
        source = request_source(request.httprequest.remote_addr)
        if not throttle._allow("letter", source):
            return self._light_render("kdc_residents.letter_verify", {"found": None, "throttled": True}, status=429)
        found = request.env["kdc.letter"]._verify(token)
        if not found:
            throttle._count("letter", source)
        return self._light_render(
            "kdc_residents.letter_verify", {"found": found, "throttled": False}, status=200 if found else 404
        )

    @http.route("/kdc/letters/<int:letter_id>.pdf", type="http", auth="user", methods=["GET"])
    def letter_paper(self, letter_id, **_kwargs):
        """Show the office the paper: for the signature, or as it was signed."""
        if not request.env.user.has_group("kdc_residents.group_officer"):
            raise request.not_found()
        record = request.env["kdc.letter"].search([("id", "=", letter_id)])
        if not record:
            raise request.not_found()
        record._log_look()
        data, mimetype = record._file()
        # sudo: the paper names the person with masked number, as the letter's own words do.
        paper, ending = (data, SIGNED[mimetype]) if data else (record.sudo()._render_pdf(), "pdf")
        return private_file(paper, f"giay-xac-nhan-{record.id}.{ending}", inline=True)


class HomeLetters(ResidentHome):
    """The home page leads to the letters and says when the office waits for an answer."""

    def _home_tiles(self, household, resident):
        tile = {"icon": "edit", "title": request.env._("Confirmation letters"), "url": "/my/letters", "count": None}
        return [*super()._home_tiles(household, resident), {**tile, "sequence": 60}]

    def _home_tasks(self, household, resident):
        # sudo: own letters only, see the domain.
        waiting = request.env["kdc.letter"].sudo().search(
            [("state", "=", letters.INCOMPLETE), "|", ("resident_id", "=", resident.id),
             "&", ("requester_id", "=", request.env.user.partner_id.id),
             ("resident_id.household_id", "=", household.id if household else 0)]
        )  # fmt: skip
        return super()._home_tasks(household, resident) + [
            {
                "icon": "edit",
                "title": request.env._("The ward office waits for your answer"),
                "text": record.type_id.name,
                "url": f"/my/letters/{record.id}",
                "kind": "warn",
                "sequence": 30,
            }
            for record in waiting
        ]
