from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """End the residence records of people and households that were archived before archiving did that itself."""
    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
    residence = env["kdc.residence"]
    for owner in ("resident_id", "household_id"):
        archived = residence.search([(f"{owner}.active", "=", False), ("cancelled", "=", False)])[owner]
        for record in archived:
            day = record.archive_date or record.write_date.date()
            residence._end_with_archive([(owner, "=", record.id)], day, record.archive_reason)
