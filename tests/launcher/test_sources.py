"""Finding Odoo, the Python environment, the template keys, the tests' arguments."""

import ast
import re
import shutil
import sys
from pathlib import Path

import pytest
from PIL import Image

from kdc_cli import docs, odoo_source, templates, testing, upstream, venv
from kdc_cli.console import Problem
from kdc_cli.main import parser
from kdc_cli.paths import ADDONS, CONFIG, ROOT, Home
from tests import together

RELEASE = "version_info = ({}, {}, 0, FINAL, 0, '')\n"


def make_odoo(folder: Path, major: int = 19) -> Path:
    """A folder that looks like a source checkout."""
    (folder / "odoo" / "addons" / "base").mkdir(parents=True)
    (folder / "addons" / "account").mkdir(parents=True)
    (folder / "odoo" / "release.py").write_text(RELEASE.format(major, 0))
    return folder


def test_a_source_checkout_is_recognised(tmp_path):
    found = odoo_source.inspect(make_odoo(tmp_path))
    assert found.version == "19.0"
    assert found.addons_paths == (tmp_path / "addons", tmp_path / "odoo" / "addons")


def test_a_package_is_recognised(tmp_path):
    inside = make_odoo(tmp_path / odoo_source.PACKAGE_PATH)
    (inside / "odoo" / "addons" / "account").mkdir()
    assert odoo_source.inspect(tmp_path).addons_paths == (inside / "odoo" / "addons",)


def test_another_version_is_told(tmp_path):
    with pytest.raises(Problem, match=r"holds Odoo 18\.0"):
        odoo_source.inspect(make_odoo(tmp_path, 18))


def test_an_odoo_without_its_modules_is_told(tmp_path):
    """As pip would install it."""
    shutil.rmtree(make_odoo(tmp_path) / "addons")
    with pytest.raises(Problem, match=r"holds Odoo 19\.0 without its modules"):
        odoo_source.inspect(tmp_path)


def test_a_wrong_kdc_odoo_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("KDC_ODOO", str(tmp_path / "nowhere"))
    with pytest.raises(Problem, match="does not exist"):
        odoo_source.ensure(Home(tmp_path))
    monkeypatch.setenv("KDC_ODOO", str(tmp_path))
    with pytest.raises(Problem, match="holds no Odoo"):
        odoo_source.ensure(Home(tmp_path))


def test_broken_links_are_found_but_for_the_harmless_one(tmp_path):
    (tmp_path / "ok").write_text("")
    (tmp_path / "good").symlink_to("ok")
    (tmp_path / "bad").symlink_to("nowhere")
    (tmp_path / "Inconsolata.otf").symlink_to("nowhere")
    assert odoo_source.broken_links(tmp_path) == [tmp_path / "bad"]


@pytest.mark.parametrize(
    ("version", "good"), [("3.9", False), ("3.10", True), ("3.13", True), ("3.14", False), ("", False), ("2.7", False)]
)
def test_versions_of_python(version, good):
    assert venv.is_supported(version) is good


def test_build_tools_are_picked_with_their_hashes():
    text = "a==1 \\\n    --hash=sha256:1\nwheel==2 \\\n    --hash=sha256:2\nwheelhouse==3 \\\n    --hash=sha256:3\n"
    assert venv.pick_requirements(text, ("wheel",)) == "wheel==2 \\\n    --hash=sha256:2\n"


def pins(name: str) -> set[str]:
    """The pinned packages of a requirements file."""
    text = (CONFIG / name).read_text()
    return set(re.findall(r"^[\w.-]+==\S+(?: ; [^\\\n]+)?", text, re.MULTILINE))


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-server.txt"])
def test_every_package_is_pinned_and_hashed(name):
    text = (CONFIG / name).read_text()
    for entry in re.split(r"\n(?=\S)", text.strip()):
        assert re.match(r"[\w.-]+==\S+", entry) and "--hash=sha256:" in entry, entry


def test_a_server_gets_the_tested_versions_and_no_test_tools():
    assert pins("requirements-server.txt") <= pins("requirements.txt")
    assert not re.search(r"^(pytest|playwright|pylint|ruff)", (CONFIG / "requirements-server.txt").read_text(), re.M)


