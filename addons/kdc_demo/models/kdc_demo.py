import logging
import time
from contextlib import contextmanager

from odoo import api, fields, models

from ..engine.community import Community

_logger = logging.getLogger(__name__)

#: Up to this size the whole story is told and everything happens in one transaction: an interrupt leaves nothing.
STORY_LIMIT = 3000
BATCH = 500


class KdcDemo(models.AbstractModel):
    """Fills a fresh database with the demo community, by the same methods people use.

    Each part (wards, registry, fees, market, feedback, people) lives in a file of its own that extends this model.
    """

    _name = "kdc.demo"
    _description = "Demo Community"

    @api.model
    def _generate(self, households=200, progress=None, months=4, commit=True):
        """Make the community once; a second call does nothing.

        :param int households: size; above ``STORY_LIMIT`` only registry, accounts, meters and the last readings
        :param progress: called with one line of text for the person who waits
        :param int months: months of bills behind us
        :param bool commit: whether parts are committed as they are done (large sizes; tests must not)
        """
        if self.env["ir.config_parameter"].get_param("kdc_demo.done"):
            return
        demo = self.with_context(
            lang="vi_VN", tz="Asia/Ho_Chi_Minh", tracking_disable=True, mail_create_nolog=True,
            mail_create_nosubscribe=True, mail_notify_noemail=True, no_reset_password=True,
            kdc_demo_progress=progress or self._log_progress,
        )  # fmt: skip
        large = households > STORY_LIMIT
        community = Community(households, fields.Date.context_today(demo), months=1 if large else 12)
        commit = self.env.cr.commit if commit and large else None
        with demo._part("Lập ba phường thí điểm"):
            demo._make_wards(community)
        with demo._part("Ghi hộ và nhân khẩu"):
            demo._make_registry(community, commit)
        with demo._part("Tạo tài khoản người dùng"):
            demo._make_people()
            demo._make_area_history()
            demo._make_events()
            demo._make_belongings()
            demo._make_letters()
            demo._make_identity()
            demo._make_requests()
            demo._make_privacy()
            demo._make_positions()
        with demo._part("Lập mã khách hàng, đồng hồ và chỉ số"):
            demo._make_accounts(community, commit)
        if not large:
            with demo._part("Lập hóa đơn và thu tiền các tháng trước"):
                demo._make_bills(months)
                demo._make_disputes()
                demo._make_charges()
                demo._make_late_fees()
                demo._make_contributions()
                demo._make_transfers()
                demo._make_doors()
                demo._make_books()
                demo._make_online()
                demo._make_meter_story()
                demo._make_arrears()
            with demo._part("Mở gian hàng"):
                demo._make_market()
            with demo._part("Ghi phản ánh của cư dân"):
                demo._make_feedback()
                demo._make_board()
                demo._make_recurring()
                demo._make_market_reports()
            demo._make_moves()
            demo._make_shop_customer()
        # sudo: system parameters are the administrator's, and the demo is made by whoever starts it
        self.env["ir.config_parameter"].sudo().set_param("kdc_demo.done", str(households))

    @api.model
    def _log_progress(self, text):
        _logger.info(text)

    @api.model
    def _say(self, text):
        """Tell the person who waits."""
        self.env.context["kdc_demo_progress"](text)

    @contextmanager
    def _part(self, title):
        """Tell how long a part took."""
        start = time.monotonic()
        self._say(f"{title} …")
        yield
        self.env.flush_all()
        self._say(f"{title}: {time.monotonic() - start:.0f} s")

    @api.model
    def _made(self, name):
        """Return the record the demo made under ``name`` (see ``_remember``), or nothing."""
        return self.env.ref(f"kdc_demo.{name}", raise_if_not_found=False)

    @api.model
    def _remember(self, name, record):
        """Give ``record`` an external id, so that parts, tests and pages find the persons of the story."""
        # sudo: external ids are the administrator's
        self.env["ir.model.data"].sudo()._update_xmlids(
            [{"xml_id": f"kdc_demo.{name}", "record": record, "noupdate": True}]
        )
        return record
