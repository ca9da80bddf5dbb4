from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import tariff
from ..engine.tariff import Bill


class KdcReliefGrant(models.Model):
    """A relief that a bill gave: the register of exemptions, and what a later run may have to take back.

    Written when a bill is issued. A run looks at the grants of its accounts again: where the household did not have
    the status on the first day after all (it ended earlier or was cancelled), the bill of that run takes it back.
    """

    _name = "kdc.relief.grant"
    _description = "Relief Given on a Bill"
    _order = "day desc, id desc"
    _rec_name = "relief_id"

    relief_id = fields.Many2one("kdc.tariff.relief", required=True, ondelete="restrict", index=True)
    tariff_id = fields.Many2one("kdc.tariff", required=True, ondelete="restrict")
    move_id = fields.Many2one("account.move", string="Bill", required=True, ondelete="restrict", index=True)
    account_id = fields.Many2one("kdc.customer.account", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="account_id.company_id", store=True, index=True)
    service_id = fields.Many2one(related="tariff_id.service_id", store=True)
    day = fields.Date("First day billed", required=True, help="The status on this day decided.")
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary("Taken off", required=True, help="As printed on the bill; VAT follows.")
    takeback_move_id = fields.Many2one(
        "account.move", string="Taken back on", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    state = fields.Selection(
        [("given", "Given"), ("taken_back", "Taken back"), ("void", "Bill cancelled")], compute="_compute_state"
    )

    _once = models.Constraint(
        "UNIQUE (move_id, tariff_id, relief_id, day)", "A bill gives a relief once per service and first day."
    )

    @api.depends("move_id.state", "takeback_move_id.state")
    def _compute_state(self):
        for grant in self:
            # sudo: the state of the bill is part of this register; the reader was allowed to see the grant.
            move, takeback = grant.sudo().move_id, grant.sudo().takeback_move_id
            if move.state == "cancel":
                grant.state = "void"
            elif takeback and takeback.state != "cancel":
                grant.state = "taken_back"
            else:
                grant.state = "given"

    @api.model
    def _open_domain(self, accounts, before):
        """Return the domain of grants of ``accounts`` in bills of months before ``before`` that still stand."""
        return [
            ("account_id", "in", accounts.ids),
            ("move_id.state", "=", "posted"),
            ("move_id.kdc_period", "<", before),
            "|", ("takeback_move_id", "=", False), ("takeback_move_id.state", "=", "cancel"),
        ]  # fmt: skip

    @api.model
    def _check_still_given(self, explanations):
        """Refuse to take back what another bill has taken back since the preview, or what no bill gives any more.

        :param explanations: those of the bills about to be issued
        :raise UserError: the preview is out of date
        """
        ids = {
            line["params"]["grant"]
            for explanation in explanations
            for section in explanation["sections"]
            for charge in section["charges"]
            for line in charge["lines"]
            if line["label"] == "takeback"
        }
        stale = self.browse(ids).exists().filtered(lambda grant: grant.state != "given")
        if stale:
            raise UserError(
                self.env._(
                    "The exemption of %(month)s was taken back on another bill meanwhile, or its bill was cancelled. "
                    "Make another billing run of this month: it computes this customer again.",
                    month=f"{stale[0].day:%m/%Y}",
                )
            )

    @api.model
    def _record(self, moves, explanations):
        """Write down the reliefs that freshly issued bills give, and those they take back.

        :param explanations: the explanation of each move
        """
        vals_list = []
        for move, explanation in zip(moves, explanations, strict=True):
            # An account may have a service twice in a month, from the same day or after one another.
            given = {}
            for section in explanation["sections"]:
                for charge in section["charges"]:
                    for line in charge["lines"]:
                        if line["label"] == "relief":
                            key = line["params"]["relief"], section["date_from"]
                            given[key] = given.get(key, 0) - line["amount"]
                        elif line["label"] == "takeback":
                            self.browse(line["params"]["grant"]).takeback_move_id = move
            vals_list += [self._grant_vals(move, code, day, amount) for (code, day), amount in given.items()]
        return self.create(vals_list)

    def _grant_vals(self, move, code, day, amount):
        relief = self.env["kdc.tariff.relief"].browse(int(code.removeprefix("R")))
        return {
            "relief_id": relief.id,
            "tariff_id": relief.tariff_id.id,
            "move_id": move.id,
            "account_id": move.kdc_account_id.id,
            "day": day,
            "amount": amount,
        }

    def _printed_takeback(self):
        """Return the engine's charges that took this grant back on a bill that stands."""
        self.ensure_one()
        if self.state != "taken_back":
            return []
        return [
            charge
            for section in Bill.from_dict(self.takeback_move_id.kdc_explanation).sections
            for charge in section.charges
            if charge.kind == "takeback" and any(line.params["grant"] == self.id for line in charge.lines)
        ]

    def _take_back(self, plan, vat_table):
        """Return the engine's charges that undo this grant on a later bill."""
        self.ensure_one()
        relief = self.relief_id
        params = {"name": relief.name, "month": f"{self.move_id.kdc_period:%m/%Y}", "grant": self.id}
        return tuple(
            charge
            for section in self._sections()
            for charge in tariff.take_back(section, plan, vat_table, relief._engine_code(), **params)
        )

    def _sections(self):
        """Return the sections of the bill that gave this relief: one, unless the service is there twice."""
        sections = Bill.from_dict(self.move_id.kdc_explanation).sections
        of_service = [section for section in sections if section.service == self.service_id.code]
        # Bills of the first layout do not name the tariff.
        same = [row for row in of_service if row.date_from == self.day and row.tariff in ("", self.tariff_id.code)]
        return same or of_service[:1]
