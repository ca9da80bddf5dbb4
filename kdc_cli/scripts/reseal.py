"""reseal.py CONFIG DATABASE: encrypt the personal numbers anew that an older key sealed, a batch a transaction."""

import sys

from _inside import opened, progress, result

config, database = sys.argv[1:3]
with opened(config, database) as env:
    done = 0
    while True:
        batch, left = env["kdc.resident"]._reseal_numbers(limit=2000)
        env.cr.commit()
        done += batch
        progress(f"{done} done, {left} left")
        if not batch:
            break
    result([done, left])
