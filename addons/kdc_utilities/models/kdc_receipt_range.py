from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.actions import dialogue
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import AccessError, UserError


class KdcReceiptRange(models.Model):
    """Receipt numbers set apart for one phone, so that a collector without network hands out receipts that count.

    The numbers are taken from the book of the desk at once and belong to the collector's cash session, which cannot be
    closed before they are accounted for. When the phone gives them back, or the office ends the range of a lost phone,
    each number without a receipt is recorded as unused with the reason, so that the book has no gap.
    """

    _name = "kdc.receipt.range"
    _description = "Receipt Numbers of a Phone"
    _order = "id desc"

    name = fields.Char("Numbers", compute="_compute_name", store=True)
    company_id = fields.Many2one(related="session_id.company_id", store=True, index=True)
    session_id = fields.Many2one("kdc.cash.session", required=True, readonly=True, index=True, ondelete="restrict")
    user_id = fields.Many2one("res.users", "Collector", required=True, readonly=True, index=True, ondelete="restrict")
    journal_id = fields.Many2one(
        "account.journal", string="Cash desk", required=True, readonly=True, ondelete="restrict"
    )
    year = fields.Integer(required=True, readonly=True, aggregator=False)
    first_number = fields.Integer(required=True, readonly=True, aggregator=False)
    last_number = fields.Integer(required=True, readonly=True, aggregator=False)
    device_key = fields.Char(
        required=True, readonly=True, help="Made by the phone; a phone whose memory was wiped has another."
    )
    device_name = fields.Char("Phone", required=True, readonly=True)
    request_key = fields.Char(
        required=True, readonly=True, help="Made by the phone for one request, so that asking twice takes numbers once."
    )
    state = fields.Selection(
        [("active", "On the phone"), ("ended", "Ended")], required=True, readonly=True, default="active", index=True
    )
    date_ended = fields.Datetime("Ended on", readonly=True)
    ended_by_id = fields.Many2one("res.users", "Ended by", readonly=True)
    end_reason = fields.Char("Reason", readonly=True)
    receipt_ids = fields.One2many("kdc.receipt", "range_id", string="Receipts", readonly=True)
    unused_ids = fields.One2many("kdc.receipt.unused", "range_id", string="Unused numbers", readonly=True)
    receipt_count = fields.Integer("Receipts sent", compute="_compute_counts")
    held_count = fields.Integer("Numbers still on the phone", compute="_compute_counts")
    unused_count = fields.Integer("Unused", compute="_compute_counts")

    _first_uniq = models.Constraint("UNIQUE (journal_id, year, first_number)", "These numbers are set apart already.")
    _request_uniq = models.Constraint("UNIQUE (user_id, request_key)", "This phone has received its numbers already.")
    _numbers = models.Constraint("CHECK (first_number > 0 AND last_number >= first_number)", "A range has numbers.")
    _ended_with_reason = models.Constraint(
        "CHECK (state = 'active' OR (end_reason <> '' AND ended_by_id IS NOT NULL))",
        "A range of numbers ends with a reason.",
    )

    @api.depends("journal_id.code", "year", "first_number", "last_number")
    def _compute_name(self):
        for block in self:
            block.name = f"{block._prefix()}{block.first_number:06d}–{block.last_number:06d}"

    @api.depends("receipt_ids", "unused_ids.receipt_id", "state")
    def _compute_counts(self):
        for block in self:
            block.receipt_count = len(block.receipt_ids)
            block.unused_count = len(block.unused_ids.filtered(lambda unused: not unused.receipt_id))
            size = block.last_number - block.first_number + 1
            block.held_count = size - block.receipt_count if block.state == "active" else 0

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        raise UserError(self.env._("Numbers that were set apart for a phone stay on record. End the range instead."))

    def _prefix(self):
        """Return what stands before the number, e.g. ``PT-TM/2026/``."""
        # sudo: only the desk's code
        return f"PT-{self.sudo().journal_id.code}/{self.year}/"

    @api.model
    def _reserve(self, session, device_key, device_name, request_key):
        """Set numbers apart for a phone of the session's collector; asking again with the same key gives the same.

        :param session: the open ``kdc.cash.session`` of the collector (sudo)
        :return: the range (sudo)
        """
        # sudo: nobody makes ranges by hand; the caller has checked job, session and keys.
        ranges = self.sudo()
        done = ranges.search([("user_id", "=", session.user_id.id), ("request_key", "=", request_key)])
        if done:
            return done
        size = session.company_id.kdc_phone_numbers
        year = today_here(self).year
        last = self.env["kdc.receipt.book"]._next_number(session.journal_id, year, size)
        return ranges.create(
            {
                "session_id": session.id,
                "user_id": session.user_id.id,
                "journal_id": session.journal_id.id,
                "year": year,
                "first_number": last - size + 1,
                "last_number": last,
                "device_key": device_key,
                "device_name": device_name,
                "request_key": request_key,
            }
        )

    def _end(self, reason):
        """End these ranges as the current user: every number without a receipt is recorded as unused (sudo)."""
        for block in self.filtered(lambda block: block.state == "active"):
            used = set(block.receipt_ids.mapped("number"))
            self.env["kdc.receipt.unused"].sudo().create(  # sudo: made by the system only
                [
                    {"range_id": block.id, "number": number, "reason": reason}
                    for number in range(block.first_number, block.last_number + 1)
                    if number not in used
                ]
            )
            block.write(
                {
                    "state": "ended",
                    "date_ended": fields.Datetime.now(),
                    "ended_by_id": self.env.uid,
                    "end_reason": reason,
                }
            )

    def _end_by_office(self, reason):
        """End the range of a phone that is lost or broken: somebody of the office other than its collector."""
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Write why these numbers do not come back from the phone."))
        if not self.env.user.has_groups("kdc_utilities.group_accountant,kdc_utilities.group_approver"):
            raise AccessError(
                self.env._("Numbers of a phone are ended by the office; the collector ends them on the phone.")
            )
        self.check_access("read")
        for block in self:
            if block.user_id == self.env.user:
                raise UserError(self.env._("These are your own numbers: somebody else has to end them here."))
            if block.state != "active":
                raise UserError(self.env._("The numbers %s are ended already.", block.name))
        # sudo: nobody writes ranges by hand; role and second person were checked above.
        self.sudo()._end(reason)

    def action_end(self):
        """Ask for the reason."""
        self.ensure_one()
        return dialogue("kdc.receipt.range.end", self.env._("End the numbers %s", self.name), range_id=self.id)
