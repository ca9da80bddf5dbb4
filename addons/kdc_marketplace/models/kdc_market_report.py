from datetime import timedelta

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine import listing_states
from .kdc_erasure import KEPT_YEARS

#: What breaks the rules leaves the market within a day (Luật Thương mại điện tử 122/2025/QH15, NĐ 248/2026/NĐ-CP).
TAKE_DOWN_HOURS = 24
#: Model of what is reported → field that names it.
SUBJECTS = {"sale.order": "order_id", "product.template": "product_tmpl_id", "kdc.board.post": "post_id"}
#: What shows whether the 24 hours were kept, and what was reported.
EVIDENCE = frozenset(
    "product_tmpl_id order_id post_id shop_id company_id partner_id kind text".split()
    + "deadline state outcome done_date create_date".split()
)


class KdcMarketReport(models.Model):
    """A resident reports a listing or an own order; a moderator decides within 24 hours (features M-20)."""

    _name = "kdc.market.report"
    _description = "Report about the Market"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "deadline, id"
    _rec_name = "text"

    product_tmpl_id = fields.Many2one("product.template", "Listing", readonly=True, index=True, ondelete="cascade")
    order_id = fields.Many2one("sale.order", readonly=True, index=True, ondelete="cascade")
    post_id = fields.Many2one(
        "kdc.board.post", "Post on the board", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    shop_id = fields.Many2one("kdc.shop", readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", compute="_compute_company_id", store=True)
    partner_id = fields.Many2one("res.partner", "Reported by", required=True, readonly=True, ondelete="cascade")
    kind = fields.Selection(
        [
            ("forbidden", "Forbidden or dangerous goods"),
            ("false", "False information or photo"),
            ("fraud", "Fraud, or paid and not delivered"),
            ("conduct", "Conduct of the shop"),
            ("other", "Something else"),
        ],
        "What is wrong",
        required=True,
        readonly=True,
    )
    text = fields.Text("In words", required=True, readonly=True)
    deadline = fields.Datetime(
        "Decide until",
        required=True,
        readonly=True,
        default=lambda self: fields.Datetime.now() + timedelta(hours=TAKE_DOWN_HOURS),
        help="The law gives 24 hours to take down what breaks the rules.",
    )
    state = fields.Selection(
        [("open", "To decide"), ("taken_down", "Taken down"), ("settled", "Settled otherwise")],
        default="open",
        required=True,
        readonly=True,
        index=True,
        tracking=True,
    )
    outcome = fields.Text("Answer to the reporter", readonly=True, tracking=True)
    done_date = fields.Datetime("Decided on", readonly=True)
    late = fields.Boolean(compute="_compute_late")

    _subject_check = models.Constraint(
        "CHECK (num_nonnulls(product_tmpl_id, order_id, post_id) = 1 AND (shop_id IS NULL) = (post_id IS NOT NULL))",
        "A report is about a listing, an order or a post on the board.",
    )

    @api.depends("shop_id.company_id", "post_id.company_id")
    def _compute_company_id(self):
        for report in self:
            report.company_id = report.shop_id.company_id or report.post_id.company_id

    def write(self, vals):
        self.env["kdc.shop"]._kdc_check_evidence(EVIDENCE, vals)
        return super().write(vals)

    @api.depends("state", "deadline", "done_date")
    def _compute_late(self):
        now = fields.Datetime.now()
        for report in self:
            report.late = bool(report.deadline and (report.done_date or now) > report.deadline)

    @api.model
    def _kdc_proof_domain(self):
        """Domain of the reports that still show whether the ward acted in time: as long as the law keeps orders."""
        since = fields.Datetime.now() - relativedelta(years=KEPT_YEARS)
        return Domain("done_date", "=", False) | Domain("done_date", ">=", since)

    @api.model
    def _kdc_report(self, subject, partner, kind, text):
        """File the report of a resident about a listing, an own order or a post; a second one changes nothing."""
        reports = self.sudo()  # sudo: residents have no right on reports; named fields only
        # sudo: only locked. Of two taps at once the second runs again and finds the report of the first.
        lock_or_retry(partner.sudo(), allow_referencing=True, touch=True)
        key = SUBJECTS[subject._name]
        same = [(key, "=", subject.id), ("partner_id", "=", partner.id), ("state", "=", "open")]
        return reports.search(same, limit=1) or reports.create(
            {
                key: subject.id,
                "shop_id": key != "post_id" and subject.kdc_shop_id.id,
                "partner_id": partner.id,
                "kind": kind,
                "text": text,
            }
        )

    def _check_moderator(self):
        self.env["kdc.shop"]._kdc_check_moderates(self, self.env._("Only a moderator decides about reports."))

    def action_take_down(self):
        """Ask for the reason, then take the listing out of the market."""
        return self.env["kdc.market.reason"]._open(self, "suspend")

    def action_settle(self):
        """Ask for the answer, then close the report."""
        return self.env["kdc.market.reason"]._open(self, "refuse")

    def _check_open(self):
        """Raise for what somebody else has decided meanwhile: nothing is done on a decided report."""
        for report in self:
            if report.state != "open":
                raise UserError(
                    self.env._("This report was decided already: %s", report.outcome or report.display_name)
                )

    def _kdc_take_down(self, reason):
        self._check_moderator()
        self._check_open()
        if self.order_id:
            raise UserError(
                self.env._("Only a listing can be taken down. Please answer a report about an order instead.")
            )
        for report in self:
            if report.post_id:
                report.post_id._kdc_take_down(reason)
            elif report.product_tmpl_id.kdc_listing_state != listing_states.CLOSED:
                report.product_tmpl_id.action_kdc_close()
                report.product_tmpl_id._kdc_notify_shop(
                    lambda listing: (listing.env._("“%s” was taken out of the market", listing.name), reason)
                )
            report._kdc_decide("taken_down", reason)

    def _kdc_settle(self, reason):
        self._check_moderator()
        self._check_open()
        self._kdc_decide("settled", reason)

    def _kdc_decide(self, state, answer):
        """Close the report and tell who made it."""
        for report in self:
            # sudo: evidence is written by decisions only, and the caller has checked who decides
            report.sudo().write({"state": state, "outcome": answer, "done_date": fields.Datetime.now()})
            report._kdc_tell_reporter(answer)

    def _kdc_tell_reporter(self, answer):
        """Tell who made the report what was decided."""
        for report in self:
            self.env["kdc.notification"]._notify_words(
                report.partner_id,
                report,
                lambda report: (report.env._("Your report about the market was decided"), answer),
                "/my/notifications",
            )
