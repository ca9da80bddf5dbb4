from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.actions import dialogue
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..engine import late_fee, tariff
from ..engine.money import plain


class KdcCharge(models.Model):
    """Late fees (U-33): computed on what was open, approved by another person, printed by the next run day by day.

    A day is charged once: what was prepared for a bill ends on ``late_to``, the next one begins after it, and the
    database holds one per bill, service and first day. A waived fee stays visible and its days stay settled; a
    withdrawn one leaves them to be charged anew.
    """

    _inherit = "kdc.charge"

    late_from = fields.Date("Late from", readonly=True, copy=False)
    late_to = fields.Date("Late until", readonly=True, copy=False)
    how = fields.Text("How the fee is computed", compute="_compute_how")
    waive_reason = fields.Char("Waived because", readonly=True, copy=False, tracking=True)
    waived_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    waived_on = fields.Date(readonly=True, copy=False)
    waives_id = fields.Many2one("kdc.charge", readonly=True, copy=False, ondelete="restrict", index="btree_not_null")

    _late_days = models.Constraint(
        "CHECK (kind != 'late_fee' OR (late_to >= late_from AND charges IS NOT NULL AND amount > 0))",
        "A late fee is computed from the days of delay.",
    )
    _late_once = models.UniqueIndex(
        "(corrects_move_id, service_id, late_from) WHERE kind = 'late_fee' AND state != 'withdrawn'",
        "These days of delay were charged already.",
    )
    _waived = models.Constraint(
        "CHECK (state != 'waived' OR (kind = 'late_fee' AND waive_reason IS NOT NULL AND waived_by_id IS NOT NULL "
        "AND waived_by_id != requested_by_id))",
        "A late fee is waived with a reason, by somebody who did not prepare it.",
    )
    _waived_once = models.UniqueIndex(
        "(waives_id) WHERE waives_id IS NOT NULL AND state != 'withdrawn'", "This late fee is given back already."
    )

    @api.depends("charges", "kind")
    @api.depends_context("lang")
    def _compute_how(self):
        moves = self.env["account.move"]
        for charge in self:
            late = charge.kind == "late_fee" and charge.charges
            lines = tariff.read_charges(charge.charges)[0].lines if late else ()
            charge.how = "\n".join(f"{moves._kdc_word_late_fee(line)} = {fmt.vnd(line.amount)}" for line in lines)

    # --- Preparing -------------------------------------------------------------------------------

    @api.model
    def _late_fee_vals(self, company, until, areas):
        """Return the values of the late fees due for days up to ``until`` that were not charged yet.

        :param areas: of the customers, empty for the whole ward
        """
        # sudo: rules, payments and disputes are read of the whole ward; only values to be approved come of it.
        rules = self.env["kdc.late.fee.rule"].sudo().search([("company_id", "=", company.id)])
        if not rules:
            return []
        engine_rules = {
            service.code: [rule._engine_rule() for rule in found]
            for service, found in rules.grouped("service_id").items()
        }
        services = {service.code: service for service in rules.service_id}
        vat_ids = {category.code: category.id for category in rules.vat_category_id}
        bills = self._late_bills(company, until, rules.service_id.journal_id, areas)
        debts = bills._kdc_late_debts(company._kdc_service_ranks(), self._late_known(bills))
        return [
            self._late_vals(bill, services[code], parts, until)
            | {"vat_category_id": vat_ids.get(parts[-1].rule.vat, False)}
            for (bill, code), debt in debts.items()
            if code in services and (parts := late_fee.compute(debt, engine_rules[code], until))
        ]

    @api.model
    def _late_bills(self, company, until, journals, areas):
        """Return the bills (sudo) that were open on some day after they were due, oldest first."""
        moves = self.env["account.move"].sudo()  # sudo: see _late_fee_vals
        domain = [
            ("company_id", "=", company.id), ("kdc_account_id", "!=", False), ("move_type", "=", "out_invoice"),
            ("state", "=", "posted"), ("payment_state", "!=", "reversed"), ("invoice_date_due", "<", until),
            ("journal_id", "in", journals.ids),
        ]  # fmt: skip
        if areas:
            domain.append(("kdc_account_id.area_id", "child_of", areas.ids))
        query = moves._search(domain, order="kdc_period, id")
        query.add_where(
            SQL(
                """
                (account_move.amount_residual > 0 OR EXISTS (
                    SELECT FROM (%s) paid
                     WHERE paid.bill_id = account_move.id AND paid.day > account_move.invoice_date_due
                ))
                """,
                moves._kdc_settled(),
            )
        )
        return moves.browse(query)

    @api.model
    def _late_known(self, bills, without=()):
        """Return {(bill, service code): (last day charged, VND charged)}; what was waived counts for no cap.

        :param without: ids of late fees not to look at
        """
        fees = self.sudo().search([  # sudo: see _late_fee_vals
            ("kind", "=", "late_fee"), ("corrects_move_id", "in", bills.ids), ("state", "!=", "withdrawn"),
            ("id", "not in", without),
        ])  # fmt: skip
        known = {}
        for fee in fees:
            key = (fee.corrects_move_id, fee.service_id.code)
            last, charged = known.get(key, (fee.late_to, 0))
            known[key] = (max(last, fee.late_to), charged + (round(fee.amount) if fee.state != "waived" else 0))
        return known

    @api.model
    def _late_vals(self, bill, service, parts, until):
        """Return the values of the late fee of one service of one bill."""
        amount = sum(part.amount for part in parts)
        month = f"{bill.kdc_period:%m/%Y}"
        name = self.env._("Late fee, bill of %s", month)
        lines = tuple(
            tariff.Line(
                "late_fee", part.amount, date_from=part.date_from, date_to=part.date_to, decision=part.rule.decision,
                params={
                    "every": part.rule.every, "count": part.count, "principal": part.principal,
                    "percent": plain(part.rule.percent), "flat": part.rule.flat, "capped": part.capped,
                    **({"receipted": part.receipted} if part.receipted else {}),
                },
            )
            for part in parts
        )  # fmt: skip
        charge = tariff.Charge("LATE", name, "late_fee", amount, 0, None, False, lines)
        section = tariff.Bill((tariff.empty_section(service.code, [charge]),)).to_dict()["sections"][0]
        return {
            "name": name,
            "account_id": bill.kdc_account_id.id,
            "service_id": service.id,
            "kind": "late_fee",
            "amount": amount,
            "charges": section["charges"],
            "period": until,
            "decision": parts[-1].rule.decision,
            "reason": self.env._(
                "Bill %(bill)s was due on %(due)s.", bill=bill.name, due=fmt.date(bill.invoice_date_due)
            ),
            "corrects_move_id": bill.id,
            "late_from": parts[0].date_from,
            "late_to": parts[-1].date_to,
            "requested_by_id": self.env.uid,
        }  # fmt: skip

    @api.model
    def _hold_waiting_fees(self, domain):
        """Hold the late fees that wait for a bill until the end of the transaction (sudo).

        Whoever issues bills holds those of the batch before looking for disputes, whoever questions a bill those for
        it: either the dispute is seen and the fee waits, or it comes after and finds the fee on a bill.
        """
        fees = self.search([("kind", "=", "late_fee"), ("state", "=", "approved"), ("billed", "=", False), *domain])
        lock_or_retry(fees, allow_referencing=True, touch=True)

    def action_approve(self):
        """Approve only late fees that are still due: a payment of those days may have been entered since."""
        for company, fees in self.filtered(lambda charge: charge.kind == "late_fee").grouped("company_id").items():
            fees._check_still_late(company)
        return super().action_approve()

    def _check_still_late(self, company):
        """Refuse late fees of one ward when less is due by now.

        :raise UserError: names the first bill
        """
        fees = self.sudo()  # sudo: see _late_fee_vals
        bills = fees.corrects_move_id
        rules = self.env["kdc.late.fee.rule"].sudo().search([("company_id", "=", company.id)])  # sudo: as above
        debts = bills._kdc_late_debts(company._kdc_service_ranks(), self._late_known(bills, without=self.ids))
        for fee in fees:
            debt = debts.get((fee.corrects_move_id, fee.service_id.code))
            own = [rule._engine_rule() for rule in rules if rule.service_id == fee.service_id]
            parts = late_fee.compute(debt, own, fee.late_to) if debt and own else []
            if sum(part.amount for part in parts) < round(fee.amount):
                raise UserError(
                    self.env._(
                        "Less is due for bill %s than when this late fee was prepared, since a payment was entered "
                        "meanwhile. Withdraw the fee and prepare it anew.",
                        fee.corrects_move_id.name,
                    )
                )

    def _engine_charges(self, vat_table, day):
        """Return a late fee with all its lines; each says to which charge it belongs.

        VAT is that of the rule in force on the last late day, as the decision it names; the fee itself bears it, never
        the debt it is for.
        """
        if self.kind != "late_fee":
            return super()._engine_charges(vat_table, day)
        rate = vat_table.rate(self.vat_category_id.code, day) if self.vat_category_id else None
        return tuple(
            tariff.taxed(tariff.stamp(charge, f"LATE{self.id}", {"charge": self.id}), rate)
            for charge in tariff.read_charges(self.charges)
        )

    # --- Waiving ---------------------------------------------------------------------------------

    def action_waive(self):
        """Ask for the reason before a late fee is waived."""
        self.ensure_one()
        return dialogue("kdc.late.fee.waive", self.env._("Waive the late fee"), charge_id=self.id)

    def _waive(self, reason, decision):
        """Waive a late fee: at once while it waits, by a line on the next bill when it is on one already.

        :return: the charge that gives it back, to be approved by another person, or nothing
        """
        self.ensure_one()
        if self.kind != "late_fee" or self.state not in ("draft", "approved"):
            raise UserError(self.env._("Only a late fee that is due can be waived."))
        if self.billed:
            return self._give_back(reason, decision)
        if not self.env.user.has_group("kdc_utilities.group_approver"):
            raise AccessError(self.env._("A late fee is waived by whoever may approve it."))
        if self.requested_by_id == self.env.user:
            raise UserError(self.env._("You prepared this late fee, so another person has to waive it."))
        self.check_access("read")
        # sudo: the approver decides but may not change what was prepared.
        self.sudo().write(
            {
                "state": "waived", "waive_reason": reason, "waived_by_id": self.env.uid,
                "waived_on": today_here(self),
            }
        )  # fmt: skip
        return self.browse()

    def _give_back(self, reason, decision):
        """Prepare the line that takes a billed late fee off the next bill."""
        self.env["kdc.charge"].check_access("create")
        name = self.env._("Late fee waived")
        # sudo: whoever may waive the fee reads it on its bill
        sections = self.sudo().move_id._kdc_bill().sections
        billed = next(charge for part in sections for charge in part.charges if charge.code == f"LATE{self.id}")
        taken = tariff.Bill((tariff.empty_section(self.service_id.code, [tariff.taken_off(billed, name)]),)).to_dict()
        # sudo: which fee it gives back is written by this step only; the right to create was checked above.
        return self.sudo().create(
            {
                "name": name,
                "account_id": self.account_id.id,
                "service_id": self.service_id.id,
                "kind": "correction",
                "amount": -self.amount,
                "charges": taken["sections"][0]["charges"],
                "period": fields.Date.add(self.move_id.kdc_period, months=1),
                "decision": decision,
                "reason": reason,
                "corrects_move_id": self.move_id.id,
                "waives_id": self.id,
                "requested_by_id": self.env.uid,
            }
        )
