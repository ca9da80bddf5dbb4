"""_search.py CONFIG DATABASE RESIDENTS: fill the register by SQL, then search it our way and by name_search."""

import statistics
import sys
import time

from _inside import opened, result

PER_HOUSEHOLD = 4
ROUNDS = 7
FAMILY = (
    "Nguyễn Nguyễn Nguyễn Nguyễn Trần Trần Lê Lê Phạm Huỳnh Hoàng Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Mai".split()
)
MIDDLE = "Văn Thị Đức Minh Thanh Ngọc Quốc Hữu Thu Kim Hoài Bảo Gia Xuân Công Đình".split()
GIVEN = (
    "An Anh Ánh Bình Châu Chi Cường Dũng Dung Đạt Đông Giang Hà Hải Hạnh Hòa Hoàng Hùng Hương Khánh Lan Linh Long Mai "
    "Minh Nam Nga Ngân Nhung Phong Phúc Phương Quân Quang Sơn Tâm Thảo Thành Thắng Thủy Trang Trung Tú Tuấn Uyên Vân "
    "Việt Vinh Yến Đào"
).split()
STREET = "Trần Phú|Lê Thánh Tôn|Nguyễn Thiện Thuật|Hùng Vương|Thống Nhất|Yersin|Quang Trung|Phan Chu Trinh".split("|")


def fill(env, count: int) -> None:
    """Insert contacts, dwellings, households, residents and memberships, folded keys and sealed numbers included."""
    from odoo.addons.kdc_residents.engine import text

    company = env.company
    ward = env["kdc.area"].search([("kind", "=", "commune"), ("code", "=", "22366")])
    ward.company_id = company
    groups = env["kdc.area"].create(
        [
            {"name": f"Tổ dân phố {i}", "kind": "group", "unit_type": "to_dan_pho", "parent_id": ward.id}
            for i in range(40)
        ]
    )
    env.flush_all()
    people, households = [], count // PER_HOUSEHOLD
    residents = env["kdc.resident"]
    for i in range(count):
        # Primes spread the combinations, so that names repeat as they do in a town.
        name = f"{FAMILY[i * 7 % len(FAMILY)]} {MIDDLE[i * 11 % len(MIDDLE)]} {GIVEN[i * 13 // 5 % len(GIVEN)]}"
        number = f"056{i % 2}{60 + i % 40:02}{i:06}"
        sealed, index = residents._seal_number(number)
        people.append((i, i // PER_HOUSEHOLD, name, f"+849{i + 10_000_000:08}", text.fold(name), GIVEN[i % 50],
                       sealed, index, i % PER_HOUSEHOLD == 0))  # fmt: skip
    addresses = []
    for h in range(households):
        house, street = f"{h % 300 + 1}/{h // 300}", STREET[h % 8]
        addresses.append((h, house, street, groups[h % 40].id, text.fold(f"{house} {street}")))
    cr = env.cr
    columns = "i int, h int, name text, phone text, key text, given text, s text, x text, head bool"
    cr.execute(f"CREATE TEMP TABLE p ({columns})")
    cr.execute("CREATE TEMP TABLE d (h int, number text, street text, area int, key text)")
    for table, rows in (("p", people), ("d", addresses)):
        for start in range(0, len(rows), 5000):
            batch = rows[start : start + 5000]
            values = ",".join(["%s"] * len(batch))
            cr.execute(f"INSERT INTO {table} VALUES {values}", batch)
    base = {"c": company.id, "partner": company.partner_id.id}
    cr.execute("SELECT coalesce(max(id), 0) + 1000 FROM res_partner")
    base["o"] = cr.fetchone()[0]
    base["r"] = base["o"] + households
    statements = """
    INSERT INTO res_partner (id, name, complete_name, company_id, commercial_partner_id, is_company, active, type, lang,
                             autopost_bills, kdc_registered, kdc_area_id, street)
         SELECT %(o)s + d.h, 'Hộ ' || p.name, 'Hộ ' || p.name, %(c)s, %(o)s + d.h, true, true, 'contact', 'vi_VN',
                'ask', true, d.area, d.number || ' ' || d.street
           FROM d JOIN p ON p.h = d.h AND p.head;
    INSERT INTO res_partner (id, name, complete_name, company_id, parent_id, commercial_partner_id, is_company, active,
                             type, lang, phone, autopost_bills, kdc_registered, kdc_area_id)
         SELECT %(r)s + p.i, p.name, q.name || ', ' || p.name, %(c)s, q.id, q.id, false, true, 'contact', 'vi_VN',
                p.phone, 'ask', true, q.kdc_area_id
           FROM p JOIN res_partner q ON q.id = %(o)s + p.h;
    INSERT INTO kdc_dwelling (id, house_number, street, name, area_id, company_id, active, search_key, address_key)
         SELECT %(o)s + h, number, street, number || ' ' || street, area, %(c)s, true, key, key FROM d;
    INSERT INTO kdc_household (id, partner_id, company_id, active, code, dwelling_id, area_id, search_key, member_count)
         SELECT %(o)s + d.h, %(o)s + d.h, %(c)s, true, 'H' || lpad(d.h::text, 6, '0'), %(o)s + d.h, d.area,
                'ho ' || p.key || ' h' || lpad(d.h::text, 6, '0') || ' ' || d.key, 4
           FROM d JOIN p ON p.h = d.h AND p.head;
    INSERT INTO kdc_resident (id, partner_id, company_id, active, birth_date, sex, personal_number_sealed,
                              personal_number_index, household_id, role, area_id, search_key, given_name)
         SELECT %(r)s + p.i, %(r)s + p.i, %(c)s, true, date '1960-01-01' + p.i %% 20000, 'male', p.s, p.x, %(o)s + p.h,
                CASE WHEN p.head THEN 'head' ELSE 'child' END, d.area, p.key, lower(p.given)
           FROM p JOIN d ON d.h = p.h;
    INSERT INTO kdc_household_membership (household_id, resident_id, company_id, area_id, role, date_start)
         SELECT household_id, id, company_id, area_id, role, '2020-01-01' FROM kdc_resident WHERE id >= %(r)s;
    UPDATE kdc_household h SET head_id = r.id FROM kdc_resident r WHERE r.household_id = h.id AND r.role = 'head';
    """
    # The check of every household's head at commit looks at each row; the rows are right, and it is not measured.
    cr.execute("ALTER TABLE kdc_household_membership DISABLE TRIGGER USER")
    for statement in statements.split(";"):
        if statement.strip():
            cr.execute(statement, base)
    cr.execute("ALTER TABLE kdc_household_membership ENABLE TRIGGER USER")
    for table in ("res_partner", "kdc_dwelling", "kdc_household", "kdc_resident", "kdc_household_membership"):
        cr.execute(f"SELECT setval('{table}_id_seq', max(id)) FROM {table}")
    env.invalidate_all()
    cr.commit()
    cr.connection.autocommit = True
    cr.execute("VACUUM ANALYZE")
    cr.connection.autocommit = False


