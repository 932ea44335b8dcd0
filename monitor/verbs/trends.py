"""What `faef trend` does: nights in, lines, pictures and an exit code out. Nothing is asked."""

import argparse
import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.errors import ConfigError
from monitor.options import by_name
from monitor.verbs.parsers import add_options, add_verb

if TYPE_CHECKING:
    from monitor.trend.nights import Night

SHOWN, WIDE = 30, 120  # nights; columns where there is no terminal
NO_NIGHT = "no complete run (one with --limit, --shard or -k is no night)"
EXAMPLE = "faef trend tea-model --nights 60 --png trend.png --fail-on-change"


def add_to(verbs: Any) -> None:
    """Declare `trend`."""
    verb = add_verb(verbs, trend, EXAMPLE)
    text = "name of a model in MLflow, or folders of runs, or folders that hold such folders"
    verb.add_argument("name", nargs="+", metavar="NAME | FOLDER", help=text)
    text = f"newest nights to show; all are analysed (default {SHOWN})"
    verb.add_argument("--nights", type=int, default=SHOWN, metavar="N", help=text)
    text = "write everything as JSON to a file, or print it instead of the table"
    verb.add_argument("--json", nargs="?", const="-", metavar="FILE", help=text)
    verb.add_argument("--png", type=Path, metavar="FILE", help="save a picture")
    verb.add_argument("--html", type=Path, metavar="FILE", help="save a page")
    text = "exit with 1 where the newest nights prove that something fell"
    verb.add_argument("--fail-on-change", action="store_true", help=text)
    add_options(verb, ["tracking-uri"])


def trend(given: argparse.Namespace) -> int:
    """Show when a model changed, over all its nights, and what else changed then."""
    from monitor.report.terminal import drawn  # noqa: PLC0415 - `faef --help` is quick
    from monitor.report.trend import as_row, report  # noqa: PLC0415
    from monitor.report.trend_page import save_page, save_png  # noqa: PLC0415
    from monitor.trend.changes import trend as trend_of  # noqa: PLC0415

    if given.nights < 1:
        message = f"--nights: {given.nights}: must be at least 1"
        raise ConfigError(message)
    name, nights = _nights(given)
    found = trend_of(name, nights)
    if given.png:
        save_png(found, given.nights, given.png)
    if given.html:
        save_page(found, given.nights, given.html)
    row = json.dumps(as_row(found), indent=1) + "\n"
    if given.json and given.json != "-":
        Path(given.json).write_text(row, encoding="utf-8")
    width = max(80, shutil.get_terminal_size((WIDE, 24)).columns)
    text = drawn(report(found, given.nights, width), width=width, colour=sys.stdout.isatty())
    sys.stdout.write(row if given.json == "-" else text)
    return int(bool(given.fail_on_change and found.news))


def _nights(given: argparse.Namespace) -> tuple[str, Sequence["Night"]]:
    """The name and its nights, from MLflow or, where all that was named are folders, from these."""
    from monitor.settings import tracking_uri  # noqa: PLC0415
    from monitor.tracking.trend import fetch_nights  # noqa: PLC0415

    folders = [Path(name) for name in given.name]
    if all(folder.is_dir() for folder in folders):
        return _from_folders(folders)
    if len(folders) > 1:
        missing = next(folder for folder in folders if not folder.is_dir())
        message = f"{missing}: no such folder: give one name in MLflow, or folders of runs"
        raise ConfigError(message)
    [name] = given.name
    return name, fetch_nights(name, tracking_uri(by_name(given)))


def _from_folders(folders: Sequence[Path]) -> tuple[str, Sequence["Night"]]:
    from dataclasses import replace  # noqa: PLC0415

    from monitor.runfile import read_items, read_run  # noqa: PLC0415
    from monitor.trend.nights import is_complete, night_of  # noqa: PLC0415

    runs = [(folder, read_run(folder)) for folder in _run_folders(folders)]
    names = sorted({run.name for _, run in runs if is_complete(run)})
    if len(names) != 1:
        what = f"runs of {', '.join(names)}: give those of one name" if names else NO_NIGHT
        message = f"{folders[0]}: {what}"
        raise ConfigError(message)
    whole = [replace(run, items=read_items(folder)) for folder, run in runs if is_complete(run)]
    return names[0], [night_of(run) for run in whole]


def _run_folders(folders: Sequence[Path]) -> Iterator[Path]:
    from monitor.runfile import RUN  # noqa: PLC0415

    for folder in folders:
        if (folder / RUN).is_file():
            yield folder
        else:
            yield from (file.parent for file in sorted(folder.glob(f"*/{RUN}")))
