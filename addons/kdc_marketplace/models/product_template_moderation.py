from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.engine.text import fold

from ..engine import ban_words

#: What stands beside each other before and after a change; buyers see all of it.
COMPARED_FIELDS = (
    "name",
    "public_categ_ids",
    "kdc_description",
    "kdc_choices",
    "list_price",
    "kdc_resident_price",
    "kdc_unit",
    "kdc_slot_minutes",
    "kdc_origin",
    "kdc_own_produce",
    "kdc_ocop_stars",
    "kdc_ocop_decision",
    "kdc_ocop_expiry",
)


class ProductTemplate(models.Model):
    """What a moderator looks at: what has changed, words to beware of, and the log of what was decided."""

    _inherit = "product.template"

    kdc_previous_values = fields.Json("Before the change", copy=False, groups="kdc_residents.group_staff")
    kdc_changes = fields.Html(
        "Before and now", compute="_compute_kdc_changes", groups="kdc_residents.group_staff", sanitize=False
    )
    kdc_ban_words = fields.Char(
        "Words to look at",
        compute="_compute_kdc_ban_words",
        store=True,
        groups="kdc_residents.group_staff",
        help="Words of the ward's list that stand in name, unit, description, origin or choices.",
    )
    kdc_decision_ids = fields.One2many(
        "kdc.listing.decision", "product_tmpl_id", "Decisions", copy=False, groups="kdc_marketplace.group_moderator"
    )

    @api.depends(
        "kdc_shop_id", "name", "kdc_unit", "kdc_description", "kdc_origin", "kdc_choices",
        "company_id.kdc_market_ban_words",
    )  # fmt: skip
    def _compute_kdc_ban_words(self):
        for template in self:
            banned = template.kdc_shop_id and ban_words.words(template.company_id.kdc_market_ban_words)
            parts = (template.name, template.kdc_unit, template.kdc_description, template.kdc_origin)
            text = "\n".join(filter(None, (*parts, template.kdc_choices)))
            template.kdc_ban_words = ", ".join(ban_words.find(banned, text, fold)) if banned else False

    # -- what has changed ------------------------------------------------------------------------------------------
    def _kdc_send_back(self, vals):
        """Keep what buyers have seen until now, so that it stands beside the new words and photos."""
        for listing in self:
            # sudo: for staff only
            listing.sudo().kdc_previous_values = {
                "values": {fname: listing._kdc_compared(fname) for fname in COMPARED_FIELDS},
                "photos": list(listing._kdc_photo_sums().values()),
            }
        return super()._kdc_send_back(vals)

    def _kdc_compared(self, fname):
        """Return the content of a field as JSON keeps it; words come later, in the reader's language."""
        value = self.sudo()[fname]  # sudo: the price for residents is for staff, and this is
        if self._fields[fname].type == "many2many":
            return value.ids
        return fields.Date.to_string(value) if self._fields[fname].type == "date" else value

    def _kdc_compared_words(self, fname, value):
        """Return what :meth:`_kdc_compared` kept as people read it; nothing stays empty."""
        if not value:
            return ""
        if fname in ("list_price", "kdc_resident_price"):
            return fmt.vnd(value)
        if fname == "public_categ_ids":
            return ", ".join(self[fname].browse(value).exists().mapped("name"))
        return self._kdc_words(fname, fields.Date.to_date(value) if self._fields[fname].type == "date" else value)

    def _kdc_photo_sums(self):
        """Return {id of a photo (see ``_kdc_photos``): checksum of its picture}."""
        self.ensure_one()
        # sudo: which pictures are the same, whoever may read the files
        files = self.env["ir.attachment"].sudo()
        holders = {("product.template", self.id): 0} | {
            ("product.image", image.id): image.id for image in self.sudo().product_template_image_ids  # sudo: as above
        }
        found = files.search(
            [
                ("res_field", "=", "image_1920"),
                ("res_model", "in", ["product.template", "product.image"]),
                ("res_id", "in", [res_id for _model, res_id in holders]),
            ]
        )
        sums = {holders.get((file.res_model, file.res_id)): file.checksum for file in found}
        return {photo: sums[photo] for photo in self.sudo()._kdc_photos() if photo in sums}  # sudo: as above

    @api.depends("kdc_previous_values", "kdc_previous_image", "product_template_image_ids", *COMPARED_FIELDS)
    def _compute_kdc_changes(self):
        """Put what buyers have seen beside what the shop wants to show; nothing for what was never shown."""
        for listing in self:
            before = listing.kdc_previous_values
            if not before:
                listing.kdc_changes = False
                continue
            rows = []
            for fname in COMPARED_FIELDS:
                new = listing._kdc_compared(fname)
                # A field that was not compared yet when the change was made
                old = before["values"].get(fname, new)
                if old or new:
                    rows.append(
                        {
                            "label": listing._fields[fname]._description_string(self.env),
                            "old": listing._kdc_compared_words(fname, old),
                            "new": listing._kdc_compared_words(fname, new),
                            "changed": (old or False) != (new or False),
                        }
                    )
            sums = listing._kdc_photo_sums()
            listing.kdc_changes = self.env["ir.qweb"]._render(
                "kdc_marketplace.listing_changes",
                {
                    "rows": rows,
                    "old_photo": listing.kdc_previous_image
                    and f"/web/image/product.template/{listing.id}/kdc_previous_image",
                    "photos": [
                        {
                            "src": f"/web/image/product.image/{photo}/image_256"
                            if photo
                            else f"/web/image/product.template/{listing.id}/image_256",
                            "new": checksum not in before["photos"],
                        }
                        for photo, checksum in sums.items()
                    ],
                    "removed": len(set(before["photos"]) - set(sums.values())),
                },
            )

    # -- decisions -------------------------------------------------------------------------------------------------
    def _kdc_log_decision(self, kind, reason="", reason_id=False):
        """Write into the log what the current user has decided, and what the listing said."""
        now = fields.Datetime.now()
        # sudo: the log is written by decisions only; callers have checked who decides
        self.env["kdc.listing.decision"].sudo().create(
            [
                {
                    "product_tmpl_id": listing.id,
                    "user_id": self.env.uid,
                    "date": now,
                    "kind": kind,
                    "reason": reason or False,
                    "reason_id": reason_id and reason_id.id,
                    "name": listing.name,
                    "description": listing.kdc_description,
                    "price": round(listing.list_price),
                    "photo_count": len(listing._kdc_photos()),
                    "ban_words": listing.kdc_ban_words,
                    "wait_hours": (now - listing.kdc_submitted_date).total_seconds() / 3600
                    if listing.kdc_submitted_date and listing.kdc_listing_state == "pending"
                    else 0,
                }
                for listing in self.sudo()  # sudo: a record of what was decided counts what the moderator may not read
            ]
        )
