from odoo import models


class WebsiteMenu(models.Model):
    _inherit = "website.menu"

    def _compute_visible(self):
        """Leave out Odoo's page of contact, which leads to the first page of the ward (see ``public_contact``)."""
        shown = self.filtered(lambda menu: menu.url != "/contactus")
        (self - shown).is_visible = False
        return super(WebsiteMenu, shown)._compute_visible()
