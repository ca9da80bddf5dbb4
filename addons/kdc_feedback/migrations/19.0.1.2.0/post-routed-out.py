from odoo import SUPERUSER_ID, api

#: Rules are not updated with their addon; a handler keeps reading what he routed out himself.
HANDLER = (
    "['|', ('{0}routed_by_id', '=', user.id), '&', ('{0}state', '!=', 'routed'),"
    " '|', '|', ('{0}user_id', '=', user.id), ('{0}unit_id.member_ids', 'in', user.ids),"
    " ('{0}unit_id.leader_id', '=', user.id)]"
)
TABLES = ("message", "photo", "pause", "follower", "answer", "forward")


def migrate(cr, version):
    """Give handlers back what they routed out, and take its subject from every old reminder."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    domains = {f"kdc_feedback_{table}_rule_handler": HANDLER.format("feedback_id.") for table in TABLES}
    for name, domain in {"kdc_feedback_rule_handler": HANDLER.format(""), **domains}.items():
        rule = env.ref(f"kdc_feedback.{name}", raise_if_not_found=False)
        if rule:
            rule.domain_force = domain
    feedback = env["kdc.feedback"]
    feedback.search([("state", "=", "routed")])._forget_reminders()
    feedback.search([("is_open", "=", False), ("reply_photo_ids", "!=", False)])._drop_uploads()
