"""The public first page of the ward, the first page of a resident and the page of the household."""

from odoo import http
from odoo.http import request

from .light import LightController

TASK_ORDER = {"late": 0, "warn": 1, "info": 2}


class ResidentHome(LightController):
    """``/welcome`` for everybody; ``/my``: what must be done first, then the tiles.

    Other addons extend the hooks ``_welcome_doors``, ``_home_tasks`` and ``_home_tiles``, and for people who are no
    residents ``_home_outside_tasks`` and ``_home_outside_tiles``.
    """

    @http.route("/welcome", type="http", auth="public", website=True, sitemap=True, methods=["GET"])
    def public_welcome(self, **_kwargs):
        """Show what the ward offers here, how to get in and where its office is."""
        user = request.env.user
        # sudo: name, address and telephone of the ward's office are public.
        company = request.website.company_id.sudo()
        return self._light_render(
            "kdc_residents.public_welcome",
            {
                "company": company,
                "address": ", ".join(filter(None, (company.street, company.city))),
                "office_hours": [line for line in (company.kdc_office_hours or "").splitlines() if line.strip()],
                "signed_in": bool(request.session.uid),
                "own_page": "/odoo" if user._is_internal() else "/my",
                "doors": sorted(self._welcome_doors(), key=lambda door: door.get("sequence", 50)),
            },
        )

    @http.route("/contactus", type="http", auth="public", website=True, sitemap=False, methods=["GET"])
    def public_contact(self, **_kwargs):
        """Lead to the office's address: Odoo's page shows an invented company, and its form writes to nobody."""
        return request.redirect("/welcome")

    def _welcome_doors(self):
        """Return what can be done here, for the public first page.

        :return: list of dicts ``icon, title, text, url, sequence``
        """
        return []

    @http.route(["/my", "/my/home"], type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_home(self, **_kwargs):
        """Show the home of a resident; lead staff to their own, others to what there is for them."""
        resident = self._light_resident()
        if not resident:
            if request.env.user._is_internal():
                return self._light_redirect("/odoo")
            return self._home_outside()
        household = request.env.user._kdc_household()
        tasks, tiles = [], []
        if household:
            tasks = self._home_tasks(household, resident)
            tiles = self._home_tiles(household, resident)
        return self._light_render(
            "kdc_residents.portal_home",
            {
                "resident": resident,
                "household": household,
                "households": request.env.user._kdc_households(),
                "greeting": self._home_greeting(resident),
                "tasks": sorted(tasks, key=lambda task: (TASK_ORDER.get(task["kind"], 3), task.get("sequence", 50))),
                "tiles": sorted(tiles, key=lambda tile: tile.get("sequence", 50)),
            },
        )

    def _home_outside(self):
        """Show what there is for somebody who is no resident, such as a business; a single door is opened at once."""
        tiles = self._home_outside_tiles()
        if any(tile.get("is_job") for tile in tiles):
            tiles = [tile for tile in tiles if not tile.get("is_offer")]
        if not tiles:
            return self._light_render("kdc_residents.portal_no_resident")
        if len(tiles) == 1:
            return self._light_redirect(tiles[0]["url"])
        user = request.env.user
        tasks = self._home_outside_tasks()
        # sudo: the name of the business the reader acts for
        business = user.partner_id.sudo().commercial_partner_id
        return self._light_render(
            "kdc_residents.portal_home",
            {
                "business": business.name if business != user.partner_id else "",
                "note": self._home_outside_note(),
                "greeting": request.env._("Welcome, %(name)s", name=user.name),
                "tasks": sorted(tasks, key=lambda task: (TASK_ORDER.get(task["kind"], 3), task.get("sequence", 50))),
                "tiles": sorted([*tiles, self._home_bell()], key=lambda tile: tile.get("sequence", 50)),
            },
        )

    def _home_outside_note(self):
        """Return what somebody who is no resident must know first: a dict ``text, url, label``; mostly None."""
        return None

    def _home_outside_tasks(self):
        """Return what somebody who is no resident must do now, as :meth:`_home_tasks`."""
        return []

    def _home_outside_tiles(self):
        """Return the doors of somebody who is no resident, as :meth:`_home_tiles`.

        A tile with ``is_offer`` stands there for everybody; whoever comes to work, as a tile with ``is_job`` says, is
        shown none of those.
        """
        return []

    def _home_greeting(self, resident):
        """Return the polite address of a resident, as on an official letter."""
        env = request.env
        if resident.sex == "male":
            return env._("Welcome, Mr. %(name)s", name=resident.name)
        if resident.sex == "female":
            return env._("Welcome, Mrs. %(name)s", name=resident.name)
        return env._("Welcome, %(name)s", name=resident.name)

    def _home_tasks(self, household, resident):
        """Return what the household must do now ("Cần làm").

        :return: list of dicts ``icon, title, text, url, kind (late|warn|info), sequence``
        """
        return []

    def _home_tiles(self, household, resident):
        """Return the doors of the home page.

        :return: list of dicts ``icon, title, url, count (or None), sequence``
        """
        env = request.env
        return [
            {
                "icon": "household",
                "title": env._("My household"),
                "url": "/my/household",
                "count": None,
                "sequence": 80,
            },
            self._home_bell(),
        ]

    def _home_bell(self):
        return {
            "icon": "bell",
            "title": request.env._("Notifications"),
            "url": "/my/notifications",
            "count": request.env["kdc.notification"]._unread_count(),
            "sequence": 90,
        }

    @http.route("/my/household", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_household(self, **_kwargs):
        """Show who is registered in the reader's own household, and where it lives."""
        household, myself = self._light_household(), self._light_resident()
        roles = dict(household.membership_ids._fields["role"]._description_selection(request.env))
        memberships = household.membership_ids.filtered(lambda membership: not membership.date_end)
        return self._light_render(
            "kdc_residents.portal_household",
            {
                "household": household,
                "group_head": household.area_id.head_id,
                "vehicles": household.vehicle_ids.filtered(lambda vehicle: not vehicle.date_to),
                "pets": household.pet_ids.filtered(lambda pet: not pet.date_to),
                "vehicle_kinds": dict(household.vehicle_ids._fields["kind"]._description_selection(request.env)),
                "pet_kinds": dict(household.pet_ids._fields["kind"]._description_selection(request.env)),
                "dwelling": household.dwelling_id,
                # Whoever looks in from outside (owner, payer) does not see who lives there.
                "own": myself.household_id == household,
                "memberships": memberships.sorted(lambda m: (m.role != "head", m.date_start, m.id)),
                "roles": roles,
                "myself": myself,
                "shared": self._home_shared(household),
                "company": self._light_company(),
            },
        )

    def _home_shared(self, household):
        """Return the names of what the reader sees of the household; everything when acting for it."""
        user = request.env.user
        subjects = request.env["kdc.household.delegation"]._subjects()
        return [label for subject, label in subjects if user._kdc_may_see(subject, household)]
