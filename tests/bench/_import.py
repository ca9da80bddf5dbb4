"""_import.py CONFIG DATABASE HOUSEHOLDS RESIDENTS: import rosters our way and through Odoo's ``load()``, in turn."""

import base64
import resource
import sys
import time
from datetime import date

from _clock import Clock
from _inside import opened, result

ROUNDS = 3


def spreadsheet(households: list) -> bytes:
    """A ward's .xls: titles over the table, numbers stored as numbers, dates in several forms."""
    # importable once the registry is loaded
    from odoo.addons.kdc_demo.engine import samples

    rows = samples._messy(samples.roster_rows(households), blocks=False)
    return samples._xls(samples.TITLE, samples.HEADINGS, rows)


def ours(env, clock, content: bytes) -> dict:
    """Rows written, and seconds of the dry run and of writing."""
    record = env["kdc.roster.import"].create({"file": base64.b64encode(content), "file_name": "danh_sach.xls"})
    checking = clock.timed(record._check)

    def write() -> None:
        record.state = "importing"
        # Outside the scheduler this commits after every batch and goes on to the end.
        record._import_waiting(env["ir.cron"])

    writing = clock.timed(write)
    assert record.state == "done" and not record.rejected_count, (record.state, record.failure, record.rejected_count)
    return {"rows": record.new_count, "checking": checking, "writing": writing}


def load(env, model: str, columns: list[str], rows: list) -> None:
    """Odoo's import; any message of it is an error."""
    messages = env[model].load(columns, rows)["messages"]
    assert not messages, messages[:3]


def register(env, households: list, key: str) -> None:
    """The same people through ``load()`` of the same models: four files, with the ids a person would have to invent."""
    from odoo.addons.kdc_demo.models.kdc_demo_registry import ROLES

    group = env["kdc.area"].search([("kind", "=", "group")], limit=1).id
    places = {household.dwelling: f"bench.{key}d{number}" for number, household in enumerate(households)}
    load(
        env,
        "kdc.dwelling",
        ["id", "house_number", "alley", "street", "area_id/.id"],
        [[id_, f"{key} {d.house_number}", d.alley, d.street, group] for d, id_ in places.items()],
    )
    load(
        env,
        "kdc.household",
        ["id", "code", "name", "dwelling_id/id"],
        [
            [f"bench.{key}h{number}", f"{key}{h.code}", f"Hộ {h.head.name}", places[h.dwelling]]
            for number, h in enumerate(households)
        ],
    )
    people = [(f"bench.{key}h{number}", place, m) for number, h in enumerate(households)
              for place, m in enumerate(h.members)]  # fmt: skip
    load(
        env,
        "kdc.resident",
        ["id", "name", "birth_date", "sex", "personal_number", "phone"],
        [
            [f"{home}.{place}", m.name, m.birth_date.isoformat(), m.sex, m.personal_number or "", m.phone or ""]
            for home, place, m in people
        ],
    )
    load(
        env,
        "kdc.household.membership",
        ["household_id/id", "resident_id/id", "role", "date_start"],
        [
            [home, f"{home}.{place}", ROLES.get((m.role, m.sex), m.role), date.today().isoformat()]
            for home, place, m in people
        ],
    )


def contacts(env, households: list, key: str) -> None:
    """The same people as bare contacts of their household: no dwelling, birth, sex, relationship, checks, history."""
    families = [
        [f"bench.{key}f{number}", f"Hộ {household.head.name}", "1", household.dwelling.street]
        for number, household in enumerate(households)
    ]
    persons = [
        [f"bench.{key}p{number}.{place}", member.name, member.phone or "", f"bench.{key}f{number}",
         member.personal_number or ""]
        for number, household in enumerate(households)
        for place, member in enumerate(household.members)
    ]  # fmt: skip
    load(env, "res.partner", ["id", "name", "is_company", "street"], families)
    load(env, "res.partner", ["id", "name", "phone", "parent_id/id", "ref"], persons)


def ward(env):
    """An environment of an officer's company which keeps a ward with one residential group."""
    company = env.ref("base.main_company")
    areas = env["kdc.area"]
    commune = company.kdc_commune_id or areas.search([("kind", "=", "commune"), ("company_id", "=", False)], limit=1)
    commune.company_id = company
    areas.create({"name": "Tổ dân phố 99", "kind": "group", "unit_type": "to_dan_pho", "parent_id": commune.id})
    env.invalidate_all()
    return env(user=env.ref("base.user_admin"))["base"].with_company(company).with_context(lang="vi_VN").env


with opened(*sys.argv[1:3]) as env:
    from odoo.addons.kdc_demo.engine.community import Community

    count, residents = int(sys.argv[3]), int(sys.argv[4])
    env = ward(env)
    clock = Clock(env)
    rounds = []
    for number in range(ROUNDS + 1):
        # Personal numbers and phones of two communities of the same offset are the same, so each has its own.
        of = [list(Community(count, offset=20_000 * (3 * number + part))) for part in (1, 2, 3)]
        content = spreadsheet(of[0])
        measured = ours(env, clock, content)
        measured["register"] = clock.timed(register, env, of[1], f"r{number}")
        measured["contacts"] = clock.timed(contacts, env, of[2], f"r{number}")
        measured |= {"loaded": sum(len(household.members) for household in of[1])}
        measured |= {"contacts_loaded": sum(len(household.members) for household in of[2])}
        env.cr.commit()
        if number:  # the first round warms caches and statistics
            rounds.append(measured)
    households, people = [], 0
    for household in Community(residents, offset=500_000):
        households.append(household)
        people += len(household.members)
        if people >= residents:
            break
    content = spreadsheet(households)
    wall = time.perf_counter()
    large = ours(env, clock, content)
    large["wall"] = time.perf_counter() - wall
    large["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result({"rounds": rounds, "large": large, "processor": clock.processor})
