"""What `faef collect`, `faef merge` and `faef cache` do: replies come in, are joined, are kept."""

import argparse
import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from monitor.options import by_name
from monitor.verbs.parsers import ALL, add_options, add_verb

NOT_COLLECTED = frozenset(
    ["replay", "calibration", "tracking-uri", "no-track", "log-responses", "keep-text"]
)


def add_to(verbs: Any) -> None:
    """Declare `collect`, `merge` and `cache`."""
    verb = add_verb(verbs, collect, "faef collect --model gpt-x --judge gpt-y --shard 1/3 --out part-1")
    text = "ask this dimension, repeatable (default: all of the bank)"
    verb.add_argument("--dimension", action="append", metavar="NAME", help=text)
    add_options(verb, ALL - NOT_COLLECTED)
    verb = add_verb(verbs, merge, "faef merge part-1 part-2 part-3 --out merged")
    verb.add_argument("parts", nargs="+", type=Path, help="folders that faef collect has left")
    add_options(verb, ["out"])
    group = verbs.add_parser("cache", help="Look after the store of replies: list, prune, export.")
    actions = group.add_subparsers(title="actions", required=True, metavar="ACTION")
    listing = add_verb(actions, list_, "faef cache list --out faef-out")
    pruning = add_verb(actions, prune, "faef cache prune --days 30")
    pruning.add_argument("--days", type=float, required=True, metavar="X", help="older ones go")
    exporting = add_verb(actions, export, "faef cache export 1f0c responses.jsonl")
    exporting.add_argument("collection", help="id of the collection, or how it begins")
    exporting.add_argument("file", type=Path, help="the new responses.jsonl")
    for verb in (listing, pruning, exporting):
        add_options(verb, ["out"])


def collect(given: argparse.Namespace) -> int:
    """Ask only: leave replies for `faef gate --replay`, whole or a part of them."""
    from monitor.evaluate import collected  # noqa: PLC0415 - `faef --help` is quick
    from monitor.forecast import forecast  # noqa: PLC0415
    from monitor.places import alone_in  # noqa: PLC0415
    from monitor.report.terminal import CallProgress  # noqa: PLC0415
    from monitor.settings import resolve  # noqa: PLC0415

    options = by_name(given)
    settings = resolve(options | {"no_track": True})
    dimensions = set(given.dimension or [question.dimension for question in settings.bank])
    expected = forecast(settings, dimensions)
    if given.faef_dry_run:
        _say(expected.lines())
        return 0
    with alone_in(settings.out), CallProgress(expected.calls) as progress:
        tally, stopped = collected(settings, dimensions, progress.count)
    _say([f"{tally.calls.total():,} replies in {settings.out}", *([stopped] if stopped else [])])
    return 0


def merge(given: argparse.Namespace) -> int:
    """Join collected parts into one recording; refuses gaps, overlaps and unlike protocols."""
    from monitor.replies.merging import merge as joined  # noqa: PLC0415

    whole = joined(given.parts, Path(given.faef_out or "faef-out"))
    _say([f"{len(whole.questions):,} questions of {', '.join(whole.dimensions)}"])
    return 0


def list_(given: argparse.Namespace) -> int:
    """List the collections of a reply store, the newest first."""
    from monitor.replies.cache import collections  # noqa: PLC0415 - `faef --help` is quick

    kept = collections(_store(given))
    _say(
        f"{one.id[:12]}  {one.started_at}  {one.replies:6} replies"
        f"  {f'finished {one.finished_at}' if one.finished_at else 'unfinished'}"
        for one in kept
    )
    return 0


def prune(given: argparse.Namespace) -> int:
    """Forget collections that were begun longer ago than some days, and the text of that time."""
    from monitor.errors import ConfigError  # noqa: PLC0415
    from monitor.replies.cache import prune as forget  # noqa: PLC0415
    from monitor.replies.retention import forget_recording  # noqa: PLC0415

    if given.days < 0:
        message = f"--days: {given.days} is below 0"
        raise ConfigError(message)
    kept = timedelta(days=given.days)
    forgotten = forget(_store(given), kept)
    also = " and the responses.jsonl" if forget_recording(_store(given).parent, kept) else ""
    _say([f"{forgotten} collection{'' if forgotten == 1 else 's'}{also} forgotten"])
    return 0


def export(given: argparse.Namespace) -> int:
    """Write the replies of one collection as a responses.jsonl, for --replay."""
    from monitor.jsonl import write_rows  # noqa: PLC0415
    from monitor.replies.cache import exported  # noqa: PLC0415

    write_rows(given.file, exported(_store(given), given.collection))
    return 0


def _store(given: argparse.Namespace) -> Path:
    from monitor.store import STORE  # noqa: PLC0415

    return Path(given.faef_out or "faef-out") / STORE


def _say(lines: Iterable[str]) -> None:
    sys.stdout.writelines(line + "\n" for line in lines)
