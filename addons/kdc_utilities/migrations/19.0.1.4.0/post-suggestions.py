from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Suggest anew what waiting transfers may be: until now a suggestion did not say whose bills it meant.

    Accepted, it would pay today's payer although the code is that of a former one's bill.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["kdc.transfer"].search([("state", "=", "open")])._suggest()
