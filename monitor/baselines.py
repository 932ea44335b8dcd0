"""Where a baseline comes from: a folder, a run.json, or MLflow. Raises MonitorError."""

import tempfile
from collections.abc import Collection as Names
from dataclasses import replace
from pathlib import Path

from monitor import tracking
from monitor.collect import OnReply
from monitor.comparison import Baseline
from monitor.errors import ComparisonError, ConfigError
from monitor.evaluate import evaluate, run_name
from monitor.forecast import refuse_unpriced
from monitor.opening import left_out
from monitor.runfile import RUN, read_items, read_run
from monitor.settings import Settings
from monitor.tally import asked_in_words

PREVIOUS = "previous"
REFRESHED = "baseline"  # folder of a baseline that was asked again, in the out folder
IN_MLFLOW = ("models:/", "runs:/")


def read_baseline(wanted: str, tracking_uri: str | None, name: str, alike: str = "") -> Baseline | None:
    """The baseline that was asked for; None for `previous` where `name` has no earlier run.

    `wanted` is a folder, a run.json, `runs:/ID`, `models:/NAME@ALIAS`, `models:/NAME/VERSION` or
    `previous`, the newest run of the same name that asked everything, or left out what is `alike`.
    """
    if wanted != PREVIOUS and not wanted.startswith(IN_MLFLOW):
        return _read(Path(wanted), wanted)
    if tracking_uri is None:
        message = f"--faef-baseline: {wanted} is in MLflow: leave out --faef-no-track, or give a folder"
        raise ConfigError(message)
    with tempfile.TemporaryDirectory() as folder:
        found = tracking.fetch_run(wanted, name, tracking_uri, Path(folder), alike)
        return None if found is None else _read(Path(folder), f"{wanted} ({found})")


def held_to(settings: Settings, dimensions: Names[str], on_reply: OnReply) -> Baseline | None:
    """The baseline of a run: found, or asked again under the run's own protocol where that is wanted.

    None where none is wanted, or none is there and none is required.
    """
    found = found_for(settings, dimensions)
    if found is None and settings.require_baseline:
        message = "no baseline to compare with: set --faef-baseline to a run that is there"
        raise ConfigError(message)
    if found is None or not settings.refresh_baseline:
        return found
    refuse_unpriced(settings)  # before the baseline is paid for
    again = replace(
        settings,
        model=found.run.model,
        model_version=found.run.model_version,
        out=settings.out / REFRESHED,
    )
    run = evaluate(again, dimensions, on_reply)
    if run.stopped:
        message = (
            f"--faef-refresh-baseline: {found.source} was asked again in part ({run.stopped}): raise"
            " that limit, or run again: only the rest is asked"
        )
        raise ComparisonError(message)
    said = f"{asked_in_words(run.usage)} to ask the baseline again, within the run's limits"
    return Baseline(run=run, items=run.items, source=f"{found.source}, asked again", again=said)


def found_for(settings: Settings, dimensions: Names[str]) -> Baseline | None:
    """The baseline that the settings name, as it was recorded."""
    if not settings.baseline:
        return None
    name = settings.name or run_name(settings.model)
    alike = left_out(settings, dimensions, settings.shard)
    return read_baseline(settings.baseline, settings.tracking_uri, name, alike)


def _read(path: Path, source: str) -> Baseline:
    if not path.exists() or (path.is_dir() and not (path / RUN).is_file()):
        missing = f"no {RUN} in it" if path.exists() else "not there"
        message = (
            f"--faef-baseline: {path}: {missing}: give a run's folder, its run.json, runs:/ID,"
            " models:/NAME@ALIAS or 'previous'"
        )
        raise ConfigError(message)
    return Baseline(run=read_run(path), items=read_items(path), source=source)
