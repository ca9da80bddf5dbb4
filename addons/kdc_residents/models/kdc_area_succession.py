from odoo import api, fields, models
from odoo.exceptions import ValidationError


class KdcAreaSuccession(models.Model):
    """Which area took over from which, on what day and by which decision.

    A merger has one line per area that ended, a division one per part. A partial succession says that the rest of the
    predecessor went elsewhere or stayed: whoever follows it must ask which part a house lay in, not guess
    (``kdc.dwelling._area_on``).
    """

    _name = "kdc.area.succession"
    _description = "Succession of Areas"
    _order = "date DESC, id DESC"
    _rec_name = "successor_id"

    predecessor_id = fields.Many2one(
        "kdc.area", string="Area until then", required=True, index=True, ondelete="cascade"
    )
    successor_id = fields.Many2one(
        "kdc.area", string="Area from then on", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="predecessor_id.company_id", store=True, index="btree_not_null")
    date = fields.Date(string="From", required=True, help="First day on which the later area is in charge.")
    partial = fields.Boolean(help="Only a part of the earlier area went there.")
    decision_number = fields.Char(string="Decision", help="Number of the resolution of the People's Council.")
    change_id = fields.Many2one("kdc.area.change", string="Recorded by", readonly=True, index="btree_not_null")
    dwelling_count = fields.Integer(string="Dwellings moved", readonly=True)

    _pair_uniq = models.Constraint(
        "UNIQUE (predecessor_id, successor_id)", "This area is already named as a successor of the other."
    )
    _not_itself = models.Constraint("CHECK (predecessor_id <> successor_id)", "An area cannot succeed itself.")

    @api.constrains("predecessor_id", "successor_id")
    def _check_no_circle(self):
        """An area may not come after itself, or following the successors would never end."""
        for succession in self:
            seen = reached = succession.successor_id
            while reached:
                reached = reached.successor_ids.successor_id - seen
                seen |= reached
            if succession.predecessor_id in seen:
                raise ValidationError(
                    self.env._(
                        "“%(later)s” cannot take over from “%(earlier)s”, because it already went before it.",
                        later=succession.successor_id.name,
                        earlier=succession.predecessor_id.name,
                    )
                )
