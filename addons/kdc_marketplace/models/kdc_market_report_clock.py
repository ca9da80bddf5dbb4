import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.clock import to_local
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.attempts import undo_and_log
from odoo.fields import Domain

_logger = logging.getLogger(__name__)

ACTIVITY = "kdc_marketplace.mail_activity_report"


class KdcMarketReport(models.Model):
    """The 24 hours of the law are watched: moderators are reminded before they end, and the file says when they have.

    Only a moderator takes a listing down, so this runs with the feedback inbox and without it; the inbox reminds
    its own people besides.
    """

    _inherit = "kdc.market.report"

    watched = fields.Selection([("soon", "Reminded"), ("late", "Noted as overdue")], readonly=True, copy=False)

    _watched_idx = models.Index("(deadline) WHERE state = 'open'")

    def write(self, vals):
        """A decided report asks nobody any more."""
        result = super().write(vals)
        if vals.get("state", "open") != "open":
            self.sudo().activity_unlink([ACTIVITY])  # sudo: what the other moderators were asked goes, too
        return result

    @api.model
    def _kdc_watch_domain(self):
        """Domain of the open reports whose moderators are to be reminded, or told that the time is over."""
        now = fields.Datetime.now()
        soon = Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("deadline", "<", now + timedelta(hours=company.kdc_market_remind_hours))
            for company in self.env["res.company"].search([])
        )
        late = Domain("deadline", "<", now) & Domain("watched", "!=", "late")
        return Domain("state", "=", "open") & (Domain("watched", "=", False) & soon | late)

    @api.model
    def _cron_kdc_watch(self):
        """Remind, and note what is overdue, report by report, the most urgent first."""
        for report in self.search(self._kdc_watch_domain(), order="deadline, id").try_lock_for_update():
            with undo_and_log(self.env.cr, _logger, "Nobody was reminded of report %s about the market", report.id):
                report._kdc_watch()

    def _kdc_watch(self):
        """Write into the file how the clock stands, and put it on the list of every moderator of the ward."""
        self.ensure_one()
        late = self.deadline < fields.Datetime.now()
        self.watched = "late" if late else "soon"
        self.activity_unlink([ACTIVITY])
        for user in self.company_id._kdc_market_moderators():
            self.with_context(lang=user.lang, mail_activity_quick_update=True).activity_schedule(
                ACTIVITY,
                date_deadline=to_local(self.deadline).date(),
                user_id=user.id,
                summary=self.with_context(lang=user.lang)._kdc_watch_text(late),
            )
        self._message_log(body=self.with_context(lang="vi_VN")._kdc_watch_text(late))

    def _kdc_watch_text(self, late):
        until = fmt.datetime(self.deadline)
        if late:
            return self.env._("Overdue: the 24 hours to decide about this report ended at %s.", until)
        return self.env._("Decide about this report until %s: take down, or answer.", until)
