from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import AccessError


class KdcDayProof(models.TransientModel):
    """The page of the proof: choose a day, see that everything fits or which records do not."""

    _name = "kdc.day.proof"
    _description = "Proof of a Day"
    _inherit = ["kdc.counted.page"]
    _kdc_choice = frozenset({"company_id", "date"})

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    date = fields.Date("Day", required=True, default=today_here)
    line_ids = fields.One2many("kdc.day.proof.line", "proof_id", string="Checks", readonly=True)
    misfit_count = fields.Integer("Do not fit", readonly=True, help="Records about which two books differ.")

    @api.depends("date")
    def _compute_display_name(self):
        for proof in self:
            proof.display_name = self.env._("Proof of %s", fmt.date(proof.date))

    def _kdc_count(self):
        """Compare the books of the day anew."""
        for proof in self:
            if proof.company_id not in self.env.companies or not self.env.user.has_groups(
                "kdc_utilities.group_accountant,kdc_utilities.group_approver,kdc_residents.group_auditor"
            ):
                raise AccessError(self.env._("The proof of a day is for the accounting office of the ward."))
            checks = self.env["kdc.proof"]._prove(proof.company_id, proof.date)
            lines = [fields.Command.create(self._line_values(check)) for check in checks]
            proof.write(
                {
                    "line_ids": [fields.Command.clear(), *lines],
                    "misfit_count": sum(len(check.comparison.misfits) for check in checks),
                }
            )

    @api.model
    def _line_values(self, check):
        shown = fmt.vnd if check.money else str
        left, right = check.comparison.totals
        misfits = check.comparison.misfits
        return {
            "name": check.name,
            # the amount first: a narrow screen cuts off what comes last
            "left": f"{shown(left)} · {check.left}",
            "right": f"{shown(right)} · {check.right}",
            "gap": shown(check.comparison.gap) if misfits else False,
            "res_model": check.model,
            "res_ids": list(misfits or check.comparison.left),
        }

    @api.model
    def action_today(self):
        """Compare the books of today."""
        return self._kdc_open(self.env._("Proof of a day"))

    def action_previous(self):
        """Show the day before."""
        return self._move(-1)

    def action_next(self):
        """Show the day after."""
        return self._move(1)

    def _move(self, days):
        self.ensure_one()
        self.date = fields.Date.add(self.date, days=days)
        return True


class KdcDayProofLine(models.TransientModel):
    """One check of a day, with the records behind it."""

    _name = "kdc.day.proof.line"
    _description = "Check of a Day"
    _order = "id"

    proof_id = fields.Many2one("kdc.day.proof", required=True, ondelete="cascade")
    name = fields.Char("What is compared", required=True, readonly=True)
    left = fields.Char("One book", readonly=True)
    right = fields.Char("The other book", readonly=True)
    gap = fields.Char("Does not fit", readonly=True)
    res_model = fields.Char(readonly=True)
    res_ids = fields.Json(readonly=True)

    def action_open(self):
        """Open the records that do not fit; when all fit, those that were compared."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": self.res_model,
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", self.res_ids)],
            "context": {"create": False},
        }
