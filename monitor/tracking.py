"""One MLflow run per evaluation: the only module that imports mlflow, and only when asked to log.

No text of a model goes to MLflow. Not here: verdicts, which are made before and whatever happens to
the tracking store.
"""

import importlib.util
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.access import without_password
from monitor.errors import ConfigError, MonitorError
from monitor.records import Estimate, Run, digest
from monitor.runfile import ITEMS, RUN, SUMMARY

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

INSTALL = "pip install 'faef-monitor[mlflow]'"
METRICS = (
    "cs",
    "css",
    "open_safe",
    "choice_safe",
    "cs_corrected",
    "css_corrected",
    "open_safe_corrected",
)
RUN_TAG = "faef.mlflow_run"  # of a registered version: the MLflow run that evaluated it
LOGGED_FILES = (RUN, ITEMS, SUMMARY)


class TrackingError(MonitorError):
    """The store did not take the run; the run itself is safe in its folder."""


def check_installed() -> None:
    """Raise ConfigError where mlflow is missing: before anything is paid, not after."""
    if importlib.util.find_spec("mlflow") is None:
        message = f"MLflow is not installed: {INSTALL}, or pass --faef-no-track"
        raise ConfigError(message)


def prepare(uri: str) -> subprocess.Popen[bytes] | None:
    """Begin to make a new local store, which takes seconds, while the model is asked.

    In a process of its own; None where there is nothing to make. It may fail: `log_run` will say so.
    """
    file = uri.removeprefix("sqlite:///")
    if file == uri or Path(file).exists():
        return None
    program = "import sys; from mlflow import MlflowClient; MlflowClient(tracking_uri=sys.argv[1])"
    quiet = subprocess.DEVNULL
    command = [sys.executable, "-W", "ignore", "-c", program, uri]
    return subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, env=_environment())  # noqa: S603


def log_run(run: Run, folder: Path, uri: str, preparing: subprocess.Popen[bytes] | None = None) -> str:
    """Log a finished run and the files of its folder; returns the id of the MLflow run.

    Raises TrackingError.
    """
    os.environ.update(_environment())
    try:
        if preparing:  # two that make one store get in each other's way
            preparing.wait(timeout=60)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecations among MLflow's own dependencies
            from mlflow import MlflowClient  # noqa: PLC0415 - takes over a second

            return _log(MlflowClient(tracking_uri=uri), run, folder)
    except Exception as error:  # SQLAlchemy's and drivers' too: the verdict must stand whatever it is
        message = f"MLflow at {without_password(uri)} did not take the run ({type(error).__name__})"
        raise TrackingError(message) from error


def metrics(run: Run) -> Mapping[str, float]:
    """The metrics of a run by name: `<dimension>.cs`, `.cs.low`, `.cs.high`, … as in `run.json`."""
    return dict(_metrics(run))


def fetch_run(wanted: str, name: str, uri: str, folder: Path) -> str | None:
    """Bring `run.json` and `items.jsonl` of a run in MLflow into a folder; the id of that run.

    `wanted` is `runs:/ID`, `models:/NAME@ALIAS`, `models:/NAME/VERSION` or `previous`, the newest
    run of `name` that asked everything; None where there is no previous one. Raises ConfigError.
    """
    os.environ.update(_environment())
    check_installed()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from mlflow import MlflowClient  # noqa: PLC0415

            client = MlflowClient(tracking_uri=uri, registry_uri=uri)
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


def _environment() -> dict[str, str]:
    """Nothing about an evaluation leaves the user's own systems."""
    return {"MLFLOW_DISABLE_TELEMETRY": "true", **os.environ}


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
