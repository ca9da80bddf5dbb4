"""The personal data of who works for a business and is no resident: a copy, and its end."""

from odoo.addons.kdc_residents.controllers.my_data import ResidentMyData
from odoo.http import request


class BusinessData(ResidentMyData):
    def _my_data_holder(self):
        """Override: who came in by a slip of a business has no record in the register, but a contact."""
        return super()._my_data_holder() or self._market_business_contact()

    def _market_business_contact(self):
        """Return the contact of the current user who works for a business, in sudo; empty for anybody else."""
        partner = request.env.user.partner_id.sudo()  # sudo: one's own contact and slips
        return partner if request.env.user.share and partner._kdc_business_slips() else partner.browse()