def test_every_wanted_package_has_its_reason():
    for name in ("requirements.in", "requirements-server.in"):
        for line in (CONFIG / name).read_text().splitlines():
            if line and not line.startswith(("#", "-r", "pytest ", "pytest==")) and line != "pytest":
                assert "#" in line, f"{name}: {line} has no reason"


def addon(folder: Path, name: str, manifest: str = "{'depends': ['base']}") -> Path:
    """A folder that looks like an addon."""
    path = folder / name
    (path / "tests").mkdir(parents=True)
    (path / "__manifest__.py").write_text(manifest)
    return path


def test_dependencies_outside_are_collected(tmp_path):
    addon(tmp_path, "kdc_a", "{'depends': ['mail', 'portal']}")
    addon(tmp_path, "kdc_b", "{'depends': ['kdc_a', 'account']}")
    addon(tmp_path, "kdc_off", "{'depends': ['stock'], 'installable': False}")
    found = templates.manifests(tmp_path)
    assert templates.outside_dependencies(found) == ["account", "mail", "portal", "queue_job"]


def test_the_template_key_follows_what_is_installed(tmp_path):
    path = addon(tmp_path, "kdc_a")
    key = templates.tree_key(tmp_path)
    (path / "tests" / "test_a.py").write_text("# a test")
    (path / "README.md").write_text("words")
    assert templates.tree_key(tmp_path) == key
    (path / "views.xml").write_text("<odoo/>")
    assert templates.tree_key(tmp_path) != key


def test_all_suites_run_on_three_workers(tmp_path):
    for folder in testing.ORDER:
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    found = testing.arguments(Path("c.conf"), ["-x"], tmp_path / "cache", tmp_path)
    assert found[-7:] == [*testing.ORDER, "-x"]
    assert found[found.index("-n") + 1] == "3"


def test_files_that_share_a_server_are_there_and_in_one_group():
    files = [file for group in together.GROUPS for file in group]
    assert len(files) == len(set(files))
    assert not [file for file in files if not (ROOT / file).exists()]


def test_chosen_tests_replace_the_suites(tmp_path):
    found = testing.arguments(Path("c.conf"), [str(tmp_path), "-n0"], tmp_path / "cache", tmp_path)
    assert found[-2:] == [str(tmp_path), "-n0"]
    assert "--dist" not in found


def test_pytest_options_reach_pytest():
    assert parser().parse_args(["test", "-k", "lock", "--lf"]).arguments == ["-k", "lock", "--lf"]


def test_upstream_reads_the_log():
    log = (
        "2026-11-21 10:00:00,000 9 ERROR db odoo.addons.sale.tests.test_x: FAIL: TestX.test_a\n"
        "2026-11-21 10:00:00,000 9 ERROR db odoo.addons.sale.tests.test_x: ERROR: TestX.test_b\n"
        "2026-11-21 10:00:00,000 9 ERROR db odoo.tests.suite: ERROR: setUpClass (odoo.addons.sale.tests.test_y.TestY)\n"
        "2026-11-21 10:00:00,000 9 INFO db odoo.tests.result: 1 failed, 1 error(s) of 57 tests when loading database\n"
    )
    assert upstream.failures(log) == {
        "sale.tests.test_x:TestX.test_a",
        "sale.tests.test_x:TestX.test_b",
        "sale.tests.test_y:TestY",
    }
    assert upstream.count(log) == 57


def test_upstream_runs_again_what_failed():
    failed = ["sale.tests.test_x:TestX.test_a", "sale.tests.test_y:TestY"]
    assert upstream.tags(map(upstream.part, failed)) == "/sale:TestX.test_a,/sale:TestY,-at_install"


def test_upstream_leaves_out_tours(tmp_path):
    tests = tmp_path / "sale" / "tests"
    tests.mkdir(parents=True)
    (tests / "test_x.py").write_text(
        "class TestX(HttpCase):\n"
        "    def test_a(self):\n        self.start_tour('/', 'a')\n"
        "    def test_b(self):\n        self.url_open('/')\n"
    )
    assert list(upstream.tours(tmp_path / "sale")) == ["sale:TestX.test_a"]
    assert upstream.tags(["sale"], upstream.tours(tmp_path / "sale")) == "/sale,-/sale:TestX.test_a,-at_install"


