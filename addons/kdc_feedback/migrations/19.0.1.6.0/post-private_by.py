from odoo import SUPERUSER_ID


def migrate(cr, version):
    """Note who of the ward took a feedback off the board, as its chatter tells: reporters choose when they send."""
    cr.execute(
        """
        UPDATE kdc_feedback case_ SET private_by_id = chosen.user_id
          FROM (SELECT DISTINCT ON (message.res_id) message.res_id AS case_id, users.id AS user_id
                  FROM mail_tracking_value value
                  JOIN ir_model_fields field ON field.id = value.field_id AND field.name = 'is_private'
                  JOIN mail_message message ON message.id = value.mail_message_id AND message.model = 'kdc.feedback'
                  JOIN res_users users ON users.partner_id = message.author_id AND NOT users.share
                 WHERE value.new_value_integer = 1 AND users.id <> %s
                 ORDER BY message.res_id, message.id DESC) chosen
         WHERE chosen.case_id = case_.id AND case_.is_private AND case_.private_by_id IS NULL
        """,
        [SUPERUSER_ID],
    )
