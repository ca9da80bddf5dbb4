from odoo import api, models

from ..tools.bill_press import BillPress


class AccountMove(models.Model):
    """Making many bills at once."""

    _inherit = "account.move"

    @api.model
    def _kdc_post_bills(self, vals_list):
        """Create and post bills: the same rows as ``create`` and ``_post`` write, in a fraction of the time.

        :param vals_list: values for ``create`` from lines of billing runs, see ``kdc.billing.run.line._bill_vals``
        :return: the posted bills, in the order of the values
        """
        return BillPress(self).post(vals_list)