def test_upstream_blames_us_only_for_what_passes_without_us(monkeypatch, capsys):
    line = "2026-11-21 10:00:00,000 9 ERROR db odoo.addons.sale.tests.test_x: FAIL: TestX.{}\n"
    logs = {"ours": line.format("test_a") + line.format("test_b"), "plain": line.format("test_b")}
    ran = []

    def run_tests(_runtime, database, chosen):
        ran.append((database, chosen))
        return logs[database]

    monkeypatch.setattr(upstream, "_run_tests", run_tests)
    assert upstream._compare(None, "plain", "ours", "sale", ["sale"]) == ["sale.tests.test_x:TestX.test_a"]
    assert ran == [("ours", ["sale"]), ("plain", ["sale:TestX.test_a", "sale:TestX.test_b"])]
    logs["ours"] = ""
    ran.clear()
    assert upstream._compare(None, "plain", "ours", "sale", ["sale"]) == []
    assert ran == [("ours", ["sale"])], "what passes with us needs no second run"
    assert "1 also without" in capsys.readouterr().out


def test_upstream_runs_the_suites_of_what_we_override():
    assert {"account", "portal", "sale", "website_sale"} <= set(upstream.default_modules())


#: names of the standard library that came after Python 3.10
NEWER = {
    "datetime": {"UTC"}, "enum": {"StrEnum", "ReprEnum", "verify"}, "itertools": {"batched"}, "tomllib": set(),
    "typing": {"Self", "override", "assert_never", "reveal_type", "LiteralString", "Never", "NotRequired", "Required"},
}  # fmt: skip


def is_newer(call: ast.Call) -> bool:
    """Whether a call leaves out or names what Python 3.10 wants or does not know."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    given = len(call.args) + len(call.keywords)
    too_few = {"from_bytes": given < 2, "to_bytes": given < 2}
    unknown = {"localcontext": bool(call.keywords)}
    return too_few.get(name, False) or unknown.get(name, False)


@pytest.mark.parametrize(
    ("text", "newer"),
    [
        ("int.from_bytes(b)", True),
        ("int.from_bytes(b, 'big')", False),
        ("n.to_bytes(4)", True),
        ("localcontext(prec=9)", True),
        ("localcontext(EXACT)", False),
    ],
)
def test_calls_of_a_newer_python_are_seen(text, newer):
    assert is_newer(ast.parse(text, mode="eval").body) is newer


def test_nothing_needs_a_newer_python():
    found = []
    for path in [*ADDONS.rglob("*.py"), *ROOT.glob("kdc_cli/**/*.py"), *ROOT.glob("tests/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 10))):
            if isinstance(node, ast.Call) and is_newer(node):
                found.append(f"{path}:{node.lineno}: {ast.unparse(node)}")
            if isinstance(node, ast.ImportFrom) and node.module in NEWER:
                found += [f"{path}: {name.name}" for name in node.names if name.name in NEWER[node.module]]
            names = [name.name for name in node.names] if isinstance(node, ast.Import) else []
            if "tomllib" in names or (isinstance(node, ast.ImportFrom) and node.module == "tomllib"):
                found.append(f"{path}: tomllib")
    assert not found


def test_docs_copies_what_the_pages_show(tmp_path):
    home = Home(tmp_path / "home")
    home.python.parent.mkdir(parents=True)
    home.python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    home.python.chmod(0o755)
    (home.screenshots / "deep").mkdir(parents=True)
    Image.new("RGB", (360, 2000), "white").save(home.screenshots / "deep" / "home.png")
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text("![x](docs/img/home.png)")
    (tmp_path / "docs" / "a.md").write_text('![x](img/home.png) <img src="img/none.png">')
    assert docs.run(home, tmp_path) == 1
    with Image.open(tmp_path / "docs" / "img" / "home.png") as picture:
        assert picture.size == (360, 740), "a picture of a phone shows what the phone shows"
