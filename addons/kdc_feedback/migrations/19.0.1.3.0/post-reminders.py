from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Take the number of a complaint from old reminders on the address card of a ward; the title says what to do."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    kind = env.ref("kdc_feedback.mail_activity_no_holder", raise_if_not_found=False)
    if kind:
        of_kind = [("activity_type_id", "=", kind.id)]
        env["mail.activity"].with_context(active_test=False).search(of_kind).write({"note": False})
        env["mail.message"].search([("mail_activity_type_id", "=", kind.id)]).write({"body": False})
