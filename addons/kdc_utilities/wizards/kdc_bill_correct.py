from decimal import Decimal

from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.actions import form_of
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import UserError

from ..engine import tariff
from ..engine.money import decimal, plain
from ..engine.tariff import Bill


class KdcBillCorrect(models.TransientModel):
    """Prepare the correction of an issued bill: what it should have been, and the difference for the next bill."""

    _name = "kdc.bill.correct"
    _description = "Correct a Bill"

    move_id = fields.Many2one("account.move", string="Bill", required=True)
    company_id = fields.Many2one(related="move_id.company_id")
    service_ids = fields.Many2many("kdc.service", string="Services on the bill", compute="_compute_service_ids")
    service_id = fields.Many2one("kdc.service", required=True, domain="[('id', 'in', service_ids)]")
    kind = fields.Selection(
        [("correction", "Wrong quantity, persons, tariff or price"), ("outage", "Service not delivered for some days")],
        string="What was wrong",
        required=True,
        default="correction",
    )
    quantity = fields.Float(digits=(16, 3), compute="_compute_usage", store=True, readonly=False)
    persons = fields.Integer(compute="_compute_usage", store=True, readonly=False)
    tariff_id = fields.Many2one(
        "kdc.tariff", domain="[('service_id', '=', service_id)]", compute="_compute_usage", store=True, readonly=False
    )
    outage_days = fields.Integer(
        "Days without service", help="All days of this bill, also those that were given back before."
    )
    reason = fields.Text(required=True)
    decision = fields.Char("Decision or paper", required=True, help="For example the record of the check on site.")
    currency_id = fields.Many2one(related="company_id.currency_id")
    billed = fields.Monetary("On the bill", compute="_compute_difference")
    corrected = fields.Monetary("Corrected so far", compute="_compute_difference")
    difference = fields.Monetary("Difference on the next bill", compute="_compute_difference")
    problem = fields.Char(compute="_compute_difference")

    @api.depends("move_id")
    def _compute_service_ids(self):
        for wizard in self:
            bill = wizard.move_id._kdc_bill()
            codes = [section.service for section in bill.sections] if bill else []
            wizard.service_ids = self.env["kdc.service"].search(
                [("company_id", "=", wizard.company_id.id), ("code", "in", codes)]
            )

    @api.depends("service_id", "kind")
    def _compute_usage(self):
        """Start from what the bill says, as it was corrected last."""
        for wizard in self:
            section = wizard._section()
            usage = wizard._standing()[-1:].corrected_usage or {}
            wizard.quantity = section and float(usage.get("quantity", section.quantity))
            wizard.persons = section and usage.get("persons", section.persons)
            corrected = self.env["kdc.tariff"].browse(usage.get("tariff")).exists()
            wizard.tariff_id = section and (corrected or wizard.move_id._kdc_tariff_of(section))

    @api.depends("service_id", "kind", "quantity", "persons", "tariff_id", "outage_days")
    def _compute_difference(self):
        for wizard in self:
            section = wizard._section()
            wizard.billed = section and section.total
            wizard.corrected = sum(charge.total for charge in wizard._standing_charges())
            wizard.difference, wizard.problem = 0, wizard._waiting_text()
            try:
                wizard.difference = not wizard.problem and sum(charge.total for charge in wizard._charges())
            except tariff.TariffError as error:
                wizard.problem = wizard._error_text(error)

    def _standing(self):
        """Return the earlier corrections of the same kind: what they changed is not changed again."""
        return self.env["kdc.charge"]._corrections(self.move_id._origin, self.service_id._origin, self.kind)

    def _standing_charges(self):
        return [charge for row in self._standing() for charge in tariff.read_charges(row.charges or [])]

    def _waiting_text(self):
        """Say why nobody can count on from what the bill says, or return False: something else is to be done first."""
        if len(self._sections()) > 1:
            return self.env._(
                "This service is on the bill for several stretches of days, each priced by itself. Put the difference "
                "on the next bill as a one-off charge, with the paper that says why."
            )
        corrected = self.kind == "correction" and self.move_id._origin
        # sudo: only the name of another bill of the same customer
        later = corrected and corrected.sudo()._kdc_set_right_by()
        if later and self.service_id.code in {part.service for part in later._kdc_true_ups()}:
            return self.env._(
                "This bill was an estimate that bill %s sets right. Correct that one: it prices these days too.",
                later.name,
            )
        if not self._standing().filtered(lambda charge: charge.state == "draft"):
            return False
        return self.env._(
            "An earlier correction of this bill still has to be approved. Have it approved, or delete it, before you "
            "prepare another one."
        )

    def _error_text(self, error):
        params = {key: str(value) for key, value in error.params.items()}
        return self.env._(
            "This cannot be priced: %s", self.env["kdc.billing.run.line"]._word_issue(error.code, params)
        )

    def _section(self):
        """Return the part of the bill that is wrong, or None while no service is chosen."""
        return next(iter(self._sections()), None)

    def _sections(self):
        """Return the sections of the service: one, unless its tariff changed within the bill."""
        bill = self.move_id._kdc_bill()
        sections = bill.sections if bill and self.service_id else ()
        return [section for section in sections if section.service == self.service_id.code]

    def _charges(self):
        """Return the engine's charges that make up the difference to the bill and its earlier corrections.

        :raise TariffError: what was entered cannot be priced
        """
        section = self._section()
        if not section:
            return []
        if self.kind == "outage":
            if self.outage_days <= 0:
                return []
            charges = tariff.outage(section, self.outage_days)
        else:
            billed_by = self.move_id._kdc_tariff_of(section)
            if not (billed_by and self.tariff_id):
                return []
            vat_table = self.env["kdc.vat.rate"]._engine_table()
            charges = tariff.correction(
                section, billed_by._engine_plan(), self.tariff_id._origin._engine_plan(), vat_table,
                quantity=decimal(self.quantity, 3), persons=max(self.persons, 0),
                households=Decimal(self.move_id._kdc_connection_of(section).quota_households or 1),
            )  # fmt: skip
        return tariff.still_due(section, charges, self._standing_charges())

    def _usage(self):
        """Return what the bill is computed from with this correction, for the next one to start from."""
        if self.kind == "outage":
            return False
        return {"quantity": plain(decimal(self.quantity, 3)), "persons": self.persons, "tariff": self.tariff_id.id}

    def action_prepare(self):
        """Leave the correction for another person to approve."""
        self.ensure_one()
        self.move_id.check_access("read")
        # sudo: only locked, so that two people do not correct the same bill at once, nor one after the other has
        lock_or_retry(self.move_id.sudo(), allow_referencing=True, touch=True)
        if waiting := self._waiting_text():
            raise UserError(waiting)
        try:
            charges = self._charges()
        except tariff.TariffError as error:
            raise UserError(self._error_text(error)) from error
        if not charges:
            raise UserError(self.env._("Nothing changes. Enter what the bill should have been computed from."))
        bill = Bill((tariff.empty_section(self.service_id.code, charges),)).to_dict()
        self.env["kdc.charge"].check_access("create")
        charge = (
            self.env["kdc.charge"]
            # sudo: the engine's charges are written by this step only; the right to create charges was checked above.
            .sudo()
            .create(
                {
                    "name": self.env._("Correction of bill %s", self.move_id.name),
                    "account_id": self.move_id.kdc_account_id.id,
                    "service_id": self.service_id.id,
                    "kind": self.kind,
                    "amount": bill["net"],
                    "charges": bill["sections"][0]["charges"],
                    "corrected_usage": self._usage(),
                    "period": fields.Date.add(self.move_id.kdc_period, months=1),
                    "decision": self.decision,
                    "reason": self.reason,
                    "corrects_move_id": self.move_id.id,
                    "requested_by_id": self.env.uid,
                }
            )
        )
        charge._check_not_given_up()
        self.move_id.message_post(body=self.env._("A correction was prepared: %s", self.reason))
        return form_of(charge)
