"""The tests of addons that are not in the usual databases, in one where they and what they join are installed."""

import subprocess

from kdc_cli import templates, testing
from kdc_cli.odoo_process import Runtime
from kdc_cli.paths import ADDONS, ROOT
from tests.conftest import fresh_copy

#: What of the other addons must hold there too: nobody may do more.
SHARED = ("kdc_utilities/tests/test_rights.py",)


def test_addons_apart(runtime: Runtime, worker: str):
    template = templates.ensure_apart(runtime)
    database = f"{testing.DATABASE}_apart_{worker}"
    fresh_copy(runtime, template, database)
    try:
        config = runtime.write_config(f"apart-{worker}", database, cron_threads=0)
        paths = [*(ADDONS / name for name in templates.APART), *(ADDONS / path for path in SHARED)]
        argv = [runtime.home.python, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", f"--rootdir={ROOT}"]
        argv += ["--odoo-http", f"--odoo-config={config}", f"--odoo-database={database}", "--odoo-log-level=warn"]
        environment = testing.environment(runtime) | {"KDC_APART": "1"}
        # The outer session's own.
        environment.pop("PYTEST_XDIST_WORKER", None)
        done = subprocess.run([*argv, *paths], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    finally:
        runtime.databases.drop(database)
