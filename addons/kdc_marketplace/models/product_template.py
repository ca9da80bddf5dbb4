from odoo import Command, api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.engine.text import fold
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.sql import escape_psql

from ..engine import listing_states, shop_states

#: What a buyer trusts a moderator to have seen. Changing it sends a published listing back to the queue.
MODERATED_FIELDS = (
    "name",
    "kdc_description",
    "kdc_unit",
    "kdc_slot_minutes",
    "image_1920",
    "public_categ_ids",
    "kdc_origin",
    "kdc_own_produce",
    "kdc_ocop_stars",
    "kdc_ocop_decision",
    "kdc_ocop_expiry",
)
MAX_PRICE = 1_000_000_000  # VND; above that it is a slip of the finger


class ProductTemplate(models.Model):
    """Listings of the market: products that belong to a shop.

    ``is_published`` is never set by hand on a listing. It follows from the state of the listing, the state of its
    shop and the shop's own open switch, so that no path (form, import, RPC, ``sudo()``) shows what nobody checked.
    """

    _inherit = "product.template"

    kdc_shop_id = fields.Many2one("kdc.shop", "Shop", index="btree_not_null", ondelete="restrict", copy=False)
    kdc_shop_name = fields.Char("Shop name", related="kdc_shop_id.name", store=True)
    kdc_shop_code = fields.Char("Address of the shop", related="kdc_shop_id.code", store=True)
    kdc_listing_state = fields.Selection(
        [
            ("draft", "Draft"),
            ("pending", "Waiting for review"),
            ("published", "Published"),
            ("closed", "Closed"),
        ],
        "Listing state",
        index="btree_not_null",
        copy=False,
        tracking=True,
    )
    kdc_open = fields.Boolean("Open for orders", default=True, help="The shop's own switch; it works at once.")
    kdc_unit = fields.Char("Sold by", help="As people say it: kg, bunch, box, portion.")
    kdc_description = fields.Text("Description of the listing")
    kdc_track_quantity = fields.Boolean("Count the stock", default=True)
    kdc_quantity = fields.Integer("Available", help="Pieces that can still be ordered; reserved ones are taken off.")
    kdc_sold_out = fields.Boolean(compute="_compute_kdc_sold_out")
    kdc_search_key = fields.Char(compute="_compute_kdc_search_key", store=True, index="trigram")
    kdc_client_key = fields.Char(copy=False, help="Key of the form that made the listing, against sending it twice.")
    kdc_submitted_date = fields.Datetime("Sent for review on", copy=False, groups="kdc_residents.group_staff")
    kdc_refuse_reason = fields.Text("Reason of refusal", copy=False, groups="kdc_residents.group_staff")
    kdc_barred = fields.Boolean(
        "Taken down by the ward",
        copy=False,
        readonly=True,
        groups="kdc_residents.group_staff",
        help="The shop cannot send it for review again until a moderator lifts this.",
    )
    kdc_previous_name = fields.Char("Name before", copy=False, groups="kdc_residents.group_staff")
    kdc_previous_description = fields.Text("Description before", copy=False, groups="kdc_residents.group_staff")
    kdc_previous_image = fields.Binary("Photo before", copy=False, groups="kdc_residents.group_staff")
    is_published = fields.Boolean(compute="_compute_is_published", store=True, readonly=False, default=None)

    _kdc_listing_state_check = models.Constraint(
        "CHECK (kdc_shop_id IS NULL OR kdc_listing_state IS NOT NULL)", "A listing of a shop needs a state."
    )
    _kdc_quantity_check = models.Constraint("CHECK (kdc_quantity >= 0)", "The stock cannot be below zero.")
    _kdc_price_check = models.Constraint(
        "CHECK (kdc_shop_id IS NULL OR (list_price > 0 AND list_price = round(list_price)))",
        "The price of a listing is a whole number of đồng above zero.",
    )
    _kdc_client_key_uniq = models.UniqueIndex(
        "(kdc_shop_id, kdc_client_key) WHERE kdc_client_key IS NOT NULL", "This listing was already saved."
    )

    # -- computes --------------------------------------------------------------------------------------------------
    @api.depends("kdc_shop_id.state", "kdc_listing_state", "kdc_open", "kdc_papers_ok")
    def _compute_is_published(self):
        """Show a listing only while it is checked, its shop is approved and its owner keeps it open.

        Products that belong to no shop keep whatever was set by hand.
        """
        for template in self:
            if template.kdc_shop_id:
                template.is_published = template._kdc_may_show()
            else:
                template.is_published = bool(template.is_published)

    def _kdc_may_show(self):
        self.ensure_one()
        return bool(
            self.kdc_listing_state == listing_states.PUBLISHED
            and self.kdc_open
            # sudo: the state of the shop decides, whoever looks
            and self.sudo().kdc_shop_id.state == shop_states.APPROVED
            # Asked anew: a paper that ended at midnight closes its trade before the nightly job has run
            and not self._kdc_missing_papers()
        )

    def _compute_can_publish(self):
        """Override of `website`: nobody publishes a listing with the website's switch, not even a moderator."""
        listings = self.filtered("kdc_shop_id")
        for listing in listings:
            # ``website.published.mixin.create`` asks this for a record that came out published
            listing.can_publish = listing.is_published and listing._kdc_may_show()
        return super(ProductTemplate, self - listings)._compute_can_publish()

    @api.depends("kdc_track_quantity", "kdc_quantity", "kdc_shop_id")
    def _compute_kdc_sold_out(self):
        for template in self:
            template.kdc_sold_out = bool(
                template.kdc_shop_id and template.kdc_track_quantity and template.kdc_quantity <= 0
            )

    @api.depends("name", "kdc_shop_name", "kdc_description", "kdc_origin", "kdc_shop_id.area_id.name")
    def _compute_kdc_search_key(self):
        for template in self:
            area = template.kdc_shop_id.area_id.name
            parts = (template.name, template.kdc_shop_name, template.kdc_description, template.kdc_origin, area)
            template.kdc_search_key = fold(" ".join(filter(None, parts))) if template.kdc_shop_id else False

    # -- constraints -----------------------------------------------------------------------------------------------
    @api.constrains("is_published", "kdc_shop_id")
    def _check_kdc_publication(self):
        for template in self:
            if template.kdc_shop_id and template.is_published and not template._kdc_may_show():
                raise ValidationError(
                    self.env._(
                        "“%s” cannot be shown: a listing appears in the market when a moderator has published it, "
                        "its shop is approved and the listing is open.",
                        template.name,
                    )
                )

    @api.constrains("list_price", "kdc_shop_id")
    def _check_kdc_price(self):
        for template in self:
            price = template.list_price
            if template.kdc_shop_id and (not 0 < price <= MAX_PRICE or price != round(price)):
                raise ValidationError(self.env._("Please check the price of “%s”.", template.name))

    # -- CRUD ------------------------------------------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if not vals.get("kdc_shop_id"):
                continue
            # sudo: the listing belongs to the ward of its shop; the seller's prices carry no tax of the ward
            shop = self.env["kdc.shop"].sudo().browse(vals["kdc_shop_id"])
            state = vals.setdefault("kdc_listing_state", listing_states.DRAFT)
            if state not in (listing_states.DRAFT, listing_states.PENDING) and not shop._kdc_judges():
                raise AccessError(self.env._("Only a moderator publishes a listing."))
            vals["company_id"] = shop.company_id.id
            vals.update(
                taxes_id=[Command.clear()],
                supplier_taxes_id=[Command.clear()],
                sale_ok=True,
                purchase_ok=False,
                type="consu",
            )
            if state == listing_states.PENDING:
                vals["kdc_submitted_date"] = fields.Datetime.now()
        return super().create(vals_list)

    def write(self, vals):
        if "kdc_shop_id" in vals and any(p.kdc_shop_id.id != (vals["kdc_shop_id"] or False) for p in self):
            raise UserError(self.env._("A listing stays with its shop."))
        listings = self.filtered("kdc_shop_id")
        if not listings:
            return super().write(vals)
        if "is_published" in vals or "website_published" in vals:
            wanted = vals.get("is_published", vals.get("website_published"))
            if wanted and any(not listing._kdc_may_show() for listing in listings):
                raise AccessError(self.env._("Only a moderator publishes a listing."))
        if "kdc_listing_state" in vals:
            for listing in listings:
                listing._check_listing_state_change(vals["kdc_listing_state"])
        else:
            changed = listings._kdc_judged_by_others()._kdc_changed(vals)
            changed.filtered(lambda p: p.kdc_listing_state == listing_states.PENDING)._kdc_wait_anew()
            changed.filtered(lambda p: p.kdc_listing_state == listing_states.PUBLISHED)._kdc_send_back(vals)
        return super().write(vals)

    def _check_listing_state_change(self, target):
        """Raise unless the real user may bring the listing into ``target``."""
        self.ensure_one()
        if target == self.kdc_listing_state:
            return
        actor = listing_states.SHOP if self._kdc_judged_by_others() else listing_states.MODERATOR
        # sudo: for staff only; here it is asked whether the shop may go on
        if actor == listing_states.SHOP and self.sudo().kdc_barred:
            raise UserError(self._kdc_barred_text())
        if not listing_states.LISTING_STATES.find(self.kdc_listing_state, target, actor):
            raise AccessError(
                self.env._("Only a moderator publishes a listing.")
                if target == listing_states.PUBLISHED
                else self.env._("This listing cannot be changed like that now.")
            )

    def _kdc_judged_by_others(self):
        """Return the listings that the real user changes as their shop does: all but those he moderates."""
        if not self.env["kdc.shop"]._kdc_is_moderator():
            return self
        return self.filtered(lambda listing: not listing.kdc_shop_id._kdc_judges())

    def _kdc_barred_text(self):
        """Tell the shop why it cannot send this listing again."""
        self.ensure_one()
        return self.env._(
            "“%s” was taken out of the market by the ward. Please ask the market manager to release it first.",
            self.name,
        )

    def _kdc_changed(self, vals):
        """Return the published and waiting listings whose checked content ``vals`` would really change."""
        return self.filtered(
            lambda listing: (
                listing.kdc_listing_state in (listing_states.PENDING, listing_states.PUBLISHED)
                and any(listing._kdc_differs(fname, vals) for fname in MODERATED_FIELDS)
            )
        )

    def _kdc_differs(self, fname, vals):
        """Whether ``vals`` gives the field another content."""
        self.ensure_one()
        if fname not in vals:
            return False
        field = self._fields[fname]
        if fname == "kdc_slot_minutes":
            return bool(vals[fname]) != bool(self[fname])  # goods or a service; how long it takes is the shop's
        if field.type == "many2many":
            return True
        if field.type == "binary":
            return bool(vals[fname] or self[fname])
        return (field.convert_to_cache(vals[fname], self) or False) != (self[fname] or False)

    def _kdc_wait_anew(self):
        """Note that what waits for review was changed: a moderator who has it open has not read this."""
        if self:
            # sudo: the field is for staff only
            self.sudo().write({"kdc_submitted_date": fields.Datetime.now()})

    def _kdc_check_again(self, vals):
        """Let moderators look at listings again, because the shop adds photos or choices to them.

        :param vals: what changes, for the history (see `_kdc_changes_text`)
        """
        # sudo: who changes a listing has passed its checks
        listings = self.sudo().filtered("kdc_shop_id")._kdc_judged_by_others()
        listings.filtered(lambda p: p.kdc_listing_state == listing_states.PENDING)._kdc_wait_anew()
        listings.filtered(lambda p: p.kdc_listing_state == listing_states.PUBLISHED)._kdc_send_back(vals)

    def _kdc_send_back(self, vals):
        """Put published listings back into the queue before new content is written, keeping what was seen before."""
        for listing in self:
            before = {
                "kdc_listing_state": listing_states.PENDING,
                "kdc_submitted_date": fields.Datetime.now(),
                "kdc_previous_name": listing.name if listing._kdc_differs("name", vals) else False,
                "kdc_previous_description": listing.kdc_description
                if listing._kdc_differs("kdc_description", vals)
                else False,
                "kdc_previous_image": listing.with_context(bin_size=False).image_512 if "image_1920" in vals else False,
            }
            # Before the new content is there: afterwards nobody could say what it was
            changes = listing._kdc_changes_text(vals)
            # sudo: the fields that keep the checked version are for staff only
            listing.sudo().with_context(bin_size=False).write(before)
            # sudo: the portal user writes in his own name, without a right on the product
            listing.sudo().message_post(body="\n".join(changes))

    def _kdc_changes_text(self, vals):
        """Return one sentence for each change of checked content, for the history of the listing."""
        self.ensure_one()
        changes = []
        for fname in MODERATED_FIELDS:
            if not self._kdc_differs(fname, vals):
                continue
            if fname == "image_1920":
                changes.append(self.env._("The photo was changed."))
            elif fname == "public_categ_ids":
                changes.append(self.env._("The category was changed."))
            else:
                field = self._fields[fname]
                after = field.convert_to_cache(vals[fname], self)
                changes.append(
                    self.env._(
                        "%(what)s: “%(before)s” → “%(after)s”",
                        what=field._description_string(self.env),
                        before=self._kdc_words(fname, self[fname]),
                        after=self._kdc_words(fname, after),
                    )
                )
        if "product_template_image_ids" in vals:
            changes.append(self.env._("Photos were added."))
        if "attribute_line_ids" in vals:
            changes.append(self.env._("The choices were changed."))
        return changes

    def _kdc_words(self, fname, value):
        """Return a value of a checked field as people read it."""
        field = self._fields[fname]
        if field.type == "boolean":
            return self.env._("yes") if value else self.env._("no")
        if not value:
            return ""
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        return fmt.date(value) if field.type == "date" else value

    @api.ondelete(at_uninstall=False)
    def _unlink_except_listing(self):
        if any(template.kdc_shop_id for template in self):
            raise UserError(self.env._("A listing is closed, not deleted."))

    # -- moderation ------------------------------------------------------------------------------------------------
    def _kdc_check_moderator(self):
        self.env["kdc.shop"]._kdc_check_moderates(self, self.env._("Only a moderator publishes a listing."))

    def action_kdc_publish(self):
        """Publish what waits for review. Moderators only."""
        self._kdc_check_moderator()
        self._kdc_check_seen()
        for listing in self.filtered(lambda p: p.kdc_listing_state == listing_states.PENDING):
            listing._kdc_log_decision("publish")
            # sudo: a moderator decides about listings without being a product manager
            listing.sudo().write(
                {
                    "kdc_listing_state": listing_states.PUBLISHED,
                    "kdc_refuse_reason": False,
                    "kdc_previous_name": False,
                    "kdc_previous_description": False,
                    "kdc_previous_image": False,
                    "kdc_previous_values": False,
                }
            )
            listing._kdc_notify_shop(
                lambda listing: (listing.env._("“%s” is now in the market", listing.name), "")
            )

    def _kdc_check_seen(self):
        """Refuse to publish what was changed after the moderator had opened it.

        The buttons say in the context ``kdc_seen`` when the content was sent that stands on the screen. Without it
        nobody can say what was read, so several listings are not published by one tap.

        :raise UserError: names the listing
        """
        seen = self.env.context.get("kdc_seen")
        if not seen:
            raise UserError(self.env._("Please publish each listing with its own button, after reading it."))
        lock_or_retry(self.sudo(), allow_referencing=True)  # sudo: only locked, moderators have no right to write
        for listing in self:
            if fields.Datetime.to_string(listing.kdc_submitted_date) != seen:
                raise UserError(self.env._("“%s” was changed meanwhile. Please read it again.", listing.name))

    def action_kdc_refuse(self):
        self._kdc_check_moderator()
        return self.env["kdc.market.reason"]._open(self, "refuse")

    def _kdc_refuse(self, reason, reason_id=False):
        """Give a listing back to its shop with the reason.

        :param str reason: what the shop reads
        :param reason_id: kdc.listing.refusal.reason, for the log
        """
        self._kdc_check_moderator()
        self._kdc_log_decision("refuse", reason, reason_id)
        for listing in self:
            # sudo: a moderator decides about listings without being a product manager
            listing.sudo().write({"kdc_listing_state": listing_states.DRAFT, "kdc_refuse_reason": reason})
            listing.sudo().message_post(body=reason)  # sudo: same act
            listing._kdc_notify_shop(
                lambda listing: (listing.env._("“%s” needs a change", listing.name), reason)
            )

    def action_kdc_close(self):
        """Take listings out of the market; their shops cannot send them again on their own."""
        self._kdc_check_moderator()
        self._kdc_log_decision("close")
        # sudo: as for publishing
        self.sudo().write({"kdc_listing_state": listing_states.CLOSED, "kdc_barred": True})

    def action_kdc_lift(self):
        """Let shops send again what was taken out of the market; it is looked at like anything new."""
        self._kdc_check_moderator()
        barred = self.sudo().filtered("kdc_barred")  # sudo: as for publishing
        barred.sudo(False)._kdc_log_decision("lift")
        barred.kdc_barred = False
        for listing in barred:
            listing._kdc_notify_shop(
                lambda listing: (
                    listing.env._("You can send “%s” again", listing.name),
                    listing.env._("Change what was wrong and save it; the ward looks at it again."),
                )
            )

    def _kdc_notify_shop(self, words):
        """Tell everybody who runs the shop; see `kdc.shop._kdc_notify_members`."""
        self.ensure_one()
        # sudo: telling the people of the shop needs no right on the shop
        self.sudo().kdc_shop_id._kdc_notify_members(words, f"/my/shop/listings/{self.id}", self)

    # -- stock -----------------------------------------------------------------------------------------------------
    def _kdc_for_sale(self):
        """Whether the current user can order the listing this moment."""
        self.ensure_one()
        return self.active and self.kdc_shown_here and self._kdc_may_show() and not self.kdc_sold_out

    def _kdc_take(self, pieces):
        """Take pieces off the stock of a listing without choices; see ``product.product._kdc_reserve``."""
        self.ensure_one()
        return self.env["product.product"]._kdc_run(
            SQL(
                """UPDATE product_template
                      SET kdc_quantity = kdc_quantity - CASE WHEN kdc_track_quantity OR %(n)s < 0 THEN %(n)s ELSE 0 END
                    WHERE id = %(id)s AND (kdc_track_quantity IS NOT TRUE OR kdc_quantity >= %(n)s)
                RETURNING id""",
                n=pieces,
                id=self.id,
            )
        )

    # -- public search ---------------------------------------------------------------------------------------------
    @api.model
    def _search_get_detail(self, website, order, options):
        """Override of `website_sale`: the listings of one shop only, when asked for."""
        detail = super()._search_get_detail(website, order, options)
        # The website's search field passes on what the browser sends: only what our own pages make of it counts
        code, area = options.get("kdc_shop"), options.get("kdc_area")
        if code and isinstance(code, str):
            detail["base_domain"].append([("kdc_shop_code", "=", code)])
        if options.get("kdc_open_now"):
            codes = self.env["kdc.shop"]._kdc_open_codes(website.company_id)
            detail["base_domain"].append([("kdc_shop_code", "in", codes)])
        if area and isinstance(area, models.BaseModel):
            codes = self.env["kdc.shop"]._kdc_codes_serving(website.company_id, area)
            detail["base_domain"].append([("kdc_shop_code", "in", codes)])
        if domain := self._kdc_badge_domain(options.get("kdc_badge")):
            detail["base_domain"].append(list(domain))
        return detail

    @api.model
    def _search_build_domain(self, domain_list, search, fields, extra=None):
        """Override of `website`: also find listings typed without diacritics ("ca phe" finds "cà phê")."""
        domain = super()._search_build_domain(domain_list, search, fields, extra)
        words = fold(search or "").split()
        if words:
            folded = Domain.AND([Domain("kdc_search_key", "ilike", escape_psql(word)) for word in words])
            domain = domain | (Domain.AND(domain_list) & folded)
        return domain
