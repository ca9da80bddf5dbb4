from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Guard the slips of earlier receipts against being used again.

    Where a number stands on several receipts already, the first one has it: the others stay as they are, to be looked
    into by the accountant.
    """
    receipts = api.Environment(cr, SUPERUSER_ID, {})["kdc.receipt"]
    keys = set()
    for receipt in receipts.search([("way_reference", "!=", False), ("state", "=", "posted")], order="id"):
        key = receipts._slip_key(receipt.way_reference)
        if key and (receipt.company_id.id, key) not in keys:
            keys.add((receipt.company_id.id, key))
            receipt.slip_key = key
