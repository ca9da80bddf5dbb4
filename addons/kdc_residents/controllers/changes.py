"""Residents ask the office to correct their record and follow what becomes of it."""

import base64

from odoo import http
from odoo.http import request

from ..engine import correction
from ..models.kdc_change_request_line import TARGETS
from ..tools.local_day import today_here
from .light import LightController, UploadError

REASON_MIN = 5
REASON_MAX = 1000


class ResidentChanges(LightController):
    """``/my/changes``: own requests, a new one, what was decided. Others' requests do not exist for the reader."""

    @http.route("/my/changes", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def my_changes(self, **_kwargs):
        """List the reader's requests, newest first."""
        self._light_household()
        return self._light_render(
            "kdc_residents.portal_changes", {"changes": self._changes_mine().sorted("id", reverse=True)[:50]}
        )

    @http.route("/my/changes/new", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def my_change_new(self, person="", **_kwargs):
        """Show the form, filled with what is recorded."""
        resident = self._changes_person(person)
        return self._light_render("kdc_residents.portal_change_new", self._changes_form(resident))

    @http.route("/my/changes/new", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def my_change_send(self, person="", **post):
        """File what differs from the register, or show the form again with everything that was typed."""
        env = request.env
        resident = self._changes_person(person)
        typed = {key: str(post.get(key) or "")[:300] for key in (*TARGETS, "reason")}
        wanted, errors = self._changes_read(resident, typed)
        photo = None
        try:
            photo = next(iter(self._light_uploads("photo", max_count=1)), None)
        except UploadError as error:
            errors["photo"] = str(error)
        if not errors and not wanted:
            errors["form"] = env._("Nothing differs from what is recorded. Please change what is not right.")
        if not errors and env["kdc.change.request"]._sent_today():
            errors["form"] = env._(
                "You have sent several requests today. Please wait until tomorrow or call the ward office."
            )
        if errors:
            return self._light_invalid(
                "kdc_residents.portal_change_new", self._changes_form(resident, typed, errors, had_photo=bool(photo))
            )
        change = env["kdc.change.request"]._submit(
            resident, wanted, typed["reason"].strip(), photo and base64.b64encode(photo)
        )
        self._light_flash(env._("Your request %(number)s was sent to the ward office.", number=change.number))
        return self._light_redirect(f"/my/changes/{change.id}")

    @http.route("/my/changes/<int:change_id>", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def my_change(self, change_id, **_kwargs):
        """Show one request with what was decided."""
        return self._light_render("kdc_residents.portal_change", {"change": self._changes_one(change_id)})

    @http.route(
        "/my/changes/<int:change_id>/withdraw", type="http", auth="user", website=True, sitemap=False, methods=["POST"]
    )
    def my_change_withdraw(self, change_id, **_kwargs):
        """Take back what is not decided yet."""
        change = self._changes_one(change_id)
        if change.state == "pending":
            change._withdraw()
            self._light_flash(request.env._("What was not decided yet is withdrawn."))
        return self._light_redirect(f"/my/changes/{change.id}")

    # -- helpers ---------------------------------------------------------------------------------------------------
    def _changes_mine(self):
        """Return the requests the reader made, and those about the reader, in sudo."""
        partner = request.env.user.partner_id
        return (
            request.env["kdc.change.request"]
            # sudo: residents have no right on requests; the domain is the check of ownership.
            .sudo()
            .search(["|", ("requester_id", "=", partner.id), ("resident_id.partner_id", "=", partner.id)])
        )

    def _changes_one(self, change_id):
        change = self._changes_mine().filtered(lambda change: change.id == change_id)
        if not change:
            raise request.not_found()
        return change

    def _changes_person(self, person):
        """Return whose record is meant: the reader's, or a child's of the household whose head the reader is."""
        self._light_household()
        resident = self._light_resident()
        people = request.env["kdc.change.request"]._people_for(resident)
        if not person:
            return resident
        chosen = people.filtered(lambda one: str(one.id) == person)
        if not chosen:
            raise request.not_found()
        return chosen

    def _changes_form(self, resident, typed=None, errors=None, had_photo=False):
        """Return the values of the form; ``typed`` wins over what is recorded."""
        # sudo: residents read themselves through this page only; named fields of a checked person.
        lines = request.env["kdc.change.request.line"].sudo()
        labels = dict(lines._fields["field"]._description_selection(request.env))
        inputs = []
        for key, target in TARGETS.items():
            record = lines._record_for(resident, key)
            if not record:
                continue
            recorded = lines._canonical_of(record, key)
            shown = recorded if target.kind == "choice" or not recorded else lines._show(key, recorded)
            inputs.append(
                {
                    "key": key,
                    "label": labels[key],
                    "kind": target.kind,
                    "place": target.model == "kdc.dwelling",
                    "required": target.required,
                    "value": typed[key] if typed else shown,
                    "choices": lines._choices(key),
                    "empty": not recorded,
                }
            )
        myself = self._light_resident()
        return {
            "person": resident,
            "myself": myself,
            "people": request.env["kdc.change.request"]._people_for(myself),
            "inputs": inputs,
            "reason": typed["reason"] if typed else "",
            "errors": errors or {},
            "had_photo": had_photo,
            "days": resident.company_id.kdc_change_days,
        }

    def _changes_read(self, resident, typed):
        """Return the canonical values that differ from the register, and what is wrong by field name."""
        env = request.env
        lines = env["kdc.change.request.line"].sudo()  # sudo: see _changes_form
        today = today_here(lines)
        waiting = self._changes_waiting(resident)
        wanted, errors = {}, {}
        for key, target in TARGETS.items():
            record = lines._record_for(resident, key)
            if not record:
                continue
            recorded = lines._canonical_of(record, key)
            try:
                value = correction.canonical(
                    target.kind,
                    typed[key],
                    today,
                    choices=[choice for choice, _label in lines._choices(key)],
                    required=bool(recorded) and (target.required or target.kind in ("date", "choice")),
                )
            except correction.CorrectionError as error:
                errors[key] = self._changes_message(error.kind)
                continue
            if value == recorded:
                continue
            if key in waiting:
                errors[key] = env._("You already asked for this; the request %s is waiting.", waiting[key])
            wanted[key] = value
        if len(typed["reason"].strip()) < REASON_MIN:
            errors["reason"] = env._("Please write in a few words why this is not right, and which paper shows it.")
        elif len(typed["reason"]) > REASON_MAX:
            errors["reason"] = env._("Please write at most %s characters.", REASON_MAX)
        return wanted, errors

    def _changes_waiting(self, resident):
        """Return the number of the reader's own waiting request by field, so that nothing is asked for twice."""
        mine = self._changes_mine().filtered(lambda change: change.resident_id == resident)
        waiting = mine.line_ids.filtered(lambda line: line.state == "pending")
        return {line.field: line.request_id.number for line in waiting}

    def _changes_message(self, kind):
        env = request.env
        return {
            "empty": env._("This cannot be left empty. Please write the right value."),
            "too_long": env._("This is too long. Please shorten it."),
            "bad_name": env._("A name has no digits. Please write the full name as in the papers."),
            "bad_date": env._("This is not a date. Please write day/month/year, for example 21/11/1975."),
            "future_date": env._("This day lies in the future. Please check the year."),
            "too_old": env._("Please check the year of birth."),
            "bad_phone": env._("This is not a phone number in Viet Nam. Example: 0905 123 456."),
            "bad_choice": env._("Please choose one of the answers in the list."),
        }[kind]
