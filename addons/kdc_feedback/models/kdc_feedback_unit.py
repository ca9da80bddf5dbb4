from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class KdcFeedbackUnit(models.Model):
    _name = "kdc.feedback.unit"
    _description = "Feedback Unit"
    _order = "sequence, name"
    _check_company_auto = True

    name = fields.Char(required=True, help="Residents read it as the signature under an answer.")
    signature = fields.Text(help="Stands under the answers on the page of the reporter, instead of the name alone.")
    duty_ids = fields.One2many("kdc.feedback.duty", "unit_id", string="Duty roster")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    leader_id = fields.Many2one(
        "res.users",
        string="Head of the unit",
        domain="[('share', '=', False)]",
        help="Gets what nobody of the unit has taken, and what is overdue.",
    )
    member_ids = fields.Many2many(
        "res.users",
        "kdc_feedback_unit_user_rel",
        "unit_id",
        "user_id",
        string="Members",
        domain="[('share', '=', False)]",
    )
    outside_user_ids = fields.Many2many(
        "res.users",
        "kdc_feedback_unit_outside_rel",
        "unit_id",
        "user_id",
        string="Team outside",
        domain="[('share', '=', True)]",
        help="People of a contractor who work on the feedback of this unit, with an account of the portal. They see "
        "what is given to the unit and nothing else, and never who reported it. The head of the unit remains "
        "responsible.",
    )
    open_count = fields.Integer(compute="_compute_counts", string="Open")
    overdue_count = fields.Integer(compute="_compute_counts", string="Overdue")

    _name_uniq = models.Constraint("UNIQUE (company_id, name)", "The ward already has a unit of this name.")

    @api.constrains("outside_user_ids")
    def _check_outside_users(self):
        for unit in self:
            # sudo: the groups of users are closed to those who keep the units
            strangers = unit.sudo().outside_user_ids.filtered(lambda user: not user._is_portal())
            if strangers:
                raise ValidationError(
                    self.env._(
                        "%(users)s: whoever works outside has an account of the portal. "
                        "People of the ward are members of the unit.",
                        users=", ".join(strangers.mapped("name")),
                    )
                )

    @api.depends_context("uid")
    def _compute_counts(self):
        feedback = self.env["kdc.feedback"]
        open_domain = Domain("unit_id", "in", self.ids) & Domain("is_open", "=", True)
        opened = dict(feedback._read_group(open_domain, ["unit_id"], ["__count"]))
        overdue = dict(
            feedback._read_group(open_domain & Domain("handling_status", "=", "overdue"), ["unit_id"], ["__count"])
        )
        for unit in self:
            unit.open_count = opened.get(unit, 0)
            unit.overdue_count = overdue.get(unit, 0)

    def write(self, vals):
        result = super().write(vals)
        if {"leader_id", "member_ids"} & vals.keys():
            self._forget_who_left()
        return result

    def _people(self):
        """Head and members."""
        return self.leader_id | self.member_ids

    def _who_may_handle(self, company):
        """Who may be given feedback of this unit: its people, and the dispatchers of the ward.

        :param company: the ward, since feedback may have no unit yet
        """
        return self._people() | company._feedback_dispatchers()

    def _forget_who_left(self):
        """Rules that name somebody who no longer belongs to the unit go by its roster from now on."""
        # sudo: rules follow their unit, whoever may write it
        rules = self.env["kdc.feedback.assignment"].sudo().search([("unit_id", "in", self.ids)])
        rules.filtered("user_id")._without_strangers()
