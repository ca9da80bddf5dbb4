"""A fresh clone with an empty KDC_HOME: one command, and a resident reads and downloads the bill (flow 4 of the issue).

Takes minutes. Downloads are shared with this home unless KDC_FRESH_DOWNLOADS is set. Left out only on request:
``--no-fresh-clone`` or KDC_NO_FRESH_CLONE.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from kdc_cli import system
from kdc_cli.paths import ROOT, Home
from tests.conftest import PATIENCE, PHONE, trouble

pytestmark = pytest.mark.fresh_clone
#: the strictest that people set
UMASK = 0o077


@dataclass(frozen=True)
class Clone:
    """A checkout with a home of its own."""

    checkout: Path
    environment: dict[str, str]

    @property
    def home(self) -> Path:
        return Path(self.environment["KDC_HOME"])

    def kdc(self, *arguments: str) -> str:
        """Run the launcher as a person does and return what it printed."""
        done = subprocess.run(
            ["./kdc", *arguments],
            cwd=self.checkout,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            umask=UMASK,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def environment(home: Path, folder: Path) -> dict[str, str]:
    """That of a person, without what the test run has added."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("KDC_", "PG", "PYTEST", "PYTHON"))}
    if not os.environ.get("KDC_FRESH_DOWNLOADS"):
        env["KDC_CACHE"] = str(Home.from_environment().cache)
    if os.environ.get("KDC_ODOO"):
        env["KDC_ODOO"] = os.environ["KDC_ODOO"]
    # the checkout may belong to another user than the one who tests
    config = folder / "gitconfig"
    config.write_text("[safe]\n\tdirectory = *\n")
    return env | {"KDC_HOME": str(home), "GIT_CONFIG_GLOBAL": str(config)}


@pytest.fixture(scope="module")
def clone() -> Iterator[Clone]:
    """Clone the repository; everything is removed in the end."""
    folder = Path(tempfile.mkdtemp(prefix="kdc-fresh-"))
    folder.chmod(0o755)
    fresh = Clone(folder / "Khu dân cư", environment(folder / "home", folder))
    subprocess.run(
        ["git", "clone", "-q", "--no-hardlinks", str(ROOT), str(fresh.checkout)],
        env=fresh.environment,
        check=True,
        capture_output=True,
        umask=UMASK,
    )
    try:
        yield fresh
        fresh.kdc("reset", "--all", "--yes")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Demo:
    """What the first call printed."""

    url: str
    port: int
    text: str

    def login(self, name: str) -> tuple[str, str]:
        """Login and password from the printed line of a person."""
        line = next(line for line in self.text.splitlines() if re.search(rf"\s{name}\s", line))
        cells = re.split(r"\s{2,}", line.strip())
        return cells[1], cells[2]


@pytest.fixture(scope="module")
def demo(clone) -> Demo:
    """The one command."""
    port = system.free_port()
    text = clone.kdc("demo", "--detach", "--households", "12", "--port", str(port))
    url = re.search(r"http://127\.0\.0\.1:\d+", text)[0]
    assert url.endswith(f":{port}")
    return Demo(url, port, text)


def test_the_checkout_stays_clean(clone, demo):
    argv = ["git", "status", "--porcelain", "--ignored"]
    done = subprocess.run(argv, cwd=clone.checkout, env=clone.environment, capture_output=True, text=True, check=True)
    assert done.stdout == ""


def test_a_resident_reads_and_downloads_the_bill(demo, browser):
    login, password = demo.login("cudan")
    context = browser.new_context(base_url=demo.url, viewport=PHONE, locale="vi-VN", accept_downloads=True)
    complaints = []
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
    page.goto("/web/login")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", password)
    with page.expect_navigation():
        page.click("form:has(input[name=password]) button[type=submit]")
    assert page.url.startswith(f"{demo.url}/my")
    page.goto("/my/bills")
    page.click("a[href*='/my/bills/']")
    page.wait_for_load_state()
    text = page.inner_text("body")
    assert re.search(r"\d{1,3}(\.\d{3})+\s₫", text), "no amount in đồng"
    assert "Bậc" in text or "bậc" in text, "the tiers are not explained"
    answer = context.request.get(f"{page.url.split('?')[0].rstrip('/')}/pdf")
    assert answer.ok
    assert answer.body().startswith(b"%PDF-")
    assert not complaints
    context.close()


def test_a_second_call_has_nothing_to_do(clone, demo):
    """So it takes seconds: every step that is done, and every other piece of work, would be told."""
    text = clone.kdc("demo", "--detach", "--port", str(demo.port))
    assert demo.url in text
    assert "•" not in text


def test_it_stops_and_starts_again_with_its_data(clone, demo):
    clone.kdc("stop")
    assert not system.command_line_matches(str(clone.home))
    # in an office where the way out is a proxy, which knows nothing of this machine
    office = replace(clone, environment={**clone.environment, "http_proxy": "http://127.0.0.1:9"})
    assert demo.url in office.kdc("demo", "--detach", "--port", str(demo.port))


def test_a_backup_brings_a_lost_database_back(clone, demo, tmp_path):
    clone.kdc("backup", str(tmp_path / "demo.tar.gz"))
    clone.kdc("reset", "--yes")
    assert "Verified" in clone.kdc("restore", str(tmp_path / "demo.tar.gz"))
    assert demo.url in clone.kdc("demo", "--detach", "--port", str(demo.port))


def test_the_server_log_is_clean(clone, demo):
    assert not trouble(clone.home / "logs" / "demo.log")
