"""A run that is in MLflow, brought back: by id, alias, version, or the newest of a name.

One that was not logged to its end is never brought back.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.calls.access import without_password
from monitor.errors import ConfigError
from monitor.runfile import ITEMS, RUN
from monitor.tracking.connection import check_installed, connected, reason
from monitor.tracking.fields import COMPLETE, PARTIAL, VERSION
from monitor.tracking.versions import MLFLOW_RUN

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run as MlflowRun
    from mlflow.entities.model_registry import ModelVersion

PAGE = 100


def fetch_run(wanted: str, name: str, uri: str, folder: Path, alike: str = "") -> str | None:
    """Bring `run.json` and `items.jsonl` of a run in MLflow into a folder; the id of that run.

    `wanted` is `runs:/ID`, `models:/NAME@ALIAS`, `models:/NAME/VERSION` or `previous`, the newest
    run of `name` that asked everything, or left out what is `alike`; None where there is no previous
    one. Raises ConfigError.
    """
    check_installed()
    try:
        with connected(uri) as client:
            found = _run_id(client, wanted, name, alike)
            for file in (RUN, ITEMS) if found else ():
                client.download_artifacts(str(found), file, str(folder))
            return found
    except ConfigError:
        raise
    except Exception as error:  # drivers' and SQLAlchemy's too
        message = (
            f"--faef-baseline: {wanted}: cannot be read from MLflow at {without_password(uri)}"
            f" ({reason(error)}): check the name, or give the run's folder"
        )
        raise ConfigError(message) from error


def newest_complete(client: "MlflowClient", name: str, model_version: str) -> "MlflowRun | None":
    """The newest run of a model version that asked everything and was logged to its end."""
    return _newest(
        client,
        name,
        lambda tags: tags.get(COMPLETE) == "true" and tags.get(VERSION) == model_version,
    )


def _newest(
    client: "MlflowClient", name: str, wanted: Callable[[Mapping[str, str]], bool]
) -> "MlflowRun | None":
    return next((run for run in _finished(client, name) if wanted(run.data.tags)), None)


def _finished(client: "MlflowClient", name: str) -> Iterator["MlflowRun"]:
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


def _run_id(client: "MlflowClient", wanted: str, name: str, alike: str) -> str | None:
    kind, _, rest = wanted.partition(":/")
    if kind == "runs":
        return _whole(client, rest, wanted)
    if kind == "models" and "@" in rest:
        model, _, alias = rest.rpartition("@")
        return _whole(client, _run_behind(client.get_model_version_by_alias(model, alias)), wanted)
    if kind == "models":
        model, _, version = rest.rpartition("/")
        return _whole(client, _run_behind(client.get_model_version(model, version)), wanted)

    def whole(tags: Mapping[str, str]) -> bool:
        return tags.get(COMPLETE) == "true" or bool(alike and tags.get(PARTIAL) == alike)

    newest = _newest(client, name, whole)
    return str(newest.info.run_id) if newest else None


def _whole(client: "MlflowClient", run_id: str, wanted: str) -> str:
    status = client.get_run(run_id).info.status
    if status != "FINISHED":
        message = (
            f"--faef-baseline: {wanted}: run {run_id} was not logged to its end ({status.lower()}):"
            " run faef sync, or give another"
        )
        raise ConfigError(message)
    return run_id


def _run_behind(version: "ModelVersion") -> str:
    return str(version.tags.get(MLFLOW_RUN) or version.run_id)
