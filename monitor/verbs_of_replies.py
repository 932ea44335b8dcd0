"""What `faef cache` does with the store of recorded replies."""

import argparse
import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path


def list_(given: argparse.Namespace) -> int:
    """List the collections of a reply store, the newest first."""
    from monitor.cache import collections  # noqa: PLC0415 - `faef --help` is quick

    kept = collections(_store(given))
    _say(
        f"{one.id[:12]}  {one.started_at}  {one.replies:6} replies"
        f"  {f'finished {one.finished_at}' if one.finished_at else 'unfinished'}"
        for one in kept
    )
    return 0


def prune(given: argparse.Namespace) -> int:
    """Forget collections that were begun longer ago than some days."""
    from monitor.cache import prune as forget  # noqa: PLC0415
    from monitor.errors import ConfigError  # noqa: PLC0415

    if given.days < 0:
        message = f"--days: {given.days} is below 0"
        raise ConfigError(message)
    forgotten = forget(_store(given), timedelta(days=given.days))
    _say([f"{forgotten} collection{'' if forgotten == 1 else 's'} forgotten"])
    return 0


def export(given: argparse.Namespace) -> int:
    """Write the replies of one collection as a responses.jsonl, for --replay."""
    from monitor.cache import exported  # noqa: PLC0415
    from monitor.jsonl import write_rows  # noqa: PLC0415

    write_rows(given.file, exported(_store(given), given.collection))
    return 0


def _store(given: argparse.Namespace) -> Path:
    from monitor.store import STORE  # noqa: PLC0415

    return Path(given.faef_out or "faef-out") / STORE


def _say(lines: Iterable[str]) -> None:
    sys.stdout.writelines(line + "\n" for line in lines)
