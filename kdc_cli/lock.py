"""One set-up at a time per KDC_HOME, and one builder of templates."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .console import Problem

_held: list[int] = []


def held() -> tuple[int, ...]:
    """The descriptors of the locks that this process holds; a child that inherits them holds them too."""
    return tuple(_held)


@contextmanager
def exclusive(path: Path, command: str) -> Iterator[None]:
    """Hold the lock file while the body runs.

    The kernel releases the lock when the process and the programs it waits for have ended in whatever way, so nothing
    is left locked for ever.

    :raises Problem: when another process holds it, which the message names, or when there can be no such folder.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except (FileNotFoundError, FileExistsError, NotADirectoryError):
        raise Problem(f"{path.parent} cannot be made: set KDC_HOME to a folder on a disk.") from None
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 200, 0).decode(errors="replace").strip() or "another ./kdc"
            raise Problem(f"{holder} is at work in {path.parent}: wait until it ends, then try again.") from None
        _held.append(descriptor)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"./kdc {command} (process {os.getpid()}, since {time.strftime('%H:%M')})".encode(), 0)
        yield
    finally:
        if descriptor in _held:
            _held.remove(descriptor)
        os.close(descriptor)


@contextmanager
def in_turn(path: Path) -> Iterator[None]:
    """Hold the lock file while the body runs; who comes second waits."""
    with path.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        _held.append(stream.fileno())
        try:
            yield
        finally:
            _held.remove(stream.fileno())
