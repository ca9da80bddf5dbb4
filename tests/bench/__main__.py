"""``python -m tests.bench NAME… [--json]``: run benchmarks and show their results. ``./kdc bench`` starts it."""

import argparse
import importlib
import sys

from kdc_cli import setup
from kdc_cli.console import Problem
from kdc_cli.paths import Home

from ._context import Context
from ._result import json_lines, table


def main() -> int:
    """1 when a goal is missed."""
    options = argparse.ArgumentParser()
    options.add_argument("names", nargs="+")
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    context = Context(setup.ensure(Home.from_environment()))
    results = []
    for name in chosen.names:
        context.say(name)
        module = importlib.import_module(f"tests.bench.{name.replace('-', '_')}")
        found = module.run(context)
        results += found
        if chosen.json:
            print(json_lines(found), flush=True)
    if not chosen.json:
        print(table(results))
    return int(any(result.met is False for result in results))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        sys.exit(f"kdc: {problem}")
