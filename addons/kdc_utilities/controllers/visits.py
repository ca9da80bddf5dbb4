"""Letters and lists of visits about debts, and the page on which the visitor notes what came of each."""

from datetime import date

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request
from psycopg2 import IntegrityError

from .documents import StaffDocuments

VISITORS = "kdc_utilities.group_collector,kdc_utilities.group_accountant"
#: Visits shown on one page, in walking order.
PAGE = 200
NOTE = 300


class Visits(StaffDocuments):
    """``/kdc/visits``: a server-rendered page for the phone, without JavaScript."""

    @http.route("/kdc/dunning/<int:run_id>/letters", type="http", auth="user", methods=["GET"])
    def staff_letters_pdf(self, run_id, **_kwargs):
        """Give the letters of these reminders as one PDF."""
        lines = self._reminders(run_id, "letter")
        return self._pdf(request.env["kdc.dunning.pdf"]._render_letters(lines), f"thu-nhac-no-{run_id}")

    @http.route("/kdc/dunning/<int:run_id>/visits", type="http", auth="user", methods=["GET"])
    def staff_visits_pdf(self, run_id, **_kwargs):
        """Give the list of visits of these reminders, for the areas the reader may see."""
        lines = self._reminders(run_id, "visit")
        return self._pdf(request.env["kdc.dunning.pdf"]._render_visits(lines), f"danh-sach-den-nha-{run_id}")

    def _reminders(self, run_id, channel):
        """Return the reminders of a run by that channel that the reader may see, in walking order (sudo)."""
        lines = request.env["kdc.dunning.line"]
        if not lines.has_access("read"):
            raise request.not_found()
        # Only what another person sent: nobody is asked for money by a list that was not looked at.
        lines = lines.search(
            [
                ("run_id", "=", run_id), ("run_id.state", "=", "sent"),
                ("channel", "=", channel), ("state", "!=", "left_out"),
            ]
        )  # fmt: skip
        if not lines:
            raise request.not_found()
        # sudo: found with the reader's own rules; names, bills and addresses are printed.
        return lines.sudo()

    # -- on the phone ------------------------------------------------------------------------------

    @http.route("/kdc/visits", type="http", auth="user", website=True, multilang=False, sitemap=False, methods=["GET"])
    def visits(self, **_kwargs):
        """List the visits to make, in walking order."""
        self._check_visitor()
        lines = request.env["kdc.dunning.line"].search(
            [("channel", "=", "visit"), ("state", "=", "waiting"), ("company_id", "in", request.env.companies.ids)],
            order="area_id, route_sequence, id", limit=PAGE,
        )  # fmt: skip
        # sudo: found with the reader's own rules; address, name and telephone are shown.
        rows = [(line, line.contact_ids[:1]) for line in lines.sudo() if line.still_open > 0]
        return self._light_render("kdc_utilities.visits", {"rows": rows, "total": sum(r[0].still_open for r in rows)})

    @http.route(
        "/kdc/visits/<int:line_id>", type="http", auth="user", website=True, multilang=False, sitemap=False,
        methods=["GET", "POST"],
    )  # fmt: skip
    def visit(self, line_id, result="", promise_date="", note="", **_kwargs):
        """Show whom to visit and what is owed, and take what came of it."""
        line = self._visit_line(line_id)
        contacts = request.env["kdc.debt.contact"]
        values = {
            "line": line, "results": contacts._fields["result"]._description_selection(request.env),
            "result": result, "promise_date": promise_date, "note": note, "error": None,
        }  # fmt: skip
        if request.httprequest.method != "POST":
            return self._light_render("kdc_utilities.visit", values)
        values["error"] = self._visit_error(line, result, promise_date, note.strip())
        if values["error"]:
            return self._light_invalid("kdc_utilities.visit", values)
        self._light_flash(request.env._("Noted: %s", line.account_id.partner_id.name))
        return self._light_redirect("/kdc/visits")

    def _visit_error(self, line, result, promise_date, note):
        """Write down a result with the visitor's own rights, or return why it cannot be."""
        env = request.env
        if result not in dict(env["kdc.debt.contact"]._fields["result"].selection):
            return env._("Choose what came of the visit.")
        day = None
        if result == "promised":
            try:
                day = date.fromisoformat(promise_date)
            except ValueError:
                return env._("Choose the day for which payment was promised.")
        if result == "other" and not note:
            return env._("Write what came of it.")
        try:
            with env.cr.savepoint():
                env["kdc.debt.contact"].create(
                    {
                        "account_id": line.account_id.id, "line_id": line.id, "way": "visit", "result": result,
                        "promise_date": day, "note": note[:NOTE] or False,
                    }
                )  # fmt: skip
        except UserError as error:
            return str(error)
        except IntegrityError:
            return env._("This could not be noted. Check the day and the result.")
        return None

    def _check_visitor(self):
        """Only those who visit find these pages.

        :raise werkzeug.exceptions.NotFound: the user visits nobody
        """
        if not request.env.user.has_groups(VISITORS):
            raise request.not_found()

    def _visit_line(self, line_id):
        """Return a visit of the reader's areas in sudo; any other number does not exist."""
        self._check_visitor()
        line = request.env["kdc.dunning.line"].search(
            [("id", "=", line_id), ("channel", "=", "visit"), ("state", "in", ("waiting", "sent"))]
        )
        if not line:
            raise request.not_found()
        return line.sudo()  # sudo: as above
