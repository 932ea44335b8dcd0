"""The pytest plugin: a suite asks for `score`, and what the selected tests need is collected once.

It does nothing until a test that uses its fixtures is selected, and imports neither mlflow nor openai
before. What the tests demand is in `suites/`; what a demand means is in `gate`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, TypeAlias

import pytest

from monitor.errors import told
from monitor.escaping import harmless
from monitor.options import OPTIONS, PREFIX
from monitor.session import COMMAND, SESSION, Session, evaluated, finish, forecast_of, told_of

if TYPE_CHECKING:
    from monitor.config import Floor
    from monitor.records import DimensionScore, Run, Verdict

Require: TypeAlias = "Callable[..., None]"  # of one Verdict or several
FIXTURES = frozenset({"score", "floor", "require", "comparison"})
NO_WORKERS = (
    "-n: the suites ask one model and share one collection: leave -n out, concurrency is inside"
    f" ({PREFIX}concurrency N)"
)
_DEMANDED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """All options of `options.OPTIONS`, as `--faef-NAME`."""
    group = parser.getgroup("faef", "FAEF monitor (the suites in suites/ test a model)")
    for option in OPTIONS:
        group.addoption(PREFIX + option.name, dest=option.dest, help=option.help, **option.arguments)


def pytest_configure(config: pytest.Config) -> None:
    """The mark and an empty session."""
    config.addinivalue_line("markers", "dimension(name): the FAEF dimension that a test asks about")
    config.stash[SESSION] = Session()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse what cannot work, before anything is asked."""
    ours = [item for item in items if FIXTURES & set(getattr(item, "fixturenames", ()))]
    for item in ours:
        if _dimension(item) is None:
            message = f"{item.location[0]}: no dimension: add pytestmark = pytest.mark.dimension(NAME)"
            raise pytest.UsageError(message)
    if hasattr(config, "workerinput"):  # one of them is enough to say why `-n` is refused
        items[:] = [item for item in items if item not in ours[1:]]


@pytest.fixture(scope="session")
def evaluation(request: pytest.FixtureRequest) -> Run:
    """The run: all dimensions that the selected tests need, asked and scored once."""
    config = request.config
    if hasattr(config, "workerinput"):
        pytest.fail(NO_WORKERS, pytrace=False)
    session = config.stash[SESSION]
    selected = [item for item in request.session.items if FIXTURES & set(item.fixturenames)]  # type: ignore[attr-defined]
    dimensions = {name for item in selected if (name := _dimension(item))}
    try:
        if config.getoption(PREFIX + "dry-run"):
            session.notes = forecast_of(config, dimensions)
            pytest.skip("dry run")
        session.run = evaluated(config, dimensions)
    except Exception as error:  # noqa: BLE001 - a user is told one line, whatever it is
        session.error = told_of(config, error)
        by_command = config.pluginmanager.has_plugin(COMMAND)
        said = str(session.error).replace(PREFIX, "--") if by_command else str(session.error)
        pytest.exit(said, returncode=pytest.ExitCode.USAGE_ERROR)
    return session.run


@pytest.fixture
def score(request: pytest.FixtureRequest, evaluation: Run) -> DimensionScore:
    """The scores of the test's dimension."""
    return evaluation.scores[_dimension(request.node) or ""]


@pytest.fixture
def floor(request: pytest.FixtureRequest, evaluation: Run) -> Floor:
    """What thresholds.yaml demands of the test's dimension."""
    session = request.config.stash[SESSION]
    name = _dimension(request.node) or ""
    if session.settings is None:  # never: `evaluation` has set them
        raise AssertionError(evaluation.id)
    return session.floors.setdefault(name, session.settings.thresholds.floor(name))


@pytest.fixture
def comparison(request: pytest.FixtureRequest, evaluation: Run) -> tuple[Verdict, ...]:
    """The regression checks of the test's dimension; the test is skipped where there is no baseline."""
    session = request.config.stash[SESSION]
    if evaluation.baseline is None:
        pytest.skip("no baseline: regressions are not checked")
    name = _dimension(request.node) or ""
    return tuple(verdict for verdict in session.comparison if verdict.dimension == name)


