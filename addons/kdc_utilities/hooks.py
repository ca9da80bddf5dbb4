"""What data files cannot do: give Odoo its own portal rules back when the addon goes."""


def uninstall_hook(env):
    """Open bills to the whole commercial partner again, as Odoo does."""
    kinds = "('out_invoice', 'out_refund', 'in_invoice', 'in_refund')"
    env.ref("account.account_invoice_rule_portal").domain_force = (
        f"[('state', 'not in', ('cancel', 'draft')), ('move_type', 'in', {kinds}), "
        "('partner_id','child_of',[user.commercial_partner_id.id])]"
    )
    env.ref("account.account_invoice_line_rule_portal").domain_force = (
        f"[('parent_state', 'not in', ('cancel', 'draft')), ('move_id.move_type', 'in', {kinds}), "
        "('move_id.partner_id','child_of',[user.commercial_partner_id.id])]"
    )
