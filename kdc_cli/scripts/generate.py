"""generate.py CONFIG DATABASE HOUSEHOLDS: fill a fresh database with the demo community, then mark it as complete."""

import sys

from _inside import opened, progress, result

config, database, households = sys.argv[1:4]
with opened(config, database) as env:
    demo = env["kdc.demo"]
    demo._generate(households=int(households), progress=progress)
    env["ir.config_parameter"].set_param("kdc_demo.done", households)
    env.cr.commit()
    result(demo._people())