def queries(env, count: int) -> dict[str, list[str]]:
    """What officers type, by kind; the same text goes to both."""
    people = env["kdc.resident"].search([], limit=5, offset=count // 3, order="id")
    others = env["kdc.resident"].search([], limit=5, offset=count // 2, order="id")
    rare = people[0].household_id
    return {
        "full name": [person.name for person in people],
        "name without marks": others.mapped("search_key"),
        "part of a name": ["nguy", "thanh", "huynh", "đào", "bùi bảo"],
        "personal number": people.mapped("personal_number"),
        "phone": people.mapped("phone"),
        "first digits of a phone": ["0910", "091003", "0910045", "09100", "0910099"],
        "address": [rare.dwelling_id.name, "12/3 phan chu trinh", "le thanh ton", "250/60", "yersin"],
        "household code": [rare.code, "H012345", "h0000", "H02499", "h01"],
        "nobody": ["xyzxyz", "nguyen zzz", "qqqq wwww", "099999", "069069069069"],
    }


def timed(env, work) -> float:
    """Milliseconds of a call with an empty cache."""
    env.invalidate_all()
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


config, database, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
with opened(config, database) as env:
    fill(env, count)
    officer = env["res.users"].create(
        {"name": "Cán bộ", "login": "bench_officer", "company_ids": [(6, 0, env.company.ids)],
         "company_id": env.company.id, "group_ids": [(6, 0, [env.ref("kdc_residents.group_officer").id])]}
    )  # fmt: skip
    asked = queries(env, count)
    env = env(user=officer.id, context={"lang": "vi_VN", "allowed_company_ids": env.company.ids})
    ours, stock = env["kdc.register.search"], env["res.partner"]
    kinds, slowest, hits = {}, 0.0, {}
    for kind, texts in asked.items():
        mine, theirs = [], []
        for text in texts:
            hits[text] = sum(len(group["rows"]) for group in ours.find(text)["groups"])
            stock.name_search(text, limit=8)
            for _round in range(ROUNDS):
                mine.append(timed(env, lambda text=text: ours.find(text)))
                theirs.append(timed(env, lambda text=text: stock.name_search(text, limit=8)))
        kinds[kind] = {"ours": statistics.median(mine), "stock": statistics.median(theirs)}
        slowest = max(slowest, *mine)
    empty = [text for kind, texts in asked.items() if kind != "nobody" for text in texts if not hits[text]]
    if empty:
        raise RuntimeError(f"nothing was found for {empty}: the measurement would be worthless")
    result({"kinds": kinds, "slowest": slowest})