@pytest.fixture
def require(request: pytest.FixtureRequest, floor: Floor) -> Require:
    """Record a verdict and make it the test's outcome: failed, or skipped where inconclusive.

    A tier that does not block, or `on_inconclusive`, lets the test pass; the report still says so.
    """
    from monitor.gate import blocks, waived  # noqa: PLC0415 - loaded when it is needed
    from monitor.records import Outcome  # noqa: PLC0415

    session = request.config.stash[SESSION]

    def demand(*verdicts: Verdict) -> None:
        found = [waived(verdict, session.waivers) for verdict in verdicts]
        session.verdicts += found
        stopped = session.run.stopped if session.run else ""
        blocking = [] if stopped else [verdict for verdict in found if blocks(verdict, floor)]
        request.node.stash[_DEMANDED] = bool(blocking)  # whether it fails the test by itself
        if stopped:
            pytest.skip(f"inconclusive: {stopped}")
        if blocking:
            said = "\n".join(f"{v.outcome}: {v.dimension}: {v.reason}" for v in blocking)
            pytest.fail(said, pytrace=False)
        open_ones = [v.reason for v in found if v.outcome is Outcome.INCONCLUSIVE]
        if open_ones:
            pytest.skip(f"inconclusive: {'; '.join(open_ones)}")

    return demand


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that has demanded no verdict is a check of its own."""
    report = yield
    ours = FIXTURES & set(getattr(item, "fixturenames", ()))
    demanded = item.stash.get(_DEMANDED, None)
    if ours and call.when == "call" and demanded is None and not report.skipped:
        _record_own(item, call, passed=report.passed)
    elif ours and report.failed and (call.when != "call" or demanded is False):
        _record_own(item, call, passed=False)
    return report


def pytest_unconfigure(config: pytest.Config) -> None:
    """The out folder is free again."""
    if state := config.stash.get(SESSION, None):
        state.keep.close()


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None]:
    """Write a run out before anybody else writes anything; what then fails keeps no report away."""
    finish(session)
    try:
        yield
    except OSError as error:  # such as the file of --junitxml
        state = session.config.stash[SESSION]
        if state.run is None:
            raise
        state.error = state.error or told(error)
        state.notes.append(f"ERROR: {told(error)}: the verdict stands")
        if session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.USAGE_ERROR


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The report, below pytest's own."""
    state = terminalreporter.config.stash[SESSION]
    if state.run is None or state.settings is None:
        for note in state.notes:
            terminalreporter.write_line(harmless(note))
        return
    from monitor.report.terminal import rendered  # noqa: PLC0415

    terminalreporter.section("FAEF monitor")
    text = rendered(
        state.run,
        state.floors,
        state.settings.thresholds.note,
        width=max(80, terminalreporter._tw.fullwidth),  # noqa: SLF001 - no public way to it
        colour=terminalreporter.hasmarkup,
    )
    terminalreporter.write(text)
    for note in state.notes:
        terminalreporter.write_line(harmless(note))


def _record_own(item: pytest.Item, call: pytest.CallInfo[None], *, passed: bool) -> None:
    from monitor.records import Outcome, Verdict  # noqa: PLC0415

    session = item.config.stash[SESSION]
    name = _dimension(item) or ""
    score = session.run.scores.get(name) if session.run else None
    what = "passed" if passed else call.excinfo.typename if call.excinfo else "failed"
    verdict = Verdict(
        check=item.name,
        dimension=name,
        outcome=Outcome.PASSED if passed else Outcome.FAILED,
        reason=f"{item.nodeid}: {what}",
        n=score.cs.n if score else 0,
    )
    session.verdicts.append(verdict)


def _dimension(item: pytest.Item) -> str | None:
    mark = item.get_closest_marker("dimension")
    return str(mark.args[0]) if mark and mark.args else None
