import logging

from odoo import models
from odoo.http import request

_logger = logging.getLogger(__name__)


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _get_error_html(cls, env, code, values):
        """Tell visitors in plain words what happened, on a page of 3 kB instead of Odoo's 800.

        The page stands on the bare layout and reads nothing of the visitor, so that whatever broke the first page
        does not break this one too; if it does, Odoo's own page is shown. People who edit the website keep Odoo's
        pages, which offer to create the missing page.
        """
        if isinstance(code, int) and not env.user.has_group("website.group_website_restricted_editor"):
            try:
                return code, env["ir.qweb"]._render(
                    "kdc_residents.light_error",
                    {
                        "code": code,
                        # What a UserError says is meant for people; the text of other errors may tell inner names.
                        "message": values.get("error_message") if code == 422 else None,
                        "request": request,
                    },
                )
            except Exception:  # the page about an error must never be the error
                _logger.exception("The light page for HTTP status %s could not be rendered", code)
        return super()._get_error_html(env, code, values)
