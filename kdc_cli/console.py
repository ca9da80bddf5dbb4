"""What the person at the terminal sees: steps with their time, warnings, and one-line errors."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_print_lock = threading.Lock()


class Problem(Exception):
    """Something the person can mend; its text is one line that says what to do."""


def say(text: str = "") -> None:
    """Print one line at once, also when several threads speak."""
    with _print_lock:
        print(text, flush=True)


def warn(text: str) -> None:
    """Print a warning on the error stream."""
    with _print_lock:
        print(f"warning: {text}", file=sys.stderr, flush=True)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Announce a piece of work and, when it is done, how long it took."""
    say(f"• {title} …")
    started = time.monotonic()
    yield
    say(f"  ✓ {title} ({time.monotonic() - started:.0f} s)")


def ask(question: str) -> bool:
    """Ask a yes/no question; without a terminal the answer is no."""
    if not sys.stdin.isatty():
        return False
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes", "c", "có")
