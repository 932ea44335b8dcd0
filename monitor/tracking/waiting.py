"""Runs that wait to be delivered to MLflow: a folder each, beside the runs of an out folder.

A run waits from before its first request until it is there, so that nothing is lost whatever ends the
process, and the next run in the same folder cannot overwrite it. Nothing is delivered here.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from monitor.errors import MonitorError, RecordError
from monitor.jsonl import first_problem, read_text, write_json
from monitor.records import Run
from monitor.runfile import ITEMS, RESPONSES, RUN, SUMMARY, read_run
from monitor.tracking import Origin

WAITING = "waiting"  # its name in an out folder
ORIGIN = "origin.json"
THRESHOLDS = "thresholds.yaml"
PICTURES = ("report.html", "*.png")


class _Origin(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    endpoint: str
    thresholds: str
    git_sha: str
    with_responses: bool


def put_aside(run: Run, folder: Path, thresholds: Path, origin: Origin) -> Path:
    """The folder in which a run waits, with all of it. Raises OSError or ConfigError."""
    place = folder / WAITING / run.id
    making = place.with_name(f".{run.id}")
    making.mkdir(parents=True, exist_ok=True)
    for file in _belonging(run, folder, with_responses=origin.with_responses):
        _link(file, making / file.name)
    shutil.copyfile(thresholds, making / THRESHOLDS)
    write_json(making / ORIGIN, asdict(origin))
    shutil.rmtree(place, ignore_errors=True)
    making.replace(place)
    return place


def waiting(folder: Path) -> list[Path]:
    """The folders of the runs that wait, the oldest run first; unreadable ones come last."""
    return sorted((place for place in (folder / WAITING).glob("[!.]*") if place.is_dir()), key=_begun)


def read_origin(place: Path) -> Origin:
    """What MLflow is told of a waiting run. Raises ConfigError or RecordError."""
    try:
        return Origin(**_Origin.model_validate_json(read_text(place / ORIGIN)).model_dump())
    except ValidationError as error:
        message = f"{place / ORIGIN}: {first_problem(error)}"
        raise RecordError(message) from error


def delivered(place: Path) -> None:
    """It need not wait any longer."""
    shutil.rmtree(place, ignore_errors=True)
    with suppress(OSError):
        place.parent.rmdir()  # the last one


@contextmanager
def taken(place: Path) -> Iterator[bool]:
    """Whether a waiting run is ours to deliver; nobody else delivers it until the end of the block."""
    try:
        descriptor = os.open(place, os.O_RDONLY)
    except FileNotFoundError:  # somebody else was quicker
        yield False
        return
    try:
        yield _locked(descriptor) and _same(place, descriptor)
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _same(place: Path, descriptor: int) -> bool:
    """Not delivered and removed meanwhile."""
    return place.exists() and place.stat().st_ino == os.fstat(descriptor).st_ino


def _belonging(run: Run, folder: Path, *, with_responses: bool) -> Iterator[Path]:
    """The run's own files; pictures and pages only if they are not an earlier run's."""
    begun = datetime.fromisoformat(run.started_at).timestamp()
    for name in (RUN, ITEMS, SUMMARY, *([RESPONSES] if with_responses else [])):
        if (folder / name).is_file():
            yield folder / name
    for pattern in PICTURES:
        yield from (file for file in folder.glob(pattern) if file.stat().st_mtime >= begun)


def _link(file: Path, target: Path) -> None:
    """A second name for a file that is replaced and never changed; a copy where there are none."""
    target.unlink(missing_ok=True)
    try:
        os.link(file, target)
    except OSError:
        shutil.copyfile(file, target)


def _begun(place: Path) -> tuple[bool, str, str]:
    try:
        return False, read_run(place).started_at, place.name
    except MonitorError:
        return True, "", place.name
