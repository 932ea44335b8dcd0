"""The pytest plugin: a suite asks for `score`, and what the selected tests need is collected once.

It does nothing until a test that uses its fixtures is selected, and imports neither mlflow nor openai
before. What the tests demand is in `suites/`; what a demand means is in `gate`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import pytest

from monitor.errors import MonitorError, told
from monitor.escaping import harmless
from monitor.options import OPTIONS, PREFIX

if TYPE_CHECKING:
    from subprocess import Popen

    from monitor.config import Floor, Waiver
    from monitor.records import DimensionScore, ItemResult, Response, Run, Verdict
    from monitor.report.contents import Report
    from monitor.settings import Settings

Require: TypeAlias = "Callable[..., None]"  # of one Verdict or several
FIXTURES = frozenset({"score", "floor", "require", "comparison"})


@dataclass
class Session:
    """What one pytest session evaluated; in `config.stash[SESSION]`."""

    settings: Settings | None = None
    run: Run | None = None
    verdicts: list[Verdict] = field(default_factory=list)
    floors: dict[str, Floor] = field(default_factory=dict)
    comparison: tuple[Verdict, ...] = ()
    before: tuple[ItemResult, ...] = ()  # the baseline's
    waivers: tuple[Waiver, ...] = ()
    error: MonitorError | None = None
    notes: list[str] = field(default_factory=list)
    keep: ExitStack = field(default_factory=ExitStack)  # the out folder, for this run alone
    preparing: Popen[bytes] | Literal[False] | None = None  # the tracking store; False: it is there


COMMAND = "faef command"  # the name under which `faef gate` registers itself with pytest
NO_WORKERS = (
    "-n: the suites ask one model and share one collection: leave -n out, concurrency is inside"
    f" ({PREFIX}concurrency N)"
)
NOT_MADE = "checks that no selected test made, so that this run promotes nothing"
SESSION = pytest.StashKey[Session]()
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
            session.notes = _forecast(config, dimensions)
            pytest.skip("dry run")
        session.run = _evaluate(config, session, dimensions)
    except Exception as error:  # noqa: BLE001 - a user is told one line, whatever it is
        session.error = _told(config, error)
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
    """Write the run out before anybody else writes anything; what then fails keeps no report away."""
    _finish(session)
    try:
        yield
    except OSError as error:  # such as the file of --junitxml
        state = session.config.stash[SESSION]
        state.error = state.error or told(error)
        state.notes.append(f"ERROR: {told(error)}: the verdict stands")


def _finish(session: pytest.Session) -> None:
    """Put the verdicts into the run, write it out and track it."""
    state = session.config.stash[SESSION]
    if session.config.getoption(PREFIX + "dry-run") and state.notes:
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED  # nothing evaluated is never a pass
    if state.run is None or state.settings is None:
        return
    from monitor.comparing.golden import golden_ones  # noqa: PLC0415
    from monitor.delivery import deliver  # noqa: PLC0415
    from monitor.gate import combine, run_wide, stops, undecided, unmade, waived  # noqa: PLC0415
    from monitor.report.evidence import in_words  # noqa: PLC0415

    if state.run.stopped:
        state.verdicts = [undecided(verdict, state.run.stopped) for verdict in state.verdicts]
    whole = run_wide(state.run, state.settings.thresholds.min_kappa)
    if state.settings.thresholds.golden:
        found = golden_ones(state.run, state.settings.bank)
        whole += [waived(verdict, state.waivers) for verdict in found]
    state.verdicts += whole  # whatever the suites ask and -k selects
    if session.exitstatus == pytest.ExitCode.OK and stops(whole, state.floors):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    state.run = replace(
        state.run,
        verdicts=tuple(state.verdicts),
        outcome=combine(state.verdicts, state.floors),
        floors={name: asdict(floor) for name, floor in state.floors.items()},
    )
    if unchecked := unmade(state.run, state.settings.thresholds):
        note = f"{NOT_MADE}: {', '.join(map(in_words, unchecked))}"
        state.run = replace(state.run, unchecked=unchecked, notes=(*state.run.notes, note))
    try:
        report = _report(state, state.run, state.settings)
        state.run, said = deliver(report, state.settings, state.preparing or None)
        state.notes += said
    except Exception as error:  # noqa: BLE001 - whatever it is, what was decided stands
        state.error = error = _told(session.config, error)
        kept = f"a replay of {state.settings.replay or state.settings.out} asks nothing again"
        state.notes.append(f"ERROR: {error} ({kept})")
        session.exitstatus = pytest.ExitCode.USAGE_ERROR


def _told(config: pytest.Config, error: Exception) -> MonitorError:
    """What goes wrong as one line; under pytest itself, or where it is wanted, a fault of ours whole."""
    by_command = config.pluginmanager.has_plugin(COMMAND)
    if not isinstance(error, MonitorError) and (sys.flags.dev_mode or not by_command):
        raise error
    return told(error)


def _report(state: Session, run: Run, settings: Settings) -> Report:
    from monitor.report.contents import Report  # noqa: PLC0415

    return Report(
        run=run,
        floors=state.floors,
        note=run.profile_note,
        items=run.items,
        before=state.before,
        bank=settings.bank,
    )


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


def _evaluate(config: pytest.Config, session: Session, dimensions: Sequence[str] | set[str]) -> Run:
    """Everything heavy is imported here, when the first fixture is asked for."""
    from monitor import tracking  # noqa: PLC0415
    from monitor.baselines import held_to  # noqa: PLC0415
    from monitor.calls.budget import after  # noqa: PLC0415
    from monitor.evaluate import evaluate  # noqa: PLC0415
    from monitor.places import alone_in  # noqa: PLC0415
    from monitor.replies.opening import planned_calls  # noqa: PLC0415
    from monitor.report.terminal import CallProgress  # noqa: PLC0415
    from monitor.robustness import over_templates  # noqa: PLC0415
    from monitor.settings import resolve  # noqa: PLC0415

    settings = session.settings = resolve(_given(config))
    if settings.tracking_uri:
        tracking.check_installed()
    session.keep.enter_context(alone_in(settings.out))
    session.waivers = settings.thresholds.waivers

    def on_reply(reply: Response) -> None:
        if settings.tracking_uri and session.preparing is None:
            session.preparing = tracking.prepare(settings.tracking_uri) or False
        progress.count(reply)

    capture = config.pluginmanager.getplugin("capturemanager")
    with (
        capture.global_and_fixture_disabled() if capture else nullcontext(),
        CallProgress(planned_calls(settings, dimensions)) as progress,
    ):
        baseline = held_to(settings, dimensions, on_reply)
        if baseline:
            settings = replace(settings, limits=after(settings.limits, baseline.run))
        run = evaluate(settings, dimensions, on_reply, baseline)
        run = over_templates(settings, run, on_reply)
    session.comparison = run.regressions
    session.before = baseline.items if baseline else ()
    return run


def _forecast(config: pytest.Config, dimensions: set[str]) -> list[str]:
    from monitor.baselines import found_for  # noqa: PLC0415
    from monitor.forecast import forecast  # noqa: PLC0415
    from monitor.settings import resolve  # noqa: PLC0415

    settings = resolve(_given(config))
    found = found_for(settings, dimensions) if settings.refresh_baseline else None
    return list(forecast(settings, dimensions, found.run.model if found else "").lines())


def _given(config: pytest.Config) -> Mapping[str, Any]:
    return {option.dest.removeprefix("faef_"): config.getoption(option.dest) for option in OPTIONS}
