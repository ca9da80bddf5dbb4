"""people.py CONFIG DATABASE: the demo persons with their logins."""

import sys

from _inside import opened, result

with opened(*sys.argv[1:3]) as env:
    result(env["kdc.demo"]._people())
