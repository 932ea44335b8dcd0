"""What one pytest session evaluates, from its options to the run that is written out.

The rim between pytest and the monitor: hooks and fixtures are in `plugin`. Everything heavy is imported
where it is needed, so that a session without our suites loads none of it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import ExitStack, nullcontext
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import pytest

from monitor.errors import MonitorError, told
from monitor.options import OPTIONS, PREFIX

if TYPE_CHECKING:
    from subprocess import Popen

    from monitor.config import Floor, Waiver
    from monitor.records import ItemResult, Response, Run, Verdict
    from monitor.report.contents import Report
    from monitor.settings import Settings

COMMAND = "faef command"  # the name under which `faef gate` registers itself with pytest
NOT_MADE = "checks that no selected test made, so that this run promotes nothing"


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


SESSION = pytest.StashKey[Session]()


def evaluated(config: pytest.Config, dimensions: set[str]) -> Run:
    """The run of these dimensions, held to its baseline. Raises MonitorError."""
    from monitor import tracking  # noqa: PLC0415
    from monitor.baselines import held_to, let_go  # noqa: PLC0415
    from monitor.calls.budget import after  # noqa: PLC0415
    from monitor.evaluate import evaluate  # noqa: PLC0415
    from monitor.places import alone_in  # noqa: PLC0415
    from monitor.replies.opening import planned_calls  # noqa: PLC0415
    from monitor.report.terminal import CallProgress  # noqa: PLC0415
    from monitor.robustness import over_templates  # noqa: PLC0415
    from monitor.settings import resolve  # noqa: PLC0415

    session = config.stash[SESSION]
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
        if baseline and baseline.again and not run.stopped:
            let_go(settings)
        run = over_templates(settings, run, on_reply)
    session.comparison = run.regressions
    session.before = baseline.items if baseline else ()
    return run


def forecast_of(config: pytest.Config, dimensions: set[str]) -> list[str]:
    """The lines of a dry run: calls, tokens, cost."""
    from monitor.baselines import found_for  # noqa: PLC0415
    from monitor.forecast import forecast  # noqa: PLC0415
    from monitor.settings import resolve  # noqa: PLC0415

    settings = resolve(_given(config))
    found = found_for(settings, dimensions) if settings.refresh_baseline else None
    return list(forecast(settings, dimensions, found.run.model if found else "").lines())


def finish(session: pytest.Session) -> None:
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
        state.error = error = told_of(session.config, error)
        kept = f"a replay of {state.settings.replay or state.settings.out} asks nothing again"
        state.notes.append(f"ERROR: {error} ({kept})")
        session.exitstatus = pytest.ExitCode.USAGE_ERROR


def told_of(config: pytest.Config, error: Exception) -> MonitorError:
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


def _given(config: pytest.Config) -> Mapping[str, Any]:
    return {option.dest.removeprefix("faef_"): config.getoption(option.dest) for option in OPTIONS}
