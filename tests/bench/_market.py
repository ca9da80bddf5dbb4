"""_market.py CONFIG DATABASE LISTINGS SHOPS: fill a market by SQL and order a basket in it.

Without ``kdc_marketplace`` in the database the same goods become plain products of Odoo's shop.
"""

import statistics
import sys
import time

from _inside import opened, result

GOODS = (
    "Cá thu một nắng|Mực khô|Bún chả cá|Rau muống|Bưởi da xanh|Nước mắm|Nem chua|Bánh căn|Sầu riêng|Tôm khô|"
    "Chả cá chiên|Xoài Cam Lâm|Tỏi Ninh Hòa|Yến sào|Dừa xiêm|Thợ sửa điện"
).split("|")
CATEGORIES = ("Hải sản", "Rau quả", "Món ăn", "Đặc sản", "Dịch vụ")
BASKET, ROUNDS = 5, 15
#: login and password of who orders, and looks at the market signed in
BUYER = ("bench_buyer", "bench_buyer")
#: 1×1 px, as PNG
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
# Primes spread shop, goods and price; every seventh listing is sold out, as after a market day, and every third has a
# price for residents.
CLONE = """
    WITH made AS (
        SELECT i, nextval('product_template_id_seq') AS id, nextval('product_product_id_seq') AS product_id,
               (%(goods)s::text[])[i * 7 %% %(kinds)s + 1] || ' số ' || i AS name,
               (%(keys)s::text[])[i * 7 %% %(kinds)s + 1] || ' so ' || i AS key,
               (%(categories)s::int[])[i * 11 %% cardinality(%(categories)s::int[]) + 1] AS category,
               (%(shops)s::int[])[i * 13 %% greatest(cardinality(%(shops)s::int[]), 1) + 1] AS shop
          FROM generate_series(1, %(count)s) i
    ), template AS (
        INSERT INTO product_template
        SELECT new.* FROM made JOIN product_template t ON t.id = %(model)s
         CROSS JOIN LATERAL jsonb_populate_record(t, jsonb_build_object(
            'id', made.id, 'name', jsonb_build_object('en_US', made.name), 'list_price', 1000 + i * 37 %% 5000 * 100,
            'website_sequence', 10000 + i, 'kdc_shop_id', made.shop, 'kdc_shop_name', 'Gian hàng ' || made.shop,
            'kdc_shop_code', 'bench-' || made.shop, 'kdc_search_key', made.key || ' gian hang ' || made.shop,
            'kdc_client_key', NULL, 'kdc_quantity', CASE WHEN i %% 7 = 0 THEN 0 ELSE 1000 END,
            'kdc_resident_price', CASE WHEN i %% 3 = 0 THEN 900 END
         )) new
    ), product AS (
        INSERT INTO product_product
        SELECT new.* FROM made JOIN product_product p ON p.product_tmpl_id = %(model)s
         CROSS JOIN LATERAL jsonb_populate_record(p, jsonb_build_object(
            'id', made.product_id, 'product_tmpl_id', made.id)) new
    ), category AS (
        INSERT INTO product_public_category_product_template_rel (product_template_id, product_public_category_id)
        SELECT id, category FROM made
    )
    INSERT INTO ir_attachment
    SELECT new.* FROM made JOIN ir_attachment a ON a.res_model = 'product.template' AND a.res_id = %(model)s
     CROSS JOIN LATERAL jsonb_populate_record(a, jsonb_build_object(
        'id', nextval('ir_attachment_id_seq'), 'res_id', made.id)) new
"""


def make_shops(env, count: int):
    """Open so many shops, all open from 6 to 20; none where there is no market."""
    if "kdc.shop" not in env:
        return []
    shops = env["kdc.shop"].with_context(tracking_disable=True).create(
        [{"name": f"Gian hàng {i}", "state": "approved", "delivers": True} for i in range(count)]
    )  # fmt: skip
    for shop in shops:
        shop.write({"name": f"Gian hàng {shop.id}", "code": f"bench-{shop.id}"})
        shop._kdc_set_week(range(7), [(6 * 60, 20 * 60)])
    return shops


