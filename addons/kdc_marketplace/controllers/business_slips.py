"""The slip of a business: the one place where its activation code leaves the system."""

from odoo.addons.kdc_residents.controllers.invitations import InvitationSlips
from odoo.http import route


class BusinessSlips(InvitationSlips):
    @route("/kdc/business-slips/<int:wizard_id>/slip.pdf", type="http", auth="user", methods=["GET"])
    def business_slip(self, wizard_id):
        """Give the slip to the moderator who made it, and to nobody else."""
        return self._slips_pdf("kdc.business.invite", wizard_id, "kdc_marketplace.group_moderator")
