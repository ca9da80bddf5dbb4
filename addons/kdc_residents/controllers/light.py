"""Base of all pages of the residents: the light layout, flash messages, uploads.

Odoo merges **all** subclasses of one controller into a single class (``odoo.http._generate_routing_rules``).
For whoever writes pages on this base that means:

* method names must be unique over all addons (``my_bills_list``, not ``list``): a second method of the same name
  silently replaces the first and its routes. ``tests/test_portal_controllers.py`` watches over it;
* hooks such as ``_home_tiles`` work from every page, whichever addon extends them.
"""

import io

from odoo import http
from odoo.http import request
from odoo.tools.translate import LazyTranslate
from PIL import Image, ImageOps, WebPImagePlugin
from werkzeug.exceptions import HTTPException

from ..engine.format import fmt

_lt = LazyTranslate(__name__)

FLASH_KEY = "kdc_light_flash"

# The bar at the bottom names the house's own addons, so that it costs no query, unlike the tiles with their counts.
NAVIGATION_LABELS = {
    "home": _lt("Home"),
    "bill": _lt("Bills"),
    "feedback": _lt("Feedback"),
    "market": _lt("Market"),
    "household": _lt("My household"),
}
# (icon, url, addon that serves it, or None)
NAVIGATION = (
    ("home", "/my", None),
    ("bill", "/my/bills", "kdc_utilities"),
    ("feedback", "/my/feedback", "kdc_feedback"),
    ("market", "/shop", "kdc_marketplace"),
    ("household", "/my/household", None),
)

# Nothing on these pages comes from elsewhere; styles may be inline (bar charts), scripts may not. Odoo's own website
# app shows them in a frame.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; script-src 'self'; "
    "frame-ancestors 'self'; base-uri 'self'; form-action 'self'; object-src 'none'"
)

# What phones send; an iPhone converts its HEIC for accept="image/jpeg,image/png,image/webp", which all forms say.
# Odoo keeps Pillow's decoders off but for a few: that of WebP comes with its import.
PHOTO_FORMATS = ("JPEG", "PNG", WebPImagePlugin.WebPImageFile.format)
PHOTO_MAX_SIDE = 1600  # px, enough to read a meter or a shop sign
PHOTO_MAX_PIXELS = 50_000_000  # above that a small file can be a decompression bomb
PHOTO_QUALITY = 82


class UploadError(Exception):
    """A file sent by a resident cannot be taken; the message says what to do, in the reader's language."""


