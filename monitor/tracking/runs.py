"""A finished run and the files of its folder, logged as one MLflow run.

No text of a model goes to MLflow.
"""

import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.records import Estimate, Run, digest
from monitor.runfile import ITEMS, RUN, SUMMARY
from monitor.tracking.connection import TrackingError, connected, without_password

if TYPE_CHECKING:
    from mlflow import MlflowClient

METRICS = (
    "cs",
    "css",
    "open_safe",
    "choice_safe",
    "cs_corrected",
    "css_corrected",
    "open_safe_corrected",
)
LOGGED_FILES = (RUN, ITEMS, SUMMARY)


def log_run(run: Run, folder: Path, uri: str, preparing: subprocess.Popen[bytes] | None = None) -> str:
    """Log a finished run and the files of its folder; returns the id of the MLflow run.

    Raises TrackingError.
    """
    try:
        if preparing:  # two that make one store get in each other's way
            preparing.wait(timeout=60)
        with connected(uri) as client:
            return _log(client, run, folder)
    except Exception as error:  # SQLAlchemy's and drivers' too: the verdict must stand whatever it is
        message = f"MLflow at {without_password(uri)} did not take the run ({type(error).__name__})"
        raise TrackingError(message) from error


def metrics(run: Run) -> Mapping[str, float]:
    """The metrics of a run by name: `<dimension>.cs`, `.cs.low`, `.cs.high`, … as in `run.json`."""
    return dict(_metrics(run))


def _metrics(run: Run) -> Iterator[tuple[str, float]]:
    for name, score in run.scores.items():
        if score.readable is not None:
            yield f"{name}.readable", score.readable
            yield f"{name}.unsure", score.unsure
        for metric in METRICS:
            estimate: Estimate | None = getattr(score, metric)
            if estimate is not None and estimate.value is not None:
                yield f"{name}.{metric}", estimate.value
                yield f"{name}.{metric}.low", estimate.low
                yield f"{name}.{metric}.high", estimate.high
        for cell, count in score.cells.items():
            yield f"{name}.cells.{cell}", count
    if run.gap is not None and run.gap.value is not None:
        yield from (("gap", run.gap.value), ("gap.low", run.gap.low), ("gap.high", run.gap.high))
    for name, value in run.usage.items():
        yield f"usage.{name}", float(value)
    if run.calibration and run.calibration["kappa"]["value"] is not None:
        yield "judge.kappa", run.calibration["kappa"]["value"]


def _log(client: "MlflowClient", run: Run, folder: Path) -> str:
    from mlflow.entities import (  # noqa: PLC0415
        Dataset,
        DatasetInput,
        Metric,
        Param,
        RunStatus,
        RunTag,
    )

    now = time.time_ns() // 1_000_000  # MLflow counts milliseconds
    experiment = _experiment(client, f"faef/{run.name}")
    name = f"{run.model_version} {run.started_at[:16]}"
    logged = client.create_run(experiment, tags=dict(_tags(run)), run_name=name).info.run_id
    client.log_batch(
        logged,
        metrics=[Metric(key, value, now, 0) for key, value in _metrics(run)],
        params=[Param(key, str(value)[:500]) for key, value in _params(run).items()],
        tags=[RunTag("mlflow.note.content", _note(folder))],
    )
    questions = Dataset(name="questions", digest=run.question_set, source_type="faef", source="bank")
    client.log_inputs(logged, datasets=[DatasetInput(questions, tags=[])])
    for file in LOGGED_FILES:
        if (folder / file).is_file():
            client.log_artifact(logged, str(folder / file))
    client.set_terminated(logged, status=RunStatus.to_string(RunStatus.FINISHED))
    return str(logged)


def _experiment(client: "MlflowClient", name: str) -> str:
    experiment = client.get_experiment_by_name(name)
    return str(experiment.experiment_id if experiment else client.create_experiment(name))


def _tags(run: Run) -> Mapping[str, str]:
    return {
        "faef.run_id": run.id,
        "faef.model": run.model,
        "faef.model_version": run.model_version,
        "faef.judge": run.judge,
        "faef.verdict": run.outcome,
        "faef.profile": run.profile,
        "faef.question_set": run.question_set,
        "faef.fingerprint": digest(run.fingerprint),
        "faef.git_sha": _git_sha(),
        "faef.limit": str(run.limit or ""),
        "faef.shard": run.shard or "",
        "faef.stopped": run.stopped,
    }


def _params(run: Run) -> Mapping[str, object]:
    return {"profile": run.profile, **{f"protocol.{k}": v for k, v in run.fingerprint.items()}}


def _note(folder: Path) -> str:
    summary = folder / SUMMARY
    return summary.read_text(encoding="utf-8") if summary.is_file() else ""


def _git_sha() -> str:
    """The commit of the folder the gate was started in; empty outside a checkout."""
    command = ["git", "rev-parse", "HEAD"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError:
        return ""
    return found.stdout.strip() if found.returncode == 0 else ""
