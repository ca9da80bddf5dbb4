from odoo import SUPERUSER_ID, api
from odoo.tools.sql import column_exists


def migrate(cr, version):
    """Remember day by day what was remembered by years: days decided later come, those the ward deleted do not.

    Swapped days were never filled in: those ahead come with the next run.
    """
    if not column_exists(cr, "resource_calendar", "kdc_holiday_years"):
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    cr.execute("SELECT id, kdc_holiday_years FROM resource_calendar WHERE kdc_holiday_years IS NOT NULL")
    for calendar_id, years in cr.fetchall():
        calendar = env["resource.calendar"].browse(calendar_id)
        days, _swaps = calendar._public_holidays({int(year) for year in years.split()})
        calendar._remember_holidays(days)
