from odoo import SUPERUSER_ID, api
from odoo.tools import convert_file


def migrate(cr, version):
    """Put the access rules of listings anew: they ask who sees the shop, and updates leave rules as they are."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    convert_file(env, "kdc_marketplace", "security/kdc_marketplace_rules.xml", {}, mode="init")
