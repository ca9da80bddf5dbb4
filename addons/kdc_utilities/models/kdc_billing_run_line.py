import json
import logging
from decimal import Decimal

import psycopg2
from odoo import Command, api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ..engine import tariff
from ..engine.reference import make_reference
from .kdc_billing_run_changed import CHANGES

_logger = logging.getLogger(__name__)


class KdcBillingRunLine(models.Model):
    """The preview of one bill: amounts, explanation, what is odd about it, and what became of it."""

    _name = "kdc.billing.run.line"
    _description = "Billing Run Line"
    _order = "severity, sort_key, id"
    _rec_name = "account_id"

    run_id = fields.Many2one("kdc.billing.run", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="run_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    account_id = fields.Many2one("kdc.customer.account", required=True, ondelete="restrict", index=True)
    partner_id = fields.Many2one(related="account_id.partner_id")
    area_id = fields.Many2one(
        "kdc.area", compute="_compute_area_id", store=True, index=True, help="Where the account was when it was billed."
    )
    sort_key = fields.Integer(related="account_id.route_sequence", store=True)
    journal_id = fields.Many2one("account.journal", required=True, ondelete="restrict")
    # Some kilobytes each, which a list of previews does not show.
    explanation = fields.Json(prefetch=False)
    explanation_html = fields.Html(string="How it is computed", compute="_compute_explanation_html", sanitize=False)
    amount_untaxed = fields.Monetary("Net")
    amount_tax = fields.Monetary("VAT")
    amount_total = fields.Monetary("Total")
    previous_total = fields.Monetary("Month before")
    change = fields.Monetary(compute="_compute_change", store=True)
    change_size = fields.Monetary("Size of the change", compute="_compute_change", store=True, help="Up or down.")
    change_percent = fields.Float("Change (%)", compute="_compute_change", store=True, digits=(16, 1))
    issues = fields.Json()
    usage_key = fields.Char(readonly=True, help="Fingerprints of what it was computed from: use, household, prices.")
    issue_text = fields.Text("What to check", compute="_compute_issue_text")
    severity = fields.Selection(
        [
            ("blocking", "Cannot be billed"),
            ("warning", "Worth a look"),
            ("unread", "No reading"),
            ("none", "Nothing special"),
        ],
        required=True,
        default="none",
        index=True,
        help="“No reading”: nothing is odd but that a meter was not read; what it measures is left to the next bill.",
    )
    state = fields.Selection(
        [
            ("ready", "To issue"),
            ("blocked", "Cannot be billed"),
            ("excluded", "Left out"),
            ("issued", "Issued"),
            ("failed", "Failed"),
        ],
        required=True,
        default="ready",
        index=True,
    )
    failure = fields.Text("Reason", readonly=True)
    advance_problem = fields.Text(
        "Why the advance did not pay",
        readonly=True,
        help="The bill is issued, and waits: nobody is told to pay what was paid in advance.",
    )
    move_id = fields.Many2one("account.move", string="Bill", readonly=True, index="btree_not_null", ondelete="restrict")

    _run_account_journal_uniq = models.Constraint(
        "UNIQUE (run_id, account_id, journal_id)", "An account appears once per journal in a billing run."
    )

    @api.depends("account_id")
    def _compute_area_id(self):
        """Not a related field: when areas are merged later, what is done keeps the area it was done in."""
        for record in self:
            record.area_id = record.account_id.area_id

    @api.depends("amount_total", "previous_total")
    def _compute_change(self):
        for line in self:
            line.change = line.amount_total - line.previous_total
            line.change_size = abs(line.change)
            line.change_percent = 100 * line.change / line.previous_total if line.previous_total else 0

    @api.depends("issues")
    @api.depends_context("lang")
    def _compute_issue_text(self):
        for line in self:
            line.issue_text = "; ".join(
                ": ".join(filter(None, [issue["service"], line._word_issue(issue["code"], issue["params"])]))
                for issue in line.issues or []
            )

    @api.depends("explanation")
    @api.depends_context("lang")
    def _compute_explanation_html(self):
        for line in self:
            line.explanation_html = self.env["account.move"]._kdc_render_explanation(line.explanation)

    def _word_issue(self, code, params):
        """Word an issue code in the reader's language."""
        texts = {
            "readings_changed": lambda: self.env._("the readings or services were changed after this was computed"),
            "register_changed": lambda: self.env._(
                "the persons or vehicles of the household were changed after this was computed"
            ),
            "prices_changed": lambda: self.env._(
                "prices, VAT or exemptions of its tariffs were changed after this was computed"
            ),
            "payer_changed": lambda: self.env._(
                "the account was archived or given another payer after this was computed"
            ),
            "missing_reading": lambda: self.env._("no reading this month"),
            "reading_follows": lambda: self.env._("no reading this month: left out, the next bill counts both months"),
            "wrong_class": lambda: self.env._("tariff %s is for another class of customers", params["tariff"]),
            "missing_register": lambda: self.env._("not all registers of the meter are read this month"),
            "no_zones": lambda: self.env._(
                "%s is priced by time of use, but the meter has one register", params["component"]
            ),
            "zone_unpriced": lambda: self.env._("the tariff has no price for %s", self._word_zone(params["zone"])),
            "zone_sum": lambda: self.env._(
                "the quantity is the sum of several registers; correct the readings and bill again"
            ),
            "unclear_reading": lambda: self.env._("a figure lower than before is not settled yet"),
            "share_missing": lambda: self.env._("the parts in shared meter %s are not checked yet", params["meter"]),
            "share_stale": lambda: self.env._(
                "the readings of shared meter %s, or who shares it, were changed: compute its parts again",
                params["meter"],
            ),
            "share_without": lambda: self.env._(
                "the parts in shared meter %s were billed to the others without this service: take the shared meter "
                "off it, and enter it again for the next month",
                params["meter"],
            ),
            "no_persons": lambda: self.env._("no registered person; set the persons on the connection"),
            "no_version": lambda: self.env._("no price in force on %s", self._day(params["date"])),
            "no_vat_rate": lambda: self.env._("no VAT rate in force on %s", self._day(params["date"])),
            "no_tiers": lambda: self.env._("the tariff has no tiers"),
            "unknown_base": lambda: self.env._("the tariff refers to a missing component (%s)", params["base"]),
            "negative_quantity": lambda: self.env._("negative quantity (%s)", params["quantity"]),
            "bad_period": lambda: self.env._("the connection ends before it begins"),
            "no_area": lambda: self.env._("no floor area; set it on the connection"),
            "formula": lambda: self.env._("the formula of component %s cannot be computed", params["component"]),
            "negative_formula": lambda: self.env._(
                "the formula of component %(component)s gives a negative amount (%(amount)s)", **params
            ),
            "taken_back": lambda: self.env._(
                "exemption of %(period)s taken back: %(amount)s",
                period=params["period"],
                amount=fmt.vnd(int(params["amount"])),
            ),
            "estimate_not_issued": lambda: self.env._(
                "the bill of %s was estimated and is not issued; issue it first, then compute this one again",
                params["month"],
            ),
            "correction_waits": lambda: self.env._(
                "a correction of the estimated bill %s waits; withdraw it, this bill sets the estimate right",
                params["bill"],
            ),
            "correction_differs": lambda: self.env._(
                "a correction of the estimated bill %s waits that changes persons or tariff; withdraw it, and put its "
                "part of these days on the next bill as a one-off charge: this bill prices them as they were billed",
                params["bill"],
            ),
            "another_payer": lambda: self.env._(
                "the estimated bill %(bill)s was for %(payer)s, who would get nothing back; cancel it, enter the "
                "figure of that day in place of the estimate, and issue it again to %(payer)s",
                **params,
            ),
            "credit_note": lambda: self.env._(
                "credit note %(note)s gives back a part of the estimated bill %(bill)s; take that back, or cancel the "
                "bill and issue it again, then compute this one again",
                **params,
            ),
            "tariff_gone": lambda: self.env._(
                "the estimated bill %(bill)s is priced by tariff %(tariff)s, which is not there; give the tariff "
                "its code again",
                **params,
            ),
            "estimate_set_right": lambda: self.env._(
                "estimates before are set right: %s of what they charged comes off", fmt.vnd(-int(params["amount"]))
            ),
            "former_payer": lambda: self.env._(
                "“%(name)s” for bill %(bill)s of who paid before waits; withdraw it or settle it with them", **params
            ),
            "late_fee_disputed": lambda: self.env._(
                "a dispute about the bill of a late fee was opened or answered since: compute this one again; the late "
                "fee waits until the resident has an answer"
            ),
            "rest_came": lambda: self.env._(
                "the bill before could not take off all that was estimated too high: compute this one again, so that "
                "it takes off the rest"
            ),
            "credit_waits": lambda: self.env._(
                "a correction of %s waits, because the bill would be below zero", fmt.vnd(int(params["amount"]))
            ),
            "zero": lambda: self.env._("no use; usually %s", self._word_used(params, "usual")),
            "high": lambda: self.env._(
                "used %(quantity)s, usually %(usual)s",
                quantity=self._word_used(params, "quantity"),
                usual=self._word_used(params, "usual"),
            ),
            "skipped_months": lambda: self.env._("months without a reading since %s", self._day(params["since"])),
        }
        return texts[code]()

    def _word_used(self, params, name):
        """Word a quantity with its unit, which lines computed by an earlier release do not know."""
        return f"{fmt.number(params[name])} {params.get('unit', '')}".rstrip()

    def _word_zone(self, zone):
        zones = dict(self.env["kdc.meter"]._fields["zone"]._description_selection(self.env))
        return zones.get(zone, self.env._("a register without time of use")).lower()

    def _day(self, text):
        return format_date(self.env, fields.Date.to_date(text))

    def _changes(self, run):
        """Return {line: codes of what is another now than when it was computed}, without those that are as they were.

        What was not computed has no fingerprint, and that of an earlier release fewer parts: only these are compared.
        """
        keys = run._usage_keys(self.account_id.ids) if self else {}
        changes = {}
        for line in self.filtered("usage_key"):
            now = keys.get(line.account_id.id, "")
            parts = zip(CHANGES, line.usage_key.split("-"), now.split("-"), strict=False)
            codes = [code for code, before, after in parts if before != after]
            if codes:
                changes[line] = codes
        return changes

    @api.model
    def _set_apart(self, changes):
        """Keep lines from being issued, with the reasons, until they are computed again.

        :param changes: of :meth:`_changes`
        """
        for line, codes in changes.items():
            issues = [{"code": code, "service": "", "blocking": True, "params": {}} for code in codes]
            line.write({"state": "blocked", "severity": "blocking", "issues": [*issues, *(line.issues or [])]})

    def action_exclude(self):
        """Leave an account out of this run, or take it in again."""
        self.run_id.check_access("write")
        for line in self.sudo():  # sudo: nobody writes previews by hand; the right on the run was checked above
            if line.run_id.state not in ("computed",):
                raise UserError(self.env._("Accounts can be left out only before the run is approved."))
            if line.state == "ready":
                line.state = "excluded"
            elif line.state == "excluded":
                line.state = "ready"
        return True

    def action_view_bill(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.account_move_bill_action")
        views = [view for view in action["views"] if view[1] == "form"]
        return action | {"res_id": self.move_id.id, "view_mode": "form", "views": views}

    # --- Computing -------------------------------------------------------------------------------

    @api.model
    def _insert_previews(self, run, vals_list):
        """Insert the previews of some accounts in one statement; ``create`` takes longer than computing them.

        The statement also gives the related and computed columns their values.

        :param vals_list: values from ``kdc.billing.run._line_vals``
        """
        self.env["kdc.customer.account"].flush_model(["area_id", "route_sequence"])
        query = SQL(
            """
            INSERT INTO kdc_billing_run_line (
                run_id, company_id, account_id, area_id, sort_key, journal_id,
                explanation, usage_key, issues, severity, state,
                amount_untaxed, amount_tax, amount_total, previous_total, change, change_size, change_percent,
                create_uid, create_date, write_uid, write_date
            )
            SELECT %(run)s, %(company)s, n.account_id, a.area_id, coalesce(a.route_sequence, 0), n.journal_id,
                   n.explanation, n.usage_key, n.issues, n.severity, n.state,
                   n.amount_untaxed, n.amount_tax, n.amount_total, n.previous_total,
                   n.amount_total - n.previous_total, abs(n.amount_total - n.previous_total),
                   coalesce(round(100 * (n.amount_total - n.previous_total) / nullif(n.previous_total, 0), 1), 0),
                   %(user)s, %(now)s, %(user)s, %(now)s
              FROM json_to_recordset(%(rows)s::json) AS n(
                       account_id int4, journal_id int4, explanation jsonb, usage_key varchar, issues jsonb,
                       severity varchar, state varchar,
                       amount_untaxed numeric, amount_tax numeric, amount_total numeric, previous_total numeric
                   )
              JOIN kdc_customer_account a ON a.id = n.account_id
            """,
            run=run.id,
            company=run.company_id.id,
            rows=json.dumps(vals_list, ensure_ascii=False),
            user=self.env.uid,
            now=self.env.cr.now(),
        )
        self.env.cr.execute(query)
        # The run knows nothing of these rows.
        run.invalidate_recordset()

    # --- Issuing ---------------------------------------------------------------------------------

    def _issue(self):
        """Turn ready lines into posted bills: all at once, else in halves until the failing stand alone."""
        # Else each line would come with all that its preview says, which _explanations reads in a better way.
        self.fetch(["run_id", "account_id", "journal_id", "state", "usage_key"])
        lines = self.filtered(lambda line: line.state == "ready")
        lines._hold_basis()
        # sudo: which late fees wait, whoever issues
        self.env["kdc.charge"].sudo()._hold_waiting_fees([("account_id", "in", lines.account_id.ids)])
        lines._link_existing_bills()
        lines._set_apart(lines._changes(lines.run_id))
        lines.filtered(lambda line: line.state == "ready")._issue_together()

    def _hold_basis(self):
        """Let nobody change meanwhile what these bills count: figures, dates, tariffs and quotas of their services.

        Whoever enters a reading holds the service it is of, whoever changes a service writes it: either it is seen here
        and the account set apart, or it comes after and finds the bill. A figure that came in between would change what
        the next bill counts on from; one of a meter that is left out this month would never be billed.
        """
        accounts = self.account_id.ids
        services = self.env["kdc.connection"].search([("account_id", "in", accounts)], order="id")
        common = self.env["kdc.meter"].with_context(active_test=False).search(
            [("share_connection_ids.account_id", "in", accounts)]
        )
        lock_or_retry(services | common.connection_id, allow_referencing=True, touch=True)

    def _issue_together(self):
        """Make these bills at once. One that fails must not make all the others slow, so halves are tried next."""
        try:
            with self.env.cr.savepoint():
                self._create_bills()
            return
        except (UserError, ValueError, psycopg2.IntegrityError) as error:
            self.env.invalidate_all()
            if len(self) == 1:
                self.write({"state": "failed", "failure": self._word_failure(error)})
                return
            _logger.info("Batch of %s bills failed (%s), issuing its halves", len(self), error)
        half = len(self) // 2
        self[:half]._issue_together()
        self[half:]._issue_together()

    def _word_failure(self, error):
        """Say in the reader's language why a bill could not be made; what the database says is English."""
        if isinstance(error, psycopg2.IntegrityError):
            tables = {model._table: model for model in self.env.values()}
            message = tables.get(error.diag.table_name, self)._sql_error_to_message(error)
            return self.env._("The database refuses this bill: %s", message)
        if isinstance(error, UserError):
            return str(error)
        return self.env._("The program could not make this bill. Please tell whoever looks after it: %s", error)

    def _link_existing_bills(self):
        """A bill made meanwhile (another run, a job run twice) is taken over instead of made again."""
        moves = self.env["account.move"].search(
            [
                ("kdc_account_id", "in", self.account_id.ids),
                ("kdc_period", "in", self.run_id.mapped("period")),
                ("move_type", "=", "out_invoice"),
                ("state", "!=", "cancel"),
            ]
        )
        known = {(move.kdc_account_id, move.kdc_period, move.journal_id): move for move in moves}
        for line in self:
            move = known.get((line.account_id, line.run_id.period, line.journal_id))
            if move:
                line.write({"state": "issued", "move_id": move.id})

    def _create_bills(self):
        """Create and post the bills of these lines."""
        if not self:
            return
        known = {}
        explanations = self._explanations()
        # sudo: whether each charge still waits for a bill, and below which bill it came on
        charges = self.env["kdc.charge"].sudo()._of_bills(explanations)
        # sudo: as for the charges, whether each exemption is still to be taken back
        self.env["kdc.relief.grant"].sudo()._check_still_given(explanations)
        self.env["account.move"]._kdc_check_true_ups(explanations)
        vals_list = [line._bill_vals(explanation, known) for line, explanation in zip(self, explanations, strict=True)]
        # A bill cancelled a moment ago has to be out of the unique index before its successor comes.
        self.env["account.move"].flush_model(["state"])
        moves = self.env["account.move"]._kdc_post_bills(vals_list)
        self._mark_issued(moves)
        # sudo: nobody writes the parts by hand; they say what the bills say.
        self.env["kdc.bill.part"].sudo()._make_for(moves)
        # sudo: nobody writes the register of exemptions by hand; it says what the bills say.
        self.env["kdc.relief.grant"].sudo()._record(moves, explanations)
        moves._kdc_record_true_ups(explanations)
        for move, on_bill in zip(moves, charges, strict=True):
            if on_bill:
                on_bill.move_id = move

    def _mark_issued(self, moves):
        """Write the bill of each line in one statement; one by one that would take as long as making the bills."""
        self.check_access("write")
        self.flush_recordset()
        query = SQL(
            """
            UPDATE kdc_billing_run_line l
               SET move_id = n.move_id, state = 'issued', failure = NULL, write_uid = %s, write_date = %s
              FROM unnest(%s::int4[], %s::int4[]) AS n(id, move_id)
             WHERE l.id = n.id
            """,
            self.env.uid,
            self.env.cr.now(),
            self.ids,
            moves.ids,
        )
        self.env.cr.execute(query)
        self.invalidate_recordset(["move_id", "state", "failure", "write_uid", "write_date"], flush=False)
        self.modified(["move_id", "state"])

    def _explanations(self):
        """Return the explanation of each line. The ORM would copy each part of it, which takes longer than reading."""
        self.flush_recordset(["explanation"])
        query = SQL("SELECT id, explanation FROM kdc_billing_run_line WHERE id = ANY(%s)", self.ids)
        found = dict(self.env.execute_query(query))
        return [found[line.id] for line in self]

    def _bill_vals(self, explanation, known):
        """Values of the bill, from the explanation as it is stored.

        :param known: keeps what the bills of a batch have in common: run, journals, taxes
        """
        self.ensure_one()
        account = self.account_id
        if self.run_id not in known:
            known[self.run_id] = self.run_id._bill_vals()
        reference = make_reference(account.number, known[self.run_id]["kdc_period"], self._reference_series(known))
        return known[self.run_id] | {
            "journal_id": self.journal_id.id,
            "partner_id": account.partner_id.id,
            "payment_reference": reference,
            "kdc_account_id": account.id,
            "kdc_reference": reference,
            "kdc_explanation": explanation,
            "invoice_line_ids": [
                Command.create(self._bill_line_vals(self.company_id, section, charge, known))
                for section in explanation["sections"]
                for charge in section["charges"]
            ],
        }

    def _reference_series(self, known):
        """Bills of further journals in the same month need their own payment code."""
        if "journals" not in known:
            known["journals"] = self.company_id._kdc_bill_journals().ids
        return known["journals"].index(self.journal_id.id) + 1

    @api.model
    def _bill_line_vals(self, company, section, charge, known):
        """One invoice line per charge: the engine's rounded amount once, so Odoo's total is the engine's."""
        key = (section["service"], charge["code"])
        if key not in known:
            service = self.env["kdc.service"].search(
                [("company_id", "=", company.id), ("code", "=", section["service"])]
            )
            late = tariff.of_late_fee(charge["kind"], charge["code"]) and service.late_fee_product_id
            product = late or service._charge_product(charge["code"])
            account = service._income_account(product)
            known[key] = product, account, {}
        product, account, by_rate = known[key]
        included = charge["price_includes_vat"]
        rate = (charge["vat_rate"], included)
        if rate not in by_rate:
            percent = charge["vat_rate"] and Decimal(charge["vat_rate"])
            by_rate[rate] = company._kdc_tax(percent, included, account).ids
        name = charge["name"] if charge["name"] == section["name"] else f"{section['name']} – {charge['name']}"
        if charge["kind"] in ("takeback", "correction", "outage", "trueup"):
            name = self.env._("%s (correction of an earlier bill)", name)
        return {
            "product_id": product.id,
            "name": name,
            "account_id": account.id,
            "quantity": 1,
            "price_unit": charge["total"] if included else charge["net"],
            "tax_ids": [Command.set(by_rate[rate])],
        }
