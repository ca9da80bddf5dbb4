from odoo import SUPERUSER_ID, api

DOTS = "Hoàn cảnh gia đình: ……………………………………………………………………"


def migrate(cr, version):
    """Let officers write circumstances into a field of their own, and forget dates of birth events do not need."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    kind = env.ref("kdc_residents.letter_type_circumstances", raise_if_not_found=False)
    if kind and DOTS in kind.body:
        kind.body = kind.body.replace(DOTS, "Hoàn cảnh gia đình: {hoan_canh}")
    lines = env["kdc.civil.event.line"].search([("birth_date", "!=", False), ("event_id.state", "!=", "draft")])
    lines.birth_date = False
