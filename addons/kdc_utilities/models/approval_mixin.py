from odoo import api, fields, models

#: What the steps of the records write, besides who prepared and who approved.
RESULTS = frozenset({"payment_id", "move_id", "charges", "outage_id"})


class KdcTwoPersons(models.AbstractModel):
    """What one person prepares and another approves: the preparer is whoever wrote the content last."""

    _name = "kdc.two.persons"
    _description = "Prepared by One Person, Approved by Another"

    requested_by_id = fields.Many2one(
        "res.users", string="Prepared by", required=True, readonly=True, copy=False, default=lambda self: self.env.user
    )
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    approved_on = fields.Datetime(readonly=True, copy=False)

    @api.model
    def _first_step(self):
        """Return the values of a new record that neither the context nor somebody's defaults may decide."""
        steps = {"state": "draft", "requested_by_id": self.env.uid, "approved_by_id": False, "approved_on": False}
        return steps | dict.fromkeys(RESULTS & self._fields.keys(), False)

    def _prepared_anew(self, names):
        """Whoever changes what waits for an approval has prepared it, and so cannot approve it."""
        if not self.env.su and any(not name.startswith(("message_", "activity_")) for name in names):
            self.check_access("write")
            # sudo: steps are written by the steps only
            self.sudo().filtered(lambda record: record.state == "draft").requested_by_id = self.env.user
