"""The evaluated model in MLflow: a logged model its metrics hang on, and a registered version.

A model version that is evaluated again stays one version: its tags point to its newest complete run.
No weights are stored: endpoint and version name are tags.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from monitor.records import Run, digest
from monitor.tracking.fields import FINGERPRINT, PROFILE, RUN_ID, THRESHOLDS, VERDICT, VERSION, Origin

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

MLFLOW_RUN = "faef.mlflow_run"  # of a registered version: the MLflow run that evaluated it last
STARTED = "faef.started_at"
UNQUOTED = frozenset("'\"")
UNNAMEABLE = str.maketrans(dict.fromkeys("/:.%\"'", "-"))  # MLflow refuses these in a model's name


def logged_model(client: "MlflowClient", experiment: str, run: Run, logged: str) -> str:
    """The id of the logged model of this model version, made with its first run."""
    import mlflow  # noqa: PLC0415

    name = run.model_version.translate(UNNAMEABLE)
    known = client.search_logged_models([experiment], f"name = '{name}'")
    for model in known:
        if model.tags.get(VERSION) == run.model_version and str(model.status) == "READY":
            return str(model.model_id)
    made = mlflow.create_external_model(
        name=name,
        source_run_id=logged,
        tags={VERSION: run.model_version, "faef.model": run.model},
        model_type="llm",
        experiment_id=experiment,
    )
    return str(made.model_id)


def register(
    client: "MlflowClient", run: Run, logged: str, model: str, origin: Origin
) -> "ModelVersion":
    """Make the evaluated version a registered one, or bring the tags of the one there is up to date.

    An older run, delivered late, does not take the place of a newer one.
    """
    told = {**_about(run, logged), **_from(origin)}
    known = version_named(client, run.name, run.model_version)
    if known is None:
        _make_registered_model(client, run.name)
        return client.create_model_version(
            run.name,
            source=f"models:/{model}",
            run_id=logged,
            model_id=model,
            tags=told,
            await_creation_for=0,
        )
    if known.tags.get(STARTED, "") <= run.started_at:
        for key, value in told.items():
            if known.tags.get(key) != value:
                client.set_model_version_tag(run.name, known.version, key, value)
    return known


def version_named(client: "MlflowClient", name: str, model_version: str) -> "ModelVersion | None":
    """The registered version that stands for a model version: the first with its tag."""
    found = [v for v in versions(client, name) if v.tags.get(VERSION) == model_version]
    return min(found, key=lambda version: int(version.version)) if found else None


def versions(client: "MlflowClient", name: str) -> Iterator["ModelVersion"]:
    """All versions of a registered model; none where there is no such model."""
    if UNQUOTED & set(name):
        return  # the gate registers no such name, and a filter must not be widened by it
    token = None
    while True:
        page = client.search_model_versions(f"name = '{name}'", max_results=200, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def _make_registered_model(client: "MlflowClient", name: str) -> None:
    from mlflow.exceptions import MlflowException  # noqa: PLC0415

    with suppress(MlflowException):  # it is there; if not, the next call says why
        client.create_registered_model(name)


def _about(run: Run, logged: str) -> Mapping[str, str]:
    return {
        VERSION: run.model_version,
        "faef.model": run.model,
        VERDICT: run.outcome,
        RUN_ID: run.id,
        FINGERPRINT: digest(run.fingerprint),
        PROFILE: run.profile,
        MLFLOW_RUN: logged,
        STARTED: run.started_at,
    }


def _from(origin: Origin) -> Mapping[str, str]:
    known = {"faef.endpoint": origin.endpoint, THRESHOLDS: origin.thresholds}
    return {key: value for key, value in known.items() if value}
