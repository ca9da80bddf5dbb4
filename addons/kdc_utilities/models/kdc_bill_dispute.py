from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.engine.text import fold
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import AccessError, UserError

#: What a resident said and what the steps decide; nobody writes it by hand.
STEP_FIELDS = frozenset(
    {"move_id", "partner_id", "service_code", "charge_code", "subject", "amount", "text", "state", "earlier_id"}
    | {"user_id", "date_opened", "date_answered"}
)


class KdcBillDispute(models.Model):
    """A resident says that one line of a bill is wrong (U-36).

    Opened on the portal, answered by the accountant with words. From the day it is opened until the day it is
    answered no penalty runs on the bill: see ``account.move._kdc_frozen_days``.
    """

    _name = "kdc.bill.dispute"
    _description = "Disputed Bill Line"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "state desc, date_opened desc, id desc"
    _rec_name = "subject"

    move_id = fields.Many2one("account.move", string="Bill", required=True, ondelete="restrict", index=True)
    account_id = fields.Many2one(related="move_id.kdc_account_id", store=True, index=True)
    company_id = fields.Many2one(related="move_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one("res.partner", string="Disputed by", required=True, ondelete="restrict")
    service_code = fields.Char(required=True)
    charge_code = fields.Char(required=True)
    subject = fields.Char("Line", required=True)
    amount = fields.Monetary("Amount of the line")
    text = fields.Text("What the resident says", required=True)
    date_opened = fields.Date(required=True, default=today_here)
    state = fields.Selection(
        [("open", "To answer"), ("accepted", "Accepted"), ("refused", "Refused")],
        required=True,
        default="open",
        tracking=True,
        index=True,
    )
    answer = fields.Text(help="The resident reads this on the portal.")
    user_id = fields.Many2one("res.users", string="Answered by", readonly=True)
    date_answered = fields.Date(readonly=True)
    earlier_id = fields.Many2one(
        "kdc.bill.dispute", string="Asked before", readonly=True, ondelete="restrict", index="btree_not_null",
        help="What the office answered to the same line; the resident says what is new. No penalty waits again.",
    )  # fmt: skip
    earlier_text = fields.Text("What was said before", related="earlier_id.text")
    earlier_answer = fields.Text("What was answered before", related="earlier_id.answer")
    explanation_html = fields.Html(related="move_id.kdc_explanation_html", string="How it is computed")

    _open_once = models.UniqueIndex(
        "(move_id, service_code, charge_code) WHERE state = 'open'", "This line is already disputed."
    )
    _asked_twice_at_most = models.UniqueIndex(
        "(earlier_id) WHERE earlier_id IS NOT NULL", "The office has answered this line twice."
    )
    _answered = models.Constraint(
        "CHECK (state = 'open' OR (answer IS NOT NULL AND user_id IS NOT NULL AND date_answered IS NOT NULL))",
        "A dispute is closed by an answer.",
    )

    def write(self, vals):
        if not self.env.su:
            if STEP_FIELDS & vals.keys():
                raise AccessError(self.env._("A dispute is opened by the resident and answered by its buttons."))
            if "answer" in vals and any(dispute.state != "open" for dispute in self):
                raise UserError(self.env._("An answer that was sent does not change."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_recorded(self):
        raise UserError(self.env._("What a resident said is never deleted. Answer it."))

    @api.model
    def _open(self, bill, partner, service_code, charge_code, text):
        """Record what a resident says about one line of the own bill. The caller has checked that it is theirs.

        :param charge_code: key of the charge in its section, see ``engine.tariff.charges_by_key``
        """
        subject, amount = bill._kdc_disputable()[service_code, charge_code]
        earlier = self._answered_before(bill).get((service_code, charge_code), self.browse())
        if earlier.earlier_id or earlier.state == "accepted":
            raise UserError(self.env._("The office has answered this line. Please ask the office itself."))
        if earlier and fold(earlier.text) == fold(text):
            raise UserError(self.env._("This is what was answered already. Please say what is new since the answer."))
        # sudo: residents have no right on charges; nothing of them is told or changed
        self.env["kdc.charge"].sudo()._hold_waiting_fees([("corrects_move_id", "=", bill.id)])
        dispute = self.create(
            {
                "earlier_id": earlier.id,
                "move_id": bill.id,
                "partner_id": partner.id,
                "service_code": service_code,
                "charge_code": charge_code,
                "subject": subject,
                "amount": amount,
                "text": text,
            }
        )
        responsible = bill.kdc_run_id.user_id
        if responsible:
            dispute.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=responsible.id,
                summary=self.env._("Answer the resident about bill %s", bill.name),
            )
        return dispute

    @api.model
    def _answered_before(self, bill):
        """Return {(service, charge): the newest answered dispute} of a bill."""
        answered = bill.kdc_dispute_ids.filtered(lambda dispute: dispute.state != "open")
        return {(dispute.service_code, dispute.charge_code): dispute for dispute in answered.sorted("id")}

    def action_accept(self):
        """The resident is right; the bill is then corrected by an amendment."""
        self._answer("accepted")

    def action_refuse(self):
        self._answer("refused")

    def action_correct(self):
        """Prepare the correction of the bill, with the service in question and what was found."""
        self.check_access("write")
        self.ensure_one()
        action = self.move_id.action_kdc_correct()
        service = self.env["kdc.service"].with_context(active_test=False).search(
            [("company_id", "=", self.move_id.company_id.id), ("code", "=", self.service_code)]
        )  # fmt: skip
        defaults = {"default_service_id": service.id, "default_reason": self.answer}
        return action | {"context": action["context"] | defaults}

    def _answer(self, state):
        self.check_access("write")
        for dispute in self:
            if dispute.state != "open":
                raise UserError(self.env._("This dispute is already answered."))
            if not (dispute.answer or "").strip():
                raise UserError(self.env._("Write the answer first; the resident reads it on the portal."))
            # sudo: state and signature are written by the steps only; the right to write was checked above.
            dispute.sudo().write(
                {"state": state, "user_id": self.env.uid, "date_answered": today_here(self)}
            )
            dispute.sudo().activity_unlink(["mail.mail_activity_data_todo"])  # sudo: also those of a colleague
            self.env["kdc.notification"]._notify(
                dispute.partner_id,
                self.env._("Your question about the bill of %s was answered", fmt.period(dispute.move_id.kdc_period)),
                dispute.answer,
                f"/my/bills/{dispute.move_id.id}",
            )
        return True
