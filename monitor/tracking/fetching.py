"""A run that is in MLflow, brought back: by id, alias, version, or the newest of a name."""

from pathlib import Path
from typing import TYPE_CHECKING

from monitor.errors import ConfigError
from monitor.runfile import ITEMS, RUN
from monitor.tracking.connection import check_installed, connected, without_password

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

RUN_TAG = "faef.mlflow_run"  # of a registered version: the MLflow run that evaluated it


def fetch_run(wanted: str, name: str, uri: str, folder: Path) -> str | None:
    """Bring `run.json` and `items.jsonl` of a run in MLflow into a folder; the id of that run.

    `wanted` is `runs:/ID`, `models:/NAME@ALIAS`, `models:/NAME/VERSION` or `previous`, the newest
    run of `name` that asked everything; None where there is no previous one. Raises ConfigError.
    """
    check_installed()
    try:
        with connected(uri) as client:
            found = _run_id(client, wanted, name)
            for file in (RUN, ITEMS) if found else ():
                client.download_artifacts(str(found), file, str(folder))
            return found
    except Exception as error:  # drivers' and SQLAlchemy's too
        message = (
            f"--faef-baseline: {wanted}: cannot be read from MLflow at {without_password(uri)}"
            f" ({type(error).__name__}): check the name, or give the run's folder"
        )
        raise ConfigError(message) from error


def _run_id(client: "MlflowClient", wanted: str, name: str) -> str | None:
    kind, _, rest = wanted.partition(":/")
    if kind == "runs":
        return rest
    if kind == "models" and "@" in rest:
        model, _, alias = rest.rpartition("@")
        return _run_behind(client.get_model_version_by_alias(model, alias))
    if kind == "models":
        model, _, version = rest.rpartition("/")
        return _run_behind(client.get_model_version(model, version))
    experiment = client.get_experiment_by_name(f"faef/{name}")
    if experiment is None:
        return None
    whole = "status = 'FINISHED' and tags.`faef.stopped` = ''"
    newest = client.search_runs(
        [experiment.experiment_id], whole, order_by=["start_time DESC"], max_results=1
    )
    return str(newest[0].info.run_id) if newest else None


def _run_behind(version: "ModelVersion") -> str:
    return str(version.run_id or version.tags[RUN_TAG])
