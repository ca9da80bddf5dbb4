from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..engine import identity_document as engine
from ..tools import personal_data
from ..tools.local_day import today_here

#: From how many days before its last day a document counts as ending.
WARN_DAYS = 60


class KdcIdentityDocument(models.Model):
    """A paper or card that proves who somebody is. Number and dates are kept, an image of it never is."""

    _name = "kdc.identity.document"
    _description = "Identity document"
    _inherit = ["kdc.guarded.mixin"]
    _order = "expiry_date, id"
    _rec_name = "kind"
    _check_company_auto = True
    _guarded_fields = frozenset({"number", "number_sealed", "number_index"})
    _sealed_fields = ("number", "number_sealed", "number_index")
    _log_subject = "document"

    resident_id = fields.Many2one("kdc.resident", required=True, index=True, ondelete="restrict", check_company=True)
    company_id = fields.Many2one(related="resident_id.company_id", store=True, index=True)
    area_id = fields.Many2one(related="resident_id.area_id", store=True, index=True, string="Residential group")
    kind = fields.Selection(
        [
            ("citizen_card", "Identity card (12 digits)"),
            ("old_card", "Old identity card (9 digits)"),
            ("passport", "Passport"),
            ("birth_certificate", "Birth certificate"),
            ("driving_licence", "Driving licence"),
            ("health_insurance", "Health insurance card"),
            ("other", "Other document"),
        ],
        required=True,
        default="citizen_card",
    )
    number = fields.Char(compute="_compute_number", compute_sudo=True, readonly=False, copy=False)
    number_masked = fields.Char(string="Number (masked)", compute="_compute_number", compute_sudo=True)
    number_sealed = fields.Char(required=True, readonly=True, copy=False, prefetch=False)
    number_index = fields.Char(required=True, readonly=True, copy=False, prefetch=False)
    issue_date = fields.Date(string="Issued on")
    issue_place = fields.Char(string="Issued by")
    expiry_date = fields.Date(string="Valid until", index=True, help="Empty: valid for life.")
    state = fields.Selection(
        [("valid", "Valid"), ("ending", "Ends soon"), ("expired", "Expired")],
        compute="_compute_state",
        search="_search_state",
    )
    active = fields.Boolean(default=True)

    _number_uniq = models.UniqueIndex(
        "(company_id, kind, number_index) WHERE active", "This document is already entered for somebody of this ward."
    )
    _dates_in_order = models.Constraint(
        "CHECK (expiry_date > issue_date)", "A document ends after the day it was issued."
    )
    _number_sealed_only = models.Constraint(
        "CHECK (number_sealed ~ '^1[.][0-9a-f]{8}[.]')", "The number of a document is stored encrypted only."
    )

    @api.depends("number_sealed", "kind")
    def _compute_number(self):
        for document in self:
            sealed = document.number_sealed
            number = personal_data.opened(sealed, document._vault_kind()) if sealed else False
            document.number = number or False
            document.number_masked = engine.mask(number) if number else sealed and self.env._("cannot be read") or ""

    @api.depends("expiry_date")
    def _compute_state(self):
        today = today_here(self)
        soon = today + relativedelta(days=WARN_DAYS)
        for document in self:
            last = document.expiry_date
            document.state = "valid" if not last or last > soon else "ending" if last >= today else "expired"

    @api.model
    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = today_here(self)
        soon = today + relativedelta(days=WARN_DAYS)
        domains = {
            "valid": fields.Domain("expiry_date", "=", False) | fields.Domain("expiry_date", ">", soon),
            "ending": fields.Domain("expiry_date", ">=", today) & fields.Domain("expiry_date", "<=", soon),
            "expired": fields.Domain("expiry_date", "<", today),
        }
        return fields.Domain.OR(domains[state] for state in value if state in domains)

    @api.depends("kind", "number_sealed")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for document in self:
            document.display_name = f"{labels.get(document.kind, '')} {document.number_masked or ''}".strip()

    @api.constrains("issue_date")
    def _check_issue_date(self):
        today = today_here(self)
        if any(document.issue_date and document.issue_date > today for document in self):
            raise ValidationError(self.env._("A document cannot have been issued in the future."))

    @api.model
    def _vault_kind(self):
        """What the vault binds the numbers to; one kind for all documents, so that correcting the kind keeps them."""
        return "identity_document"

    @api.model_create_multi
    def create(self, vals_list):
        documents = super().create(
            [self._seal_document({"number": "", **vals}, vals.get("kind") or "citizen_card") for vals in vals_list]
        )
        documents._check_number_free()
        return documents

    def write(self, vals):
        if "kind" in vals and "number" not in vals:
            # sudo: the sealed number is for the server only; it is checked against the new kind.
            for document in self.sudo():
                self._clean_number(vals["kind"], document.number)
        kind = vals.get("kind") or self[:1].kind
        if "number" in vals and any((vals.get("kind") or document.kind) != kind for document in self):
            raise UserError(self.env._("Enter the numbers of different documents one by one."))
        result = super().write(self._seal_document(vals, kind))
        if {"number", "kind", "active"} & vals.keys():
            self._check_number_free()
        return result

    def _check_number_free(self):
        """Find the same document under an older key, which the unique index cannot see while keys are changed.

        :raises ValidationError: it is entered already
        """
        box = personal_data.vault_or_refuse(self.env)
        # sudo: the whole ward counts, and the sealed numbers are for the server only.
        for document in self.sudo().filtered("active"):
            older = box.indexes(document.number or "", self._vault_kind())[1:]
            same = older and self.sudo().search_count(  # sudo: as above
                [
                    ("company_id", "=", document.company_id.id),
                    ("kind", "=", document.kind),
                    ("number_index", "in", older),
                    ("id", "!=", document.id),
                ],
                limit=1,
            )
            if same:
                raise ValidationError(self.env._("This document is already entered for somebody of this ward."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_recorded(self):
        raise UserError(self.env._("A document is never deleted. Archive it when it is no longer used."))

    @api.model
    def _clean_number(self, kind, number):
        """Return the number as kept.

        :raises ValidationError: it is none of this kind
        """
        try:
            return engine.clean(kind, number)
        except engine.DocumentNumberError as error:
            label = dict(self._fields["kind"]._description_selection(self.env))[kind]
            raise ValidationError(
                self.env._(
                    "This is no number of the document “%(kind)s”. It looks like this: %(example)s.",
                    kind=label,
                    example=error.example,
                )
            ) from error

    @api.model
    def _seal_document(self, vals, kind):
        """Return ``vals`` with the number encrypted."""
        if "number_sealed" in vals or "number_index" in vals:
            raise UserError(self.env._("An encrypted number is made by the server only. Enter the number itself."))
        if "number" not in vals:
            return vals
        vals = dict(vals)
        number = self._clean_number(kind, vals.pop("number"))
        box = personal_data.vault_or_refuse(self.env)
        return vals | {
            "number_sealed": box.seal(number, self._vault_kind()),
            "number_index": box.index(number, self._vault_kind()),
        }
