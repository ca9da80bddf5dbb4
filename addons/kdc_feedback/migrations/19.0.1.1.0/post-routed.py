from odoo import SUPERUSER_ID, api

ROUTED = "('feedback_id.state', '!=', 'routed')"
OWN = f"'|', {ROUTED}, ('feedback_id.routed_by_id', '=', user.id)"
PEOPLE = (
    "'|', '|', ('feedback_id.user_id', '=', user.id), ('feedback_id.unit_id.member_ids', 'in', user.ids),"
    " ('feedback_id.unit_id.leader_id', '=', user.id)"
)
#: Rules are not updated with their addon; these now leave out complaints and denunciations.
RULES = {
    "kdc_feedback_rule_dispatcher": "['|', ('state', '!=', 'routed'), ('routed_by_id', '=', user.id)]",
    "kdc_feedback_message_rule_dispatcher": f"[{OWN}]",
    "kdc_feedback_follower_rule_dispatcher": f"[{OWN}]",
    "kdc_feedback_pause_rule_dispatcher": f"[{OWN}]",
    "kdc_feedback_answer_rule_dispatcher": f"[{OWN}]",
    "kdc_feedback_photo_rule_dispatcher": f"[('feedback_id', '!=', False), {OWN}]",
    "kdc_feedback_pause_rule_handler": f"['&', {ROUTED}, {PEOPLE}]",
    "kdc_feedback_pause_rule_auditor": f"[{ROUTED}]",
}


def migrate(cr, version):
    """Close what was routed out to all but who did it, and sort what waits or is deferred by its own date."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name, domain in RULES.items():
        rule = env.ref(f"kdc_feedback.{name}", raise_if_not_found=False)
        if rule:
            rule.domain_force = domain
    cr.execute(
        """
        UPDATE kdc_feedback case_ SET routed_by_id = line.author_id
          FROM kdc_feedback_message line
         WHERE line.feedback_id = case_.id AND line.action = 'route_out' AND case_.state = 'routed'
        """
    )
    # Who was asked before this version is reminded and let go from now on, not all at once tonight.
    cr.execute(
        """
        UPDATE kdc_feedback case_
           SET remind_at = from_.moment + company.kdc_feedback_remind_days * interval '1 day',
               return_at = from_.moment + company.kdc_feedback_return_days * interval '1 day'
          FROM res_company company,
               (SELECT date_trunc('second', now() AT TIME ZONE 'UTC') AS moment) from_
         WHERE company.id = case_.company_id AND case_.state = 'waiting'
        """
    )
    # Whoever was told that a reception is overdue is not told again.
    cr.execute("UPDATE kdc_feedback SET reception_level = 2 WHERE reception_status = 'overdue'")
    env.invalidate_all()
    env["kdc.feedback"].search([("state", "=", "new")])._update_deadlines(log=False)
    env["kdc.feedback"].search([("state", "in", ("waiting", "deferred"))])._refresh_clocks()
