"""Slips for officers: the one place where activation codes leave the system."""

import base64

from odoo import http
from odoo.http import content_disposition, request


class InvitationSlips(http.Controller):
    @http.route("/kdc/invitations/<int:wizard_id>/slips.pdf", type="http", auth="user", methods=["GET"])
    def invitation_slips(self, wizard_id):
        """Give the slips to the officer who made them, and to nobody else."""
        user = request.env.user
        if not user.has_group("kdc_residents.group_officer"):
            raise request.not_found()
        wizard = request.env["kdc.invite.wizard"].search([("id", "=", wizard_id), ("create_uid", "=", user.id)])
        if not wizard.pdf:
            raise request.not_found()
        return request.make_response(
            base64.b64decode(wizard.pdf),
            [
                ("Content-Type", "application/pdf"),
                (
                    "Content-Disposition",
                    content_disposition(f"phieu-kich-hoat-{wizard.id}.pdf", disposition_type="inline"),
                ),
                ("Cache-Control", "private, no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
