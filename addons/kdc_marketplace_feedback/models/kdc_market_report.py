from odoo import api, fields, models
from odoo.addons.kdc_feedback.engine import states
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import UserError

#: What shows how long the shop took to answer.
ASKED = frozenset({"shop_question", "shop_asked_date", "shop_answer", "shop_answer_date", "feedback_ids"})


class KdcMarketReport(models.Model):
    """A report is feedback too: it has a number, its reporter follows it, and either desk may end it.

    The moderator's 24 hours stay. The shop is asked in the ward's words, so that it does not learn who reported.
    """

    _inherit = "kdc.market.report"

    feedback_ids = fields.One2many("kdc.feedback", "market_report_id", readonly=True)
    feedback_number = fields.Char("Number of the feedback", compute="_compute_feedback_number", compute_sudo=True)
    shop_question = fields.Text("Question to the shop", readonly=True, tracking=True)
    shop_asked_date = fields.Datetime("Shop asked on", readonly=True)
    shop_answer = fields.Text("Answer of the shop", readonly=True, tracking=True)
    shop_answer_date = fields.Datetime("Shop answered on", readonly=True)
    shop_hours = fields.Float(
        "Answer time of the shop (hours)",
        compute="_compute_shop_hours",
        digits=(8, 1),
        help="From the question to the answer; until now while the shop has not answered.",
    )

    @api.depends("feedback_ids.number")
    def _compute_feedback_number(self):
        for report in self:
            report.feedback_number = report.feedback_ids[:1].number

    @api.depends("shop_asked_date", "shop_answer_date")
    def _compute_shop_hours(self):
        now = fields.Datetime.now()
        for report in self:
            asked = report.shop_asked_date
            report.shop_hours = ((report.shop_answer_date or now) - asked).total_seconds() / 3600 if asked else 0

    def write(self, vals):
        self.env["kdc.shop"]._kdc_check_evidence(ASKED, vals)
        return super().write(vals)

    # -- into the inbox --------------------------------------------------------------------------------------------
    @api.model
    def _kdc_report(self, subject, partner, kind, text):
        """Put the report into the feedback inbox as well, once."""
        report = super()._kdc_report(subject, partner, kind, text)
        if not report.feedback_ids:
            self.env["kdc.feedback"]._submit(report._kdc_feedback_vals(), partner=partner)
        return report

    def _kdc_feedback_vals(self):
        """Return the feedback of a report; its category is on no board, and the feedback is private besides."""
        self.ensure_one()
        kind = dict(self._fields["kind"]._description_selection(self.env))[self.kind]
        return {
            "company_id": self.company_id.id,
            "category_id": self.env.ref("kdc_marketplace_feedback.category_market").id,
            "area_id": (self.shop_id or self.post_id).area_id.id,
            "name": f"{kind}: {self.product_tmpl_id.name or self.order_id.name or self.post_id.name}",
            "description": self.text,
            "channel": "portal",
            "privacy": "hidden",
            "is_private": True,
            "market_report_id": self.id,
        }

    def _kdc_facts(self):
        """Return what the handler needs to know: pairs of label and text, of an order with its lines."""
        self.ensure_one()
        env, order, listing = self.env, self.order_id, self.product_tmpl_id
        states_of = dict(order._fields["kdc_shop_state"]._description_selection(env))
        facts = [(env._("Take down until"), fmt.datetime(self.deadline))]
        if self.post_id:
            facts.append((env._("Post on the board"), self.post_id.name))
        else:
            facts.insert(0, (env._("Shop"), self.shop_id.name))
        if listing:
            facts.append((env._("Listing"), f"{listing.name}, {fmt.vnd(listing.list_price)}"))
        if order:
            facts.append((env._("Order"), f"{order.name}, {fmt.date(order.date_order)}"))
            facts += [
                (fmt.number(line.product_uom_qty) + " ×", f"{line.name}, {fmt.vnd(line.price_total)}")
                for line in order.order_line
            ]
            facts += [(env._("Total"), fmt.vnd(order.amount_total)), (env._("State"), states_of[order.kdc_shop_state])]
        if self.shop_question:
            facts.append((env._("Question to the shop"), self.shop_question))
            facts.append((env._("Answer of the shop"), self.shop_answer or env._("Not answered yet")))
            facts.append((env._("Answer time of the shop (hours)"), fmt.number(self.shop_hours, 1)))
        return facts

    # -- the shop's side -------------------------------------------------------------------------------------------
    def action_ask_shop(self):
        """Write down a question that the shop answers in the portal."""
        return self.env["kdc.market.reason"]._open(self, "cancel")

    def _kdc_ask_shop(self, question):
        """Ask the shop in the ward's own words; its clock starts now."""
        self._check_moderator()
        self._check_open()
        if not all(report.shop_id for report in self):
            raise UserError(self.env._("This is about a neighbour's post: there is no shop to ask."))
        for report in self:
            if report.shop_question:
                raise UserError(report.env._("The shop was asked already: %s", report.shop_question))
            # sudo: evidence is written by the steps only, and who asks was checked above
            report.sudo().write({"shop_question": question, "shop_asked_date": fields.Datetime.now()})
            report.shop_id._kdc_notify_members(
                lambda shop: (shop.env._("The ward asks your shop a question"), question), "/my/shop/reports"
            )

    def _kdc_answer_shop(self, answer):
        """Keep the answer of the shop, which it gives once; the caller has checked whose shop it is.

        :raise UserError: somebody else of the shop has answered
        """
        self.ensure_one()
        lock_or_retry(self, allow_referencing=True, touch=True)
        self.invalidate_recordset(["shop_answer"])
        if self.shop_answer:
            raise UserError(self.env._("This question was answered already."))
        # sudo: evidence is written by the steps only
        self.sudo().write({"shop_answer": answer, "shop_answer_date": fields.Datetime.now()})
        for feedback in self.sudo().feedback_ids:  # sudo: the handler is told, whoever answers
            feedback._log_line("note", body=self.env._("Answer of the shop: %s", answer))
            feedback._tell_handler(self.env._("The shop has answered"))

    # -- one end for both desks ------------------------------------------------------------------------------------
    def _kdc_tell_reporter(self, answer):
        """Give the moderator's decision as the result of the feedback, which tells the reporter."""
        rest = self
        for report in self:
            # sudo: moderators have no right on the inbox; their decision is the result
            feedback = report.sudo().feedback_ids.filtered(lambda one: states.can(one.state, "finish"))
            if feedback:
                feedback._step("finish", kind="result", body=answer)
                feedback._tell("result")
                rest -= report
        return super(KdcMarketReport, rest)._kdc_tell_reporter(answer)
