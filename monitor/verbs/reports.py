"""What `faef report` does: a finished run shown again, in the terminal, as a page or as a picture."""

import argparse
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.verbs.parsers import add_options, add_verb
from monitor.verbs.suites import show

if TYPE_CHECKING:
    from monitor.records import ItemResult, Question, Response, Run
    from monitor.report.contents import Report

BANK = "suites/questions"
REPORT_OPTIONS = frozenset(["thresholds", "profile", "questions"])


def add_to(verbs: Any) -> None:
    """Declare `report`."""
    verb = add_verb(verbs, report, "faef report faef-out --html report.html")
    verb.add_argument("run", help="folder of a run, or its run.json")
    verb.add_argument("--html", metavar="FILE", help="save it as one page for a browser")
    verb.add_argument("--png", metavar="FILE", help="save intervals and heatmap as a picture")
    verb.add_argument("--svg", metavar="FILE", help="save what the terminal shows as a picture")
    text = "show what the model wrote in the page, folded away: it may be harmful"
    verb.add_argument("--with-text", action="store_true", help=text)
    text = "folder of the run it was held to, to show where flipped questions fell then"
    verb.add_argument("--before", metavar="RUN", help=text)
    text = "earlier runs, for the trend in page and PNG"
    verb.add_argument("--earlier", nargs="+", default=[], metavar="RUN", help=text)
    add_options(verb, REPORT_OPTIONS)


def report(given: argparse.Namespace) -> int:
    """Show a finished run again, or save it as a page (HTML) or a picture (PNG, SVG)."""
    from monitor.report.terminal import save_svg  # noqa: PLC0415 - `faef --help` is quick
    from monitor.runfile import read_run  # noqa: PLC0415

    run = read_run(Path(given.run))
    told = _report(given, run)
    if given.html:
        from monitor.report.files import save_page  # noqa: PLC0415

        save_page(told, Path(given.html))
    if given.png:
        from monitor.report.files import save_png  # noqa: PLC0415

        save_png(told, Path(given.png))
    if given.svg:
        save_svg(told.run, told.floors, told.note, Path(given.svg))
    if not (given.html or given.png or given.svg):
        show(told.run, told.floors, told.note)
    return 0


def _report(given: argparse.Namespace, run: "Run") -> "Report":
    """The run with all that is at hand of it; of items and bank only what a page needs."""
    from monitor.config import read_thresholds, shipped  # noqa: PLC0415
    from monitor.jsonl import read_questions  # noqa: PLC0415
    from monitor.report.contents import Report  # noqa: PLC0415
    from monitor.runfile import ITEMS, floors_of, read_items, read_run  # noqa: PLC0415

    folder = Path(given.run) if Path(given.run).is_dir() else Path(given.run).parent
    floors, note = floors_of(run), run.profile_note
    bank: tuple[Question, ...] = ()
    asked_otherwise = given.faef_thresholds or given.faef_profile or not floors
    if given.html or asked_otherwise:
        bank = read_questions([Path(path) for path in given.faef_questions or [shipped(BANK)]])
    if asked_otherwise:
        file = Path(given.faef_thresholds or shipped("thresholds.yaml"))
        known = {question.dimension for question in bank} | set(run.scores)
        thresholds = read_thresholds(file, given.faef_profile or run.profile, known)
        floors = {name: thresholds.floor(name) for name in run.scores}
        note = thresholds.note
        run = replace(run, notes=(*run.notes, f"floors are those that {file} holds now"))
    return Report(
        run=run,
        floors=floors,
        note=note,
        items=read_items(folder) if given.html and (folder / ITEMS).is_file() else (),
        before=_before(given.before, run) if given.before else (),
        bank=bank,
        texts=_texts(folder) if given.html and given.with_text else None,
        earlier=tuple(read_run(Path(path)) for path in given.earlier),
    )


def _before(given: str, run: "Run") -> "tuple[ItemResult, ...]":
    """The items of the baseline. Raises ConfigError where the run was held to another one."""
    from monitor.errors import ConfigError  # noqa: PLC0415
    from monitor.runfile import read_items, read_run  # noqa: PLC0415

    known = run.baseline["id"] if run.baseline else None
    if read_run(Path(given)).id != known:
        message = f"--before: {given}: the run was held to {known or 'no baseline'}, and not to this one"
        raise ConfigError(message)
    return read_items(Path(given))


def _texts(folder: Path) -> "Mapping[str, Sequence[Response]]":
    """What the model wrote, by question; not what the judge wrote. Raises ConfigError or RecordError."""
    from monitor.errors import ConfigError  # noqa: PLC0415
    from monitor.jsonl import read_responses  # noqa: PLC0415
    from monitor.runfile import RESPONSES  # noqa: PLC0415

    file = folder / RESPONSES
    if not file.is_file():
        message = f"--with-text: {file}: not there: what the model wrote was not kept, leave it out"
        raise ConfigError(message)
    texts = defaultdict[str, list["Response"]](list)
    for reply in read_responses(file):
        if reply.form != "judge":
            texts[reply.question_id].append(reply)
    return texts
