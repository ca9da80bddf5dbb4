from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain


class KdcFeedback(models.Model):
    """Feedback about a listing or an order: the handler sees what it is about, nobody else does.

    Never public, whatever else is set: an order is its buyer's own business, and who reported stays secret.
    """

    _inherit = "kdc.feedback"

    market_report_id = fields.Many2one(
        "kdc.market.report", "Report about the market", readonly=True, copy=False, index="btree_not_null",
        ondelete="set null",
    )  # fmt: skip
    market_deadline = fields.Datetime("Take down until", related="market_report_id.deadline")
    market_html = fields.Html(
        "What it is about",
        compute="_compute_market_html",
        compute_sudo=True,
        sanitize=False,
        groups="kdc_feedback.group_handler",
    )

    _one_of_a_report = models.UniqueIndex(
        "(market_report_id) WHERE market_report_id IS NOT NULL", "This report is in the inbox already."
    )

    @api.depends("market_report_id")
    def _compute_is_public(self):
        """Reports about the market are on no board."""
        market = self.filtered("market_report_id")
        market.is_public = False
        return super(KdcFeedback, self - market)._compute_is_public()

    @api.depends("market_report_id.shop_answer", "market_report_id.shop_question", "market_report_id.state")
    def _compute_market_html(self):
        """Write the listing or the order with its lines; of the shop no more than its name and what it answered."""
        row = Markup("<tr><th>%s</th><td>%s</td></tr>")
        for feedback in self:
            report = feedback.market_report_id
            rows = Markup().join(row % pair for pair in report._kdc_facts()) if report else ""
            feedback.market_html = rows and Markup('<table class="table table-sm">%s</table>') % rows

    def write(self, vals):
        if vals.get("is_private") is False and any(feedback.market_report_id for feedback in self):
            raise UserError(self.env._("A report about the market is never public."))
        if vals.get("anonymised_at"):
            # Whoever reported must not be found through the report either
            vals = {**vals, "market_report_id": False}
        return super().write(vals)

    def _check_protected(self, vals):
        if not self.env.su and "market_report_id" in vals:
            raise AccessError(self.env._("A report about the market begins at the listing or the order."))
        return super()._check_protected(vals)

    @api.model
    def _followed_by(self, partners):
        return super()._followed_by(partners) & Domain("market_report_id", "=", False)

    def action_view_market_report(self):
        """Open the report, where a moderator takes down, asks the shop and answers."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_marketplace.kdc_market_report_action")
        return action | {"views": [(False, "form")], "res_id": self.market_report_id.id, "context": {}}

    def _staff_finish(self, body, when=None, photos=()):
        done = super()._staff_finish(body, when=when, photos=photos)
        self._settle_market_report(body)
        return done

    def _staff_refuse(self, reason, body, when=None):
        done = super()._staff_refuse(reason, body, when=when)
        self._settle_market_report(body)
        return done

    def _settle_market_report(self, body):
        """What the handler has answered is decided: the moderators' list does not ask for it again.

        Not forbidden goods: the law's 24 hours run until who may take them down has looked, whatever was answered.
        Nor what is about the handler's own shop or post: others decide about that.
        """
        shops = self.env["kdc.shop"]
        decides = shops._kdc_is_moderator()
        # sudo: handlers have no right on reports; the caller has taken the step with the rights of its own
        for report in self.sudo().market_report_id.filtered(lambda report: report.state == "open"):
            if (report.kind == "forbidden" and not decides) or shops._kdc_party_refusal(report):
                continue
            report.write({"state": "settled", "outcome": body, "done_date": fields.Datetime.now()})
