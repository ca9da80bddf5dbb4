from odoo import api, fields, models
from odoo.addons.kdc_residents.engine import vietqr
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.actions import dialogue
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..engine import reference
from .approval_mixin import KdcTwoPersons

_lt = LazyTranslate(__name__)

#: What the residents were told when the drive opened stays as it was.
OPENED_FIELDS = frozenset({"name", "company_id", "area_id", "purpose", "decision", "target", "account_id", "date_from"})
#: Gifts whose entry is in the books as theirs.
BOOKED = Domain("move_id.state", "=", "posted") & Domain("cancelled_by_id", "=", False)


class KdcContributionDrive(models.Model):
    """A drive for voluntary contributions: what for, by which decision, how much is hoped for, until when.

    Nobody owes anything: a household gives any amount or nothing, at the counter or by transfer, and only what was
    given is booked, as a liability to the fund. So a gift is never on a bill, in arrears or dunned. All residents of
    the area see target and progress, and only their own household's gifts. (Law 10/2022/QH15 on grassroots democracy
    has the contributions published; voluntary funds must not be made compulsory.)
    """

    _name = "kdc.contribution.drive"
    _description = "Drive for Voluntary Contributions"
    _inherit = ["kdc.two.persons", "mail.thread"]
    _order = "state desc, date_from desc, id desc"
    _check_company_auto = True
    _step_fields = KdcTwoPersons._step_fields | {"number"}
    _refuse_step = _lt("A drive is opened and closed by its buttons only.")
    _refuse_change = _lt("The residents have read this. Close the drive and open another one if it has to change.")
    _refuse_delete = _lt("A drive that was open is closed, not deleted.")

    name = fields.Char(required=True, tracking=True)
    number = fields.Integer(readonly=True, copy=False, aggregator=False, help="In the transfer text of its gifts.")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    area_id = fields.Many2one(
        "kdc.area", index="btree_not_null", ondelete="restrict", help="Empty: the whole ward.", tracking=True
    )
    purpose = fields.Text(required=True, help="What the money is for. The residents read it.")
    decision = fields.Char(
        "Decision or minutes", required=True, help="By which the residents agreed to collect. It is published.",
        tracking=True,
    )  # fmt: skip
    target = fields.Monetary(help="What is hoped for; empty when there is no target.", tracking=True)
    account_id = fields.Many2one(
        "account.account",
        string="Fund",
        required=True,
        check_company=True,
        ondelete="restrict",
        domain="[('account_type', '=', 'liability_current')]",
        default=lambda self: self._default_account_id(),
        help="Account that keeps the money apart: it belongs to the contributors' purpose and is never income.",
    )
    date_from = fields.Date("From", required=True, default=today_here)
    date_to = fields.Date("Until", tracking=True)
    state = fields.Selection(
        [("draft", "In preparation"), ("open", "Open"), ("closed", "Closed")],
        required=True,
        default="draft",
        copy=False,
        tracking=True,
        index=True,
    )
    result = fields.Text("What was done with the money", help="Published to the residents of the area.", tracking=True)
    contribution_ids = fields.One2many("kdc.contribution", "drive_id", string="Gifts", readonly=True)
    given = fields.Monetary("Given so far", compute="_compute_given", compute_sudo=True)
    giver_count = fields.Integer("Gave", compute="_compute_given", compute_sudo=True, help="Households and others.")
    progress = fields.Integer(
        "Of the target (%)", compute="_compute_given", compute_sudo=True, help="It may pass 100.", aggregator=False
    )
    approved_by_id = fields.Many2one(string="Opened by")
    approved_on = fields.Datetime("Opened on")

    _number_uniq = models.Constraint("UNIQUE (company_id, number)", "Another drive has this number.")
    _target_not_negative = models.Constraint("CHECK (target >= 0)", "A target cannot be negative.")
    _dates = models.Constraint("CHECK (date_to >= date_from)", "The drive ends before it begins.")
    _opener_is_another = models.Constraint(
        "CHECK (approved_by_id IS NULL OR approved_by_id != requested_by_id)",
        "Whoever prepared a drive cannot open it.",
    )
    _opened_by_somebody = models.Constraint(
        "CHECK (state = 'draft' OR approved_by_id IS NOT NULL)", "A drive is opened by a person."
    )

    @api.model
    def _default_account_id(self):
        """The fund of the ward. It comes by itself: a ward set up before there were drives has no such account."""
        company = self.env.company
        if not company.chart_template:
            return self.env["account.account"]
        # sudo: an accountant of fees does not write the chart of accounts; this adds the one account only.
        return company.sudo().with_company(company)._kdc_setup_liability(company._kdc_gift_fund()).sudo(self.env.su)

    @api.depends("contribution_ids.amount", "contribution_ids.move_id.state", "contribution_ids.cancelled_by_id")
    def _compute_given(self):
        groups = self.env["kdc.contribution"]._read_group(
            Domain("drive_id", "in", self.ids) & BOOKED, ["drive_id", "customer_id"], ["amount:sum", "__count"]
        )
        totals = {}
        for drive, customer, amount, count in groups:
            given, givers = totals.get(drive.id, (0, 0))
            # A household that gives twice is one giver; who has no account is counted by gift.
            totals[drive.id] = given + amount, givers + (1 if customer else count)
        for drive in self:
            drive.given, drive.giver_count = totals.get(drive._origin.id, (0, 0))
            drive.progress = int(drive.given * 100 // drive.target) if drive.target else 0

    @api.constrains("account_id")
    def _check_fund(self):
        for drive in self:
            if drive.account_id.internal_group != "liability":
                raise ValidationError(
                    self.env._(
                        "Account %s is no fund: contributions are kept for their purpose, so choose a liability.",
                        drive.account_id.display_name,
                    )
                )

    @api.model
    def _prepared(self, vals_list):
        """Drives are numbered by ward."""
        last = {}
        vals_list = super()._prepared(vals_list)
        for vals in vals_list:
            company_id = vals.get("company_id") or self.env.company.id
            vals["number"] = last[company_id] = self._last_number(company_id, last) + 1
        return vals_list

    @api.model
    def _last_number(self, company_id, last):
        """Return the highest number of a ward's drives; ``last`` knows those given a moment ago."""
        if company_id in last:
            return last[company_id]
        # sudo: the numbers of a ward run over all its drives.
        return self.sudo()._read_group([("company_id", "=", company_id)], [], ["number:max"])[0][0] or 0

    @api.model
    def _decided_content(self, names):
        return OPENED_FIELDS & set(names)

    # --- Steps -----------------------------------------------------------------------------------

    def action_open(self):
        """Open what somebody else prepared: from now on it is shown to the residents and gifts can be taken."""
        if not self.env.user.has_group("kdc_utilities.group_approver"):
            raise AccessError(self.env._("You are not allowed to open drives."))
        self.check_access("read")
        for drive in self:
            if drive.state != "draft":
                raise UserError(self.env._("Only drives in preparation can be opened."))
            if drive.requested_by_id == self.env.user:
                raise UserError(self.env._("You prepared this drive, so another person has to open it."))
        # sudo: the approver decides but may not change what was prepared.
        self.sudo().write({"state": "open", "approved_by_id": self.env.uid, "approved_on": fields.Datetime.now()})
        return True

    def action_close(self):
        """Take no more gifts; the residents go on seeing what was given and what was done with it."""
        self.check_access("write")
        if any(drive.state != "open" for drive in self):
            raise UserError(self.env._("Only an open drive can be closed."))
        # sudo: steps are written by the steps only; the right to write was checked above.
        self.sudo().write({"state": "closed"})
        return True

    def action_transfer(self):
        """Record a gift that came by bank transfer."""
        self.ensure_one()
        return dialogue("kdc.contribution.transfer", self.env._("A gift by bank transfer"), drive_id=self.id)

    def action_view_contributions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_contribution_action")
        return action | {"domain": [("drive_id", "=", self.id)], "context": {}}

    # --- For the counter and the residents' pages ------------------------------------------------

    @api.model
    def _visible_domain(self, area, company):
        """Return the domain of the drives that concern somebody in an area; of the whole ward without one."""
        # sudo: the way up to the ward may leave the areas of a collector.
        path = [int(part) for part in (area.sudo().parent_path or "").split("/") if part]
        return Domain("company_id", "=", company.id) & Domain("area_id", "in", [False, *path])

    @api.model
    def _open_for(self, customer):
        """Return the drives that a customer account may give to today (sudo: the residents read them as well)."""
        today = today_here(self)
        domain = self._visible_domain(customer.area_id, customer.company_id) & Domain(
            [("state", "=", "open"), ("date_from", "<=", today), "|", ("date_to", "=", False), ("date_to", ">=", today)]
        )
        # sudo: the domain is what was published to the residents of this customer's area.
        return self.sudo().search(domain, order="date_from, id")

    def _given_by(self, customers):
        """Return what some customer accounts gave to this drive, in VND (sudo: the caller chose whose)."""
        self.ensure_one()
        domain = Domain("drive_id", "=", self.id) & Domain("customer_id", "in", customers.ids) & BOOKED
        # sudo: collectors see the sum of the customer in front of them, not the list of gifts.
        return round(self.env["kdc.contribution"].sudo()._read_group(domain, [], ["amount:sum"])[0][0] or 0)

    def _progress_text(self):
        """Word the progress for a notice board: how much of how much, from how many."""
        self.ensure_one()
        values = {"given": fmt.vnd(self.given), "target": fmt.vnd(self.target), "count": self.giver_count}
        if self.target:
            return self.env._("%(given)s of %(target)s, from %(count)s households and donors", **values)
        return self.env._("%(given)s, from %(count)s households and donors", **values)

    def _transfer(self, customer):
        """Return what a customer types into a transfer, with the text of a QR code that leaves the amount open.

        :return: dict with ``bank``, ``account``, ``holder``, ``reference`` and ``payload`` (None where the bank cannot
            be coded), or None when the ward takes no transfers or the drive is not open for this customer
        """
        self.ensure_one()
        bank = self.company_id._kdc_transfer_bank()
        if not bank or not customer or self not in self._open_for(customer):
            return None
        text = reference.make_gift_reference(customer.number, self.number)
        try:
            payload = vietqr.build(vietqr.Transfer(bank["bin"], bank["account"], None, text))
        except vietqr.VietQRError:
            # A bank without NAPAS number: the account is still shown for typing by hand.
            payload = None
        return bank | {"reference": text, "payload": payload}
