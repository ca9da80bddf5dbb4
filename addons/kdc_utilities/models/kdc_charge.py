from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..engine import tariff
from ..engine.money import decimal
from ..engine.tariff import Bill
from .approval_mixin import KdcTwoPersons

_lt = LazyTranslate(__name__)

#: What an approver saw stays as it was.
APPROVED_FIELDS = frozenset(
    {"name", "account_id", "service_id", "kind", "amount", "vat_category_id", "period", "corrects_move_id"}
)

#: What follows from the engine's charges, where there are any.
COMPUTED_FIELDS = APPROVED_FIELDS - {"name", "decision", "period"}


class KdcCharge(models.Model):
    """Money that comes on the next bill besides the tariff: a one-off charge or the correction of an issued bill.

    Prepared by one person, approved by another (also in the database), printed by the next billing run as a line of
    its own with reason and paper. An issued bill is never changed: it stays readable, and the correction names it.
    When the bill that carried a charge is cancelled, the charge waits for the next one again.
    """

    _name = "kdc.charge"
    _description = "Charge or Correction"
    _inherit = ["kdc.two.persons", "mail.thread"]
    _order = "period desc, id desc"
    _check_company_auto = True
    _step_fields = KdcTwoPersons._step_fields | {
        "move_id", "charges", "corrected_usage", "outage_id",
        "late_from", "late_to", "waive_reason", "waived_by_id", "waived_on", "waives_id",
        "credit_asked_by_id", "credit_approved_by_id",
    }  # fmt: skip
    _refuse_step = _lt("A charge is approved and withdrawn by its buttons only.")
    _refuse_change = _lt("What was approved does not change. Withdraw it and prepare a new one.")
    _refuse_delete = _lt("An approved charge is withdrawn, not deleted.")

    name = fields.Char("Printed as", required=True)
    company_id = fields.Many2one(related="account_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    account_id = fields.Many2one("kdc.customer.account", required=True, ondelete="restrict", index=True)
    service_id = fields.Many2one("kdc.service", required=True, ondelete="restrict", check_company=True)
    kind = fields.Selection(
        [
            ("once", "One-off charge"),
            ("correction", "Correction of a bill"),
            ("outage", "Reduction for an outage"),
            ("late_fee", "Late fee"),
            ("trueup", "Estimate set right"),
        ],
        required=True,
        default="once",
    )
    amount = fields.Monetary(
        "Amount before VAT", required=True, help="Below zero: the household gets money back on its next bill."
    )
    vat_category_id = fields.Many2one("kdc.vat.category", string="VAT", ondelete="restrict", help="Empty: no VAT.")
    period = fields.Date(
        "Not before the bills of",
        required=True,
        default=lambda self: fields.Date.start_of(today_here(self), "month"),
    )
    decision = fields.Char("Decision or paper", required=True, help="Printed on the bill.")
    reason = fields.Text(help="Why. The approver and the auditor read it.")
    list_name = fields.Char("List", index=True, help="The imported list this charge came with.")
    corrects_move_id = fields.Many2one("account.move", string="For the bill", readonly=True, ondelete="restrict")
    outage_id = fields.Many2one(
        "kdc.outage", string="For the outage", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    charges = fields.Json(readonly=True, help="The engine's charges of a correction.")
    corrected_usage = fields.Json(
        readonly=True, copy=False,
        help="Quantity, persons and tariff that the bill is computed from with this correction; the next one starts "
        "from them.",
    )  # fmt: skip
    state = fields.Selection(
        [("draft", "To approve"), ("approved", "Approved"), ("waived", "Waived"), ("withdrawn", "Withdrawn")],
        required=True,
        default="draft",
        tracking=True,
        index=True,
        copy=False,
    )
    move_id = fields.Many2one(
        "account.move", string="On the bill", readonly=True, copy=False, ondelete="restrict", index="btree_not_null"
    )
    billed = fields.Boolean(compute="_compute_billed", search="_search_billed")

    _approver_is_another = models.Constraint(
        "CHECK (approved_by_id IS NULL OR approved_by_id != requested_by_id)",
        "Whoever prepared a charge cannot approve it.",
    )
    _approved_by_somebody = models.Constraint(
        "CHECK (state != 'approved' OR approved_by_id IS NOT NULL)", "A charge is approved by a person."
    )
    _correction_explained = models.Constraint(
        "CHECK (kind = 'once' OR (reason IS NOT NULL AND corrects_move_id IS NOT NULL))",
        "A correction needs its reason and the bill it corrects.",
    )
    _amount_not_zero = models.Constraint("CHECK (amount != 0)", "A charge of zero changes nothing.")
    _once_per_list = models.UniqueIndex(
        "(company_id, list_name, account_id) WHERE list_name IS NOT NULL AND state != 'withdrawn'",
        "This account is already on the list of this name.",
    )

    _one_to_approve = models.UniqueIndex(
        "(corrects_move_id, service_id, kind) WHERE kind IN ('correction', 'outage') AND state = 'draft' "
        "AND waives_id IS NULL",
        "An earlier correction of this bill still has to be approved.",
    )
    _once_per_outage = models.UniqueIndex(
        "(outage_id, corrects_move_id) WHERE outage_id IS NOT NULL AND state != 'withdrawn'",
        "The days of an outage are taken off a bill once.",
    )

    @api.depends("move_id.state")
    def _compute_billed(self):
        for charge in self:
            # sudo: the state of the bill is part of the charge the reader was allowed to see.
            move = charge.sudo().move_id
            charge.billed = bool(move) and move.state != "cancel"

    def _search_billed(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("move_id", "!=", False) & Domain("move_id.state", "!=", "cancel")

    @api.model
    def _prepared(self, vals_list):
        """A period is its first day."""
        vals_list = super()._prepared(vals_list)
        for vals in vals_list:
            if vals.get("period"):
                vals["period"] = fields.Date.start_of(fields.Date.to_date(vals["period"]), "month")
        return vals_list

    def write(self, vals):
        computed = self.filtered(lambda charge: charge.charges and charge.state == "draft")
        if not self.env.su and computed and COMPUTED_FIELDS & vals.keys():
            raise UserError(self.env._("This was computed and does not change by hand. Delete it and prepare it anew."))
        if vals.get("period"):
            vals = vals | {"period": fields.Date.start_of(fields.Date.to_date(vals["period"]), "month")}
        return super().write(vals)

    @api.model
    def _decided_content(self, names):
        return APPROVED_FIELDS & set(names)

    # --- Steps -----------------------------------------------------------------------------------

    def action_approve(self):
        """Approve what somebody else prepared; it comes on the next bill."""
        if not self.env.user.has_group("kdc_utilities.group_approver"):
            raise AccessError(self.env._("You are not allowed to approve charges."))
        self.check_access("read")
        for charge in self:
            if charge.state != "draft":
                raise UserError(self.env._("Only charges to approve can be approved."))
            if charge.requested_by_id == self.env.user:
                raise UserError(self.env._("You prepared this charge, so another person has to approve it."))
        self._check_not_given_up()
        # sudo: the approver decides but may not change what was prepared.
        self.sudo().write({"state": "approved", "approved_by_id": self.env.uid, "approved_on": fields.Datetime.now()})
        return True

    def _check_not_given_up(self):
        """Refuse to give money back for a bill that was written off: nobody paid it.

        :raise UserError: names the bill
        """
        # sudo: whoever prepares or approves learns only that the bill is written off.
        bills = self.sudo().filtered(lambda charge: charge.amount < 0).corrects_move_id
        for bill in bills._kdc_written_off():
            raise UserError(
                self.env._(
                    "Bill %s was written off, so nothing can be given back for it. Revive the write-off first, then "
                    "correct the bill.",
                    bill.name,
                )
            )

    def action_withdraw(self):
        """Take back what is not on a bill yet."""
        self.check_access("write")
        if any(charge.billed for charge in self):
            raise UserError(self.env._("This is on a bill already. Prepare a correction instead."))
        # sudo: only whether the bill that owes it stands
        if any(charge.kind == "trueup" and charge.sudo().corrects_move_id.state != "cancel" for charge in self):
            raise UserError(
                self.env._("The household was charged this by estimate and gets it back. It comes off its next bills.")
            )
        if any(charge.state == "waived" for charge in self):
            raise UserError(self.env._("This late fee was waived and stays so."))
        self._check_last_correction()
        self._check_not_counted()
        # sudo: steps are written by the steps only; the right to write was checked above.
        self.sudo().write({"state": "withdrawn"})
        return True

    @api.model
    def _corrections(self, bill, service, kind):
        """Return what somebody corrected by hand or by an outage on a bill, in sudo, the last one last."""
        # sudo: the corrections of a bill belong together; callers say what of them they show.
        return self.sudo().search([
            ("corrects_move_id", "=", bill.id), ("service_id", "=", service.id), ("kind", "=", kind),
            ("state", "!=", "withdrawn"), ("waives_id", "=", False),
        ], order="id")  # fmt: skip

    def _check_last_correction(self):
        """Corrections of a bill are taken back from the last one: each counts on from the one before."""
        counting_on = self.filtered(lambda charge: charge.kind in ("correction", "outage") and not charge.waives_id)
        for charge in counting_on.sudo():  # sudo: the name of the bill, for whoever sees its correction
            later = self._corrections(charge.corrects_move_id, charge.service_id, charge.kind) - self
            if any(row.id > charge.id and not row.outage_id for row in later):
                raise UserError(
                    self.env._(
                        "A later correction of bill %s counts on from this one. Withdraw that one first, or correct "
                        "the bill once more.",
                        charge.corrects_move_id.name,
                    )
                )

    def _check_not_counted(self):
        """A correction that waits again (its credit note was taken back) stays once a bill has counted on it."""
        counted = self.filtered(lambda charge: charge.kind == "correction" and not charge.waives_id)
        for charge in counted.sudo():  # sudo: names of bills, for whoever sees the correction of one
            later = charge.corrects_move_id._kdc_set_right_by(charge.service_id)
            if later:
                raise UserError(
                    self.env._(
                        "Bill %(later)s counts on this correction of bill %(bill)s. It comes on the next bill, or is "
                        "given back by a credit note. To drop it, cancel %(later)s first.",
                        bill=charge.corrects_move_id.name, later=later.name,
                    )
                )  # fmt: skip

    # --- For the billing run ---------------------------------------------------------------------

    @api.model
    def _waiting_domain(self, company, period):
        """Return the domain of what waits for the bills of a month."""
        return [
            *self._unbilled_domain(company),
            ("period", "<=", period),
            ("account_id.active", "=", True),
        ]

    @api.model
    def _unbilled_domain(self, company):
        """Return the domain of what is due and on no bill, whether one is still to come or not."""
        return [
            ("company_id", "=", company.id),
            ("state", "=", "approved"),
            "|", ("move_id", "=", False), ("move_id.state", "=", "cancel"),
            # A late fee waits while the bill it is for is in dispute.
            "|", ("kind", "!=", "late_fee"), ("corrects_move_id.kdc_dispute_ids", "not any", [("state", "=", "open")]),
            # What a bill could not take off is not due once that bill is cancelled: the next one sets right anew.
            "|", ("kind", "!=", "trueup"), ("corrects_move_id.state", "=", "posted"),
        ]  # fmt: skip

    @api.model
    def _make_rests(self, found):
        """Let what bills were too small to take off for their estimates wait for the next ones (sudo).

        :param found: [(bill, its true-up of which something waits)]
        """
        codes = {true_up.service for _move, true_up in found}
        services = self.env["kdc.service"].with_context(active_test=False).search([("code", "in", list(codes))])
        known = {(service.company_id, service.code): service for service in services}
        self._set_final_bills_apart([move for move, _true_up in found])
        return self.create(
            [self._rest_vals(move, true_up, known[move.company_id, true_up.service]) for move, true_up in found]
        )

    @api.model
    def _rest_vals(self, move, true_up, service):
        """Return the values of a rest.

        It was approved with the bill: whoever computed and whoever approved its run stand for it.
        """
        run, env = move.kdc_run_id, self.with_context(lang="vi_VN").env  # bills are printed in Vietnamese
        rest = Bill((tariff.empty_section(true_up.service, true_up.waiting),)).to_dict()
        return {
            "name": env._("Estimates set right, rest of bill %s", move.name),
            "account_id": move.kdc_account_id.id,
            "service_id": service.id,
            "kind": "trueup",
            "amount": rest["net"],
            "charges": rest["sections"][0]["charges"],
            "period": fields.Date.add(move.kdc_period, months=1),
            "decision": move.name,
            "reason": env._("Earlier bills charged more by estimate than bill %s could take off.", move.name),
            "corrects_move_id": move.id,
            "requested_by_id": (run.computed_by_id or run.user_id).id,
            "state": "approved",
            "approved_by_id": run.approved_by_id.id,
            "approved_on": run.approved_on,
        }

    @api.model
    def _set_final_bills_apart(self, moves):
        """Let final bills that were computed together with one of these wait to be computed again (sudo).

        No bill comes after the last of them, so what that one could not take off has to be on it.
        """
        if not moves:
            return
        since = {(move.kdc_account_id, move.journal_id): move.kdc_period for move in moves}
        final = self.env["kdc.billing.run.line"].search([
            ("run_id.account_id", "in", [account.id for account, _journal in since]), ("state", "=", "ready"),
        ])  # fmt: skip
        lines = final.filtered(
            lambda line: line.run_id.period > since.get((line.account_id, line.journal_id), line.run_id.period)
        )
        lines._set_apart(dict.fromkeys(lines, ["rest_came"]))

    def _of_former_payer(self):
        """Whether this belongs to a bill of who paid for the account before: the debt follows the person."""
        self.ensure_one()
        bill = self.corrects_move_id
        return bool(bill) and bill.partner_id != self.account_id.partner_id

    def _engine_charges(self, vat_table, day):
        """Return the engine's charges, each with one line that says what it is.

        :param day: decides the VAT of a one-off charge; a correction has the VAT of the bill it corrects
        """
        self.ensure_one()
        params = {"charge": self.id, "name": self.name}
        if self.corrects_move_id:
            params["month"] = f"{self.corrects_move_id.kdc_period:%m/%Y}"
        if self.charges:
            return tuple(
                tariff.relabel(charge, self.kind, self.decision, params) for charge in tariff.read_charges(self.charges)
            )
        rate = vat_table.rate(self.vat_category_id.code, day) if self.vat_category_id else None
        code = f"ONCE{self.id}"
        return (tariff.single(code, self.name, self.kind, int(decimal(self.amount, 0)), rate, self.decision, params),)

    @api.model
    def _of_bills(self, explanations):
        """Return the charges on each of these bills, which still have to wait for one.

        :param explanations: those of the bills about to be issued
        :raise UserError: one was billed or withdrawn after the preview: the run has to be computed again
        """
        charges = [
            self.browse({
                line["params"]["charge"]
                for section in explanation["sections"]
                for charge in section["charges"]
                for line in charge["lines"]
                if "charge" in line["params"]
            })
            for explanation in explanations
        ]  # fmt: skip
        gone = self.union(*charges).exists().filtered(
            lambda charge: charge.billed or charge.state != "approved" or charge._of_former_payer()
            or (charge.kind == "trueup" and charge.corrects_move_id.state != "posted")
        )  # fmt: skip
        if gone:
            raise UserError(
                self.env._("A charge of this preview was billed or withdrawn meanwhile. Compute the run again.")
            )
        return charges
