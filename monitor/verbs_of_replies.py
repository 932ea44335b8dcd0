"""What `faef collect`, `faef merge` and `faef cache` do: replies come in, are joined, are kept."""

import argparse
import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from monitor.options import by_name


def collect(given: argparse.Namespace) -> int:
    """Ask only: leave replies for `faef gate --replay`, whole or a part of them."""
    from monitor.evaluate import collected  # noqa: PLC0415 - `faef --help` is quick
    from monitor.forecast import forecast  # noqa: PLC0415
    from monitor.report.terminal import CallProgress  # noqa: PLC0415
    from monitor.settings import resolve  # noqa: PLC0415

    options = by_name(given)
    settings = resolve(options | {"no_track": True})
    dimensions = set(given.dimension or [question.dimension for question in settings.bank])
    expected = forecast(settings, dimensions)
    if given.faef_dry_run:
        _say(expected.lines())
        return 0
    with CallProgress(expected.calls) as progress:
        tally, stopped = collected(settings, dimensions, progress.count)
    _say([f"{tally.calls.total():,} replies in {settings.out}", *([stopped] if stopped else [])])
    return 0


def merge(given: argparse.Namespace) -> int:
    """Join collected parts into one recording; refuses gaps, overlaps and unlike protocols."""
    from monitor.merging import merge as joined  # noqa: PLC0415

    whole = joined(given.parts, Path(given.faef_out or "faef-out"))
    _say([f"{len(whole.questions):,} questions of {', '.join(whole.dimensions)}"])
    return 0


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
