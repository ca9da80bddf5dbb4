from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.translate import LazyGettext


def check_second_person(records, waiting, preparer):
    """What is approved waits for it, and was prepared by somebody else.

    :param waiting: the state in which it waits
    :param preparer: the field that says who prepared it
    :raise UserError: it was decided before, or the caller prepared it
    """
    for record in records:
        if record.state != waiting:
            raise UserError(records.env._("Only what is still to be approved can be approved."))
        if record[preparer] == records.env.user:
            raise UserError(records.env._("You prepared this, so another person has to approve it."))


class KdcTwoPersons(models.AbstractModel):
    """What one person prepares and another approves: the preparer is whoever wrote the content last.

    Steps are written by the steps only. Once it is decided, the content no longer changes and the record stays.
    """

    _name = "kdc.two.persons"
    _description = "Prepared by One Person, Approved by Another"
    #: What only the steps write: by hand it would be an approval that nobody gave. Models add what theirs write.
    _step_fields = frozenset({"state", "requested_by_id", "approved_by_id", "approved_on"})
    #: What a model answers who writes a step by hand, changes what was decided or deletes it.
    _refuse_step: LazyGettext
    _refuse_change: LazyGettext
    _refuse_delete: LazyGettext

    requested_by_id = fields.Many2one(
        "res.users", string="Prepared by", required=True, readonly=True, copy=False, default=lambda self: self.env.user
    )
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    approved_on = fields.Datetime(readonly=True, copy=False)

    can_approve = fields.Boolean(compute="_compute_can_approve")

    @api.depends("state", "requested_by_id")
    @api.depends_context("uid")
    def _compute_can_approve(self):
        approver = self.env.user.has_group("kdc_utilities.group_approver")
        for record in self:
            record.can_approve = approver and record.state == "draft" and record.requested_by_id != self.env.user

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(self._prepared(vals_list))

    def write(self, vals):
        self._check_steps(vals.keys())
        if not self.env.su and self._decided_content(vals) and any(record.state != "draft" for record in self):
            raise UserError(self.env._(self._refuse_change))
        self._prepared_anew(vals.keys())
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        if any(record.state != "draft" for record in self):
            raise UserError(self.env._(self._refuse_delete))

    @api.model
    def _prepared(self, vals_list):
        """Return the values of new records with the first step, which nobody's context or defaults decide.

        :raise AccessError: they hold a later step
        """
        for vals in vals_list:
            self._check_steps({name for name, value in vals.items() if value and (name, value) != ("state", "draft")})
        if self.env.su:
            return vals_list
        first = dict.fromkeys(self._step_fields, False) | {"state": "draft", "requested_by_id": self.env.uid}
        return [vals | first for vals in vals_list]

    @api.model
    def _check_steps(self, names):
        if not self.env.su and self._step_fields & set(names):
            raise AccessError(self.env._(self._refuse_step))

    @staticmethod
    def _content(names):
        """Return those of these fields that say what is approved, without conversation and activities."""
        return {name for name in names if not name.startswith(("message_", "activity_"))}

    @api.model
    def _decided_content(self, names):
        """Return those of these fields that stay as they were decided; models may leave some open."""
        return self._content(names)

    def _prepared_anew(self, names):
        """Whoever changes what waits for an approval has prepared it, and so cannot approve it."""
        if not self.env.su and self._content(names):
            self.check_access("write")
            # sudo: steps are written by the steps only
            self.sudo().filtered(lambda record: record.state == "draft").requested_by_id = self.env.user

    def _check_second_person(self):
        """Two persons stand for what is approved; models may ask for more."""
        check_second_person(self, "draft", "requested_by_id")

    def _withdraw(self):
        """Take back what nobody approved yet, for models that know this state.

        :raise UserError: it was decided before
        """
        self.check_access("write")
        if any(record.state != "draft" for record in self):
            raise UserError(self.env._("Only what is still to be approved can be withdrawn."))
        self.sudo().state = "withdrawn"  # sudo: steps are written by the steps only; the right was checked above
        return True
