import base64
import re
from datetime import datetime, timedelta
from typing import NamedTuple

from odoo import Command, api, fields, models
from odoo.addons.kdc_residents.controllers.offline import sent_photo
from odoo.addons.kdc_residents.engine.clock import read_instant
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import UserError
from odoo.tools import consteq, hmac

from ..engine import states

#: Cases handed out at once: more than anybody looks at in a day, and as much as travels over a weak network.
LIST_LIMIT = 60
#: Photos of a case that go along, at most 320 px each.
PHOTOS = 2
#: Results taken in one request.
PARCEL = 10
KEY = re.compile(r"[A-Za-z0-9-]{8,64}")
#: Days a result may wait on the phone.
WAIT_DAYS = 45
OUTCOMES = ("done", "other", "note")
#: What is read of a case; in one query for all.
LISTED = [
    "number", "name", "description", "location", "category_id", "area_id", "dwelling_id", "latitude", "longitude",
    "next_deadline", "handling_status", "reception_status", "privacy", "is_private", "partner_id", "contact_name",
    "contact_phone", "term_start", "company_id",
]  # fmt: skip


class Visit(NamedTuple):
    """What an inspector brings from the spot."""

    key: str
    outcome: str
    body: str  # for the reporter
    note: str  # for the staff
    photo: bytes | None
    unit: models.BaseModel
    taken: datetime | None  # UTC, as the phone's clock said; None when it cannot be believed


