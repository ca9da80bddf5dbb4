from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class StepMark:
    """Marks what runs inside ``with mark():`` as a step that leaves its reason and its history.

    Not a key of the context: that comes from the browser.
    """

    def __init__(self, name):
        self._running = ContextVar(name, default=False)

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Run the body as part of the step; steps may be nested."""
        token = self._running.set(True)
        try:
            yield
        finally:
            self._running.reset(token)

    def running(self):
        """Return whether the caller runs inside of the step."""
        return self._running.get()
