"""_import.py CONFIG DATABASE HOUSEHOLDS: import a roster our way, and as bare contacts through ``load()``."""

import base64
import sys
import time

from _inside import opened, result


def timed(env, work) -> float:
    """Seconds of a piece of work with everything written to the database."""
    env.flush_all()
    started = time.perf_counter()
    work()
    env.flush_all()
    return time.perf_counter() - started


def ours(env, content: bytes) -> tuple[int, int, float, float]:
    """Rows read, rows refused, seconds of the dry run, seconds of writing."""
    record = env["kdc.roster.import"].create({"file": base64.b64encode(content), "file_name": "danh_sach.csv"})
    checking = timed(env, record.action_check)

    def write() -> None:
        record.state = "importing"
        parsed = record._read()
        writer = record._writer(parsed)
        for batch in record._batches(parsed):
            record._import_batch(writer, batch)
        record._finish(parsed)

    writing = timed(env, write)
    return record.row_count, record.rejected_count, checking, writing


def stock(env, households: list) -> tuple[int, float]:
    """Persons and seconds of Odoo's own import of the same people as contacts of their household."""
    families = [
        [f"bench.h{number}", f"Hộ {household.head.name}", "1", household.dwelling.street]
        for number, household in enumerate(households)
    ]
    persons = [
        [f"bench.p{number}.{place}", member.name, member.phone or "", f"bench.h{number}", member.personal_number or ""]
        for number, household in enumerate(households)
        for place, member in enumerate(household.members)
    ]

    def load() -> None:
        for fields, rows in (
            (["id", "name", "is_company", "street"], families),
            (["id", "name", "phone", "parent_id/id", "ref"], persons),
        ):
            messages = env["res.partner"].load(fields, rows)["messages"]
            assert not messages, messages[:3]

    return len(persons), timed(env, load)


with opened(*sys.argv[1:3]) as env:
    # importable once the registry is loaded
    from odoo.addons.kdc_demo.engine import samples
    from odoo.addons.kdc_demo.engine.community import Community

    count = int(sys.argv[3])
    company = env.ref("base.main_company")
    env = env["base"].with_company(company).env
    households = list(Community(count, offset=60_000))
    content = samples._csv(samples.HEADINGS, samples.roster_rows(households))
    rows, rejected, checking, writing = ours(env, content)
    persons, loading = stock(env, households)
    result(
        {
            "rows": rows,
            "rejected": rejected,
            "checking": checking,
            "writing": writing,
            "persons": persons,
            "loading": loading,
        }
    )
