"""The day of the ward: bills fall due, slips expire and months end at midnight in Vietnam."""

from odoo import fields

from ..engine.clock import VIETNAM


def today_here(records):
    """Return the day in Vietnam, whatever zone the user, the visitor's browser or the scheduled job has.

    :param records: any recordset; only its environment matters. Fits as the default of a field.
    """
    return fields.Date.context_today(records.with_context(tz=VIETNAM))
