from odoo import models


class WebsiteMenu(models.Model):
    _inherit = "website.menu"

    def _compute_visible(self):
        """Leave out Odoo's page of contact, which leads to the first page of the ward (see ``public_contact``)."""
        super()._compute_visible()
        self.filtered(lambda menu: menu.url == "/contactus").is_visible = False
