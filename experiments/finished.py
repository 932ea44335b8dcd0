"""Finished runs by name, from folders and from MLflow, for the commands that compare models."""

import argparse
import os
import warnings
from pathlib import Path

from monitor import tracking
from monitor.baselines import read_baseline
from monitor.calls.access import without_password
from monitor.errors import ConfigError
from monitor.records import Run
from monitor.settings import DEFAULT_STORE
from monitor.tracking import Wanted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that `runs_of` reads, and `--out`."""
    parser.add_argument("run", nargs="*", help="a folder, a run.json, runs:/ID or models:/NAME@ALIAS")
    parser.add_argument("--experiment", metavar="NAME", help="the newest run of each version of a name")
    parser.add_argument("--tracking-uri", default=DEFAULT_STORE, help="MLflow store")
    parser.add_argument("--out", type=Path, help="folder for the table and the figure")


def runs_of(given: argparse.Namespace) -> list[Run]:
    """The runs in the order given, then those of the experiment. Raises MonitorError."""
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    wanted = [*given.run, *(newest(given.experiment, given.tracking_uri) if given.experiment else [])]
    if not wanted:
        message = "no run: name folders or runs of MLflow, or an --experiment"
        raise ConfigError(message)
    found = [read_baseline(Wanted(text=name), given.tracking_uri) for name in wanted]
    return [one.run for one in found if one]


def newest(name: str, uri: str) -> list[str]:
    """The newest complete run of each version of a registered name, as `runs:/ID`."""
    tracking.check_installed()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations among MLflow's own dependencies
        from mlflow import MlflowClient  # noqa: PLC0415, TID251 - a reader beside the monitor

        client = MlflowClient(tracking_uri=uri)
        experiment = client.get_experiment_by_name(f"faef/{name}")
        if experiment is None:
            message = f"--experiment: {name}: not in MLflow at {without_password(uri)}"
            raise ConfigError(message)
        finished = "status = 'FINISHED' and tags.`faef.run_id` != ''"
        runs = client.search_runs([experiment.experiment_id], finished, order_by=["start_time ASC"])
    whole = [run for run in runs if "faef.stopped" not in run.data.tags]
    latest = {run.data.tags["faef.model_version"]: f"runs:/{run.info.run_id}" for run in whole}
    return list(latest.values())
