"""What `faef construct` and `faef review` do: topics in, a bank out, people in between."""

import argparse
import os
import shlex
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.errors import ConfigError
from monitor.options import by_name
from monitor.verbs.parsers import add_options, add_verb

if TYPE_CHECKING:
    from monitor.construct.nouns import Candidate
    from monitor.construct.pipeline import Constructed
    from monitor.settings import Settings

FOLDER = "faef-construct"
OPTIONS = frozenset(
    [
        *("model", "base-url", "judge", "judge-base-url", "labels", "thresholds", "questions"),
        *("max-tokens", "extra-body", "concurrency", "rpm", "tpm", "retries", "timeout", "deadline"),
        *("max-calls", "max-cost", "dry-run", "out"),
    ]
)


def add_to(verbs: Any) -> None:
    """Declare `construct` and `review`."""
    verb = add_verb(verbs, construct, "faef construct privacy.yaml --model gpt-x --judge gpt-y")
    verb.add_argument("spec", help="a spec (YAML or JSON), or a dimension of the bank by its name")
    text = "model of the negative options (default: the model)"
    verb.add_argument("--negative-model", metavar="MODEL", help=text)
    text = "its endpoint (default: that of the model)"
    verb.add_argument("--negative-base-url", metavar="URL", help=text)
    add_options(verb, OPTIONS)
    verb = add_verb(verbs, review, "faef review faef-construct --reviewer anna")
    verb.add_argument("folder", type=Path, nargs="?", default=Path(FOLDER), help="that of construct")
    verb.add_argument("--reviewer", metavar="NAME", help="who reviews; a second one is asked again")
    text = "review all candidates, not only those in conflict"
    verb.add_argument("--all", action="store_true", help=text)
    text = "write them to a file (.csv, else JSON lines) instead of asking"
    verb.add_argument("--to", type=Path, metavar="FILE", help=text)
    text = "read decisions back from such a file"
    verb.add_argument("--from", dest="from_", type=Path, metavar="FILE", help=text)


def construct(given: argparse.Namespace) -> int:
    """Make a bank of a dimension's topics; what models cannot settle goes to faef review."""
    from monitor.construct.forecast import forecast, refuse_unpriced  # noqa: PLC0415 - `faef --help`
    from monitor.construct.pipeline import construct as constructed  # noqa: PLC0415
    from monitor.construct.spec import read_spec  # noqa: PLC0415
    from monitor.report.terminal import CallProgress  # noqa: PLC0415
    from monitor.settings import resolve  # noqa: PLC0415

    options = by_name(given)
    settings = resolve(options | {"no_track": True, "out": given.faef_out or FOLDER})
    adversary = _adversary(given, settings)
    spec = read_spec(given.spec, settings.bank)
    expected = forecast(spec, settings, adversary)
    if given.faef_dry_run:
        _say(expected.lines())
        return 0
    refuse_unpriced(settings, adversary)
    with CallProgress(expected.most - expected.verdicts) as progress:
        found = constructed(spec, settings, adversary, progress.count)
    _say(_outcome(found, settings))
    return _code(found)


def review(given: argparse.Namespace) -> int:
    """Accept, edit or reject candidates that models could not settle, here or through a file."""
    from monitor.construct.decisions import DECISIONS, by_candidate, left, read_decisions  # noqa: PLC0415
    from monitor.construct.folder import read_candidates  # noqa: PLC0415
    from monitor.construct.sheets import write_sheet  # noqa: PLC0415
    from monitor.people.journal import Journal  # noqa: PLC0415

    who = _reviewer(given)
    candidates = read_candidates(given.folder)
    journal = Journal(given.folder / DECISIONS, "decision")
    if given.from_:
        _read_back(given.from_, candidates, journal, who)
    else:
        holding = by_candidate(candidates, read_decisions(journal.path))
        rest = left(candidates, holding, who, everything=given.all)
        if given.to:
            write_sheet(given.to, rest, who)
            back = shlex.join(["faef", "review", str(given.folder), "--from", str(given.to)])
            _say([f"{len(rest)} candidates in {given.to}: write accept or reject, then: {back}"])
            return 0
        _ask(rest, journal, who)
    _say(_standing(candidates, read_decisions(journal.path)))
    return 0


