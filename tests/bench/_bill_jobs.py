"""_bill_jobs.py CONFIG DATABASE RUN PLACE OF: do every OF-th job of an approved run, once a line comes on the input."""

import resource
import sys

from _inside import opened, progress, result

config, database, run_id, place, of = sys.argv[1:]
with opened(config, database) as env:
    from odoo.addons.kdc_utilities.models.kdc_billing_run import job_size

    run = env["kdc.billing.run"].browse(int(run_id))
    ids = run.line_ids.search([("run_id", "=", run.id)], order="sort_key, id").ids
    size = job_size(len(ids))
    jobs = [ids[start : start + size] for start in range(0, len(ids), size)]
    env.cr.commit()
    progress("ready")
    sys.stdin.readline()
    for job in jobs[int(place) :: int(of)]:
        run._job_issue(job)
        env.cr.commit()
        env.invalidate_all()
    result(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