def make_goods(env, shops, count: int) -> dict:
    """Copy one product so many times; return what the pages are asked for."""
    # Both have the same categories, none of them empty: each one costs the page a query, and an empty one a longer one.
    env["product.public.category"].search([]).unlink()
    categories = env["product.public.category"].create([{"name": name} for name in CATEGORIES])
    shop = shops[0] if shops else None
    model = env["product.template"].create({
        "name": "Mẫu", "list_price": 1000, "type": "consu", "image_1920": PIXEL,
        **({"kdc_shop_id": shop.id, "kdc_listing_state": "published"} if shop else {"is_published": True}),
    })  # fmt: skip
    env.flush_all()
    if not model.is_published:
        raise RuntimeError("nobody would see the goods: the measurement would be worthless")
    env.cr.execute(CLONE, {
        "count": count, "kinds": len(GOODS), "goods": GOODS, "keys": folded(GOODS), "categories": categories.ids,
        "shops": [shop.id for shop in shops], "model": model.id,
    })  # fmt: skip
    env.invalidate_all()
    product = env["product.template"].search([("name", "like", "Nem chua số")], limit=1)
    slug = env["ir.http"]._slug  # other addresses are redirected
    return {"category": slug(categories[1]), "product": slug(product), "shop": shops[1].code if shops else None}


def folded(words) -> list[str]:
    """The goods without diacritics, for the key by which the market finds them."""
    import unicodedata

    bare = ("".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c)) for word in words)
    return [word.lower().replace("đ", "d") for word in bare]


def make_buyer(env):
    """Return who orders: a resident of the ward, or a plain customer of Odoo's shop."""
    if "kdc.resident" not in env:
        return make_account(env, env["res.partner"].create({"name": "Người mua"}))
    area = env["kdc.area"].search([("kind", "=", "commune"), ("code", "=", "22366")])
    area.company_id = env.company
    group = env["kdc.area"].create({"name": "Tổ 1", "kind": "group", "unit_type": "to_dan_pho", "parent_id": area.id})
    dwelling = env["kdc.dwelling"].create({"house_number": "7", "street": "Lê Thánh Tôn", "area_id": group.id})
    resident = env["kdc.resident"].create({"name": "Người mua", "sex": "female", "birth_date": "1980-01-01"})
    household = env["kdc.household"].create({"dwelling_id": dwelling.id, "head_id": resident.id})
    household.flush_recordset()
    return make_account(env, resident.partner_id)


def make_account(env, partner):
    """Return a portal user of this contact, and the contact."""
    login, password = BUYER
    user = env["res.users"].with_context(no_reset_password=True).create({
        "login": login, "password": password, "partner_id": partner.id, "company_id": env.company.id,
        "company_ids": [(6, 0, env.company.ids)], "group_ids": [(6, 0, env.ref("base.group_portal").ids)],
    })  # fmt: skip
    return user, partner


def order(env, buyer, partner, products) -> tuple[float, int]:
    """Order one piece of each, as one transaction; return milliseconds and queries."""
    website = env["website"].search([], limit=1)
    basket = env["sale.order"].create({
        "partner_id": partner.id, "website_id": website.id,
        "order_line": [(0, 0, {"product_id": product.id, "product_uom_qty": 1}) for product in products],
    })  # fmt: skip
    env.flush_all()
    env.invalidate_all()
    queries, started = env.cr.sql_log_count, time.perf_counter()
    if "kdc.shop" in env:
        orders = basket.with_user(buyer).sudo()._kdc_place_orders("+84905123456", "7 Lê Thánh Tôn", {})
        if len(orders) != len(products):
            raise RuntimeError(f"{len(products)} shops, {len(orders)} orders")
    else:
        basket.action_confirm()
    env.flush_all()
    return (time.perf_counter() - started) * 1000, env.cr.sql_log_count - queries


def measure_basket(env, shops) -> dict:
    """Median of ordering five goods, each of another shop where there are shops."""
    buyer, partner = make_buyer(env)
    domain = [("name", "like", "số")]
    if shops:
        products = [
            env["product.template"].search(
                [*domain, ("kdc_shop_id", "=", shop.id), ("kdc_quantity", ">", 0)], limit=1
            ).product_variant_id
            for shop in shops[:BASKET]
        ]  # fmt: skip
    else:
        products = env["product.template"].search(domain, limit=BASKET).product_variant_id
    times = [order(env, buyer, partner, products) for _round in range(ROUNDS)]
    return {"ms": statistics.median(ms for ms, _queries in times), "queries": times[-1][1]}


config, database, listings, shop_count = *sys.argv[1:3], *map(int, sys.argv[3:5])
with opened(config, database) as env:
    shops = make_shops(env, shop_count)
    made = make_goods(env, shops, listings)
    made["basket"], made["buyer"] = measure_basket(env, shops), BUYER
    env.cr.commit()
    env.cr.connection.autocommit = True
    env.cr.execute("VACUUM ANALYZE")
    env.cr.connection.autocommit = False
    result(made)
