"""Drives for voluntary contributions: progress for everybody in the area, gifts for the own household only."""

from odoo import fields, http
from odoo.addons.kdc_residents.engine.qr import svg_path as qr_path
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.addons.kdc_residents.tools.private_file import private_file
from odoo.fields import Domain
from odoo.http import request

from ..models.kdc_contribution_drive import BOOKED
from .bills import ResidentBills, qr_png

#: Closed drives stay on the page for this long, so that everybody can read what became of the money.
SHOWN_MONTHS = 24


class ResidentContributions(ResidentBills):
    """``/my/contributions``: stands apart from the bills and is nowhere among what a resident has to do."""

    def _home_tiles(self, household, resident):
        tiles = super()._home_tiles(household, resident)
        if not self._drives(household):
            return tiles
        title = request.env._("Contributions")
        return tiles + [{"icon": "plus", "title": title, "url": "/my/contributions", "count": 0, "sequence": 45}]

    def _bills_page(self, household, accounts):
        return super()._bills_page(household, accounts) | {"drive_count": len(self._drives(household))}

    # -- pages -------------------------------------------------------------------------------------

    @http.route("/my/contributions", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_contributions(self, **_kwargs):
        """List the drives of the reader's area with their progress."""
        household = self._light_household()
        drives = self._drives(household)
        given = {}
        for gift in self._gifts(household, drives):
            given[gift.drive_id.id] = given.get(gift.drive_id.id, 0) + gift.amount
        return self._light_render(
            "kdc_utilities.portal_contributions",
            {"drives": drives, "given": given, "open_ids": drives.filtered(self._is_open).ids},
        )

    @http.route(
        "/my/contributions/<int:drive_id>", type="http", auth="user", website=True, sitemap=False, methods=["GET"]
    )
    def resident_contribution(self, drive_id, **_kwargs):
        """Show one drive: what for, how far it is, what the own household gave, how to give."""
        household = self._light_household()
        drive = self._drive(household, drive_id)
        transfer = self._transfer(household, drive)
        return self._light_render(
            "kdc_utilities.portal_contribution",
            {
                "drive": drive,
                "is_open": self._is_open(drive),
                "gifts": self._gifts(household, drive),
                "transfer": transfer,
                "qr": qr_path(transfer["payload"]) if transfer and transfer["payload"] else None,
            },
        )

    @http.route(
        "/my/contributions/<int:drive_id>/qr.png",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def resident_contribution_qr(self, drive_id, **_kwargs):
        """Give the QR code as a picture to save; the payer types the amount."""
        household = self._light_household()
        transfer = self._transfer(household, self._drive(household, drive_id))
        if not transfer or not transfer["payload"]:
            raise request.not_found()
        return private_file(qr_png(transfer["payload"]), f"VietQR-{transfer['reference']}.png")

    # -- whose -------------------------------------------------------------------------------------

    def _drives(self, household):
        """Return the drives a household reads about, open ones first (in sudo: they are published to the area)."""
        # sudo: residents have no right on drives; the domain lets only the published ones of their area through.
        drives = request.env["kdc.contribution.drive"].sudo()
        since = fields.Datetime.subtract(fields.Datetime.now(), months=SHOWN_MONTHS)
        domain = drives._visible_domain(household.area_id, household.company_id) & (
            Domain("state", "=", "open") | (Domain("state", "=", "closed") & Domain("write_date", ">=", since))
        )
        return drives.search(domain)

    def _drive(self, household, drive_id):
        """Return a drive of the reader's area in sudo; any other number does not exist."""
        drive = self._drives(household).filtered(lambda row: row.id == drive_id)
        if not drive:
            raise request.not_found()
        return drive

    def _gifts(self, household, drives):
        """Return what the reader's household gave, in sudo; nothing for a member who does not see its money."""
        # sudo: residents have no right on gifts; the domain lets only those of the own household through.
        gifts = request.env["kdc.contribution"].sudo()
        if not request.env.user._kdc_may_see("bills", household):
            return gifts
        return gifts.search(
            Domain("drive_id", "in", drives.ids) & Domain("customer_id", "in", household.kdc_account_ids.ids) & BOOKED
        )

    def _is_open(self, drive):
        today = today_here(drive)
        return drive.state == "open" and drive.date_from <= today and (not drive.date_to or today <= drive.date_to)

    def _transfer(self, household, drive):
        """Return how this household transfers a gift, or None."""
        return drive._transfer(household.kdc_account_ids[:1])
