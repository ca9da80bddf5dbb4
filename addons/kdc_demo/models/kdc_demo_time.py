from contextlib import contextmanager
from datetime import datetime, time, timezone
from unittest.mock import patch
from zoneinfo import ZoneInfo

from odoo import api, fields, models

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    @contextmanager
    def _at(self, day, hour=9, minute=0):
        """Let everything inside happen at a moment of the past, local time.

        The community needs a history made by the real methods, which know only "now": the three places they ask
        (dates, datetimes, the transaction's clock behind create_date) answer with that moment, also after a step
        that ends its transaction, as the taking of cash does.
        """
        local = datetime.combine(day, time(hour, minute), HANOI)
        moment = local.astimezone(timezone.utc).replace(tzinfo=None)
        cr = self.env.cr
        self.env.flush_all()
        with (
            patch.object(cr, "now", lambda: moment),
            patch.object(fields.Datetime, "now", staticmethod(lambda *_args: moment)),
            patch.object(fields.Date, "context_today", staticmethod(lambda *_args, **_kwargs: day)),
            patch.object(fields.Date, "today", staticmethod(lambda *_args: day)),
        ):
            yield
            self.env.flush_all()
