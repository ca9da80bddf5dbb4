from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..engine import tariff
from ..engine.money import decimal


class KdcVatRate(models.Model):
    """VAT rate in percent from a date on. National law, so shared by all companies.

    A rate that stands on issued bills stays as it is. Where it was wrong, another one of the same day takes its place,
    and the bills are corrected by it: as with the versions of a tariff.
    """

    _name = "kdc.vat.rate"
    _description = "VAT Rate"
    _order = "category_id, date_from desc, id desc"

    category_id = fields.Many2one("kdc.vat.category", required=True, ondelete="cascade", index=True)
    date_from = fields.Date("In force from", required=True)
    percent = fields.Float("Rate (%)", required=True, digits=(5, 2))
    legal_basis = fields.Char(required=True)
    replaced = fields.Boolean(
        compute="_compute_replaced", help="A later line of the same day took its place; bills were made with it."
    )

    _percent_range = models.Constraint("CHECK (percent >= 0 AND percent <= 100)", "A VAT rate is between 0 and 100 %.")

    @api.depends("category_id.rate_ids.date_from")
    def _compute_replaced(self):
        standing = self.category_id.rate_ids._standing()
        for rate in self:
            rate.replaced = bool(rate._origin) and rate._origin not in standing

    @api.constrains("category_id", "date_from")
    def _check_one_of_a_day(self):
        """Only what bills were made with gets a second rate of its day; another one is simply changed."""
        # Of two people who add a line of one day at a time, neither would find the other's.
        lock_or_retry(self.category_id, allow_referencing=True, touch=True)
        for (category, day), _rates in self.grouped(lambda rate: (rate.category_id, rate.date_from)).items():
            same_day = category.rate_ids.filtered_domain([("date_from", "=", day)])
            if any(not former._bill_made_with() for former in same_day.sorted("id")[:-1]):
                raise ValidationError(self.env._("This category already has a rate from this date."))

    def write(self, vals):
        if {"category_id", "date_from", "percent"} & vals.keys():
            self._check_no_bill_made_with()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        self._check_no_bill_made_with()

    # --- Rates of issued bills -------------------------------------------------------------------

    def _standing(self):
        """Return the rates without those whose place another one of the same day took."""
        last = {(rate.category_id, rate.date_from): rate for rate in self.sorted("id")}
        return self.filtered(lambda rate: last[rate.category_id, rate.date_from] == rate)

    def _check_no_bill_made_with(self):
        """Refuse to change a rate that stands on issued bills.

        :raise UserError: names a bill and says what to do instead
        """
        for rate in self:
            if bill := rate._bill_made_with():
                raise UserError(
                    self.env._(
                        "Bill %(bill)s was made with the VAT rate of %(percent)s %% from %(day)s, so it stays as it is "
                        "and nothing was changed. For a new rate, add a line with the day from which it holds. If this "
                        "rate was wrong, add a line of the same day with the right one, and correct the bills that "
                        "were issued.",
                        bill=bill.name, percent=fmt.number(rate.percent), day=fmt.date(rate.date_from),
                    )
                )  # fmt: skip

    def _bill_made_with(self):
        """Return an issued bill (sudo) of any ward that was made with this rate, empty when there is none.

        It has a component or a one-off charge of this category on days on which the rate is in force, and is younger.
        """
        self.ensure_one()
        bills = self.env["account.move"].sudo()  # sudo: whoever changes a rate learns only that there is a bill
        later = self.category_id.rate_ids.filtered(lambda other: other.date_from > self.date_from)
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT bill.id
                  FROM account_move bill
                  JOIN kdc_vat_rate rate ON rate.id = %(rate)s AND rate.create_date < bill.create_date
                 CROSS JOIN jsonb_array_elements(bill.kdc_explanation->'sections') section
                 CROSS JOIN jsonb_array_elements(section->'charges') charge
                 WHERE bill.state = 'posted' AND bill.move_type = 'out_invoice'
                   AND bill.kdc_period >= date_trunc('month', %(start)s::date)
                   AND COALESCE(section->>'vat_date', section->>'date_to') >= %(start)s
                   AND COALESCE(section->>'vat_date', section->>'date_to') < %(end)s
                   AND (EXISTS (
                           SELECT FROM kdc_tariff_component component
                             JOIN kdc_tariff_version version ON version.id = component.version_id
                             JOIN kdc_tariff tariff ON tariff.id = version.tariff_id
                             JOIN kdc_service service ON service.id = tariff.service_id
                            WHERE component.vat_category_id = rate.category_id AND tariff.company_id = bill.company_id
                              AND service.code = section->>'service' AND tariff.code = section->>'tariff'
                              AND component.code = charge->>'code'
                       ) OR EXISTS (
                           SELECT FROM kdc_charge once
                            WHERE once.move_id = bill.id AND once.vat_category_id = rate.category_id
                              AND charge->>'code' IN ('ONCE' || once.id, 'LATE' || once.id)
                       ))
                 LIMIT 1
                """,
                rate=self.id,
                start=fields.Date.to_string(self.date_from),
                end=fields.Date.to_string(min(later.mapped("date_from"), default=fields.Date.to_date("9999-12-31"))),
            )
        )
        return bills.browse(row[0] for row in rows)

    # --- For the engine --------------------------------------------------------------------------

    def _engine_table(self):
        """Return the whole dated table for the tariff engine."""
        rates = self.search([("date_from", "!=", False)])._standing()
        return tariff.VatTable(
            tuple(tariff.VatRate(rate.category_id.code, rate.date_from, decimal(rate.percent, 2)) for rate in rates)
        )
