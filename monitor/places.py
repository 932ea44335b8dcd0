"""The places a user names for what a run writes: tried before anything is asked, one run at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from monitor.errors import ConfigError
from monitor.jsonl import make_folder


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Make an out folder and hold it until the end of the block, however the process ends.

    Raises ConfigError where it cannot be made or written, or another run holds it.
    """
    make_folder(folder)
    if not os.access(folder, os.W_OK | os.X_OK):
        message = f"{folder}: cannot be written: permission denied: give another --faef-out"
        raise ConfigError(message)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _hold(folder, descriptor)
        yield
    finally:
        os.close(descriptor)


def _hold(folder: Path, descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        message = (
            f"{folder}: another faef is writing here: wait until it has ended, or give another"
            " --faef-out"
        )
        raise ConfigError(message) from error
    except OSError:  # a file system that knows no locks: as good as it gets
        return


def refuse_unwritable(option: str, file: Path) -> None:
    """Raise ConfigError where a file that an option names cannot be written; it is left as it is."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        is_new = not file.exists()
        file.open("a").close()
        if is_new:
            file.unlink()
    except OSError as error:
        message = f"{option}: {file}: cannot be written: {error.strerror}: name another file"
        raise ConfigError(message) from error
