"""A copy of one's own data as one file (Luật 91/2025/QH15, điều 4)."""

import io
import json
import zipfile

from odoo import fields, http
from odoo.exceptions import AccessDenied
from odoo.http import request

from ..engine.format import fmt
from ..tools.private_file import private_file
from .light import LightController

FILE = "du-lieu-cua-toi"


class ResidentMyData(LightController):
    """``/my/household/my-data``: only ever about the reader, after the password was given once more."""

    @http.route("/my/household/my-data", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_my_data(self, **_kwargs):
        """Say what is in the file and ask for the password."""
        return self._my_data_page({})

    def _my_data_holder(self):
        """Return the reader's own record, in sudo; addons add who is no resident."""
        return self._light_resident()

    def _my_data_page(self, errors):
        if not self._my_data_holder():
            raise request.not_found()
        values = {
            "errors": errors,
            "limit": request.env["kdc.throttle"]._LIMITS["my_data"][0],
            "resident": self._light_resident(),
        }
        return self._light_render("kdc_residents.portal_my_data", values, status=422 if errors else 200)

    @http.route("/my/household/my-data", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def resident_my_data_file(self, password="", **_kwargs):
        """Hand out the file, with a line in the record of who looked."""
        holder, env, user = self._my_data_holder(), request.env, request.env.user
        if not holder:
            raise request.not_found()
        throttle = env["kdc.throttle"]
        if not throttle._allow("my_data", str(user.id)):
            message = env._("You have downloaded your data several times today. Please come back tomorrow.")
            return self._my_data_page({"form": message})
        if refusal := self._my_data_refusal(password):
            return self._my_data_page({"password": refusal})
        throttle._count("my_data", str(user.id))
        if holder == self._light_resident():  # the record of who looked is of residents
            env["kdc.access.log"]._log(holder, "download", "all")
        return private_file(self._my_data_zip(holder), f"{FILE}.zip")

    def _my_data_refusal(self, password):
        """Return why the reader is not taken for the holder of the account; None when the password is right."""
        user, env = request.env.user, request.env
        throttle = env["kdc.throttle"]
        if not throttle._allow("password", str(user.id)):
            return env._("Too many attempts. Please wait 15 minutes and try again.")
        try:
            credential = {"login": user.login, "password": str(password), "type": "password"}
            user._check_credentials(credential, {"interactive": True})
        except AccessDenied:
            throttle._count("password", str(user.id))
            return env._("The password is not right.")
        return None

    def _my_data_zip(self, holder):
        """Return the file: a page to read, and the same as JSON.

        :param holder: the reader's own record, in sudo
        """
        sections = holder._kdc_my_data()
        made = fields.Datetime.now()
        values = {
            "name": holder.name,
            "ward": holder.company_id.name,
            "made": fmt.datetime(made),
            "sections": sections,
            "lang": request.env.lang.replace("_", "-"),
        }
        page = request.env["ir.qweb"]._render("kdc_residents.my_data_file", values)
        data = {
            "name": holder.name,
            "ward": holder.company_id.name,
            "made": f"{made.isoformat()}Z",
            "sections": {section["key"]: {"title": section["title"], "rows": section["rows"]} for section in sections},
        }
        output = io.BytesIO()
        with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{FILE}.html", "<!DOCTYPE html>\n" + str(page))
            archive.writestr(f"{FILE}.json", json.dumps(data, ensure_ascii=False, indent=1))
        return output.getvalue()
