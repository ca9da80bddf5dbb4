from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.clock import to_local, to_utc
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..engine import order_states
from ..engine.slots import ALL_SEATS, Busy

#: The longest appointment in minutes.
MAX_MINUTES = 600
#: Blocks longer than that are a special day of the shop.
MAX_BLOCK = timedelta(days=1)
#: Days after which a block that is over is deleted: its words may be about a customer.
KEPT_DAYS = 30


class KdcShopBlock(models.Model):
    """A time in which a shop takes no appointment: somebody called by phone, an errand (features M-17)."""

    _name = "kdc.shop.block"
    _description = "Time without Appointments"
    _order = "start, id"
    _kdc_home = ("company_id", "shop_id")

    shop_id = fields.Many2one("kdc.shop", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="shop_id.company_id", store=True)
    start = fields.Datetime("From", required=True)
    stop = fields.Datetime("Until", required=True)
    name = fields.Char("Note", help="For the shop alone, deleted some time after.")

    _times_check = models.Constraint("CHECK (stop > start)", "The time ends before it begins.")

    @api.constrains("start", "stop")
    def _check_length(self):
        if any(block.stop - block.start > MAX_BLOCK for block in self):
            raise ValidationError(
                self.env._("Block one day at most; for days off enter a special day under “Opening hours”.")
            )

    @api.autovacuum
    def _gc_past(self):
        """Delete what is long over."""
        self.search([("stop", "<", fields.Datetime.now() - timedelta(days=KEPT_DAYS))]).unlink()


class KdcShop(models.Model):
    """The time of the people of a shop."""

    _inherit = "kdc.shop"

    block_ids = fields.One2many("kdc.shop.block", "shop_id", "Times without appointments", copy=False)

    def _kdc_appointments(self, start, stop):
        """Return the appointments of live orders that touch a time, in order, in sudo.

        Whatever gives an order up frees its times: nothing is kept beside the state of the order.

        :param start: from when (UTC)
        :param stop: until when (UTC)
        """
        self.ensure_one()
        held = Domain("kdc_slot_start", "<", stop) & Domain("kdc_slot_stop", ">", start)
        # A time that the shop has proposed instead is held as well, until the buyer has answered
        proposed = Domain("kdc_slot_proposed", "<", stop) & Domain(
            "kdc_slot_proposed", ">", start - timedelta(minutes=MAX_MINUTES)
        )
        live = Domain("order_id.kdc_shop_id", "=", self.id) & Domain(
            "order_id.kdc_shop_state", "not in", order_states.GIVEN_UP
        )
        # sudo: which times are taken is asked for everybody; who reads more was checked by the caller
        return self.env["sale.order.line"].sudo().search(live & (held | proposed), order="kdc_slot_start, id")

    def _kdc_busy(self, start, stop, without=()):
        """Return the times in which people of the shop are busy, for the engine.

        :param start: from when (local time)
        :param stop: until when (local time)
        :param without: order lines that do not count, such as the one that is moved
        :rtype: list[Busy]
        """
        first, last = to_utc(start), to_utc(stop)
        busy = []
        for line in self._kdc_appointments(first, last):
            if line in without:
                continue
            seats = round(line.product_uom_qty)
            length = line.kdc_slot_stop - line.kdc_slot_start
            for begin in filter(None, (line.kdc_slot_start, line.kdc_slot_proposed)):
                busy.append(Busy(to_local(begin), to_local(begin + length), seats))
        # sudo: that a time is taken is public, why is not
        blocks = self.env["kdc.shop.block"].sudo()
        for block in blocks.search([("shop_id", "=", self.id), ("start", "<", last), ("stop", ">", first)]):
            busy.append(Busy(to_local(block.start), to_local(block.stop), ALL_SEATS))
        return busy
