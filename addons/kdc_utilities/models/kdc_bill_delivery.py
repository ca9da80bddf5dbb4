from odoo import Command, api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.exceptions import UserError

#: Bills told about in one transaction of the background work.
BATCH = 200


class KdcBillDelivery(models.Model):
    """How a bill reached its payer: the log, and the one way out for every channel.

    A channel is a value of ``channel`` and a method ``_deliver_by_<channel>`` that hands its records over and sets
    their state; an addon for another transport adds both. Texts (SMS, Zalo) leave through ``kdc.text.message``. The
    notice on the residents' pages always comes; the account says what comes besides.
    """

    _name = "kdc.bill.delivery"
    _description = "Delivery of a Bill"
    _order = "id desc"
    _rec_name = "move_id"

    move_id = fields.Many2one(
        "account.move", string="Bill", required=True, readonly=True, index=True, ondelete="cascade"
    )
    # Copied and not related: the fast way of posting bills accepts no stored field that follows a bill.
    account_id = fields.Many2one("kdc.customer.account", required=True, readonly=True, index=True, ondelete="restrict")
    run_id = fields.Many2one("kdc.billing.run", readonly=True, index="btree_not_null", ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    area_id = fields.Many2one("kdc.area", compute="_compute_area_id", store=True, index=True, ondelete="restrict")
    channel = fields.Selection(
        [
            ("notice", "Notice on the residents' pages"),
            ("email", "E-mail"),
            ("text", "Text message"),
            ("paper", "Paper"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    address = fields.Char("Sent to", readonly=True)
    state = fields.Selection(
        [("waiting", "Waiting"), ("sent", "Sent"), ("failed", "Failed")],
        required=True,
        readonly=True,
        default="waiting",
        index=True,
    )
    reason = fields.Char("Why so", readonly=True)
    sent_on = fields.Datetime(readonly=True)
    mail_id = fields.Many2one("mail.mail", readonly=True, index="btree_not_null", ondelete="set null")

    _move_channel_uniq = models.UniqueIndex("(move_id, channel)", "A bill is delivered once on each channel.")

    @api.depends("account_id")
    def _compute_area_id(self):
        """Not a related field: when areas are merged later, what is done keeps the area it was done in."""
        for record in self:
            record.area_id = record.account_id.area_id

    # --- What goes where -------------------------------------------------------------------------

    @api.model
    def _prepare(self, bills):
        """Write down how these bills are to be delivered; bills that have their records keep them.

        :param bills: issued bills, in sudo
        :return: the new records
        """
        known = self.search([("move_id", "in", bills.ids)]).move_id
        vals_list = []
        for bill in bills - known:
            for channel, address, reason in bill.kdc_account_id._kdc_bill_channels():
                vals_list.append(
                    {
                        "move_id": bill.id, "account_id": bill.kdc_account_id.id, "run_id": bill.kdc_run_id.id,
                        "company_id": bill.company_id.id, "channel": channel, "address": address, "reason": reason,
                    }
                )  # fmt: skip
        return self.create(vals_list)

    def _deliver(self):
        """Hand waiting records over, each channel at once."""
        for channel, records in self.filtered(lambda record: record.state == "waiting").grouped("channel").items():
            getattr(records, f"_deliver_by_{channel}")()

    def _mark_sent(self):
        self.write({"state": "sent", "sent_on": fields.Datetime.now()})

    def _deliver_by_notice(self):
        for record in self:
            title, body = record._words()
            readers = record.account_id._kdc_readers_of(record.move_id)
            self.env["kdc.notification"]._notify(readers, title, body, f"/my/bills/{record.move_id.id}")
        self._mark_sent()

    def _deliver_by_text(self):
        texts = []
        for record in self:
            url = f"{record.get_base_url()}/my/bills"
            env = record.with_context(lang="vi_VN").env
            bill = record.move_id
            said = {"ward": record.company_id.name, "month": f"{bill.kdc_period:%m/%Y}", "url": url}
            if bill.amount_residual > 0:
                body = env._(
                    "%(ward)s: the bill of %(month)s is there, to be paid by %(day)s. %(url)s",
                    day=fmt.date(bill.invoice_date_due),
                    **said,
                )
            else:
                body = env._("%(ward)s: the bill of %(month)s is there, and paid already. %(url)s", **said)
            texts.append((record.address, body))
        self.env["kdc.text.message"]._queue(texts)
        self._mark_sent()

    def _deliver_by_paper(self):
        """Paper waits until somebody says that it was handed over, see :meth:`action_handed_over`."""

    def _deliver_by_email(self):
        """Queue one e-mail per bill; whether it left is written by the mail server's answer.

        Who has no access to the residents' pages gets the bill itself, the others the way to it.
        """
        for record in self:
            subject, _body = record._words()
            bill = record.move_id
            readers = record.account_id._kdc_readers_of(bill)
            body = self.env["ir.qweb"]._render(
                "kdc_utilities.bill_email",
                {
                    "bill": bill,
                    "fmt": fmt,
                    "unpaid": bill.amount_residual > 0,
                    "advance": bill._kdc_from_advance(),
                    "url": readers and f"{record.get_base_url()}/my/bills/{bill.id}",
                },
                lang="vi_VN",
            )
            vals = {
                "subject": subject,
                "body_html": body,
                "email_to": record.address,
                "email_from": record.company_id.email_formatted,
                "model": "account.move",
                "res_id": bill.id,
            }
            if not readers:
                content = self.env["kdc.bill.pdf"]._render(bill, photos=True)
                name = f"{bill.kdc_reference or bill.id}.pdf"
                vals["attachment_ids"] = [Command.create({"name": name, "raw": content, "mimetype": "application/pdf"})]
            record.mail_id = self.env["mail.mail"].create(vals)

    def _words(self):
        """Return title and text of a notice, in Vietnamese as the papers of the ward."""
        self.ensure_one()
        bill, env = self.move_id, self.with_context(lang="vi_VN").env
        title = env._("Bill of %(month)s: %(amount)s", month=fmt.period(bill.kdc_period).lower(),
                      amount=fmt.vnd(bill.amount_residual))  # fmt: skip
        advance = bill._kdc_from_advance() if bill.amount_residual < bill.amount_total else 0
        if bill.amount_residual <= 0:
            if advance < bill.amount_total:
                return title, env._("It is paid already.")
            return title, env._("%s was paid from your advance. Nothing is left to pay.", fmt.vnd(advance))
        due = fmt.date(bill.invoice_date_due)
        if advance:
            return title, env._(
                "%(advance)s of %(total)s was paid from your advance. Please pay the rest by %(day)s.",
                advance=fmt.vnd(advance),
                total=fmt.vnd(bill.amount_total),
                day=due,
            )
        return title, env._("Please pay by %s.", due)

    # --- By hand ---------------------------------------------------------------------------------

    def action_handed_over(self):
        """Note that paper bills were handed over."""
        self.env["kdc.billing.run"].check_access("write")
        if any(record.channel != "paper" for record in self):
            raise UserError(self.env._("Only paper is handed over. The other channels say themselves what they did."))
        # sudo: the log is written by its steps only; the right was checked above.
        self.sudo().filtered(lambda record: record.state == "waiting")._mark_sent()
        return True

    def action_again(self):
        """Try again what failed."""
        self.check_access("read")
        self.env["kdc.billing.run"].check_access("write")
        failed = self.sudo().filtered(lambda record: record.state == "failed")  # sudo: as above
        failed.write({"state": "waiting", "reason": False})
        failed._deliver()
        return True
