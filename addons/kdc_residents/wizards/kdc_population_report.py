from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine import population
from ..engine.format import fmt
from ..tools.actions import form_of
from ..tools.local_day import today_here


class KdcPopulationReport(models.TransientModel):
    """The population on a day, counted by residential group, age band, sex and residence (R-22).

    The counting reads memberships, dwellings and groups as they were on that day. It is kept for its author for a few
    hours, as counts only, so that pivot, chart and export work on it.
    """

    _name = "kdc.population.report"
    _description = "Population on a Day"
    _transient_max_hours = 12.0

    date = fields.Date(string="On", required=True, default=today_here)
    company_id = fields.Many2one(
        "res.company", string="Ward office", required=True, default=lambda self: self.env.company, readonly=True
    )
    area_id = fields.Many2one(
        "kdc.area",
        string="Residential group",
        domain="[('kind', '=', 'group'), ('company_id', '=', company_id)]",
        help="Empty: all you may see.",
    )
    line_ids = fields.One2many("kdc.population.report.line", "report_id")
    persons = fields.Integer(readonly=True)
    households = fields.Integer(readonly=True)
    male = fields.Integer(readonly=True)
    female = fields.Integer(readonly=True)
    children = fields.Integer(string="Under 16", readonly=True)
    adults = fields.Integer(string="18 and older", readonly=True)
    elderly = fields.Integer(string="60 and older", readonly=True)
    unknown = fields.Integer(string="Age unknown", readonly=True)
    pyramid = fields.Json(readonly=True)

    @api.depends("date")
    def _compute_display_name(self):
        for report in self:
            report.display_name = self.env._("Population on %(date)s", date=fmt.date(report.date))

    @api.model
    def action_open(self):
        """Open the population of today."""
        report = self.create({})
        report.action_count()
        return form_of(report, self.env._("Population"))

    def action_count(self):
        """Count anew for the day and area given."""
        self.ensure_one()
        self.check_access("write")
        if self.date > today_here(self):
            raise UserError(self.env._("The day lies in the future."))
        rows = self._count()
        self.line_ids.unlink()
        self.env["kdc.population.report.line"].create(
            [
                {
                    "report_id": self.id,
                    "area_id": area,
                    "sex": sex,
                    "age_band": population.age_band(age),
                    "residence": residence,
                    "persons": persons,
                }
                for (area, sex, age, residence), persons in self._banded(rows).items()
            ]
        )
        groups = [population.Group(sex, age, persons) for _area, sex, age, _residence, persons in rows]
        figures = population.figures(groups)
        self.write(figures | {"pyramid": population.pyramid(groups), "households": self._count_households()})

    @api.model
    def _banded(self, rows):
        """Return {(area, sex, first age of the band, residence): persons}: one line per band, not per year."""
        banded = {}
        for area, sex, age, residence, persons in rows:
            first = (
                age if age is None else min(age, population.LAST_BAND) // population.BAND_YEARS * population.BAND_YEARS
            )
            key = (area, sex, first, residence)
            banded[key] = banded.get(key, 0) + persons
        return banded

    def _area_ids(self):
        """Return the ids of the areas that count: the chosen one, within what the reader may see."""
        domain = [("company_id", "=", self.company_id.id)]
        if self.env.user.kdc_area_scoped:
            domain.append(("id", "child_of", self.env.user.kdc_area_ids.ids))
        if self.area_id:
            domain.append(("id", "in", self.area_id._inside_on(self.date).ids))
        return tuple(self.env["kdc.area"].with_context(active_test=False).search(domain).ids) or (0,)

    def _members(self):
        """Return the query of ``resident_id, household_id, area_id`` in force on the day.

        Past dwellings and past groups are those whose row ended first after the day.
        """
        self.env.flush_all()
        return SQL(
            """
            SELECT m.resident_id, m.household_id, COALESCE(past.area_id, d.area_id) AS area_id
              FROM kdc_household_membership m
              JOIN kdc_household h ON h.id = m.household_id
              LEFT JOIN LATERAL (
                   SELECT dwelling_id FROM kdc_dwelling_stay
                    WHERE household_id = h.id AND date_to > %(date)s ORDER BY date_to LIMIT 1) stay ON TRUE
              JOIN kdc_dwelling d ON d.id = COALESCE(stay.dwelling_id, h.dwelling_id)
              LEFT JOIN LATERAL (
                   SELECT area_id FROM kdc_dwelling_area
                    WHERE dwelling_id = d.id AND date_to > %(date)s ORDER BY date_to LIMIT 1) past ON TRUE
             WHERE m.date_start <= %(date)s AND (m.date_end IS NULL OR m.date_end > %(date)s)
               AND COALESCE(past.area_id, d.area_id) IN %(areas)s
            """,
            date=self.date,
            areas=self._area_ids(),
        )

    def _count(self):
        """Return rows ``area id, sex, age in years, kind of residence, persons``."""
        # Plain SQL instead of records: 100,000 people in one query, and only counts leave it.
        return self.env.execute_query(
            SQL(
                """
                SELECT people.area_id, people.sex, people.age, people.residence, count(*)::int
                  FROM (
                    SELECT m.area_id, r.sex, date_part('year', age(%(date)s::date, r.birth_date))::int AS age,
                           COALESCE((
                               SELECT kind FROM kdc_residence
                                WHERE resident_id = m.resident_id AND cancelled IS NOT TRUE AND date_from <= %(date)s
                                  AND (date_to IS NULL OR date_to >= %(date)s) AND kind <> 'stay'
                                ORDER BY array_position(ARRAY['absence', 'temporary', 'permanent'], kind::text) LIMIT 1
                           ), 'unknown') AS residence
                      FROM (%(members)s) m
                      JOIN kdc_resident r ON r.id = m.resident_id
                  ) people
                 GROUP BY 1, 2, 3, 4
                """,
                date=self.date,
                members=self._members(),
            )
        )

    def _count_households(self):
        [(count,)] = self.env.execute_query(
            SQL("SELECT count(DISTINCT m.household_id)::int FROM (%s) m", self._members())
        )
        return count

    def action_open_lines(self):
        """Open pivot, chart and list of what was counted."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_residents.kdc_population_report_line_action")
        return action | {"domain": [("report_id", "=", self.id)]}
