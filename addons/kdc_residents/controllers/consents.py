"""Consents by purpose: given and withdrawn with one button each (Luật 91/2025/QH15, điều 9 và 10)."""

from odoo import http
from odoo.http import request

from .light import LightController


class ResidentConsents(LightController):
    """``/my/household/consents``: the reader's own consents, and those of children the reader speaks for."""

    def _consent_person(self, person=""):
        """Return (person the page is about, everybody the reader may speak for), in sudo.

        :raise werkzeug.exceptions.NotFound: the reader is no resident or may not speak for this person
        """
        resident = self._light_resident()
        if not resident:
            raise request.not_found()
        people = request.env["kdc.change.request"]._people_for(resident)
        chosen = people.filtered(lambda one: str(one.id) == str(person)) if person else resident
        if not chosen:
            raise request.not_found()
        return chosen, people

    @http.route("/my/household/consents", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_consents(self, person="", **_kwargs):
        """Show what the person agrees to today, in which words, and what was said before."""
        person, people = self._consent_person(person)
        # sudo: residents have no right on consents; these are of the person only.
        consents = request.env["kdc.consent"].sudo()
        lines = consents.search([("resident_id", "=", person.id)], limit=100)
        entries = []
        for purpose in request.env["kdc.consent.purpose"]._asked():
            history = lines.filtered(lambda line, purpose=purpose: line.purpose_id == purpose)
            agreed = person._kdc_has_consent(purpose.code)
            entries.append(
                {
                    "purpose": purpose,
                    "version": purpose.current_version_id,
                    "agreed": agreed,
                    "new_words": not agreed and history[:1].action == "given",
                    "history": history,
                }
            )
        labels = {
            name: dict(consents._fields[name]._description_selection(request.env)) for name in ("action", "channel")
        }
        return self._light_render(
            "kdc_residents.portal_consents",
            {"person": person, "people": people, "myself": self._light_resident(), "entries": entries,
             "labels": labels},
        )  # fmt: skip

    @http.route(
        "/my/household/consents/<int:purpose_id>",
        type="http", auth="user", website=True, sitemap=False, methods=["POST"],
    )  # fmt: skip
    def resident_consent_say(self, purpose_id, person="", action="", version="", **_kwargs):
        """Take a yes to the words that were on the page, or a withdrawal."""
        resident, _people = self._consent_person(person)
        purpose = request.env["kdc.consent.purpose"]._asked().filtered(lambda one: one.id == purpose_id)
        if not purpose or action not in ("given", "withdrawn"):
            raise request.not_found()
        env = request.env
        back = "/my/household/consents" + (f"?person={resident.id}" if person else "")
        if action == "given" and version != str(purpose.current_version_id.id):
            self._light_flash(env._("The text has changed meanwhile. Please read it and decide again."), "warn")
            return self._light_redirect(back)
        env["kdc.consent"]._record(resident, purpose.code, action, "portal", given_by=env.user.partner_id)
        if action == "given":
            self._light_flash(env._("Your consent is recorded. You can withdraw it here at any time."))
        else:
            self._light_flash(env._("Your consent is withdrawn. It no longer counts from now on."))
        return self._light_redirect(back)
