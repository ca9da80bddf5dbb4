from odoo import models

#: Apps of Odoo that come along and are no job in a ward, each with the groups whose people work in it all the same.
#: Messages are read from the bell at the top, so nobody needs the app for them.
OTHER_APPS = {
    "base.menu_management": "base.group_system",
    "mail.menu_root_discuss": "base.group_system",
    "spreadsheet_dashboard.spreadsheet_dashboard_menu_root": "spreadsheet_dashboard.group_dashboard_manager",
    "website.menu_website_configuration": "website.group_website_restricted_editor",
}


class IrUiMenu(models.Model):
    _inherit = "ir.ui.menu"

    def _load_menus_blacklist(self):
        """Show the staff of a ward the apps of their jobs only; what is left out stays open by its address."""
        hidden = super()._load_menus_blacklist()
        user = self.env.user
        if user.has_group("kdc_residents.group_staff") and not user.has_group("base.group_system"):
            hidden += [menu.id for menu in self._kdc_other_apps()]
        return hidden

    def get_user_roots(self):
        """Leave the same apps out of the bar that staff see above the pages of the website.

        There Odoo looks each app up among the menus that are shown, and fails on one that is not.
        """
        return super().get_user_roots() - self.browse(self._load_menus_blacklist())

    def _kdc_other_apps(self):
        """Return the menus of Odoo's apps in which the reader has no work."""
        menus = (
            self.env.ref(menu, raise_if_not_found=False)
            for menu, groups in self._kdc_apps_of_groups().items()
            if not self.env.user.has_groups(groups)
        )
        return [menu for menu in menus if menu]

    def _kdc_apps_of_groups(self):
        """Return {app: groups of which one is needed}, as external ids; addons add the apps they bring along."""
        return OTHER_APPS
