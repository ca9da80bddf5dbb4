from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date
from odoo.tools.translate import LazyTranslate

from ..engine import tariff

_lt = LazyTranslate(__name__)

#: Months after an outage in which a bill may still contain its days (a month billed together with the next ones).
LATER_MONTHS = 2


class KdcOutage(models.Model):
    """Days on which a service was not delivered in an area: water cut off, waste not collected.

    Recorded once by one person and approved by another, it gives back the share of these days to everybody who was
    billed for them, as a ``kdc.charge`` on the next bill. Bills that do not exist yet are looked at again by each
    later billing run. What is priced by quantity stays: it was used.
    """

    _name = "kdc.outage"
    _description = "Outage of a Service"
    _inherit = ["kdc.two.persons", "mail.thread"]
    _order = "date_from desc, id desc"
    _check_company_auto = True
    _refuse_step = _lt("An outage is approved and withdrawn by its buttons only.")
    _refuse_change = _lt("What was approved does not change. Withdraw it and record it anew.")
    _refuse_delete = _lt("An approved outage is withdrawn, not deleted.")

    name = fields.Char("Incident", required=True, tracking=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    service_id = fields.Many2one("kdc.service", required=True, ondelete="restrict", check_company=True)
    area_id = fields.Many2one("kdc.area", ondelete="restrict", help="Empty: the whole ward.")
    date_from = fields.Date("First day without service", required=True, default=today_here)
    date_to = fields.Date("Last day without service", required=True, default=today_here)
    days = fields.Integer(compute="_compute_days")
    decision = fields.Char("Decision or paper", required=True, help="Printed on the bill.")
    reason = fields.Text(required=True, help="Why. The approver and the auditor read it.")
    state = fields.Selection(
        [("draft", "To approve"), ("approved", "Approved"), ("withdrawn", "Withdrawn")],
        required=True,
        default="draft",
        tracking=True,
        index=True,
        copy=False,
    )
    charge_ids = fields.One2many("kdc.charge", "outage_id", string="Reductions", readonly=True)
    customer_count = fields.Integer("Customers concerned", compute="_compute_customer_count")
    charge_count = fields.Integer("Bills reduced", compute="_compute_charges")
    reduction = fields.Monetary("Given back", compute="_compute_charges", help="Before VAT.")

    skipped_ids = fields.One2many("kdc.outage.skipped", "outage_id", string="Not reduced", readonly=True)
    skipped_count = fields.Integer("Customers not reduced", compute="_compute_skipped_count")

    left_charge_ids = fields.Many2many(
        "kdc.charge",
        string="Reductions without a next bill",
        compute="_compute_left_charge_ids",
        help="Of customers who have moved away: no bill comes after their final one.",
    )
    left_count = fields.Integer("Customers who left", compute="_compute_left_charge_ids")
    left_reduction = fields.Monetary("Owed to customers who left", compute="_compute_left_charge_ids")

    _dates = models.Constraint("CHECK (date_to >= date_from)", "The outage ends before it begins.")
    _approver_is_another = models.Constraint(
        "CHECK (approved_by_id IS NULL OR approved_by_id != requested_by_id)",
        "Whoever recorded an outage cannot approve it.",
    )
    _approved_by_somebody = models.Constraint(
        "CHECK (state != 'approved' OR approved_by_id IS NOT NULL)", "An outage is approved by a person."
    )

    @api.depends("date_from", "date_to")
    def _compute_days(self):
        for outage in self:
            known = outage.date_from and outage.date_to
            outage.days = (outage.date_to - outage.date_from).days + 1 if known else 0

    @api.depends("service_id", "area_id", "date_from", "date_to")
    def _compute_customer_count(self):
        for outage in self:
            domain = outage._connection_domain() if outage.service_id and outage.days > 0 else None
            groups = domain and self.env["kdc.connection"]._read_group(domain, [], ["account_id:count_distinct"])
            outage.customer_count = groups[0][0] if groups else 0

    @api.depends("charge_ids.state", "charge_ids.amount")
    def _compute_charges(self):
        for outage in self:
            charges = outage.charge_ids.filtered(lambda charge: charge.state == "approved")
            outage.charge_count = len(charges)
            outage.reduction = -sum(charges.mapped("amount"))

    @api.depends("skipped_ids")
    def _compute_skipped_count(self):
        for outage in self:
            outage.skipped_count = len(outage.skipped_ids)

    @api.depends("charge_ids.state", "charge_ids.billed", "charge_ids.account_id.date_to")
    def _compute_left_charge_ids(self):
        for outage in self:
            charges = outage.charge_ids.filtered(
                lambda charge: (
                    charge.state == "approved"
                    and not charge.billed
                    and charge.account_id.date_to
                    # A final bill still to be issued takes it.
                    and all(run.state in ("issued", "closed") for run in charge.account_id.final_run_ids)
                )
            )
            outage.left_charge_ids = charges
            outage.left_count = len(charges.account_id)
            outage.left_reduction = -sum(charges.mapped("amount"))

    # --- Steps -----------------------------------------------------------------------------------

    def action_approve(self):
        """Approve what somebody else recorded and give back its days on the bills that exist already."""
        if not self.env.user.has_group("kdc_utilities.group_approver"):
            raise AccessError(self.env._("You are not allowed to approve outages."))
        self.check_access("read")
        for outage in self:
            if outage.state != "draft":
                raise UserError(self.env._("Only outages to approve can be approved."))
            if outage.requested_by_id == self.env.user:
                raise UserError(self.env._("You recorded this outage, so another person has to approve it."))
            outage._check_counted_once()
            # sudo: the approver decides but may not change what was recorded.
            outage.sudo().write(
                {"state": "approved", "approved_by_id": self.env.uid, "approved_on": fields.Datetime.now()}
            )
        self._settle()
        return True

    def action_withdraw(self):
        """Take an outage back; what is on a bill already stays there and is corrected on the bill."""
        self.check_access("write")
        # sudo: steps are written by the steps only; the right to write was checked above.
        outages = self.sudo()
        waiting = outages.charge_ids.filtered(lambda charge: charge.state != "withdrawn" and not charge.billed)
        waiting._check_last_correction()
        waiting.write({"state": "withdrawn"})
        outages.skipped_ids.unlink()
        outages.write({"state": "withdrawn"})
        return True

    def action_view_charges(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_charge_action")
        return action | {"domain": [("outage_id", "=", self.id)], "context": {}}

    def action_view_left_charges(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_charge_action")
        return action | {"domain": [("id", "in", self.left_charge_ids.ids)], "context": {}}

    def action_view_skipped(self):
        """Open the customers who got nothing back, by reason."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_outage_skipped_action")
        return action | {"domain": [("outage_id", "=", self.id)]}

    def _check_counted_once(self):
        """A day without service is given back once, whatever the areas are called."""
        for other in (self._same_days() - self).filtered(lambda outage: outage.state == "approved"):
            paths = [outage.area_id.parent_path or "" for outage in (self, other)]
            if paths[0].startswith(paths[1]) or paths[1].startswith(paths[0]):
                raise UserError(
                    self.env._(
                        "Days of this outage are in another approved one: %(name)s, %(start)s to %(end)s.",
                        name=other.name,
                        start=format_date(self.env, other.date_from),
                        end=format_date(self.env, other.date_to),
                    )
                )

    # --- Reductions ------------------------------------------------------------------------------

    def _same_days(self):
        """Return this outage and the others of these days: what one gave back before it was withdrawn stays given."""
        return self.search([
            ("company_id", "=", self.company_id.id), ("service_id", "=", self.service_id.id),
            ("date_from", "<=", self.date_to), ("date_to", ">=", self.date_from),
        ])  # fmt: skip

    def _connection_domain(self):
        """Return the domain of the connections that were without service on some day."""
        domain = Domain([
            ("company_id", "=", self.company_id.id), ("service_id", "=", self.service_id.id),
            ("date_from", "<=", self.date_to), "|", ("date_to", "=", False), ("date_to", ">=", self.date_from),
        ])  # fmt: skip
        return domain & Domain("area_id", "child_of", self.area_id.id) if self.area_id else domain

    @api.model
    def _settle_waiting(self, company, period):
        """Give back what bills issued since the approval contain, before the bills of ``period`` are computed."""
        since = fields.Date.subtract(period, months=LATER_MONTHS + 1)
        self.search([("company_id", "=", company.id), ("state", "=", "approved"), ("date_to", ">=", since)])._settle()

    def _settle(self):
        """Prepare and approve, in one step, the reductions of all bills that contain days of these outages.

        It can be repeated: a customer gets the days of a month back once, also when a bill was cancelled and issued
        again.
        """
        # sudo: the outage was approved by another person, which approves the reductions that follow from it; bills
        # and charges of all areas of the ward are concerned.
        for outage in self.sudo():
            outage._withdraw_stale()
            bills = outage._bills()
            done = {
                (charge.account_id, charge.corrects_move_id.kdc_period)
                for charge in outage._same_days().charge_ids | outage._by_hand(bills)
                if charge.state != "withdrawn"
            }
            outage.env["kdc.charge"].create(outage._reductions(bills, set(done)))
            outage.skipped_ids._note(outage, done)

    def _reductions(self, bills, given):
        """Return the values of the reductions of these bills.

        A bill that sets estimates right prices their months anew: what was given back on the estimated bills stays
        given, so it gives back the days of its own month only. One that gave back all its days did so for them.

        :param given: {(account, month)} whose days are given back already; what comes is added
        """
        vals_list, known = [], {bill.id: bill for bill in bills}
        estimated = {
            bill: [known[id_] for true_up in bill._kdc_true_ups() if true_up.service == self.service_id.code
                   for id_ in true_up.bills if id_ in known]
            for bill in bills
        }  # fmt: skip
        keys = {bill: (bill.kdc_account_id, bill.kdc_period) for bill in bills}
        given.update([keys[before] for bill, earlier in estimated.items() if keys[bill] in given for before in earlier])
        for bill in bills.sorted("kdc_period"):
            set_right = any(keys[before] in given for before in estimated[bill])
            charges = keys[bill] not in given and self._charges(bill, bill.kdc_period if set_right else None)
            if charges:
                vals_list.append(self._charge_vals(bill, charges))
                given.add(keys[bill])
        return vals_list

    def _by_hand(self, bills):
        """Return the reductions somebody made on one bill: those days are given back, whatever they are called."""
        return self.env["kdc.charge"].search([
            ("kind", "=", "outage"), ("outage_id", "=", False), ("service_id", "=", self.service_id.id),
            ("corrects_move_id", "in", bills.ids),
        ])  # fmt: skip

    def _withdraw_stale(self):
        """Take back reductions of bills that were cancelled before the reduction came on a bill."""
        stale = self.charge_ids.filtered(
            lambda charge: (
                charge.state == "approved" and not charge.billed and charge.corrects_move_id.state == "cancel"
            )
        )
        stale.write({"state": "withdrawn"})

    def _bills(self):
        """Return the issued bills that may contain days of this outage and are still owed or paid."""
        return self._bills_of_the_days().filtered_domain([
            ("payment_state", "!=", "reversed"),
            # Nobody paid what was given up, so nothing of it is given back.
            ("kdc_write_off_line_ids", "not any", [("state", "=", "done")]),
        ])  # fmt: skip

    def _bills_of_the_days(self):
        """Return the issued bills that may contain days of this outage, whatever became of them."""
        first = fields.Date.start_of(self.date_from, "month")
        last = fields.Date.add(fields.Date.start_of(self.date_to, "month"), months=LATER_MONTHS)
        accounts = self.env["kdc.connection"].search(self._connection_domain()).account_id
        return self.env["account.move"].search([
            ("kdc_account_id", "in", accounts.ids), ("move_type", "=", "out_invoice"), ("state", "=", "posted"),
            ("journal_id", "=", self.service_id.journal_id.id), ("kdc_period", ">=", first),
            ("kdc_period", "<=", last),
        ])  # fmt: skip

    def _charges(self, bill, since=None):
        """Return the engine's (negative) charges for the days of this outage on one bill."""
        return [charge for section, days in self._sections(bill, since) for charge in tariff.outage(section, days)]

    def _sections(self, bill, since=None):
        """Yield the engine's sections of one bill that contain days of this outage, and how many.

        :param since: first day that counts; all of the bill count by default
        """
        explained = bill._kdc_bill()
        for section in explained.sections if explained else ():
            start = max(section.date_from, self.date_from, since or self.date_from)
            end = min(section.date_to, self.date_to)
            if section.service == self.service_id.code and start <= end:
                yield section, (end - start).days + 1

    def _charge_vals(self, bill, charges):
        reduction = tariff.Bill((tariff.empty_section(self.service_id.code, charges),)).to_dict()
        return {
            "name": self.name,
            "outage_id": self.id,
            "account_id": bill.kdc_account_id.id,
            "service_id": self.service_id.id,
            "kind": "outage",
            "amount": reduction["net"],
            "charges": reduction["sections"][0]["charges"],
            "period": fields.Date.add(bill.kdc_period, months=1),
            "decision": self.decision,
            "reason": self.reason,
            "corrects_move_id": bill.id,
            "requested_by_id": self.requested_by_id.id,
            "state": "approved",
            "approved_by_id": self.approved_by_id.id,
            "approved_on": self.approved_on,
        }
