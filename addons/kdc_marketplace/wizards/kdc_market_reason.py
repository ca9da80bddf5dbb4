from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.actions import form_of
from odoo.exceptions import UserError

#: What a moderator can do with a reason: (model, kind) → method that takes the reason and checks the right.
METHODS = {
    ("kdc.shop", "refuse"): "_kdc_refuse",
    ("kdc.shop", "suspend"): "_kdc_suspend",
    ("kdc.shop.paper", "refuse"): "_kdc_refuse",
    ("product.template", "refuse"): "_kdc_refuse",
    ("kdc.board.post", "refuse"): "_kdc_refuse",
    ("sale.order", "cancel"): "_kdc_cancel_by_moderator",
    ("kdc.shop.review", "refuse"): "_kdc_refuse",
    ("kdc.shop.review", "suspend"): "_kdc_refuse_answer",
    ("kdc.shop.question", "suspend"): "_kdc_hide",
    ("kdc.market.report", "suspend"): "_kdc_take_down",
    ("kdc.market.report", "refuse"): "_kdc_settle",
}

#: Which part of the list of reasons fits: (model, kind) → its subject.
SUBJECTS = {
    ("product.template", "refuse"): "listing",
    ("kdc.shop", "refuse"): "shop",
    ("kdc.shop", "suspend"): "suspension",
    ("kdc.shop.paper", "refuse"): "paper",
    ("kdc.shop.review", "refuse"): "review",
    ("kdc.shop.review", "suspend"): "review",
}


class KdcMarketReason(models.TransientModel):
    """Asks a moderator for the reason of a decision; the person concerned reads it."""

    _name = "kdc.market.reason"
    _description = "Reason of a Market Decision"

    res_model = fields.Char(required=True, readonly=True)
    res_ids = fields.Json(required=True, readonly=True)
    kind = fields.Selection(
        [("refuse", "Refuse"), ("suspend", "Suspend"), ("cancel", "Cancel")], required=True, readonly=True
    )
    subject = fields.Char(compute="_compute_subject", help="The part of the list of reasons to choose from.")
    reason_id = fields.Many2one("kdc.listing.refusal.reason", "Kind of reason", domain="[('subject', '=', subject)]")
    reason = fields.Text()

    @api.depends("res_model", "kind")
    def _compute_subject(self):
        for wizard in self:
            wizard.subject = SUBJECTS.get((wizard.res_model, wizard.kind))

    def _open(self, records, kind):
        """Return the action that asks for the reason of ``kind`` for ``records``."""
        wizard = self.create({"res_model": records._name, "res_ids": records.ids, "kind": kind})
        return form_of(wizard, self._title(records, kind), target="new")

    def _title(self, records, kind):
        """Say in the head of the window what is decided about whom."""
        names = ", ".join(records.mapped("display_name"))
        return {
            ("kdc.shop", "refuse"): self.env._("Refuse the shop: %s", names),
            ("kdc.shop", "suspend"): self.env._("Suspend the shop: %s", names),
            ("kdc.shop.paper", "refuse"): self.env._("Refuse the paper: %s", names),
            ("product.template", "refuse"): self.env._("Give back the listing: %s", names),
            ("kdc.board.post", "refuse"): self.env._("Give back the post: %s", names),
            ("sale.order", "cancel"): self.env._("Cancel the order: %s", names),
            ("kdc.shop.review", "refuse"): self.env._("Refuse the review of order %s", names),
            ("kdc.shop.review", "suspend"): self.env._("Refuse the shop's answer to the review of order %s", names),
            ("kdc.shop.question", "suspend"): self.env._("Remove the words: %s", names),
            ("kdc.market.report", "suspend"): self.env._("Take down the listing: %s", names),
            ("kdc.market.report", "refuse"): self.env._("Answer the report: %s", names),
        }[records._name, kind]

    def _method(self):
        """Name the method that carries out the decision; other addons know further ones."""
        return METHODS[self.res_model, self.kind]

    def action_apply(self):
        """Carry out the decision with the reason."""
        self.ensure_one()
        reason = (self.reason or "").strip()
        options = {}
        if self.reason_id and self.reason_id.subject == self.subject:
            reason = "\n".join(filter(None, (self.reason_id.name, reason)))
            if self.subject == "listing":
                options["reason_id"] = self.reason_id  # the log of listings counts its reasons
        if not reason:
            raise UserError(self.env._("Please give the reason: the person concerned will read it."))
        records = self.env[self.res_model].browse(self.res_ids)
        records.check_access("read")  # a remote call names any ids
        getattr(records, self._method())(reason, **options)
        return {"type": "ir.actions.act_window_close"}
