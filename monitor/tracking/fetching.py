"""A run in MLflow, brought back: by id, alias, version, or the newest of a name that will do.

One that was not logged to its end is never brought back.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.calls.access import without_password
from monitor.errors import ConfigError
from monitor.runfile import ITEMS, RUN
from monitor.tracking.connection import check_installed, connected, reason
from monitor.tracking.fields import COMPLETE, FINGERPRINT, PARTIAL, RUN_ID, STOPPED, VERSION

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run as MlflowRun

PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A run by the words of a user, and what it is wanted for.

    `text` is `runs:/ID`, which is that run and no other; `models:/NAME@ALIAS` or `models:/NAME/VERSION`,
    a complete run of that version; or `previous`, a run of `name` that asked everything, or left out
    what is `alike`. Of several the newest that had ended `before` (ISO 8601) and was asked under
    `fingerprint` (its digest); both empty where that is all one. Never the run `other_than` itself.
    """

    text: str
    name: str = ""
    alike: str = ""
    before: str = ""
    fingerprint: str = ""
    other_than: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """The id of a run in MLflow, and how many newer ones would not do."""

    run_id: str
    passed_over: int = 0


def fetch_run(
    wanted: Wanted, uri: str, folder: Path, fits: Callable[[Path], bool] = lambda _: True
) -> Fetched | None:
    """Bring `run.json` and `items.jsonl` of a run in MLflow into a folder; which one it is.

    `fits` has the last word on the files of a run; where none will do, it is the newest, which is then
    refused with reasons. None where there is no previous one. Raises ConfigError.
    """
    check_installed()
    try:
        with connected(uri) as client:
            return _fetched(client, wanted, folder, fits)
    except ConfigError:
        raise
    except Exception as error:  # drivers' and SQLAlchemy's too
        message = (
            f"--faef-baseline: {wanted.text}: cannot be read from MLflow at {without_password(uri)}"
            f" ({reason(error)}): check the name, or give the run's folder"
        )
        raise ConfigError(message) from error


def complete_runs(client: "MlflowClient", name: str, model_version: str) -> "Iterator[MlflowRun]":
    """The runs of a model version that asked everything and were logged to their end, newest first."""
    for run in _finished(client, name):
        if run.data.tags.get(COMPLETE) == "true" and run.data.tags.get(VERSION) == model_version:
            yield run


def _fetched(
    client: "MlflowClient", wanted: Wanted, folder: Path, fits: Callable[[Path], bool]
) -> Fetched | None:
    newest = ""
    others = (
        run
        for run in _candidates(client, wanted)
        if not wanted.other_than or run.data.tags.get(RUN_ID) != wanted.other_than
    )
    for number, run in enumerate(others):
        run_id = str(run.info.run_id)
        newest = newest or run_id
        alike = wanted.fingerprint in {"", run.data.tags.get(FINGERPRINT)}
        if alike and fits(_download(client, run_id, folder)):
            return Fetched(run_id=run_id, passed_over=number)
    if not newest:
        return None
    _download(client, newest, folder)
    return Fetched(run_id=newest)


def _download(client: "MlflowClient", run_id: str, folder: Path) -> Path:
    for file in (RUN, ITEMS):
        client.download_artifacts(run_id, file, str(folder))
    return folder


def _candidates(client: "MlflowClient", wanted: Wanted) -> "Iterator[MlflowRun]":
    """The newest first."""
    kind, _, rest = wanted.text.partition(":/")
    if kind == "runs":
        yield _whole(client, rest, wanted)
    elif kind == "models":
        yield from _of_version(client, rest, wanted)
    else:
        for run in _finished(client, wanted.name):
            if _asked_as_much(run.data.tags, wanted.alike) and _is_earlier(run, wanted):
                yield run


def _of_version(client: "MlflowClient", rest: str, wanted: Wanted) -> "Iterator[MlflowRun]":
    name, at, alias = rest.rpartition("@")
    if at:
        version = client.get_model_version_by_alias(name, alias)
    else:
        name, _, number = rest.rpartition("/")
        version = client.get_model_version(name, number)
    known = version.tags.get(VERSION)
    runs = complete_runs(client, name, known) if known else iter(())
    found = False
    for run in runs:
        if _is_earlier(run, wanted):
            found = True
            yield run
    if known is None and version.run_id:  # registered by others
        yield _whole(client, version.run_id, wanted)
    elif not found:
        message = (
            f"--faef-baseline: {wanted.text}: version {version.version} has no complete run"
            f"{' before this one' if wanted.before else ''} in faef/{name}: run faef gate on it, or sync"
        )
        raise ConfigError(message)


def _asked_as_much(tags: Mapping[str, str], alike: str) -> bool:
    stopped = bool(tags.get(STOPPED))
    return tags.get(COMPLETE) == "true" or bool(alike and tags.get(PARTIAL) == alike and not stopped)


def _is_earlier(run: "MlflowRun", wanted: Wanted) -> bool:
    if not wanted.before:
        return True
    ended = run.info.end_time or run.info.start_time
    return bool(ended < int(datetime.fromisoformat(wanted.before).timestamp() * 1000))


def _finished(client: "MlflowClient", name: str) -> "Iterator[MlflowRun]":
    """The runs of a name that were logged to their end, the newest first."""
    experiment = client.get_experiment_by_name(f"faef/{name}")
    token = None
    while experiment is not None:
        page = client.search_runs(
            [experiment.experiment_id],
            "attributes.status = 'FINISHED'",
            order_by=["attributes.start_time DESC"],
            max_results=PAGE,
            page_token=token,
        )
        yield from page
        token = page.token
        if not token:
            return


def _whole(client: "MlflowClient", run_id: str, wanted: Wanted) -> "MlflowRun":
    run = client.get_run(run_id)
    if run.info.status != "FINISHED":
        message = (
            f"--faef-baseline: {wanted.text}: run {run_id} was not logged to its end"
            f" ({run.info.status.lower()}): run faef sync, or give another"
        )
        raise ConfigError(message)
    return run
