"""Slips for officers: the one place where activation codes leave the system."""

import base64

from odoo import http
from odoo.http import request

from ..tools.private_file import private_file


class InvitationSlips(http.Controller):
    @http.route("/kdc/invitations/<int:wizard_id>/slips.pdf", type="http", auth="user", methods=["GET"])
    def invitation_slips(self, wizard_id):
        """Give the slips to the officer who made them, and to nobody else."""
        return self._slips_pdf("kdc.invite.wizard", wizard_id, "kdc_residents.group_officer")

    def _slips_pdf(self, model, wizard_id, group):
        """Return the PDF of the user's own dialogue; 404 for anybody else, and without ``group``."""
        user = request.env.user
        if not user.has_group(group):
            raise request.not_found()
        wizard = request.env[model].search([("id", "=", wizard_id), ("create_uid", "=", user.id)])
        if not wizard.pdf:
            raise request.not_found()
        return private_file(base64.b64decode(wizard.pdf), f"phieu-kich-hoat-{wizard.id}.pdf", inline=True)
