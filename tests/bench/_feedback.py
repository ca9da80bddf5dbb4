"""_feedback.py CONFIG DATABASE COUNT: copy the demo's public feedback by SQL until there are so many, and as many
tickets of the OCA's ``helpdesk_mgmt`` for one customer."""

import statistics
import sys
import time

from _inside import opened, result

SUBJECTS = "Đèn đường không sáng|Ổ gà giữa đường|Rác chưa thu gom|Cống bị tắc|Cây đổ chắn lối đi|Vỉa hè bị lấn chiếm"
# Primes spread subject, place, age and state; a tenth is overdue, a third under way.
CLONE = """
    WITH n AS (
        SELECT i, (%(subjects)s::text[])[i %% 6 + 1] AS subject, i %% 10 < 3 AS is_open
          FROM generate_series(1, %(count)s) i
    )
    INSERT INTO kdc_feedback
    SELECT made.*
      FROM n
     CROSS JOIN LATERAL (SELECT (%(areas)s::int[])[i * 7 %% cardinality(%(areas)s::int[]) + 1] AS area,
                                (%(categories)s::int[])[i * 11 %% cardinality(%(categories)s::int[]) + 1] AS category) c
      JOIN kdc_feedback f ON f.id = %(model)s
     CROSS JOIN LATERAL jsonb_populate_record(f, jsonb_build_object(
        'id', nextval('kdc_feedback_id_seq'), 'number', 'PA-2020-' || lpad(i::text, 6, '0'),
        'name', subject || ' số ' || i, 'follow_token', 'bench-' || md5(i::text), 'client_key', NULL,
        'access_token', NULL, 'dwelling_id', NULL, 'area_id', area, 'category_id', category,
        'latitude', 12.20 + i * 7919 %% 10000 / 100000.0, 'longitude', 109.15 + i * 3571 %% 10000 / 100000.0,
        'map_latitude', 12200000 + i * 7919 %% 10000 * 10, 'map_longitude', 109150000 + i * 3571 %% 10000 * 10,
        'submitted_at', %(now)s::timestamp - i * interval '9 minutes',
        'state', CASE WHEN n.is_open THEN 'in_progress' ELSE 'closed' END, 'is_open', n.is_open, 'is_public', true,
        'handling_status', CASE WHEN i %% 10 = 0 THEN 'overdue' WHEN n.is_open THEN 'running' ELSE 'met' END,
        'search_key', %(key)s || i, 'board_key', 'pa-2020-' || lpad(i::text, 6, '0') || ' '
            || (%(keys)s::text[])[i %% 6 + 1] || ' so ' || i || ' ' || %(key)s
     )) made
"""
TALK = """
    INSERT INTO kdc_feedback_message (feedback_id, company_id, date, kind, action, body)
    SELECT f.id, f.company_id, f.submitted_at + step * interval '1 hour', kind, action, body
      FROM kdc_feedback f,
           (VALUES (0, 'event', 'send', NULL), (1, 'event', 'receive', NULL), (2, 'note', NULL, 'Gọi lại sau'),
                   (3, 'result', 'finish', 'Đã xử lý xong')) line (step, kind, action, body)
     WHERE f.number LIKE 'PA-2020-%%'
"""
TICKETS = """
    INSERT INTO helpdesk_ticket
    SELECT made.* FROM generate_series(1, %(count)s) i, helpdesk_ticket t, jsonb_populate_record(t, jsonb_build_object(
        'id', nextval('helpdesk_ticket_id_seq'), 'number', 'HT' || lpad(i::text, 6, '0'),
        'name', (%(subjects)s::text[])[i %% 6 + 1] || ' số ' || i, 'access_token', NULL,
        'create_date', %(now)s::timestamp - i * interval '9 minutes'
    )) made WHERE t.id = %(model)s
"""

#: so often the duplicates nearby are looked up
LOOKUPS = 100


def lookup(env, company, areas, categories) -> float:
    """Milliseconds in which 95 % of the questions for similar feedback nearby are answered."""
    times = []
    for turn in range(LOOKUPS):
        point = 12.20 + turn * 7919 % 1000 / 10000, 109.15 + turn * 3571 % 1000 / 10000
        env.invalidate_all()
        start = time.perf_counter()
        env["kdc.feedback"]._offered(company, categories[turn % len(categories)], point, areas[turn % len(areas)])
        times.append((time.perf_counter() - start) * 1000)
    return statistics.quantiles(times, n=20, method="inclusive")[-1]


config, database, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
with opened(config, database) as env:
    from odoo import fields
    from odoo.addons.kdc_residents.engine.text import fold

    model = env["kdc.feedback"].search([("is_public", "=", True)], limit=1)
    company = model.company_id
    subjects = SUBJECTS.split("|")
    areas = env["kdc.area"].search([("company_id", "=", company.id), ("kind", "=", "group"), ("date_to", "=", False)])
    categories = env["kdc.feedback.category"].search([("is_public", "=", True), ("parent_id", "!=", False)])
    values = {
        "count": count, "model": model.id, "subjects": subjects, "keys": [fold(one) for one in subjects],
        "areas": areas.ids, "categories": categories.ids, "now": fields.Datetime.now(), "key": fold(model.description),
    }  # fmt: skip
    env.cr.execute(CLONE, values)
    env.cr.execute(TALK)
    made = {
        "area": areas[0].id, "category": categories[0].id, "number": "PA-2020-000500",
        "login": "bench_khach", "password": "bench_khach",
    }  # fmt: skip
    if "helpdesk.ticket" in env:
        partner = env["res.partner"].create({"name": "Khách đo tải", "email": "bench@khanhhoa.example"})
        env["res.users"].with_context(no_reset_password=True).create(
            {
                "login": made["login"], "password": made["password"], "partner_id": partner.id,
                "group_ids": [(6, 0, env.ref("base.group_portal").ids)],
            }
        )  # fmt: skip
        ticket = env["helpdesk.ticket"].create(
            {"name": "Đèn đường", "description": model.description, "partner_id": partner.id}
        )
        ticket.message_subscribe(partner.ids)
        env.flush_all()
        env.cr.execute(TICKETS, {**values, "model": ticket.id})
    env.cr.commit()
    env.cr.connection.autocommit = True
    env.cr.execute("VACUUM ANALYZE")
    env.cr.connection.autocommit = False
    result({**made, "lookup": lookup(env, company, areas, categories)})
