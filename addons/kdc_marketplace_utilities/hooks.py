from odoo.addons.kdc_residents.engine.clock import to_local


def post_init_hook(env):
    """Say since when the shops are open that were open before this addon came: since their application."""
    for shop in env["kdc.shop"].search([("kdc_open_from", "!=", False)]):
        shop.kdc_open_from = to_local(shop.submitted_date or shop.create_date).date()
