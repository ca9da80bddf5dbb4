import logging

from odoo import models
from odoo.http import request
from werkzeug.datastructures import FileStorage

from ..controllers.light import LightController

_logger = logging.getLogger(__name__)


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _dispatch(cls, endpoint):
        """Take out of what a form sent what no honest form sends and what would end as an error.

        PostgreSQL stores no NUL character. On the residents' pages files are read from the request itself, so that
        a file under the name of a text field is nothing but a text left empty.
        """
        if endpoint.routing.get("type") == "http":
            light = isinstance(endpoint.func.__self__, LightController)
            request.params = {
                name: value.replace("\0", "") if isinstance(value, str) else value
                for name, value in request.params.items()
                if not (light and isinstance(value, FileStorage))
            }
        return super()._dispatch(endpoint)

    @classmethod
    def _url_for(cls, url_from, lang_code=None):
        """Override of `http_routing`: with one language and no rewritten address a path is its own address.

        Odoo parses and joins every link of a page to find that out; a page of the market has more than a hundred.
        """
        if (
            lang_code is None
            and url_from
            and url_from[0] == "/"
            and url_from[:2] != "//"
            and len(request.env["res.lang"]._get_frontend()) == 1
            and not request.env["ir.http"]._rewrite_len(request.website_routing)
        ):
            return url_from
        return super()._url_for(url_from, lang_code)

    @classmethod
    def _serve_fallback(cls):
        """No page has a NUL character in its address; looking for one would be an error instead of a 404."""
        if "\0" in request.httprequest.path:
            cls._frontend_pre_dispatch()
            return None
        return super()._serve_fallback()

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
