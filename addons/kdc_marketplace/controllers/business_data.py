"""The personal data of who works for a business and is no resident: a copy, and its end."""

from urllib.parse import urlencode

from odoo.addons.kdc_residents.controllers.my_data import ResidentMyData
from odoo.exceptions import UserError
from odoo.http import request, route


class BusinessData(ResidentMyData):
    def _my_data_holder(self):
        """Override: who came in by a slip of a business has no record in the register, but a contact."""
        return super()._my_data_holder() or self._market_business_contact()

    def _market_business_contact(self):
        """Return the contact of the current user who works for a business, in sudo; empty for anybody else."""
        partner = request.env.user.partner_id.sudo()  # sudo: one's own contact and slips
        return partner if request.env.user.share and partner._kdc_business_slips() else partner.browse()

    @route("/my/household/my-data/delete", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def market_business_delete(self, password="", **_kwargs):
        """Delete account and data of who works for a business; a resident's are the officers' to delete."""
        user, env = request.env.user, request.env
        if self._light_resident() or not self._market_business_contact():
            raise request.not_found()
        if refusal := self._my_data_refusal(password):
            return self._my_data_page({"delete": refusal})
        done = env._("Your account was deleted.")
        try:
            with env.cr.savepoint():
                user.sudo()._deactivate_portal_user()  # sudo: one's own account, after its password
        except UserError as error:
            return self._my_data_page({"delete": str(error)})
        request.session.logout()
        return request.redirect(f"/web/login?{urlencode({'message': done})}", code=303)
