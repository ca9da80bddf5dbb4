import logging

from odoo import SUPERUSER_ID, api, fields
from odoo.addons.kdc_residents.tools.attempts import undo_and_log
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

#: Tables whose rows a resident may have made, with what tells those of feedback from others.
ROWS = {
    "kdc_feedback": "TRUE",
    "kdc_feedback_message": "TRUE",
    "kdc_feedback_photo": "TRUE",
    "kdc_feedback_pause": "TRUE",
    "kdc_feedback_answer": "TRUE",
    "kdc_feedback_follower": "TRUE",
    "kdc_feedback_forward": "TRUE",
    "ir_attachment": "res_model = 'kdc.feedback.photo'",
    "rating_rating": "res_model = 'kdc.feedback'",
    "mail_activity": "res_model = 'kdc.feedback'",
    "mail_message": "model = 'kdc.feedback'",
    "mail_tracking_value": "mail_message_id IN (SELECT id FROM mail_message WHERE model = 'kdc.feedback')",
}


def migrate(cr, version):
    """Take residents out of makers and authors, judge results that ended a pause anew, remember filled holidays."""
    for table, condition in ROWS.items():
        for column in ("create_uid", "write_uid"):
            cr.execute(
                SQL(
                    "UPDATE %s SET %s = %s WHERE %s AND %s IN (SELECT id FROM res_users WHERE share)",
                    SQL.identifier(table), SQL.identifier(column), SUPERUSER_ID, SQL(condition), SQL.identifier(column),
                )
            )  # fmt: skip
    env = api.Environment(cr, SUPERUSER_ID, {})
    cr.execute(
        """
        UPDATE mail_message SET author_id = %s, email_from = NULL
         WHERE model = 'kdc.feedback' AND author_id IN (SELECT partner_id FROM res_users WHERE share)
        """,
        [env.user.partner_id.id],
    )
    # Whoever had read the key of a rating could overwrite it.
    cr.execute("UPDATE rating_rating SET access_token = NULL WHERE res_model = 'kdc.feedback'")
    # The last pause was not counted for a result or a refusal that ended it.
    cr.execute(
        """
        SELECT DISTINCT case_.id FROM kdc_feedback case_ JOIN kdc_feedback_pause pause ON pause.feedback_id = case_.id
         WHERE case_.handling_status = 'missed' AND pause.date_end = case_.done_at
        """
    )
    judged = env["kdc.feedback"].browse([row[0] for row in cr.fetchall()])
    env.invalidate_all()
    # The holidays of these years were filled in by earlier versions; what is missing now was taken out by the ward.
    year = fields.Date.today().year
    for calendar in env["res.company"].search([]).kdc_feedback_calendar_id:
        general = calendar.leave_ids.filtered(lambda leave: not leave.resource_id)
        known = {day.year for day in general.mapped("date_to")} & {year, year + 1}
        calendar._remember_holidays(calendar._public_holidays(known)[0] if known else ())
    for company, cases in judged.grouped("company_id").items():
        with undo_and_log(cr, _logger, "The results of ward %s are not judged anew", company.id):
            cases.with_context(tracking_disable=True)._move_deadlines(log=False)
