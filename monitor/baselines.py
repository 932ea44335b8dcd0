"""Where a baseline comes from: a folder, a run.json, or MLflow. Raises MonitorError."""

import tempfile
from collections.abc import Collection as Names
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from monitor import embedded, tracking
from monitor.calls.tally import asked_in_words
from monitor.collect import OnReply
from monitor.comparing.comparison import Baseline
from monitor.comparing.pairing import refuse_strangers
from monitor.errors import ComparisonError, ConfigError
from monitor.evaluate import evaluate, run_name
from monitor.forecast import refuse_unpriced
from monitor.records import digest
from monitor.replies.opening import dimension_by_hash, fingerprint_of, left_out
from monitor.runfile import RUN, read_items, read_run
from monitor.settings import Settings
from monitor.store import STORE, finish_all
from monitor.tracking import Wanted

PREVIOUS = "previous"
REFRESHED = "baseline"  # folder of a baseline that was asked again, in the out folder
IN_MLFLOW = ("models:/", "runs:/")


def read_baseline(
    wanted: Wanted, tracking_uri: str | None, asked: Mapping[str, str] = MappingProxyType({})
) -> Baseline | None:
    """The baseline that was asked for; None for `previous` where the name has no earlier run.

    `wanted.text` is a folder, a run.json, or what `Wanted` says. Of several runs in MLflow that are
    wanted, one that was asked enough of the questions `asked`: dimension by hash.
    """
    text = wanted.text
    if text != PREVIOUS and not text.startswith(IN_MLFLOW):
        return _read(Path(text), text)
    if tracking_uri is None:
        message = f"--faef-baseline: {text} is in MLflow: leave out --faef-no-track, or give a folder"
        raise ConfigError(message)

    def fits(folder: Path) -> bool:
        try:
            refuse_strangers({item.question_hash for item in read_items(folder)}, asked)
        except ComparisonError:
            return False
        return True

    with tempfile.TemporaryDirectory() as folder:
        found = tracking.fetch_run(wanted, tracking_uri, Path(folder), fits)
        if found is None:
            return None
        over = f", {found.passed_over} newer ones were asked otherwise or less"
        source = f"{text} ({found.run_id}{over if found.passed_over else ''})"
        return _read(Path(folder), source)


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
        name=found.run.name,
        model=found.run.model,
        model_version=found.run.model_version,
        out=settings.out / REFRESHED,
        for_another=True,
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


def let_go(settings: Settings) -> None:
    """The run is done: when its baseline is asked again next time, it is asked anew."""
    finish_all(settings.out / REFRESHED / STORE)


def found_for(settings: Settings, dimensions: Names[str]) -> Baseline | None:
    """The baseline that the settings name, as it was recorded."""
    return _found(settings, settings.baseline, dimensions) if settings.baseline else None


def _found(settings: Settings, text: str, dimensions: Names[str]) -> Baseline | None:
    """A replay is not held to a run that came of the same replies; what is asked again need not fit."""
    recorded, again = settings.recorded, settings.refresh_baseline
    in_mlflow = text == PREVIOUS or text.startswith("models:/")
    choosy = in_mlflow and not again
    wanted = Wanted(
        text=text,
        name=settings.name or run_name(_served(settings.model)),
        alike=left_out(settings, dimensions, settings.shard),
        before=recorded.started_at if recorded else "",
        fingerprint=digest(fingerprint_of(settings)) if choosy else "",
    )
    return read_baseline(
        wanted, settings.tracking_uri, dimension_by_hash(settings, dimensions) if choosy else {}
    )


def _served(model: str) -> str:
    return embedded.served_name(model) if embedded.is_embedded(model) else model


def _read(path: Path, source: str) -> Baseline:
    if not path.exists() or (path.is_dir() and not (path / RUN).is_file()):
        missing = f"no {RUN} in it" if path.exists() else "not there"
        message = (
            f"--faef-baseline: {path}: {missing}: give a run's folder, its run.json, runs:/ID,"
            " models:/NAME@ALIAS or 'previous'"
        )
        raise ConfigError(message)
    return Baseline(run=read_run(path), items=read_items(path), source=source)
