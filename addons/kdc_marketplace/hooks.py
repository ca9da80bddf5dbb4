"""What data files cannot do: websites that exist already get the hand-over step and the Vietnamese menu name."""


def post_init_hook(env):
    """Give existing websites the hand-over step (generic steps reach new websites only) and name the menu."""
    step = env.ref("kdc_marketplace.checkout_step_handover")
    for website in env["website"].search([]):
        if not website._get_checkout_step(step.step_href):
            step.copy({"website_id": website.id, "is_published": True})
    if env["res.lang"]._lang_get("vi_VN"):
        # Odoo's "Cửa hàng" is one store; this is the market of the neighbourhood.
        menus = env["website.menu"].search([("url", "=", "/shop")])
        menus.with_context(lang="vi_VN").write({"name": "Chợ"})


def uninstall_hook(env):
    """Open orders to the whole commercial partner again, as Odoo does."""
    env.ref("sale.sale_order_rule_portal").domain_force = "[('partner_id','child_of',[user.commercial_partner_id.id])]"
    env.ref(
        "sale.sale_order_line_rule_portal"
    ).domain_force = "[('order_id.partner_id','child_of',[user.commercial_partner_id.id])]"
