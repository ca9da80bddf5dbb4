from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Make the keys of the search anew: they hold where goods come from and where shops are, too."""
    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
    for model, fname in (("kdc.shop", "search_key"), ("product.template", "kdc_search_key")):
        records = env[model].search([(fname, "!=", False)])
        env.add_to_compute(records._fields[fname], records)
        records.flush_recordset([fname])
