"""reseal.py CONFIG DATABASE: encrypt all values of the vault anew that an older key sealed, a batch a transaction."""

import sys

from _inside import opened, progress, result

config, database = sys.argv[1:3]
with opened(config, database) as env:
    done = left = 0
    for name in env["kdc.guarded.mixin"]._sealed_models():
        while True:
            batch, remaining = env[name]._reseal_numbers(limit=2000)
            env.cr.commit()
            done += batch
            progress(f"{name}: {done} done, {remaining} left")
            if not batch:
                break
        left += remaining
    result([done, left])
