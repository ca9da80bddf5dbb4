from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.actions import form_of
from ..tools.local_day import today_here
from ..tools.locks import lock_or_retry


class KdcAreaReorganise(models.AbstractModel):
    """What merging and dividing areas have in common: the day, the decision, who stays in charge, what moves.

    A dialogue says in :meth:`_areas` which areas it is about and in :meth:`_reorganise` what becomes of them.
    """

    _name = "kdc.area.reorganise"
    _description = "Reorganise Areas"

    date = fields.Date(string="From", required=True, default=today_here)
    decision_number = fields.Char(string="Decision", help="Number of the resolution of the People's Council.")
    in_charge_ids = fields.Many2many("res.users", compute="_compute_preview", compute_sudo=True)
    user_ids = fields.Many2many(
        "res.users",
        string="Stay in charge",
        compute="_compute_user_ids",
        store=True,
        readonly=False,
        domain="[('id', 'in', in_charge_ids)]",
        help="They act in what comes out of it. Whoever is taken off this list loses the charge of these areas.",
    )
    preview = fields.Text(string="What moves", compute="_compute_preview", compute_sudo=True)

    def _areas(self):
        """Return the areas that are reorganised."""
        raise NotImplementedError

    def _reorganise(self, areas):
        """Reorganise ``areas``; return the areas that come out of it and the one to show."""
        raise NotImplementedError

    def _compute_preview(self):
        """Show what moves. The dialogues name what it depends on."""
        for wizard in self:
            areas = wizard._areas()
            wizard.preview = areas._open_work_text() if areas else ""
            wizard.in_charge_ids = areas._users_in_charge()

    @api.depends("in_charge_ids")
    def _compute_user_ids(self):
        for wizard in self:
            wizard.user_ids = wizard.in_charge_ids

    def action_confirm(self):
        """Reorganise the areas in one transaction, then show the result."""
        self.ensure_one()
        areas = self._areas()
        if not areas:
            raise UserError(self.env._("Choose the areas first."))
        areas.check_access("write")
        lock_or_retry(areas)
        areas._check_can_end(self.date)
        kind = self._name.rpartition(".")[2]
        with self.env["kdc.area.change"]._recording(kind, areas, self.date, self.decision_number) as came_out:
            results, shown = self._reorganise(areas)
            came_out(results)
        return form_of(shown)
