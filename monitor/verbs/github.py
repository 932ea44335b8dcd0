"""What `faef github` does: a finished run into the job summary, a pull request or an issue.

It says what was found, and answers 0 whatever that was: the verdict is the exit code of `faef gate`.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.verbs.parsers import add_options, add_verb

if TYPE_CHECKING:
    from monitor.records import Run
    from monitor.report.github import Floors

COMMENT, ISSUE = "gate", "nightly"


def add_to(verbs: Any) -> None:
    """Declare `github`."""
    verb = add_verb(verbs, github, "faef github summary faef-out --exit-code 1")
    places = ("summary", "comment", "issue")
    verb.add_argument("place", choices=places, help="where it is to be shown")
    verb.add_argument("run", type=Path, help="folder of the run; it may hold none where the gate failed")
    code = "what faef gate answered (leave it out where the gate was not reached)"
    verb.add_argument("--exit-code", type=int, metavar="N", help=code)
    verb.add_argument("--pull-request", type=int, metavar="N", help="number, for a comment")
    verb.add_argument(
        "--trend", type=Path, metavar="FILE", help="what faef trend NAME --json FILE wrote"
    )
    add_options(verb, ["thresholds", "questions"])


def github(given: argparse.Namespace) -> int:
    """Show a run in GitHub Actions: job summary and outputs, pull-request comment, or an issue."""
    from monitor.runfile import RUN, read_run  # noqa: PLC0415 - `faef --help` is quick

    run = read_run(given.run) if (given.run / RUN).is_file() else None
    if given.place == "summary":
        _summary(given, run)
    elif given.place == "comment":
        _comment(given, run)
    else:
        _issue(given, run)
    return 0


def _summary(given: argparse.Namespace, run: "Run | None") -> None:
    from monitor.github_api import variable  # noqa: PLC0415
    from monitor.report.github import annotations, outputs  # noqa: PLC0415

    _append(variable("GITHUB_STEP_SUMMARY"), _page(given, run))
    _append(variable("GITHUB_OUTPUT"), "".join(f"{line}\n" for line in outputs(run, given.exit_code)))
    if run:
        sys.stdout.writelines(f"{line}\n" for line in annotations(run, _floors(run)))


def _comment(given: argparse.Namespace, run: "Run | None") -> None:
    from monitor.errors import ConfigError  # noqa: PLC0415
    from monitor.github_api import GitHub  # noqa: PLC0415
    from monitor.report.github import MARKER, post  # noqa: PLC0415

    if given.pull_request is None:
        message = "faef github comment: which pull request? Give --pull-request N"
        raise ConfigError(message)
    with GitHub.from_environment() as there:
        body = post(COMMENT, _page(given, run))
        there.comment(given.pull_request, MARKER.format(what=COMMENT), body)


def _issue(given: argparse.Namespace, run: "Run | None") -> None:
    from monitor.github_api import GitHub  # noqa: PLC0415
    from monitor.report.github import MARKER, post  # noqa: PLC0415

    marker = MARKER.format(what=ISSUE)
    with GitHub.from_environment() as there:
        if given.exit_code == 0:
            there.close_issue(marker, f"Green again: {_address()}")
        else:
            title = f"FAEF nightly: {run.outcome if run else 'no verdict'}"
            body = post(ISSUE, f"Found by {_address()}\n\n{_page(given, run)}")
            there.open_issue(title, marker, body)


def _page(given: argparse.Namespace, run: "Run | None") -> str:
    from monitor.report.github import job_summary, without_run  # noqa: PLC0415

    if run is None:
        return without_run(given.exit_code)
    return job_summary(run, _floors(run), _trend(given.trend))


def _floors(run: "Run") -> "Floors":
    from monitor.runfile import floors_of  # noqa: PLC0415

    return floors_of(run)


def _trend(file: Path | None) -> dict[str, list[float]]:
    """CS and CSS over all dimensions, night by night, from what `faef trend --json` wrote."""
    from monitor.errors import RecordError  # noqa: PLC0415
    from monitor.jsonl import read_text  # noqa: PLC0415

    if file is None:
        return {}
    try:
        nights = [
            night["dimensions"].get("overall", {}) for night in json.loads(read_text(file))["nights"]
        ]
        series = {f"overall.{name}": [night.get(name) for night in nights] for name in ("cs", "css")}
        values = {name: [one["value"] for one in found if one] for name, found in series.items()}
        return {name: known for name, found in values.items() if (known := _numbers(found))}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"{file}: is not what faef trend --json writes: no nights with dimensions"
        raise RecordError(message) from error


def _numbers(values: Iterable[Any]) -> list[float]:
    return [float(value) for value in values if value is not None]


def _address() -> str:
    """Of this workflow run."""
    from monitor.github_api import variable  # noqa: PLC0415

    server = os.environ.get("GITHUB_SERVER_URL") or "https://github.com"
    return f"{server}/{variable('GITHUB_REPOSITORY')}/actions/runs/{variable('GITHUB_RUN_ID')}"


def _append(file: str, text: str) -> None:
    with Path(file).open("a", encoding="utf-8") as out:
        out.write(text)
