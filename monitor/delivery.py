"""A finished run goes out: to its folder first, then to MLflow, now or later (`faef sync`).

A store that is down, slow or full changes no verdict and loses nothing: the run waits in its folder.
"""

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.calls.access import without_password
from monitor.errors import ConfigError
from monitor.records import Run
from monitor.replies.retention import forget_text
from monitor.report.contents import Report
from monitor.report.files import beside, leave
from monitor.report.summary import write_summary
from monitor.runfile import SUMMARY, read_items, read_run, write_run
from monitor.settings import Settings
from monitor.tracking import PATIENCE, Origin, TrackingError, await_store, log_run
from monitor.tracking.overrides import overrides
from monitor.tracking.trend import log_night
from monitor.tracking.waiting import WAITING, delivered, put_aside, read_origin, taken, waiting

if TYPE_CHECKING:
    Preparing = subprocess.Popen[bytes] | None

KEPT = "the verdict stands"


def deliver(told: Report, settings: Settings, preparing: "Preparing" = None) -> tuple[Run, list[str]]:
    """Write and track a run; the run as it is to be reported, and what there is to say of it."""
    run = told.run
    try:
        notes = _write(told, settings)
    except OSError as error:
        problem = _unwritten(settings.out, error)
        return run, [f"WARNING: {problem}: {KEPT}, but the run is not kept"]
    notes.insert(0, f"Run {run.id} in {settings.out}")
    if settings.tracking_uri:
        run, said = _tracked(told, settings, settings.tracking_uri, preparing)
        notes += said
    if settings.keep_text is not None:
        notes.append(forget_text(settings.out, settings.keep_text))
    return run, notes


def sync(out: Path, uri: str) -> Iterator[str]:
    """Deliver the runs that wait in a folder, the oldest first, and say what became of each.

    Raises MonitorError at the first that cannot be delivered: it and all after it wait on.
    """
    places = waiting(out)
    if not places:
        yield f"nothing waits in {out / WAITING}"
    for place in places:
        with taken(place) as ours:
            if ours:
                run = replace(read_run(place), items=read_items(place))
                logged = log_run(run, place, uri, origin=read_origin(place))
                log_night(run, logged, uri)
                delivered(place)
                yield f"Run {run.id} of {run.started_at[:16]}: MLflow run {logged}"
            else:
                yield f"Run {place.name} is being delivered by somebody else"


def _tracked(
    told: Report, settings: Settings, uri: str, preparing: "Preparing"
) -> tuple[Run, Sequence[str]]:
    """The run waits from before the first request until it is there."""
    run = told.run
    origin = _origin(settings)
    try:
        place = put_aside(run, settings.out, settings.thresholds.path, origin)
        await_store(preparing, uri)
        found = overrides(run.name, uri)
        if found:
            run = replace(run, overrides=found)
            _write(replace(told, run=run), settings)
            place = put_aside(run, settings.out, settings.thresholds.path, origin)
        with taken(place) as ours:
            if not ours:
                return run, [f"Run {run.id} is being delivered by faef sync"]
            logged = log_run(run, place, uri, origin, PATIENCE)
            trend = log_night(run, logged, uri)
            delivered(place)
    except (OSError, ConfigError) as error:
        problem = _unwritten(settings.out / WAITING, error)
        return run, [f"WARNING: {problem}: {KEPT}, the run is not in MLflow"]
    except TrackingError as error:
        return run, [f"WARNING: {error}; {KEPT} and the run waits in {place}: faef sync delivers it"]
    said = trend.said_of(run.id) if trend else ()
    return run, [f"MLflow run {logged} in {without_password(uri)}", *said]


def _origin(settings: Settings) -> Origin:
    asked = not (settings.replay or settings.is_embedded)
    return Origin(
        endpoint=without_password(settings.base_url) if asked else "",
        thresholds=settings.thresholds.key,
        git_sha=_git_sha(),
        with_responses=settings.log_responses,
    )


def _git_sha() -> str:
    """The commit of the folder the gate was started in; empty outside a checkout."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607 - the user's own git
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return found.stdout.strip() if found.returncode == 0 else ""


def _unwritten(folder: Path, error: OSError | ConfigError) -> str:
    if isinstance(error, OSError):
        return f"{folder} cannot be written ({error.strerror or type(error).__name__})"
    return str(error)


def _write(told: Report, settings: Settings) -> list[str]:
    """Raises OSError or ConfigError."""
    write_run(settings.out, told.run)
    notes = list(
        beside(settings.out / SUMMARY, lambda: write_summary(settings.out, told.run, told.floors))
    )
    return notes + leave(told, settings.out, picture=settings.tracking_uri is not None)
