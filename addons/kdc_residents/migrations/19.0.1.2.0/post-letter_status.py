from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Let the letter about circumstances check what it certifies, unless the office has chosen already."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    kind = env.ref("kdc_residents.letter_type_circumstances", raise_if_not_found=False)
    if kind and not kind.status_kind_ids:
        names = ("poor", "near_poor", "policy", "disability", "elderly_alone", "orphan")
        kind.status_kind_ids = env["kdc.status.kind"].search([("code", "in", names)])
