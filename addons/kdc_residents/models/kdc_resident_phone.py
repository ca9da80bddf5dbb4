import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.misc import consteq, hmac

from ..engine import phone

CODE_DIGITS = 6
CODE_MINUTES = 10
#: Wrong codes until a new one must be asked for.
MAX_WRONG = 5


class KdcResidentPhone(models.Model):
    """A telephone number of a person. The one proved with a code receives notices and is the login."""

    _name = "kdc.resident.phone"
    _description = "Telephone of a resident"
    _order = "verified_date DESC NULLS LAST, id"
    _rec_name = "number"
    _check_company_auto = True

    resident_id = fields.Many2one("kdc.resident", required=True, index=True, ondelete="restrict", check_company=True)
    company_id = fields.Many2one(related="resident_id.company_id", store=True, index=True)
    area_id = fields.Many2one(related="resident_id.area_id", store=True, index=True, string="Residential group")
    number = fields.Char(required=True, index=True, help="Stored as +84…; typed as everybody writes it.")
    number_display = fields.Char(string="Telephone", compute="_compute_number_display")
    kind = fields.Selection(
        [("mobile", "Own mobile"), ("home", "At home"), ("work", "At work"), ("relative", "Of a relative")],
        required=True,
        default="mobile",
    )
    note = fields.Char()
    verified_date = fields.Datetime(readonly=True, copy=False, help="The person entered a code sent to this number.")
    is_main = fields.Boolean(string="For notices", compute="_compute_is_main", help="The number the ward uses.")
    code_hash = fields.Char(readonly=True, copy=False, groups="base.group_system")
    code_until = fields.Datetime(readonly=True, copy=False, groups="base.group_system")
    code_wrong = fields.Integer(readonly=True, copy=False, groups="base.group_system")

    _number_uniq = models.Constraint("UNIQUE (resident_id, number)", "This number is already entered for this person.")
    _one_verified = models.UniqueIndex(
        "(resident_id) WHERE verified_date IS NOT NULL", "Only one number of a person is the proved one."
    )
    _number_e164 = models.Constraint("CHECK (number ~ '^[+][0-9]{8,15}$')", "A number is stored as +84….")

    @api.depends("number")
    def _compute_number_display(self):
        for line in self:
            line.number_display = phone.display(line.number)

    @api.depends("number", "resident_id.phone")
    def _compute_is_main(self):
        for line in self:
            line.is_main = bool(line.number) and line.number == line.resident_id.phone

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._normalize_vals(vals) for vals in vals_list]
        lines = super().create(vals_list)
        for line in lines.filtered(lambda line: not line.resident_id.phone):
            line.resident_id.phone = line.number
        return lines

    def write(self, vals):
        if "number" in vals and any(line.verified_date for line in self):
            raise UserError(self.env._("A proved number is not overwritten. Add the new number instead."))
        return super().write(self._normalize_vals(vals))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_verified(self):
        if any(line.verified_date for line in self):
            raise UserError(self.env._("The proved number is the login. Prove another number first."))

    @api.model
    def _normalize_vals(self, vals):
        """Return ``vals`` with the number in E.164.

        :raises ValidationError: it is no number
        """
        if "number" not in vals:
            return vals
        vals = dict(vals, phone=vals["number"])
        self.env["kdc.resident"]._normalize_phone(vals)
        return {key: value for key, value in vals.items() if key != "phone"} | {"number": vals["phone"]}

    # ------------------------------------------------------------------ proving
    def _digest(self, code):
        # sudo: the key of the hash is a system parameter.
        return hmac(self.sudo().env, f"kdc.resident.phone.{self.id}.{self.number}", code)

    def _send_code(self):
        """Send a new code; the one before ends.

        :raises UserError: too many codes lately, or the gateway fails
        """
        self.ensure_one()
        throttle = self.env["kdc.throttle"]
        for source in (self.number, f"resident {self.resident_id.id}"):
            if not throttle._allow("phone_code", source):
                raise UserError(
                    self.env._("Too many codes were sent. Please wait an hour, or ask the ward office to help.")
                )
            throttle._count("phone_code", source)
        code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
        # sudo: the code is the system's own; nobody reads it here.
        self.sudo().write(
            {
                "code_hash": self._digest(code),
                "code_until": fields.Datetime.now() + timedelta(minutes=CODE_MINUTES),
                "code_wrong": 0,
            }
        )
        text = self.env._(
            "%(ward)s: %(code)s is your code, valid for %(minutes)s minutes. Tell it to nobody.",
            ward=self.company_id.name,
            code=code,
            minutes=CODE_MINUTES,
        )
        if not self.env["kdc.text.message"]._send(self.number, text):
            raise UserError(self.env._("The message could not be sent. Please try again later."))

    def _enter_code(self, typed):
        """Check the code; the right one makes this number the proved one, for notices and login.

        :raises UserError: wrong, ended or used up; says which
        """
        self.ensure_one()
        # sudo: the code is the system's own; the caller checked whose number this is.
        line = self.sudo()
        if not line.try_lock_for_update():
            raise UserError(self.env._("This code is being checked. Please wait a moment."))
        line.invalidate_recordset(["code_hash", "code_until", "code_wrong"])
        if not line.code_hash or line.code_until < fields.Datetime.now() or line.code_wrong >= MAX_WRONG:
            raise UserError(self.env._("This code is no longer valid. Please ask for a new one."))
        digits = "".join(char for char in typed or "" if char.isascii() and char.isdigit())
        if not consteq(line.code_hash, line._digest(digits)):
            line.code_wrong += 1
            return False
        line.write({"code_hash": False, "code_until": False, "code_wrong": 0})
        line._make_main()
        return True

    def _make_main(self):
        """Make this the proved number: login, notices and the contact's number follow."""
        resident, number = self.resident_id, self.number
        former = resident.phone
        proved = self.search([("resident_id", "=", resident.id), ("verified_date", "!=", False)])
        proved.verified_date = False
        # The database takes one proved number at a time.
        proved.flush_recordset(["verified_date"])
        self.verified_date = fields.Datetime.now()
        if former and former != number and former not in resident.phone_ids.mapped("number"):
            self.create({"resident_id": resident.id, "number": former})
        resident.phone = number
        users = self.env["res.users"].with_context(active_test=False)
        user = users.search([("partner_id", "=", resident.partner_id.id), ("share", "=", True)], limit=1)
        if user and user.login.startswith("+") and user.login != number:
            if users.search_count([("login", "=", number)], limit=1):
                raise ValidationError(
                    self.env._("Another account signs in with this number. Please ask the ward office to help.")
                )
            user.login = number
