from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.actions import form_of
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..engine import tariff

#: What bills are priced by. The note is for the office.
PRICED_BY = frozenset({"tariff_id", "date_from", "decision"})


class KdcTariffVersion(models.Model):
    """The prices of a tariff from a date on, by a decision.

    Prices with which bills were made stay as they are, so that everybody can read how a bill came about. Where they
    were wrong, another version of the same day takes their place, and the bills are corrected by it.
    """

    _name = "kdc.tariff.version"
    _description = "Tariff Version"
    _order = "tariff_id, date_from desc"

    tariff_id = fields.Many2one("kdc.tariff", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="tariff_id.company_id", store=True, index=True)
    date_from = fields.Date("In force from", required=True)
    decision = fields.Char("Decision number", required=True, help="Printed on every bill made with these prices.")
    note = fields.Text()
    component_ids = fields.One2many("kdc.tariff.component", "version_id", string="Components")
    replaced = fields.Boolean(
        compute="_compute_replaced", help="A later version of the same day took its place; bills were made with it."
    )

    @api.depends("tariff_id.version_ids.date_from")
    def _compute_replaced(self):
        for version in self:
            version.replaced = version not in version.tariff_id.version_ids._standing()

    @api.constrains("tariff_id", "date_from")
    def _check_one_of_a_day(self):
        """Only what bills were made with gets a second version of its day; another one is simply changed."""
        # Of two people who add a version of one day at a time, neither would find the other's.
        lock_or_retry(self.tariff_id, allow_referencing=True, touch=True)
        for (_tariff, day), versions in self.grouped(lambda version: (version.tariff_id, version.date_from)).items():
            same_day = versions.tariff_id.version_ids.filtered_domain([("date_from", "=", day)])
            if any(not former._bill_made_with() for former in same_day.sorted("id")[:-1]):
                raise ValidationError(self.env._("This tariff already has a version from this date."))

    @api.depends("tariff_id", "date_from", "decision")
    def _compute_display_name(self):
        for version in self:
            version.display_name = f"{version.tariff_id.name or ''} – {version.decision or ''}"

    def copy_data(self, default=None):
        """A copy within its tariff is the next version: in force from a month that no version and no bill has begun."""
        rows = super().copy_data(default)
        for version, vals in zip(self, rows, strict=True):
            if "date_from" not in (default or {}):
                latest = max(today_here(self), *version.tariff_id.version_ids.mapped("date_from"))
                vals["date_from"] = fields.Date.add(fields.Date.start_of(latest, "month"), months=1)
        return rows

    def copy(self, default=None):
        """Copy the components too."""
        copies = super().copy(default)
        for version, copied in zip(self, copies, strict=True):
            version.component_ids._copy_to(copied)
        return copies

    def write(self, vals):
        if PRICED_BY & vals.keys():
            self._check_no_bill_made_with()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        self._check_no_bill_made_with()

    # --- Prices of issued bills ------------------------------------------------------------------

    def _standing(self):
        """Return the versions of tariffs without those whose place another one of the same day took."""
        # What is being entered has no number yet and is the newest.
        ordered = self.sorted(lambda version: version._origin.id or float("inf"))
        last = {(version.tariff_id, version.date_from): version for version in ordered}
        return self.filtered(lambda version: last[version.tariff_id, version.date_from] == version)

    def _check_no_bill_made_with(self):
        """Refuse to change prices that stand on issued bills.

        :raise UserError: names a bill and says what to do instead
        """
        for version in self:
            if bill := version._bill_made_with():
                raise UserError(
                    self.env._(
                        "Bill %(bill)s was made with the prices of %(decision)s from %(day)s, so they stay as they "
                        "are and nothing was changed. For a new price, press “Next version” and enter from when it "
                        "holds. If this price was wrong, press “Replace a wrong price”, enter the right one, and "
                        "correct the bills that were issued.",
                        bill=bill.name, decision=version.decision, day=fmt.date(version.date_from),
                    )
                )  # fmt: skip

    def _bill_made_with(self):
        """Return an issued bill (sudo) that was made with this version, empty when there is none.

        It bills days on which the version is in force, and is younger: what came later is on no bill of before.
        """
        self.ensure_one()
        bills = self.env["account.move"].sudo()  # sudo: whoever changes prices learns only that there is a bill
        # Nothing was billed with prices that are being entered.
        if not isinstance(self.id, int):
            return bills
        bills.flush_model(["company_id", "kdc_explanation", "kdc_period", "move_type", "state"])
        self.flush_recordset()
        later = self.tariff_id.version_ids.filtered(lambda other: other.date_from > self.date_from)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT bill.id
                  FROM account_move bill
                  JOIN kdc_tariff_version version ON version.id = %(version)s AND version.create_date < bill.create_date
                 CROSS JOIN jsonb_array_elements(bill.kdc_explanation->'sections') section
                 WHERE bill.company_id = %(company)s AND bill.state = 'posted' AND bill.move_type = 'out_invoice'
                   AND bill.kdc_period >= date_trunc('month', %(start)s::date)
                   AND section->>'service' = %(service)s AND section->>'tariff' = %(tariff)s
                   AND section->>'date_to' >= %(start)s AND section->>'date_from' < %(end)s
                 LIMIT 1
                """,
                company=self.company_id.id,
                service=self.tariff_id.service_id.code,
                tariff=self.tariff_id.code,
                start=fields.Date.to_string(self.date_from),
                end=fields.Date.to_string(min(later.mapped("date_from"), default=fields.Date.to_date("9999-12-31"))),
                version=self.id,
            )
        )
        return bills.browse(row[0] for row in rows)

    def action_next(self):
        """Open a copy that is in force from a later month."""
        self.ensure_one()
        return self._open(self.copy())

    def action_replace(self):
        """Open a copy of the same day, which takes the place of these prices."""
        self.ensure_one()
        if not self._bill_made_with():
            raise UserError(self.env._("No bill was made with these prices yet. Simply change them."))
        return self._open(self.copy({"date_from": self.date_from}))

    def _open(self, version):
        return form_of(version, version.tariff_id.name)

    # --- For the engine --------------------------------------------------------------------------

    def _engine_version(self):
        self.ensure_one()
        return tariff.Version(
            date_from=self.date_from,
            decision=self.decision,
            components=tuple(component._engine_component() for component in self.component_ids.sorted()),
        )
