"""What most buttons of the portal do: one step, all of it or nothing, then a page that says what became of it."""

from odoo.addons.kdc_residents.controllers.light import LightController
from odoo.exceptions import UserError
from odoo.http import request


class MarketSteps(LightController):
    def _market_step(self, act, done, url, refused=None):
        """Do what a button asks for and go on to ``url``; a step that is refused halfway leaves nothing behind.

        :param act: function that does it
        :param done: what the next page says, or function that makes it of what ``act`` gives
        :param url: address to go on to, or function that makes it of what ``act`` gives
        :param refused: function of the reason in words that answers instead; without it ``url`` says the reason
        """
        try:
            with request.env.cr.savepoint():
                result = act()
        except UserError as error:
            return refused(str(error)) if refused else self._market_back(str(error), url)
        self._light_flash(done if isinstance(done, str) else done(result))
        return self._light_redirect(url if isinstance(url, str) else url(result))

    def _market_back(self, reason, url):
        """Go to ``url``, which says why nothing was done."""
        self._light_flash(reason, "warn")
        return self._light_redirect(url)
