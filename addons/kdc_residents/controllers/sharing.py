"""The head decides who in the household sees what, and invites members who have no account yet."""

from odoo import http
from odoo.http import request

from ..engine import activation, qr
from .light import LightController

#: Days an invitation made by a head can be used; it is handed over at home.
INVITATION_DAYS = 7


class ResidentSharing(LightController):
    """``/my/household/...``: for the head alone, except choosing among several households."""

    @http.route("/my/household/sharing", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def my_sharing(self, **_kwargs):
        """Show what each member sees."""
        household = self._sharing_household()
        return self._light_render("kdc_residents.portal_sharing", self._sharing_values(household))

    @http.route("/my/household/sharing", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def my_sharing_save(self, **post):
        """Set what each member sees; what is not on the page stays as it is."""
        env = request.env
        household = self._sharing_household()
        shares = env["kdc.household.delegation"]
        shown = [subject for subject, _label in shares._subjects()]
        changed = 0
        for membership in self._sharing_readers(household):
            before = shares._access(membership.resident_id, household)
            wanted = {name for name in ("acts", *shown) if post.get(f"{name}_{membership.id}")}
            wanted |= {name for name in before if name not in ("acts", *shown)} if "acts" not in before else set()
            if "acts" in wanted:
                wanted = {"acts"}
            if shares._share(membership, wanted):
                changed += 1
                env["kdc.notification"]._notify(
                    membership.resident_id.partner_id,
                    env._("The head of your household changed what is shared with you"),
                    url="/my/household",
                )
        self._light_flash(env._("Saved.") if changed else env._("Nothing was changed."), "ok" if changed else "info")
        return self._light_redirect("/my/household/sharing")

    @http.route(
        "/my/household/invite/<int:membership_id>", type="http", auth="user", website=True, sitemap=False,
        methods=["POST"],
    )  # fmt: skip
    def my_invite(self, membership_id, **_kwargs):
        """Make an activation code for one member and show it this once."""
        env = request.env
        household = self._sharing_household()
        membership = self._sharing_members(household).filtered(lambda one: one.id == membership_id)
        if not membership:
            raise request.not_found()
        resident = membership.resident_id
        invitations, throttle = env["kdc.invitation"], env["kdc.throttle"]
        refusal = invitations._refusals(resident).get(resident)
        if not env["kdc.household.delegation"]._is_adult(resident):
            refusal = env._("is not of age; the ward office hands out the slip")
        if refusal:
            self._light_flash(env._("%(name)s: %(reason)s.", name=resident.name, reason=refusal), "warn")
            return self._light_redirect("/my/household/sharing")
        if not throttle._allow("invite", str(env.uid)):
            self._light_flash(env._("You have made several invitations today. Please try again tomorrow."), "warn")
            return self._light_redirect("/my/household/sharing")
        throttle._count("invite", str(env.uid))
        # The code is shown once and stored nowhere, like on the slips of the office.
        [(invitation, code)] = invitations._invite(resident, INVITATION_DAYS).items()
        # sudo: a log line on the register's own record of the member.
        resident.sudo()._message_log(
            body=env._(
                "Invited by the head of the household (%(head)s), slip %(number)s",
                head=env.user.name,
                number=invitation.number,
            )
        )
        return self._light_render(
            "kdc_residents.portal_invitation",
            {
                "person": resident,
                "code": activation.grouped(code),
                "address": f"{request.httprequest.host}/activate",
                "qr": qr.svg_path(f"{request.httprequest.url_root}activate?code={code}"),
                "expires": invitation.expires_on,
            },
        )

    @http.route("/my/household/choose", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def my_household_choose(self, household_id="", **_kwargs):
        """Look at another of the reader's households from now on."""
        user = request.env.user
        chosen = user._kdc_households().filtered(lambda one: str(one.id) == household_id)
        if not chosen:
            raise request.not_found()
        user._kdc_choose_household(chosen)
        self._light_flash(request.env._("You are now looking at: %s", chosen.name))
        return self._light_redirect("/my")

    # -- helpers ---------------------------------------------------------------------------------------------------
    def _sharing_household(self):
        """Return the household whose head the reader is, in sudo; for everybody else this page does not exist."""
        household = self._light_household()
        if household.head_id != self._light_resident():
            raise request.not_found()
        return household

    def _sharing_members(self, household):
        """Return the live memberships of everybody but the head."""
        return household.live_membership_ids.filtered(lambda membership: membership.role != "head")

    def _sharing_with_account(self, members):
        """Return the contacts of those members who have an account."""
        # sudo: whether somebody has an account is told to the head of the own household only.
        return members.resident_id.partner_id.sudo().with_context(active_test=False).user_ids.partner_id

    def _sharing_readers(self, household):
        """Return the memberships of those who can look at anything: children without an account cannot."""
        members = self._sharing_members(household)
        accounts, shares = self._sharing_with_account(members), request.env["kdc.household.delegation"]
        return members.filtered(lambda one: one.resident_id.partner_id in accounts or shares._is_adult(one.resident_id))

    def _sharing_values(self, household):
        env = request.env
        shares = env["kdc.household.delegation"]
        members = self._sharing_readers(household)
        with_account = self._sharing_with_account(members)
        refusals = env["kdc.invitation"]._refusals(members.resident_id)
        return {
            "subjects": shares._subjects(),
            "children": (self._sharing_members(household) - members).resident_id,
            "rows": [
                {
                    "membership": membership,
                    "person": membership.resident_id,
                    "access": shares._access(membership.resident_id, household),
                    "account": membership.resident_id.partner_id in with_account,
                    "adult": shares._is_adult(membership.resident_id),
                    "invite": shares._is_adult(membership.resident_id) and membership.resident_id not in refusals,
                    "refusal": refusals.get(membership.resident_id),
                }
                for membership in members
            ],
        }
