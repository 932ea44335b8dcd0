"""What `faef gate` and `faef score` do: one call each, and an exit code.

The verdict always comes from the pytest suites; nothing is decided here.
"""

import argparse
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.options import OPTIONS, PREFIX, by_name
from monitor.verbs.parsers import ALL, add_options, add_verb

if TYPE_CHECKING:
    import pytest

    from monitor.session import Session

SCORE_OPTIONS = frozenset(
    [
        *("thresholds", "profile", "questions", "judge", "labels", "limit", "choice", "variant"),
        *("calibration", "out"),
    ]
)

QUIET = -2  # pytest's verbosity without its line of counts


class _Witness:
    """A pytest plugin that keeps what the session found; what went wrong is left to `main` to say."""

    def __init__(self, name: str, state: "Session") -> None:
        """`name` is the one under which pytest knows it."""
        self.__name__ = name
        self.state = state

    def pytest_sessionstart(self, session: "pytest.Session") -> None:
        from monitor.session import SESSION  # noqa: PLC0415

        self.state = session.config.stash[SESSION]

    def pytest_sessionfinish(self, session: "pytest.Session") -> None:
        if self.state.error and self.state.run is None:
            session.config.option.verbose = QUIET
            session.config.pluginmanager.unregister(name="terminalreporter")

    def pytest_report_teststatus(
        self, report: "pytest.TestReport", config: "pytest.Config"
    ) -> tuple[str, str, str] | None:
        """No letter for each test of a dry run: it has tested nothing."""
        dry = config.getoption(PREFIX + "dry-run") and report.skipped
        return ("skipped", "", "") if dry else None


def add_to(verbs: Any) -> None:
    """Declare `gate` and `score`."""
    verb = add_verb(verbs, gate, "faef gate --model gpt-x --judge gpt-y")
    verb.add_argument("--suites", help="folder of suites (default: ./suites, else those shipped)")
    verb.add_argument("--junitxml", metavar="FILE", help="write the checks as JUnit XML, for CI systems")
    verb.add_argument("-k", dest="keyword", help="only the tests that match, as in pytest -k")
    add_options(verb, ALL)
    verb = add_verb(verbs, score, "faef score faef-out/responses.jsonl --judge embedded")
    verb.add_argument("recording", help="responses.jsonl, or the folder that holds it")
    add_options(verb, SCORE_OPTIONS)


def gate(given: argparse.Namespace) -> int:
    """Ask a model both forms of each question, run the suites, exit with their verdict."""
    import pytest  # noqa: PLC0415 - `faef --help` is quick

    from monitor.config import shipped  # noqa: PLC0415
    from monitor.gate import exit_code  # noqa: PLC0415
    from monitor.records import Outcome  # noqa: PLC0415
    from monitor.session import COMMAND, Session  # noqa: PLC0415

    witness = _Witness(COMMAND, Session())
    _refuse_places(given)
    suites = given.suites or str(shipped("suites"))
    ini = Path(__file__).parent / "suites.ini"
    ours = ["-c", str(ini), "--rootdir", suites, "--disable-plugin-autoload", "-p", "faef", suites]
    keyword = ["-k", given.keyword] if given.keyword else []
    junit = [f"--junitxml={given.junitxml}"] if given.junitxml else []
    silent = ["-qq", "-o", "console_output_style=classic"] if given.faef_dry_run else []
    code = pytest.main([*ours, *silent, *keyword, *junit, *_as_pytest(given)], plugins=[witness])
    decided = witness.state.run and witness.state.run.outcome
    if witness.state.error and decided is None:
        raise witness.state.error
    if witness.state.error and decided is not Outcome.FAILED:  # that, it stays if it cannot be written
        return witness.state.error.exit_code
    if code == pytest.ExitCode.INTERNAL_ERROR:  # whatever was decided before it is not all
        return 3
    if witness.state.run is None:
        return 3 if code == pytest.ExitCode.USAGE_ERROR else 2
    run = witness.state.run
    found = exit_code(run.outcome, run.verdicts, witness.state.floors)
    if code == pytest.ExitCode.INTERRUPTED:
        return 2
    return 1 if found == 0 and code == pytest.ExitCode.TESTS_FAILED else found


def _refuse_places(given: argparse.Namespace) -> None:
    """Raise ConfigError where what pytest is given cannot be used: it says so late, or of itself."""
    from monitor.errors import ConfigError  # noqa: PLC0415
    from monitor.places import refuse_unwritable  # noqa: PLC0415

    places = {"--suites": given.suites, "--junitxml": given.junitxml, "-k": given.keyword}
    for option, value in places.items():
        if value == "":
            message = f"{option}: is empty: leave it out or give it a value"
            raise ConfigError(message)
    if given.suites and not Path(given.suites).is_dir():
        message = f"--suites: {given.suites}: is no folder: give one of suites, or leave it out"
        raise ConfigError(message)
    if given.junitxml and not given.faef_dry_run:
        refuse_unwritable("--junitxml", Path(given.junitxml))


def score(given: argparse.Namespace) -> int:
    """Score recorded replies: table and `run.json`, no thresholds, no verdict."""
    from monitor.evaluate import evaluate  # noqa: PLC0415
    from monitor.replies.replay import Recording  # noqa: PLC0415
    from monitor.runfile import write_run  # noqa: PLC0415
    from monitor.settings import resolve  # noqa: PLC0415

    options = by_name(given)
    settings = resolve(options | {"replay": given.recording, "no_track": True})
    asked = Recording(settings.replay or Path()).chosen(settings.bank)
    run = evaluate(settings, {q.dimension for q in asked}, on_reply=lambda _: None)
    if given.faef_out:
        write_run(settings.out, run)
    show(run, {}, "")
    return 0


def show(run: Any, floors: Mapping[str, Any], note: str) -> None:
    """Print the report of a run, as wide as the terminal."""
    from monitor.report.terminal import rendered  # noqa: PLC0415

    width = max(80, shutil.get_terminal_size((100, 24)).columns)
    sys.stdout.write(rendered(run, floors, note, width=width, colour=sys.stdout.isatty()))


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