class KdcFeedbackInspection(models.AbstractModel):
    """Looking at one's own cases on the spot, on a phone that may have no network.

    A result has a key made by the phone, unique in the database: sent again it changes nothing. It takes the steps of
    the form, with the rights of the inspector. When the case was closed, given to somebody else or disputed since the
    phone got it, the result is not given: it is kept as an internal note of the case, whoever handles it is told, and
    so is the inspector. A stamp proves that the phone was given the case, since its inspector may not read it any more.
    """

    _name = "kdc.feedback.inspection"
    _description = "Looking at Feedback on the Spot"

    # -- what the phone is given ---------------------------------------------------------------------------------------

    @api.model
    def _cases(self):
        """Return the open feedback given to the user in which the ward has the next word, due first."""
        return self.env["kdc.feedback"].search_fetch(
            [
                ("user_id", "=", self.env.uid),
                ("state", "in", tuple(states.RUNNING)),
                ("company_id", "in", self.env.companies.ids),
            ],
            LISTED,
            order="next_deadline, area_id, id",
            limit=LIST_LIMIT,
        )

    @api.model
    def _download(self):
        """Return the cases with what is needed on the spot, and the units they can be passed to."""
        cases = self._cases()
        photos = self._photos(cases)
        units = self.env["kdc.feedback.unit"].search([("company_id", "in", cases.company_id.ids)])
        return {
            "inspector": self.env.uid,
            "made": fmt.datetime(fields.Datetime.now()),
            "cases": [self._row(case, photos.get(case.id, [])) for case in cases],
            "units": [{"id": unit.id, "name": unit.name, "company": unit.company_id.id} for unit in units],
        }

    @api.model
    def _photos(self, cases):
        """Return the first small photos sent with each case, as base64 by id of the case."""
        found = {}
        photos = self.env["kdc.feedback.photo"].search(
            [("feedback_id", "in", cases.ids), ("message_id", "=", False)], order="id"
        )
        for photo in photos:
            found.setdefault(photo.feedback_id.id, []).append(photo)
        chosen = {case: rows[:PHOTOS] for case, rows in found.items()}
        return {case: [photo.thumbnail.decode() for photo in rows] for case, rows in chosen.items()}

    @api.model
    def _row(self, case, photos):
        """Return one case for the phone: no name of a reporter, and no number written into the words."""
        return {
            "id": case.id,
            "stamp": self._stamp(case),
            "number": case.number,
            "name": case._public_text(case.name),
            "text": case._public_text(case.description),
            "category": case.category_id.name or "",
            "place": case._public_text(case.location),
            "address": case.dwelling_id.name or "",
            "area": case.area_id.name or "",
            "position": [case.latitude, case.longitude] if case.latitude and case.longitude else None,
            "due": fmt.datetime(case.next_deadline) if case.next_deadline else "",
            "late": "overdue" in (case.handling_status, case.reception_status),
            "needs_photo": case.category_id.needs_photo_after,
            "phone": self._phone(case),
            "company": case.company_id.id,
            "photos": photos,
        }

    @api.model
    def _phone(self, case):
        """Return the reporter's number for those whose job calls people; not of private or nameless feedback."""
        if case.is_private or case.privacy == "anonymous" or not self.env.user.has_group("kdc_residents.group_contact"):
            return ""
        # sudo: who handles a feedback may know its reporter, without reading the register
        return case.partner_id.sudo().phone or case.contact_phone or ""

    @api.model
    def _stamp(self, case, day=None, term=None):
        """Return the proof that the user was given a case on a day, in the term that ran then."""
        day = day or fields.Date.to_string(fields.Date.today())
        term = term or str(int(case.term_start.timestamp()))
        # sudo: the secret of the database signs, nobody reads it
        sign = hmac(self.env(su=True), "kdc.feedback.inspection", f"{self.env.uid}-{case.id}-{day}-{term}")
        return f"{day}.{term}.{sign}"

    # -- what it sends afterwards --------------------------------------------------------------------------------------

    @api.model
    def _take_all(self, results):
        """Take a parcel of results, each on its own.

        :param results: list of dicts ``key``, ``case`` (id), ``stamp``, ``outcome`` (of :data:`OUTCOMES`), ``body``
            (for the reporter), ``note`` (for the staff), ``unit`` (id), ``photo`` (base64, or empty), ``taken``
            (ISO time)
        :returns: list of dicts ``key``, ``state`` (``done``, ``kept`` as a note, ``refused``), ``message``
        :raises UserError: no list, or too long
        """
        if not isinstance(results, list) or len(results) > PARCEL:
            raise UserError(self.env._("At most %s results are sent at once.", PARCEL))
        return [self._take(item if isinstance(item, dict) else {}) for item in results]

    @api.model
    def _take(self, item):
        key = item.get("key")
        try:
            with self.env.cr.savepoint():
                return {"key": key} | self._take_once(key, item)
        except UserError as error:
            return {"key": key, "state": "refused", "message": str(error)}

    @api.model
    def _take_once(self, key, item):
        if not isinstance(key, str) or not KEY.fullmatch(key):
            raise UserError(self.env._("This result has no key. Enter it anew."))
        self.env["kdc.feedback"]._lock_client_key(key)
        # sudo: keys are closed to everybody
        before = self.env["kdc.feedback.message"].sudo().search([("client_key", "=", key)], limit=1)
        if before:
            late = before.action == "visit_late"
            message = self._late_text(before.feedback_id) if late else ""
            return {"state": "kept" if late else "done", "message": message}
        case, changed = self._given(item.get("case"), item.get("stamp"))
        visit = self._read_visit(key, item)
        lock_or_retry(case)
        if changed or not self._may_act(case, visit):
            kept = self._keep(case, visit)
            return {"state": "kept", "message": self._late_text(kept)}
        self._act(case.with_env(self.env), visit)
        return {"state": "done", "message": ""}

    @api.model
    def _given(self, case_id, stamp):
        """Return the case a stamp tells of, in sudo, and whether another term of it has begun since.

        :raises UserError: the server has not given this case to the user, or too long ago
        """
        refusal = UserError(self.env._("This feedback was not given to you. Fetch the list anew."))
        parts = stamp.split(".") if isinstance(stamp, str) else []
        if len(parts) != 3 or type(case_id) is not int or not 0 < case_id < 2**31:
            raise refusal
        # sudo: the inspector may have lost the right to read it since; the stamp is the right to leave a note
        case = self.env["kdc.feedback"].sudo().browse(case_id).exists()
        day, term, _sign = parts
        if not case or not stamp.isascii() or not consteq(self._stamp(case, day, term), stamp):
            raise refusal
        if fields.Date.to_date(day) < fields.Date.subtract(fields.Date.today(), days=WAIT_DAYS):
            raise refusal
        return case, self._stamp(case, day) != stamp

    @api.model
    def _read_visit(self, key, item):
        """Check what was entered.

        :raises UserError: something is missing or cannot be read
        """
        if item.get("outcome") not in OUTCOMES:
            raise UserError(self.env._("Choose what came of it."))
        texts = [item.get(name) if isinstance(item.get(name), str) else "" for name in ("body", "note")]
        body, note = (text.replace("\0", "").strip()[:4000] for text in texts)
        if item["outcome"] == "note" and not note:
            raise UserError(self.env._("Write the note first. Only the staff will read it."))
        unit = item.get("unit") if type(item.get("unit")) is int and 0 < item.get("unit") < 2**31 else 0
        return Visit(
            key=key,
            outcome=item["outcome"],
            body=body,
            note=note,
            photo=self._read_photo(item.get("photo")),
            unit=self.env["kdc.feedback.unit"].search([("id", "=", unit)]),
            taken=self._read_time(item.get("taken")),
        )

    @api.model
    def _read_photo(self, photo):
        """Return a picture sent as base64 as clean JPEG bytes; ``None`` when there is none."""
        if not photo:
            return None
        try:
            return sent_photo(photo)
        except ValueError:
            raise UserError(self.env._("The photo cannot be read. Take it once more.")) from None

    @api.model
    def _read_time(self, text):
        """Return when it was entered; a clock that is far off is no reason to lose a result, it is not believed."""
        try:
            taken = read_instant(text)
            utc = (taken - taken.utcoffset()).replace(tzinfo=None, microsecond=0)
        except (TypeError, ValueError, OverflowError):
            return None
        now = fields.Datetime.now()
        return utc if now - timedelta(days=WAIT_DAYS) < utc < now + timedelta(minutes=15) else None

    @api.model
    def _may_act(self, case, visit):
        """Whether the case is still the inspector's to decide; a note only needs the right to write it."""
        mine = case.with_env(self.env).has_access("write")
        return mine and (visit.outcome == "note" or (case.is_open and case.user_id.id in (self.env.uid, False)))

    @api.model
    def _act(self, case, visit):
        """Take the step of the form that fits the outcome, after the note that says who was there and when."""
        on_result = visit.outcome == "done"
        self._log_visit(case, visit, "visit", () if on_result or not visit.photo else (visit.photo,))
        if visit.outcome == "note":
            return
        values = {"feedback_ids": [Command.set(case.ids)]}
        if on_result:
            photo = base64.b64encode(visit.photo) if visit.photo else False
            values |= {"step": "finish", "body": visit.body, "photo": photo}
        else:
            values |= {"step": "transfer", "note": visit.note, "unit_id": self._other_unit(case, visit).id}
        self.env["kdc.feedback.step"].create(values).action_apply()

    @api.model
    def _other_unit(self, case, visit):
        """Return the unit a case is passed to.

        :raises UserError: none of its ward was chosen, or the one that has it
        """
        if visit.unit.company_id != case.company_id or visit.unit == case.unit_id:
            raise UserError(self.env._("Choose the unit that is to handle it."))
        return visit.unit

    @api.model
    def _keep(self, case, visit):
        """Keep a result that came too late where somebody reads it: with the case it was joined to, if it was.

        :returns: the case that has it
        """
        case = case.master_id or case
        self._log_visit(case, visit, "visit_late", (visit.photo,) if visit.photo else ())
        if case.state != states.ROUTED:  # the office for complaints has its own reminder
            case._alert_user(case._responsible(), self.env._("A result from the spot came too late"))
        return case

    @api.model
    def _log_visit(self, case, visit, action, photos):
        """Write the internal note of a visit; its key lets no second one come of it."""
        outcomes = {
            "done": self.env._("Handled"),
            "other": self.env._("Needs another unit: %s", visit.unit.name or "–"),
            "note": self.env._("Note"),
        }
        lines = [outcomes[visit.outcome]]
        if visit.taken:
            lines.append(self.env._("On the spot at %s", fmt.datetime(visit.taken)))
        if action == "visit_late":
            lines.append(visit.body)
        lines.append(visit.note)
        body = "\n".join(filter(None, lines))
        case._log_line("note", action, body=body, photos=photos, client_key=visit.key)

    @api.model
    def _late_text(self, case):
        if case.state == states.ROUTED:
            return self.env._(
                "Meanwhile it left the inbox. Your result was not sent to the reporter; it is kept with the case as an "
                "internal note."
            )
        return self.env._(
            "Meanwhile it was closed, passed on or disputed. Your result was not sent to the reporter; it is kept as "
            "an internal note, and whoever handles it now was told."
        )
