"""_baseline.py CONFIG DATABASE: in a database of Odoo's own modules, a portal customer with one posted invoice."""

import sys

from _inside import opened, result

LOGIN = "khach.hang"

with opened(*sys.argv[1:3]) as env:
    partner = env["res.partner"].create({"name": "Nguyễn Văn An", "email": "an@khanhhoa.example", "lang": "vi_VN"})
    env["res.users"].with_context(no_reset_password=True).create(
        {
            "login": LOGIN,
            "password": LOGIN,
            "partner_id": partner.id,
            "group_ids": [(6, 0, env.ref("base.group_portal").ids)],
        }
    )
    lines = [
        (0, 0, {"name": f"Nước sinh hoạt, bậc {tier}", "quantity": 10, "price_unit": 5000 * tier})
        for tier in (1, 2, 3, 4)
    ]
    move = env["account.move"].create({"move_type": "out_invoice", "partner_id": partner.id, "invoice_line_ids": lines})
    move.action_post()
    result({"login": LOGIN, "password": LOGIN, "invoice": move.id})
