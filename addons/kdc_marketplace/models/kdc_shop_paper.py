import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.attempts import undo_and_log
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import AccessError, UserError, ValidationError

from ..engine import shop_states

_logger = logging.getLogger(__name__)

#: Days before the end of a paper on which its shop is reminded.
REMIND_DAYS = (30, 7)
#: What a moderator reads off the photo; fixed once the paper is decided.
READ_OFF = frozenset({"number", "issue_date", "expiry_date"})
#: What a moderator may make of a paper. One that was refused stays so: the shop sends a new photo.
STEPS = {"pending": ("accepted", "refused"), "accepted": ("refused",), "refused": ()}


class KdcShopPaper(models.Model):
    """A paper of a shop, as a photo, looked at by a moderator. It is private: only the shop and the moderators see it.

    A renewed paper is a new record, so that the old one counts until the new one is accepted.
    """

    _name = "kdc.shop.paper"
    _description = "Paper of a Shop"
    _inherit = ["mail.thread"]
    _order = "shop_id, kind_id, id desc"
    _rec_name = "kind_id"
    _check_company_auto = True

    shop_id = fields.Many2one("kdc.shop", required=True, index=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one(related="shop_id.company_id", store=True)
    kind_id = fields.Many2one("kdc.paper.kind", "Paper", required=True, ondelete="restrict", readonly=True)
    number = fields.Char(tracking=True)
    issue_date = fields.Date("Issued on", tracking=True)
    expiry_date = fields.Date(
        "Valid until", index=True, tracking=True, help="Last day on which the paper counts; empty: for good."
    )
    image = fields.Binary("Photo of the paper", required=True, attachment=True)
    state = fields.Selection(
        [("pending", "Waiting for review"), ("accepted", "Accepted"), ("refused", "Refused")],
        default="pending",
        required=True,
        index=True,
        tracking=True,
    )
    refuse_reason = fields.Text("Reason of refusal")
    reminded = fields.Integer("Reminded before (days)", readonly=True, copy=False)

    _dates_check = models.Constraint("CHECK (expiry_date >= issue_date)", "The paper ends before it was issued.")

    @api.constrains("state", "expiry_date", "kind_id")
    def _check_expiry(self):
        for paper in self:
            if paper.state == "accepted" and paper.kind_id.expires and not paper.expiry_date:
                raise ValidationError(self.env._("Please enter until when “%s” is valid.", paper.kind_id.name))

    def _kdc_counts(self, day):
        """Whether the paper opens its trade on ``day``."""
        self.ensure_one()
        return self.state == "accepted" and (not self.expiry_date or self.expiry_date >= day)

    # -- moderation ------------------------------------------------------------------------------------------------
    def write(self, vals):
        if "state" in vals:
            for paper in self:
                paper._check_state_change(vals["state"], vals.get("refuse_reason"))
        decided = any(paper.state != "pending" for paper in self)
        self.env["kdc.shop"]._kdc_check_evidence(
            {"shop_id", "company_id", "kind_id", "image"} | (READ_OFF if decided else set()), vals
        )
        return super().write(vals)

    def _check_state_change(self, target, reason):
        """Raise unless the real user may decide so about the paper now."""
        self.ensure_one()
        if not self.env["kdc.shop"]._kdc_is_moderator():
            raise AccessError(self.env._("Only a moderator accepts a paper."))
        self.env["kdc.shop"]._kdc_check_no_party(self)
        if target == self.state:
            return
        if target not in STEPS[self.state]:
            raise UserError(
                self.env._("“%s” was decided already. The shop sends a new photo if it needs one.", self.kind_id.name)
            )
        if target == "refused" and not (reason or "").strip():
            raise UserError(self.env._("Please give the reason: the owner of the shop will read it."))
        if target == "accepted" and self.expiry_date and self.expiry_date < today_here(self):
            raise UserError(
                self.env._("“%s” has already expired. Please refuse it with the reason.", self.kind_id.name)
            )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            shop = self.env["kdc.shop"].browse(vals.get("shop_id"))
            if vals.get("state", "pending") != "pending" and not shop._kdc_judges():
                raise AccessError(self.env._("Only a moderator accepts a paper."))
        return super().create(vals_list)

    def action_accept(self):
        """Let the paper count: listings that waited for it appear."""
        for paper in self.filtered(lambda paper: paper.state == "pending"):
            paper.write({"state": "accepted", "refuse_reason": False})
            paper._kdc_notify(lambda paper: (paper.env._("“%s” was accepted", paper.kind_id.name), ""))

    def action_refuse(self):
        return self.env["kdc.market.reason"]._open(self, "refuse")

    def _kdc_refuse(self, reason):
        """Do not accept a paper, or take back that it counts: it was forged, or withdrawn by who had issued it."""
        for paper in self.filtered(lambda paper: paper.state != "refused"):
            counted = paper.state == "accepted"
            paper.write({"state": "refused", "refuse_reason": reason})
            paper._kdc_notify(
                lambda paper, counted=counted: (
                    paper.env._("“%s” does not count any more", paper.kind_id.name)
                    if counted
                    else paper.env._("“%s” was not accepted", paper.kind_id.name),
                    reason,
                )
            )

    def _kdc_notify(self, words):
        """Tell everybody who runs the shop; see `kdc.shop._kdc_notify_members`."""
        self.ensure_one()
        # sudo: the people of the shop are told, whoever decides
        self.sudo().shop_id._kdc_notify_members(words, "/my/shop/papers", self.sudo())

    # -- time ------------------------------------------------------------------------------------------------------
    @api.model
    def _cron_check_papers(self):
        """Remind 30 and 7 days before a paper ends, once each, and hide what has lost its paper; shop by shop."""
        today = today_here(self)
        ending = self.search(
            [
                ("state", "=", "accepted"),
                ("shop_id.state", "in", (shop_states.SUBMITTED, shop_states.APPROVED, shop_states.SUSPENDED)),
                ("expiry_date", ">=", today),
                ("expiry_date", "<=", today + timedelta(days=max(REMIND_DAYS))),
            ]
        )
        for shop, papers in ending.grouped("shop_id").items():
            with undo_and_log(self.env.cr, _logger, "Shop %s was not reminded of its papers", shop.id):
                papers.filtered_domain([("kind_id", "in", shop._kdc_needed_papers().ids)])._kdc_remind(today)
        listings = self.env["product.template"].search(
            [("kdc_shop_id", "!=", False), ("public_categ_ids.kdc_paper_kind_ids", "!=", False)]
        )
        outdated = listings.filtered(lambda listing: listing.kdc_papers_ok == bool(listing._kdc_missing_papers()))
        for shop, changed in outdated.grouped("kdc_shop_id").items():
            with undo_and_log(self.env.cr, _logger, "Listings of shop %s do not follow its papers", shop.id):
                changed._kdc_follow_papers()

    def _kdc_remind(self, today):
        """Tell the shop of each of its papers that ends soon, once per step, unless the next one is there."""
        for paper in self:
            left = (paper.expiry_date - today).days
            step = min(days for days in REMIND_DAYS if left <= days)
            if (paper.reminded and paper.reminded <= step) or paper._kdc_renewed():
                continue
            paper.reminded = step
            paper._kdc_notify(
                lambda paper: (
                    paper.env._(
                        "“%(paper)s” ends on %(day)s", paper=paper.kind_id.name, day=fmt.date(paper.expiry_date)
                    ),
                    paper.env._(
                        "Please send a photo of the renewed paper in time, else your listings leave the market."
                    ),
                )
            )

    def _kdc_renewed(self):
        """Whether a later paper of the same kind already counts, or waits for the ward: the shop has done its part."""
        self.ensure_one()
        return any(
            paper.kind_id == self.kind_id
            and paper.state in ("accepted", "pending")
            and (not paper.expiry_date or paper.expiry_date > self.expiry_date)
            for paper in self.shop_id.paper_ids
        )


class KdcShop(models.Model):
    _inherit = "kdc.shop"

    paper_ids = fields.One2many("kdc.shop.paper", "shop_id", "Papers")
    pending_paper_count = fields.Integer(compute="_compute_pending_paper_count")

    @api.depends("paper_ids.state")
    def _compute_pending_paper_count(self):
        for shop in self:
            shop.pending_paper_count = len(shop.paper_ids.filtered(lambda paper: paper.state == "pending"))

    def _kdc_needed_papers(self):
        """Return the kinds of papers the shop's trades ask for."""
        self.ensure_one()
        # sudo: what the own trades need
        listings = self.sudo().listing_ids.filtered(lambda listing: listing.kdc_listing_state != "closed")
        return listings.public_categ_ids.kdc_paper_kind_ids.sorted()

    def _kdc_missing_papers(self):
        """Return the needed papers that do not count today."""
        self.ensure_one()
        # sudo: the papers of the own trades
        return self.sudo().listing_ids.filtered(lambda p: p.kdc_listing_state != "closed")._kdc_missing_papers()


class ProductTemplate(models.Model):
    _inherit = "product.template"

    kdc_papers_ok = fields.Boolean(
        "Papers in order",
        compute="_compute_kdc_papers_ok",
        store=True,
        help="The shop has every paper that the category asks for. Looked at again each night.",
    )

    @api.depends(
        "kdc_shop_id.paper_ids.state",
        "kdc_shop_id.paper_ids.expiry_date",
        "public_categ_ids.kdc_paper_kind_ids",
    )
    def _compute_kdc_papers_ok(self):
        for template in self:
            template.kdc_papers_ok = not template.kdc_shop_id or not template._kdc_missing_papers()

    def _kdc_missing_papers(self):
        """Return the kinds of papers that are needed and do not count today."""
        missing = self.env["kdc.paper.kind"]
        today = today_here(self.env["kdc.shop.paper"])
        # sudo: papers are private; whether one counts decides for everybody
        for listing in self.sudo().filtered("kdc_shop_id"):
            needed = listing.public_categ_ids.kdc_paper_kind_ids
            if needed:
                papers = listing.kdc_shop_id.paper_ids
                missing |= needed - papers.filtered(lambda paper: paper._kdc_counts(today)).kind_id
        return missing

    def _kdc_follow_papers(self):
        """Hide or show the listings of one shop as its papers are now, and tell what left the market."""
        hidden = self.filtered("kdc_papers_ok")
        shown = hidden.filtered("is_published")
        hidden.kdc_papers_ok = False
        (self - hidden).kdc_papers_ok = True
        if shown:
            missing = shown._kdc_missing_papers()
            self.kdc_shop_id._kdc_notify_members(
                lambda missing: (
                    missing.env._("Listings were hidden: a paper has expired"),
                    missing.env._("Please send the renewed paper: %s.", ", ".join(missing.mapped("name"))),
                ),
                "/my/shop/papers",
                missing,
            )
