"""A finished run and the files of its folder, logged as one MLflow run and one registered version.

What a model wrote goes there only where that was asked for, as a file of its own.
"""

import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.records import Run
from monitor.runfile import ITEMS, RESPONSES, RUN, SUMMARY
from monitor.tracking.connection import Patience, TrackingError, connected, translated
from monitor.tracking.fields import COMPLETE, RUN_ID, Origin, metrics, note, parameters, partial, tags
from monitor.tracking.versions import logged_model, register

if TYPE_CHECKING:
    from mlflow import MlflowClient

THRESHOLDS = "thresholds.yaml"
REPORT = "report.html"
AT_ONCE = 900  # metrics of one call; MLflow takes 1,000 entities
MAKING = 60  # seconds to wait for a new store that is being made


def log_run(
    run: Run,
    folder: Path,
    uri: str,
    preparing: subprocess.Popen[bytes] | None = None,
    origin: Origin = Origin(),  # noqa: B008 - frozen
) -> str:
    """Log a finished run and the files of its folder; returns the id of the MLflow run.

    A run that is there already, whole or half, is completed and not logged twice. One that could not
    be logged is marked as failed. Raises TrackingError.
    """
    with translated(uri, "did not take the run"):
        if preparing:  # two that make one store get in each other's way
            preparing.wait(timeout=MAKING)
        with connected(uri) as client:
            return _delivered(client, run, folder, origin)


def _delivered(client: "MlflowClient", run: Run, folder: Path, origin: Origin) -> str:
    patience = Patience()
    experiment = _experiment(client, f"faef/{run.name}")
    logged, status = _begun(client, experiment, run.id) or (None, "")
    if logged is None:
        logged = _begin(client, experiment, run, origin)
    try:
        model = logged_model(client, experiment, run, logged)
        if status != "FINISHED":
            files = _files(folder, with_responses=origin.with_responses)
            for _ in _steps(client, logged, run, files, model):
                patience.check()
        if not partial(run):
            register(client, run, logged, model, origin)
    except BaseException:
        if status != "FINISHED":
            with suppress(Exception):  # the first error is the one to be told
                client.set_terminated(logged, status="FAILED")
        raise
    return logged


def _begun(client: "MlflowClient", experiment: str, run_id: str) -> tuple[str, str] | None:
    """The MLflow run of an evaluation, if an earlier delivery came so far, and its status."""
    if not run_id.isalnum():
        message = f"{run_id[:40]!r} is no id of a run"
        raise TrackingError(message)
    found = client.search_runs([experiment], f"tags.`{RUN_ID}` = '{run_id}'", max_results=1)
    return (found[0].info.run_id, found[0].info.status) if found else None


def _begin(client: "MlflowClient", experiment: str, run: Run, origin: Origin) -> str:
    created = client.create_run(
        experiment,
        start_time=_milliseconds(run),
        tags=dict(tags(run, origin)),
        run_name=f"{run.model_version} {run.started_at[:16]}",
    )
    return str(created.info.run_id)


def _steps(
    client: "MlflowClient", logged: str, run: Run, files: Sequence[Path], model: str
) -> Iterator[None]:
    """Each may be done twice without harm: the same values, the same names."""
    from mlflow.entities import (  # noqa: PLC0415
        Dataset,
        DatasetInput,
        LoggedModelInput,
        Metric,
        Param,
        RunTag,
    )

    questions = Dataset(name="questions", digest=run.question_set, source_type="faef", source="bank")
    at = _milliseconds(run)
    measured = [Metric(*pair, at, 0, model_id=model, run_id=logged) for pair in metrics(run).items()]
    client.log_batch(
        logged,
        metrics=measured[:AT_ONCE],
        params=[Param(*pair) for pair in parameters(run).items()],
        tags=[RunTag("mlflow.note.content", note(_summary(files)))],
    )
    yield
    for start in range(AT_ONCE, len(measured), AT_ONCE):  # dimensions of one's own may be many
        client.log_batch(logged, metrics=measured[start : start + AT_ONCE])
        yield
    client.log_inputs(logged, [DatasetInput(questions, tags=[])], [LoggedModelInput(model)])
    yield
    for file in files:
        client.log_artifact(logged, str(file), "responses" if file.name == RESPONSES else None)
        yield
    client.set_tag(logged, COMPLETE, str(not partial(run)).lower())
    yield
    client.set_terminated(logged, status="FINISHED")


def _files(folder: Path, *, with_responses: bool) -> Sequence[Path]:
    """What lies in the folder of a delivery and belongs to the run."""
    names = (RUN, ITEMS, SUMMARY, THRESHOLDS, REPORT, *([RESPONSES] if with_responses else []))
    named = [folder / name for name in names]
    return [file for file in (*named, *sorted(folder.glob("*.png"))) if file.is_file()]


def _milliseconds(run: Run) -> int:
    """When the evaluation began, as MLflow counts time: a late delivery stands in its place."""
    return int(datetime.fromisoformat(run.started_at).timestamp() * 1000)


def _experiment(client: "MlflowClient", name: str) -> str:
    experiment = client.get_experiment_by_name(name)
    return str(experiment.experiment_id if experiment else client.create_experiment(name))


def _summary(files: Iterable[Path]) -> str:
    return "".join(file.read_text(encoding="utf-8") for file in files if file.name == SUMMARY)