def secure_page(response):
    """Mark a page as private to its reader: never cached, never framed, no foreign content. Returns it."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


class LightController(http.Controller):
    """Helpers for server-rendered pages that work on an old phone without JavaScript."""

    # -- who is asking ---------------------------------------------------------------------------------------------
    def _light_resident(self):
        """Return the resident of the current user, in sudo; empty for staff and strangers."""
        return request.env.user._kdc_resident()

    def _light_household(self, subject=None):
        """Return the household the current user looks at, in sudo.

        :param subject: what the page is about (see ``res.users._kdc_may_see``), when it is shared by the head
        :raise werkzeug.exceptions.NotFound: the user is no resident, or lives in no household any more
        :raise werkzeug.exceptions.HTTPException: the head does not share it; the answer is a page that says so
        """
        household = request.env.user._kdc_household()
        if not household:
            raise request.not_found()
        if subject and not request.env.user._kdc_may_see(subject, household):
            page = self._light_render(
                "kdc_residents.portal_not_shared", {"head_name": household.head_id.name}, status=403
            )
            page.flatten()
            raise HTTPException(response=page)
        return household

    def _light_company(self):
        """Return the ward whose name stands at the top: the resident's own, else the website's."""
        resident = self._light_resident() if request.session.uid else None
        # sudo: the name of the ward is public.
        return (resident and resident.company_id) or request.website.company_id.sudo()

    # -- answering -------------------------------------------------------------------------------------------------
    def _light_navigation(self):
        """Return the entries of the bottom bar as dicts with ``url``, ``icon``, ``title`` and ``current``."""
        path = request.httprequest.path
        entries = [
            {"url": url, "icon": icon, "title": str(NAVIGATION_LABELS[icon])}
            for icon, url, module in NAVIGATION
            if not module or module in request.env.registry._init_modules
        ]
        for entry in entries:
            url = entry["url"]
            entry["current"] = path == url or (url != "/my" and path.startswith(url + "/"))
        return entries

    def _light_values(self):
        """Return what the layout itself shows, under the name ``light`` in the templates."""
        resident = self._light_resident() if request.session.uid else None
        # sudo: the name of the ward is public.
        company = (resident and resident.company_id) or request.website.company_id.sudo()
        # A business has no household, but notices and a home of its own
        own_home = bool(resident or (request.session.uid and request.env.user.share))
        return {
            "ward": company.name,
            "own_home": own_home,
            "navigation": self._light_navigation() if resident else [],
            "unread": request.env["kdc.notification"]._unread_count() if own_home else 0,
            "flashes": request.session.pop(FLASH_KEY, []),
        }

    def _light_render(self, template, values=None, status=200):
        """Render a page on ``kdc_residents.light_layout``.

        :param template: xml id of the page, which calls the layout
        :param values: what the page shows; ``fmt`` and ``light`` are added
        :param status: HTTP status
        """
        response = request.render(template, {**(values or {}), "fmt": fmt, "light": self._light_values()})
        response.status_code = status
        return secure_page(response)

    def _light_invalid(self, template, values=None):
        """Show a form again with what was typed and what is wrong with it (HTTP 422)."""
        return self._light_render(template, values, status=422)

    def _light_redirect(self, url):
        """Go on to ``url`` after a form was accepted (HTTP 303, so that reloading does not send it again)."""
        return request.redirect(url, code=303)

    def _light_flash(self, message, kind="ok"):
        """Show ``message`` once on the next page.

        :param kind: ``ok``, ``warn``, ``late`` or ``info``; decides colour and icon
        """
        flashes = request.session.get(FLASH_KEY, [])
        request.session[FLASH_KEY] = [*flashes, {"text": str(message), "kind": kind}]

    # -- files -----------------------------------------------------------------------------------------------------
    def _light_uploads(self, name, max_count=3, max_mb=10):
        """Return the photos sent under ``name`` as safe JPEG bytes: upright, without EXIF, at most 1600 px.

        :param name: name of the file input (``multiple`` or not)
        :param max_count: how many photos are taken
        :param max_mb: size limit of one file as sent, in MB
        :raise UploadError: too many, too big, or no photo
        """
        files = [upload for upload in request.httprequest.files.getlist(name) if upload.filename]
        if len(files) > max_count:
            raise UploadError(
                request.env._(
                    "Please send at most %(count)s photos. You chose %(chosen)s.", count=max_count, chosen=len(files)
                )
            )
        return [self._light_photo(upload, max_mb) for upload in files]

    def _light_photo(self, upload, max_mb):
        """Return one uploaded file as clean JPEG bytes, see :meth:`_light_uploads`."""
        upload.stream.seek(0)  # Odoo rewinds only the first file of a name when it answers a request again
        data = upload.stream.read(max_mb * 1024 * 1024 + 1)
        if len(data) > max_mb * 1024 * 1024:
            raise UploadError(
                request.env._(
                    "The photo “%(name)s” is larger than %(size)s MB. Please choose a smaller one.",
                    name=upload.filename[:60],
                    size=max_mb,
                )
            )
        try:
            return clean_photo(data)
        except ValueError:
            raise UploadError(
                request.env._(
                    "The file “%(name)s” is not a photo we can read. Please choose a JPG, PNG or WebP picture.",
                    name=upload.filename[:60],
                )
            ) from None


def clean_photo(data):
    """Decode a picture and encode it anew as JPEG, so that nothing but its pixels survives.

    :param data: bytes of a JPEG, PNG or WebP file, judged by content and not by name
    :raise ValueError: anything else, damaged, or too many pixels
    """
    try:
        image = Image.open(io.BytesIO(data), formats=PHOTO_FORMATS)
        if image.width * image.height > PHOTO_MAX_PIXELS:
            raise ValueError("too many pixels")
        image.draft("RGB", (PHOTO_MAX_SIDE, PHOTO_MAX_SIDE))  # JPEG: decode at a smaller scale, saves memory
        image = ImageOps.exif_transpose(image)
        image.thumbnail((PHOTO_MAX_SIDE, PHOTO_MAX_SIDE))
        if image.mode != "RGB":
            rgba = image.convert("RGBA")
            image = Image.new("RGB", rgba.size, "white")
            image.paste(rgba, mask=rgba.getchannel("A"))
        image.info.clear()  # Pillow would write the comment of a JPEG into the new one
        out = io.BytesIO()
        image.save(out, "JPEG", quality=PHOTO_QUALITY, optimize=True, exif=b"")
    except ValueError:
        raise
    except Exception as error:  # Pillow raises many kinds on damaged files, from SyntaxError to struct.error
        raise ValueError("not a readable picture") from error
    return out.getvalue()
