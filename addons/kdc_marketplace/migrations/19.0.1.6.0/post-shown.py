from odoo import SUPERUSER_ID, api
from odoo.tools import convert_file


def migrate(cr, version):
    """Put the access rules of listings and shops anew: who sees the shop is asked, and updates leave rules alone."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name in ("kdc_marketplace_rules.xml", "shops/shops_rules.xml"):
        convert_file(env, "kdc_marketplace", f"security/{name}", {}, mode="init")
