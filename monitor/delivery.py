"""A finished run goes out: to its folder first, then to MLflow, now or later (`faef sync`).

A store that is down, slow or full changes no verdict and loses nothing: the run waits in its folder.
"""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.config import Floor
from monitor.records import Run
from monitor.report.summary import write_summary
from monitor.retention import forget_text
from monitor.runfile import read_items, read_run, write_run
from monitor.settings import Settings
from monitor.tracking import Origin, TrackingError, log_run, without_password
from monitor.tracking.overrides import overrides
from monitor.tracking.trend import log_night
from monitor.waiting import WAITING, delivered, put_aside, read_origin, taken, waiting

if TYPE_CHECKING:
    Preparing = subprocess.Popen[bytes] | None

KEPT = "the verdict stands"


def deliver(
    run: Run, settings: Settings, floors: Mapping[str, Floor], preparing: "Preparing" = None
) -> tuple[Run, list[str]]:
    """Write and track a run; the run as it is to be reported, and what there is to say of it."""
    try:
        _write(run, settings.out, floors)
    except OSError as error:
        problem = f"{settings.out} cannot be written ({error.strerror or type(error).__name__})"
        return run, [f"WARNING: {problem}: {KEPT}, but the run is not kept"]
    notes = [f"Run {run.id} in {settings.out}"]
    if settings.tracking_uri:
        run, said = _tracked(run, settings, settings.tracking_uri, floors, preparing)
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
                delivered(place)
                yield f"Run {run.id} of {run.started_at[:16]}: MLflow run {logged}"
                yield from _as_night(run, logged, uri)
            else:
                yield f"Run {place.name} is being delivered by somebody else"


def _tracked(
    run: Run, settings: Settings, uri: str, floors: Mapping[str, Floor], preparing: "Preparing"
) -> tuple[Run, Sequence[str]]:
    """The run waits from before the first request until it is there."""
    origin = _origin(settings)
    try:
        place = put_aside(run, settings.out, settings.thresholds.path, origin)
        found = overrides(run.name, uri, preparing)
        if found:
            run = replace(run, overrides=found)
            _write(run, settings.out, floors)
            place = put_aside(run, settings.out, settings.thresholds.path, origin)
        with taken(place) as ours:
            if not ours:
                return run, [f"Run {run.id} is being delivered by faef sync"]
            logged = log_run(run, place, uri, preparing, origin)
            delivered(place)
    except OSError as error:
        problem = f"{settings.out / WAITING} cannot be written ({error.strerror or 'no space'})"
        return run, [f"WARNING: {problem}: {KEPT}, the run is not in MLflow"]
    except TrackingError as error:
        return run, [f"WARNING: {error}; {KEPT} and the run waits in {place}: faef sync delivers it"]
    return run, [f"MLflow run {logged} in {without_password(uri)}", *_as_night(run, logged, uri)]


def _as_night(run: Run, logged: str, uri: str) -> Sequence[str]:
    """Add a run to its trend; what that says of it."""
    try:
        found = log_night(run, logged, uri)
    except TrackingError as error:
        return [f"WARNING: {error}; {KEPT}"]
    return found.said_of(run.id) if found else ()


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


def _write(run: Run, out: Path, floors: Mapping[str, Floor]) -> None:
    write_run(out, run)
    write_summary(out, run, floors)
