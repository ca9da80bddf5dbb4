"""The day is that of the ward, whatever zone a user, a browser or a scheduled job has: one function says it."""

from pathlib import Path

ADDONS = Path(__file__).parents[2] / "addons"
#: Where it is made, and the demo that lives in the past of its own.
APART = ("kdc_residents/tools/local_day.py", "kdc_demo/")


def test_one_function_says_what_day_it_is():
    others = [
        str(path.relative_to(ADDONS))
        for path in sorted(ADDONS.glob("*/**/*.py"))
        if "tests" not in path.parts and "context_today" in path.read_text(encoding="utf-8")
    ]
    assert [path for path in others if not path.startswith(APART)] == [], "use today_here instead"
