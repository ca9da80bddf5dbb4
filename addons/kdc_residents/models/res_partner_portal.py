from odoo import models


class ResPartner(models.Model):
    """What a resident may not change through Odoo's own portal and shop pages."""

    _inherit = 'res.partner'

    def _can_be_edited_by_current_customer(self, **kwargs):
        """Keep names and addresses of the register out of Odoo's address forms.

        They are the ward's record, changed by an officer with papers in hand. Delivery addresses that a resident
        adds are contacts of their own and stay editable. The shop's checkout goes on without asking for an
        address that cannot be edited.
        """
        # sudo: whether a contact is registered is for staff to read; here it only closes a form.
        return not self.sudo().kdc_registered and super()._can_be_edited_by_current_customer(**kwargs)
