from odoo import models
from odoo.tools import SQL


class IrSequence(models.Model):
    _inherit = "ir.sequence"

    def _kdc_next_codes(self, count):
        """Return ``count`` numbers of a standard sequence, drawn from the database in one query."""
        self.ensure_one()
        if self.implementation != "standard" or self.use_date_range:
            return [self.next_by_id() for _i in range(count)]
        rows = self.env.execute_query(
            SQL("SELECT nextval(%s::regclass) FROM generate_series(1, %s)", f"ir_sequence_{self.id:03d}", count)
        )
        return [self.get_next_char(number) for (number,) in rows]
