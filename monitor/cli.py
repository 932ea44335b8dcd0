"""`faef`: the commands. They parse, call one function, and turn its result into an exit code.

0 passed · 1 failed · 2 inconclusive, or nothing evaluated · 3 bad configuration · 4 too many calls
failed. The verdict always comes from the pytest suites; nothing is decided here.
"""

import argparse
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from monitor import __version__
from monitor.errors import MonitorError
from monitor.options import OPTIONS, PREFIX, Option

SCORE_OPTIONS = frozenset(
    {"thresholds", "profile", "questions", "judge", "limit", "choice", "variant", "out"}
)

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; a MonitorError becomes one line on stderr."""
    parser = _parser()
    given = parser.parse_args(arguments)
    command: Command = given.command
    try:
        return command(given)
    except MonitorError as error:
        print(f"faef: {str(error).replace(PREFIX, '--')}", file=sys.stderr)  # noqa: T201 - the one line a user sees
        return error.exit_code


def gate(given: argparse.Namespace) -> int:
    """Run the suites in this process and answer with their verdict."""
    import pytest  # noqa: PLC0415 - `faef --help` is quick

    from monitor.config import shipped  # noqa: PLC0415
    from monitor.gate import exit_code  # noqa: PLC0415
    from monitor.plugin import COMMAND, SESSION, Session  # noqa: PLC0415

    class Witness:
        __name__ = COMMAND
        state = Session()

        def pytest_sessionfinish(self, session: pytest.Session) -> None:
            self.state = session.config.stash[SESSION]

    witness = Witness()
    suites = given.suites or str(shipped("suites"))
    ini = Path(__file__).parent / "suites.ini"
    ours = ["-c", str(ini), "--rootdir", suites, "--disable-plugin-autoload", "-p", "faef", suites]
    keyword = ["-k", given.keyword] if given.keyword else []
    code = pytest.main([*ours, *keyword, *_as_pytest(given)], plugins=[witness])
    if witness.state.error:
        return witness.state.error.exit_code
    if witness.state.run is None:
        usage = code in {pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERNAL_ERROR}
        return 3 if usage else 2
    run = witness.state.run
    return exit_code(run.outcome, run.verdicts, witness.state.floors)


def score(given: argparse.Namespace) -> int:
    """Score recorded replies: table and `run.json`, no thresholds, no verdict."""
    from monitor.evaluate import evaluate  # noqa: PLC0415
    from monitor.runfile import write_run  # noqa: PLC0415
    from monitor.settings import resolve  # noqa: PLC0415

    options = {
        option.dest.removeprefix("faef_"): getattr(given, option.dest, None) for option in OPTIONS
    }
    settings = resolve(options | {"replay": given.recording, "no_track": True})
    dimensions = {q.dimension for q in settings.bank}
    run = evaluate(settings, dimensions, on_reply=lambda _: None)
    if given.faef_out:
        write_run(settings.out, run)
    _print(run, {}, "")
    return 0


def report(given: argparse.Namespace) -> int:
    """Show a finished run again, or save its picture."""
    from monitor.report.terminal import save_svg  # noqa: PLC0415
    from monitor.runfile import read_run  # noqa: PLC0415
    from monitor.settings import resolve  # noqa: PLC0415

    run = read_run(Path(given.run))
    nothing: Mapping[str, Any] = {o.dest.removeprefix("faef_"): None for o in OPTIONS}
    asked = {"thresholds": given.faef_thresholds, "profile": run.profile, "model": run.model}
    thresholds = resolve({**nothing, **asked}).thresholds
    floors = {name: thresholds.floor(name) for name in run.scores}
    if given.svg:
        save_svg(run, floors, thresholds.note, Path(given.svg))
    else:
        _print(run, floors, thresholds.note)
    return 0


def _print(run: Any, floors: Mapping[str, Any], note: str) -> None:
    from monitor.report.terminal import rendered  # noqa: PLC0415

    width = max(80, shutil.get_terminal_size((100, 24)).columns)
    sys.stdout.write(rendered(run, floors, note, width=width, colour=sys.stdout.isatty()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="faef",
        description="Did this model version become safer, or did it only learn to sound safe?",
    )
    parser.add_argument("--version", action="version", version=f"faef-monitor {__version__}")
    verbs = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    verb = _verb(verbs, gate, "faef gate --model gpt-x --judge gpt-y")
    verb.add_argument("--suites", help="folder of suites (default: ./suites, else those shipped)")
    verb.add_argument("-k", dest="keyword", help="only the tests that match, as in pytest -k")
    _add(verb, OPTIONS)

    verb = _verb(verbs, score, "faef score faef-out/responses.jsonl --judge embedded")
    verb.add_argument("recording", help="responses.jsonl, or the folder that holds it")
    _add(verb, [option for option in OPTIONS if option.name in SCORE_OPTIONS])

    verb = _verb(verbs, report, "faef report faef-out --svg report.svg")
    verb.add_argument("run", help="folder of a run, or its run.json")
    verb.add_argument("--svg", metavar="FILE", help="save the report as a picture instead")
    _add(verb, [option for option in OPTIONS if option.name == "thresholds"])
    return parser


def _verb(verbs: Any, command: Command, example: str) -> argparse.ArgumentParser:
    summary = (command.__doc__ or "").strip()
    verb: argparse.ArgumentParser = verbs.add_parser(
        command.__name__, help=summary, description=summary, epilog=f"Example: {example}"
    )
    verb.set_defaults(command=command)
    return verb


def _add(verb: argparse.ArgumentParser, options: Sequence[Option]) -> None:
    for option in options:
        text = option.help.replace(PREFIX, "--")
        verb.add_argument(f"--{option.name}", dest=option.dest, help=text, **option.arguments)


def _as_pytest(given: argparse.Namespace) -> list[str]:
    """The options that were given, as the plugin spells them."""
    spelled: list[str] = []
    for option in OPTIONS:
        value = getattr(given, option.dest)
        if value is True:
            spelled.append(PREFIX + option.name)
        elif value is not None and value is not False:  # 0 is a value
            values = value if isinstance(value, list) else [value]
            spelled += [f"{PREFIX}{option.name}={one}" for one in values]
    return spelled
