import base64
import io

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import UserError
from pypdf import PdfWriter

#: Bills of one transaction; more of them do not take more memory.
PART = 100
#: Up to so many are made while the reader waits.
AT_ONCE = 40


class KdcBillPrint(models.Model):
    """The bills of a month in the order of the walk, as one file, or the list for the person who hands them out.

    Made part by part in the background, each part in a transaction of its own: the progress is visible, closing the
    browser or a restart loses nothing, and memory holds one part only.
    """

    _name = "kdc.bill.print"
    _description = "Bills to Print"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    run_id = fields.Many2one("kdc.billing.run", string="Billing run", check_company=True, ondelete="cascade")
    period = fields.Date("Month", required=True, compute="_compute_period", store=True, readonly=False, precompute=True)
    # Also archived ones, as of kdc.billing.run: without its only area it would be about the whole ward.
    area_ids = fields.Many2many(
        "kdc.area", string="Areas", context={"active_test": False}, help="Empty: the whole ward."
    )
    content = fields.Selection(
        [("bills", "The bills (A5)"), ("list", "The list for the walk (A4)")], required=True, default="bills"
    )
    paper_only = fields.Boolean("Only who gets the bill on paper")
    unpaid_only = fields.Boolean("Only bills not paid yet")
    photos = fields.Boolean(
        "With the photos of the readings",
        help="For who does not use the residents' pages, where they are seen otherwise. The file takes several times "
        "as long to make and is much larger.",
    )
    state = fields.Selection(
        [("draft", "To make"), ("working", "Being made"), ("ready", "Ready")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
    )
    order = fields.Json(readonly=True, copy=False, help="The bills in the order of the walk.")
    total = fields.Integer("Bills", readonly=True, copy=False)
    done = fields.Integer("Made", readonly=True, copy=False)
    progress = fields.Float(compute="_compute_progress")
    user_id = fields.Many2one("res.users", string="Asked for by", readonly=True, default=lambda self: self.env.user)
    file = fields.Binary(readonly=True, attachment=True, copy=False)
    filename = fields.Char(readonly=True, copy=False)

    @api.depends("run_id")
    def _compute_period(self):
        """The month of the run, else the one billed last."""
        today = today_here(self)
        for record in self:
            last = fields.Date.start_of(fields.Date.subtract(today, months=1), "month")
            record.period = record.run_id.period or record.period or last

    @api.depends("period", "area_ids", "content", "run_id")
    def _compute_name(self):
        for record in self:
            names = record.area_ids.mapped("name") or record.run_id.area_ids.mapped("name")
            record.name = " – ".join([fmt.period(record.period), *names]) if record.period else False

    @api.depends("done", "total")
    def _compute_progress(self):
        for record in self:
            record.progress = 100 * record.done / record.total if record.total else 0

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("period"):
                vals["period"] = fields.Date.start_of(fields.Date.to_date(vals["period"]), "month")
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("period"):
            vals = vals | {"period": fields.Date.start_of(fields.Date.to_date(vals["period"]), "month")}
        return super().write(vals)

    def _bill_domain(self):
        domain = [
            ("company_id", "=", self.company_id.id),
            ("kdc_account_id", "!=", False),
            ("kdc_period", "=", self.period),
            ("move_type", "=", "out_invoice"),
            ("state", "=", "posted"),
        ]
        if self.run_id:
            domain.append(("kdc_run_id", "=", self.run_id.id))
        if self.area_ids:
            domain.append(("kdc_account_id.area_id", "child_of", self.area_ids.ids))
        if self.paper_only:
            domain.append(("kdc_delivery_ids.channel", "=", "paper"))
        if self.unpaid_only:
            domain.append(("amount_residual", ">", 0))
        return domain

    def _ordered_bills(self):
        """Return the bills in the order in which somebody walks: area, place on the route, account."""
        bills = self.env["account.move"].search(self._bill_domain())
        areas = {area: (area.name or "", area.id) for area in bills.kdc_account_id.area_id}
        empty = ("", 0)
        return bills.sorted(
            lambda bill: (
                areas.get(bill.kdc_account_id.area_id, empty),
                bill.kdc_account_id.route_sequence,
                bill.kdc_account_id.number,
                bill.id,
            )
        )

    def action_make(self):
        """Make the file: at once when it is short, else in the background."""
        self.ensure_one()
        if self.state == "working" and self._at_work():
            raise UserError(self.env._("This is being made already."))
        bills = self._ordered_bills()
        if not bills:
            raise UserError(self.env._("There are no such bills. Look at the month and the areas chosen."))
        self._parts().unlink()
        self.write({"state": "working", "order": bills.ids, "total": len(bills), "done": 0, "file": False})
        if len(bills) <= AT_ONCE:
            self._job_part()
            return self.action_download()
        self._enqueue()
        return True

    def _at_work(self):
        """Return whether a part is being made or waits for its turn; a job that failed does neither."""
        # sudo: only whether there is such a job
        return self.env["queue.job"].sudo().search_count([
            ("identity_key", "=like", f"kdc.bill.print-{self.id}-%"),
            ("state", "in", ("wait_dependencies", "pending", "enqueued", "started")),
        ], limit=1)  # fmt: skip

    def _enqueue(self):
        self.with_delay(
            channel="root.kdc_billing", description=self.name, identity_key=f"kdc.bill.print-{self.id}-{self.done}"
        )._job_part()

    def _job_part(self):
        """Background job: make the next part; the last one puts the file together."""
        self.ensure_one()
        if self.state != "working":
            return
        if self.content == "list":
            bills = self.env["account.move"].browse(self.order)._filtered_access("read")
            self._finish(self.env["kdc.bill.route.pdf"]._render(bills))
            return
        bills = self.env["account.move"].browse(self.order[self.done : self.done + PART])._filtered_access("read")
        # sudo: found with the rules of who asked; names of services and accounts are printed.
        content = self.env["kdc.bill.pdf"]._render(bills.sudo(), photos=self.photos) if bills else b""
        if self.total <= PART:
            self._finish(content)
            return
        # sudo: files of this record only
        self.env["ir.attachment"].sudo().create(
            {"name": f"part-{self.done:06d}", "res_model": self._name, "res_id": self.id, "raw": content}
        )
        self.done = min(self.done + PART, self.total)
        if self.done < self.total:
            self._enqueue()
        else:
            self._finish(self._join())

    def _parts(self):
        # sudo: as where they are made
        return self.env["ir.attachment"].sudo().search(
            [("res_model", "=", self._name), ("res_id", "=", self.id), ("name", "=like", "part-%")], order="name"
        )  # fmt: skip

    def _join(self):
        parts, writer, output = self._parts(), PdfWriter(), io.BytesIO()
        for part in parts:
            if part.raw:
                writer.append(io.BytesIO(part.raw))
        # The parts have the same fonts and the same texts.
        writer.compress_identical_objects()
        writer.write(output)
        parts.unlink()
        return output.getvalue()

    def _finish(self, content):
        kind = "danh-sach" if self.content == "list" else "hoa-don"
        self.write(
            {
                "state": "ready",
                "done": self.total,
                "file": base64.b64encode(content),
                "filename": f"{kind}-{self.period:%Y-%m}-{self.id}.pdf",
            }
        )
        # sudo: a word to the screen of who asked for it
        self.user_id.sudo()._bus_send(
            "simple_notification",
            {
                "type": "success",
                "title": self.env._("Ready to print"),
                "message": self.env._("%(name)s: %(count)s bills", name=self.name, count=self.total),
            },
        )

    def action_download(self):
        self.ensure_one()
        url = f"/web/content/{self._name}/{self.id}/file?filename_field=filename&download=true"
        return {"type": "ir.actions.act_url", "url": url, "target": "new"}

    def action_again(self):
        """Make it anew, for bills issued or paid since."""
        self.ensure_one()
        if self.state == "ready":
            self.state = "draft"
        return self.action_make()

    @api.autovacuum
    def _gc_old_files(self):
        """The bills stay; their printed files can be made again any time."""
        self.search([("create_date", "<", fields.Datetime.subtract(fields.Datetime.now(), days=30))]).unlink()
