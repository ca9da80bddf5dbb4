"""_bill_pdf.py CONFIG DATABASE COUNT SAMPLE: print so many bills into one file, and a sample of them one by one."""

import re
import resource
import sys

from _clock import Clock
from _inside import opened, result
from _many import Month

PAGE = re.compile(rb"/Type\s*/Page\b")

with opened(*sys.argv[1:3]) as env:
    count, sample = map(int, sys.argv[3:5])
    env = env["base"].with_company(env.ref("base.main_company")).env
    clock = Clock(env)
    lines = Month(env, count).lines(env, count)
    lines._issue()
    env.cr.commit()
    bills = lines.move_id
    report, html = env["kdc.bill.pdf"], env["ir.actions.report"]
    files = []

    def cold(work, *arguments) -> float:
        """Seconds with nothing in the cache of records, as a request finds it."""
        env.invalidate_all()
        return clock.timed(lambda: files.append(work(*arguments)))

    def invoice_report(bill) -> bytes:
        return html._render_qweb_html("account.report_invoice", bill.ids)[0]

    # The first ones warm fonts, templates and caches of the process.
    for work in (report._render, invoice_report):
        work(bills[:1])
    files.clear()
    together = cold(report._render, bills)
    pages = len(PAGE.findall(files.pop()))
    singly = sum(cold(report._render, bill) for bill in bills[:sample])
    stock = sum(cold(invoice_report, bill) for bill in bills[:sample])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert pages >= count, pages
    result({"pages": pages, "together": together, "singly": singly, "stock": stock, "memory": memory})