def _adversary(given: argparse.Namespace, settings: "Settings") -> "Settings":
    model, url = given.negative_model, given.negative_base_url
    if url and not model:
        message = "--negative-base-url: is given without a model to ask there: set --negative-model"
        raise ConfigError(message)
    if settings.is_embedded and model and not url:
        default = os.environ.get("OPENAI_BASE_URL") or settings.base_url
        return replace(settings, model=model, base_url=default)
    return replace(settings, model=model or settings.model, base_url=url or settings.base_url)


def _outcome(found: "Constructed", settings: "Settings") -> Iterator[str]:
    from monitor.construct.folder import BANK  # noqa: PLC0415
    from monitor.construct.yields import lines  # noqa: PLC0415

    yield from lines(found.stages, found.settled, found.tallied)
    if found.stopped:
        yield f"{found.stopped}: no bank yet; run the same command to go on"
        return
    if found.selected.passed:
        count = len(found.selected.questions)
        yield f"{count} questions in {settings.out / BANK}, which passes faef audit"
    else:
        yield "No part of the accepted questions passes faef audit: no bank is written"
    if found.settled.waiting:
        command = shlex.join(["faef", "review", str(settings.out)])
        yield f"{len(found.settled.waiting)} candidates wait for people: {command}, then this command"


def _code(found: "Constructed") -> int:
    """0 with a bank, 2 while something is left to be done, 1 where there is no bank to be had."""
    if found.stopped:
        return 2
    if found.selected.passed:
        return 0
    return 2 if found.settled.waiting else 1


def _reviewer(given: argparse.Namespace) -> str | None:
    if given.to and given.from_:
        message = "--to: --from reads decisions back: give one of the two"
        raise ConfigError(message)
    name = None if given.reviewer is None else " ".join(given.reviewer.split())
    if name == "":
        message = "--reviewer: is empty: leave it out or give it a name"
        raise ConfigError(message)
    return name


def _ask(rest: "tuple[Candidate, ...]", journal: Any, who: str | None) -> None:
    from monitor.report.asking import keyboard  # noqa: PLC0415
    from monitor.report.reviewing import WARNING, Review, asked  # noqa: PLC0415

    sitting = Review(journal=journal, reviewer=who, out=sys.stdout)
    if not rest:
        sitting.say("Nothing is left to review.")
        return
    sitting.say(WARNING)
    try:
        with keyboard() as keys:
            decided = sitting.run(rest, keys, asked(keys, sys.stdout))
    except KeyboardInterrupt:
        sitting.say("\nStopped: every decision so far is kept; run the same command to go on.")
        return
    sitting.say(f"\n{decided} decided now, {len(rest) - decided} left.")


def _read_back(file: Path, candidates: "tuple[Candidate, ...]", journal: Any, who: str | None) -> None:
    from monitor.construct.decisions import read_decisions  # noqa: PLC0415
    from monitor.construct.sheets import new_decisions, read_sheet  # noqa: PLC0415

    now = datetime.now(UTC).isoformat(timespec="seconds")
    read = read_sheet(file, candidates, who, now)
    new = new_decisions(read, read_decisions(journal.path))
    journal.add(decision.row() for decision in new)
    _say([f"{len(new)} decisions added, {len(read) - len(new)} known before."])


def _standing(candidates: "tuple[Candidate, ...]", decisions: Any) -> Iterator[str]:
    """What became of the candidates by now, and how two reviewers agree."""
    from monitor.construct.decisions import between_reviewers, settled  # noqa: PLC0415
    from monitor.construct.yields import minutes  # noqa: PLC0415
    from monitor.visible import visible  # noqa: PLC0415

    now = settled(candidates, decisions)
    counts = f"{len(now.accepted)} accepted, {len(now.rejected)} rejected, {len(now.waiting)} waiting"
    spent = minutes(now)
    yield counts if spent is None else f"{counts}; {spent:.2f} minutes for each accepted question"
    for pair, kappa in between_reviewers(candidates, now.by).items():
        names = " and ".join(visible(name or "nobody named") for name in pair)
        value = "unknown" if kappa.value is None else f"{kappa.value:.2f}"
        yield f"{names} agree: kappa {value} [{kappa.low:.2f}, {kappa.high:.2f}] over {kappa.n}"
    yield "Next: faef construct, as before, for the bank"


def _say(lines: Iterable[str]) -> None:
    sys.stdout.writelines(line + "\n" for line in lines)
