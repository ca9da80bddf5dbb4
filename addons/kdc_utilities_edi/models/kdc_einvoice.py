from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.translate import get_translation

#: Minutes to wait before SInvoice is asked again, one after the other.
DELAYS = (1, 5, 30, 120, 720)
#: What `l10n_vn_edi_viettel` says when SInvoice answered and said no.
REFUSED = "Error when contacting SInvoice: %s."
#: What a proxy in front of a service that is down says in its place; that is no refusal.
DOWN = ("Service Unavailable", "Bad Gateway", "Gateway Time", "Internal Server Error", "Too Many Requests")


class KdcEinvoice(models.Model):
    """Somebody wants the e-invoice of a bill: who asked, how often it was tried, what came of it.

    The invoice itself is what `l10n_vn_edi_viettel` keeps on the bill; this register makes it in the background.
    """

    _name = "kdc.einvoice"
    _description = "Request for an E-Invoice"
    _order = "id desc"
    _rec_name = "move_id"

    move_id = fields.Many2one(
        "account.move", string="Bill", required=True, readonly=True, ondelete="restrict", index=True
    )
    account_id = fields.Many2one("kdc.customer.account", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    origin = fields.Selection(
        [("resident", "Residents' pages"), ("counter", "Counter"), ("rule", "Rule or standing wish")],
        string="Asked for by",
        required=True,
        readonly=True,
    )
    partner_id = fields.Many2one("res.partner", string="Person", readonly=True, ondelete="set null")
    state = fields.Selection(
        [("waiting", "Being made"), ("sent", "Made"), ("failed", "Not made")],
        required=True,
        readonly=True,
        default="waiting",
        index=True,
    )
    attempts = fields.Integer(readonly=True)
    reason = fields.Char("Why so", readonly=True)
    sent_on = fields.Datetime("Made on", readonly=True)
    symbol_id = fields.Many2one(related="move_id.l10n_vn_edi_invoice_symbol", related_sudo=True)
    number = fields.Char(related="move_id.l10n_vn_edi_invoice_number")
    lookup_code = fields.Char("Lookup code", related="move_id.l10n_vn_edi_reservation_code")
    document_state = fields.Selection(related="move_id.kdc_einvoice_state", string="E-invoice")

    _move_uniq = models.Constraint("UNIQUE (move_id)", "The e-invoice of this bill was asked for already.")

    # --- Asking ----------------------------------------------------------------------------------

    @api.model
    def _request(self, bills, origin, partner=None):
        """Ask for the e-invoices of bills; who asks again after a failure starts it anew.

        :param bills: issued bills, in sudo
        :return: the requests of these bills
        """
        known = self.search([("move_id", "in", bills.ids)])
        failed = known.filtered(lambda request: request.state == "failed")
        failed.write({"state": "waiting", "attempts": 0, "reason": False})
        new = self.create(
            [
                {
                    "move_id": bill.id, "account_id": bill.kdc_account_id.id, "company_id": bill.company_id.id,
                    "origin": origin, "partner_id": partner.id if partner else False,
                }
                for bill in bills - known.move_id
            ]
        )  # fmt: skip
        for request in new | failed:
            request._enqueue()
        return known | new

    def _enqueue(self, minutes=0):
        self.ensure_one()
        self.with_delay(
            channel="root.kdc_einvoice",
            eta=minutes * 60 or None,
            description=self.env._("E-invoice of %s", self.move_id.name),
            identity_key=f"kdc.einvoice-{self.id}-{self.attempts}",
        )._job_send()

    def action_again(self):
        """Try again what failed, after its reason was mended."""
        self.check_access("read")
        self.env["kdc.billing.run"].check_access("write")
        requests = self.sudo()  # sudo: the register is written by its steps only; the right was checked above.
        requests._request(requests.filtered(lambda request: request.state == "failed").move_id, "counter")
        return True

    def action_view_bill(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.account_move_bill_action")
        views = [view for view in action["views"] if view[1] == "form"]
        return action | {"res_id": self.move_id.id, "view_mode": "form", "views": views}

    # --- Making ----------------------------------------------------------------------------------

    def _job_send(self):
        """Background job: make one e-invoice, or note why not and when it is tried again."""
        # sudo: whoever asked; the document is the ward's, made from the bill alone.
        for request in self.sudo().exists().filtered(lambda request: request.state != "failed"):
            request._send()

    def _send(self):
        self.ensure_one()
        bill = self.move_id.with_company(self.company_id).with_context(lang="vi_VN", tz="Asia/Ho_Chi_Minh")
        if not bill.l10n_vn_edi_invoice_symbol and not bill._l10n_vn_edi_is_sent():
            # Chosen by the ward after the bill was issued.
            bill.l10n_vn_edi_invoice_symbol = bill.partner_id.l10n_vn_edi_symbol
        problems = [bill._kdc_einvoice_problem(), *bill._l10n_vn_edi_check_invoice_configuration()]
        problem = " ".join(filter(None, problems))
        if problem:
            self._give_up(problem)
            return
        try:
            bill._kdc_write_einvoice()
            if bill._can_commit():
                # The id has to be known here before SInvoice knows it.
                self.env.cr.commit()  # pylint: disable=invalid-commit
            self.env["account.move.send"].with_company(self.company_id)._generate_and_send_invoices(
                bill, sending_methods=set(), extra_edis={"vn_sinvoice_send"}, invoice_edi_format=False
            )
        except UserError as error:
            self._take_error(bill, str(error))
            return
        self._made()

    def _made(self):
        first = self.state != "sent"
        self.write({"state": "sent", "reason": False, "sent_on": self.sent_on or fields.Datetime.now()})
        if first and self.origin != "rule":
            env = self.with_context(lang="vi_VN").env
            self.env["kdc.notification"]._notify(
                self.account_id._kdc_bill_readers(),
                env._("The e-invoice is ready"),
                env._("No. %(number)s, lookup code %(code)s.", number=self.number, code=self.lookup_code),
                f"/my/bills/{self.move_id.id}",
            )

    def _take_error(self, bill, message):
        """Note what went wrong: nobody answered or files are missing (tried again), or SInvoice said no (given up)."""
        text = message.splitlines()[-1].removeprefix("- ")
        refusal = next((prefix for prefix in self._refusals() if text.startswith(prefix)), "")
        text = text.removeprefix(refusal)
        if bill._l10n_vn_edi_is_sent():
            self._made()
            self._try_later(self.env._("The invoice is made; its files are missing: %s", text))
        elif refusal and not any(word in text for word in DOWN):
            self._give_up(self.env._("SInvoice refused it: %s", text))
        else:
            self._try_later(self.env._("SInvoice did not answer: %s", text))

    def _refusals(self):
        """Return how a refusal begins in each language; the message says nothing else to tell it by."""
        languages = {"en_US", *(code for code, _name in self.env["res.lang"].get_installed())}
        return {
            get_translation("l10n_vn_edi_viettel", language, REFUSED, ()).partition("%s")[0] for language in languages
        }

    def _try_later(self, reason):
        if self.attempts >= len(DELAYS):
            self._give_up(reason)
            return
        minutes = DELAYS[self.attempts]
        self.write({"attempts": self.attempts + 1, "reason": reason})
        self._enqueue(minutes)

    def _give_up(self, reason):
        """Keep the reason and tell the responsible of the billing run, once for all that wait there."""
        self.write({"state": "sent" if self.move_id._l10n_vn_edi_is_sent() else "failed", "reason": reason})
        run = self.move_id.kdc_run_id
        summary = self.env._("E-invoices could not be made")
        if not run.activity_ids.filtered(lambda activity: activity.summary == summary):
            run.activity_schedule(
                "mail.mail_activity_data_todo", user_id=run.user_id.id, summary=summary,
                note=f"{self.move_id.name}: {reason}",
            )  # fmt: skip
