from odoo import SUPERUSER_ID, api

#: What is older is known to be forgotten; the moderators see it on their page.
OLD_DAYS = 14


def migrate(cr, version):
    """Look again for the ward's words, which are sought in more texts now, and remind of no order of long ago.

    The words are sought in the names of places, windows and special days of a shop, and in the unit of a listing.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    shops = env["kdc.shop"].search([])
    listings = env["product.template"].with_context(active_test=False).search([("kdc_shop_id", "!=", False)])
    env.add_to_compute(shops._fields["ban_words"], shops)
    env.add_to_compute(listings._fields["kdc_ban_words"], listings)
    cr.execute(
        """
        UPDATE sale_order SET kdc_handover_reminded = now() AT TIME ZONE 'UTC'
         WHERE kdc_shop_state IN ('accepted', 'ready') AND kdc_handover_reminded IS NULL
           AND kdc_state_date < now() AT TIME ZONE 'UTC' - %s * interval '1 day'
        """,
        [OLD_DAYS],
    )
