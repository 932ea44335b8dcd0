"""One real `mlflow server` on PostgreSQL for all: runs, outages half-way, promotions at once."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from monitor.baselines import read_baseline
from monitor.config import read_thresholds
from monitor.delivery import sync
from monitor.runfile import read_items
from monitor.tracking import Origin, TrackingError, Wanted, log_run, metrics
from monitor.tracking.waiting import put_aside, waiting
from tests.conftest import BIN, environment
from tests.stores import PATIENT, Gate, evaluated, service, standing

pytestmark = [
    pytest.mark.services,
    pytest.mark.xdist_group("mlflow server"),
    pytest.mark.filterwarnings("ignore"),  # deprecations among MLflow's own dependencies
]
SHIPPED = Path("thresholds.yaml").absolute()
HALF_WAY = (2, 5, 9, 13, 17)  # requests that come through before the cut


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in PATIENT.items():
            patch.setenv(name, value)
        with service() as address:
            yield address


@pytest.fixture
def client(server: str) -> Any:
    return MlflowClient(server, server)


def runs(client: Any, name: str) -> list[Any]:
    experiment = client.get_experiment_by_name(f"faef/{name}")
    return list(client.search_runs([experiment.experiment_id])) if experiment else []


def test_a_run_comes_back_from_the_server_as_it_was(server: str, client: Any, tmp_path: Path) -> None:
    made = evaluated(tmp_path, name="whole")
    logged = log_run(made, tmp_path, server)
    assert dict(metrics(made)) == client.get_run(logged).data.metrics
    baseline = read_baseline(Wanted(text="models:/whole/1"), server)
    assert baseline
    assert (made.id, read_items(tmp_path)) == (baseline.run.id, baseline.items)


@pytest.mark.parametrize("passes", HALF_WAY)
def test_a_run_that_was_cut_off_half_way_is_delivered_once_and_whole(
    server: str, client: Any, tmp_path: Path, passes: int
) -> None:
    made = evaluated(tmp_path, name=f"cut-{passes}")
    put_aside(made, tmp_path, SHIPPED, Origin())
    gate = Gate(manner="cut", behind=server.removeprefix("http://"), passes=passes)
    with standing(gate) as address:
        with pytest.raises(TrackingError):
            list(sync(tmp_path, address))
        gate.passes = 1_000
        list(sync(tmp_path, address))
    run, trend = sorted(runs(client, made.name), key=lambda one: str(one.data.tags["faef.kind"]))
    of_trend = {"fairness.cs.n", "fairness.css.n", "overall.cs.n", "overall.css.n"}
    assert {*metrics(made)} | of_trend == {*run.data.metrics}
    assert dict(metrics(made)).items() <= run.data.metrics.items()
    assert ["FINISHED", "night"] == [run.info.status, run.data.tags["faef.kind"]]
    assert ["FINISHED", "trend"] == [trend.info.status, trend.data.tags["faef.kind"]]
    [version] = client.search_model_versions(f"name='{made.name}'")
    assert (run.info.run_id, []) == (version.tags["faef.mlflow_run"], waiting(tmp_path))


def test_two_promotions_at_once_do_not_both_win(server: str, client: Any, tmp_path: Path) -> None:
    key = read_thresholds(SHIPPED, "gate", []).key
    against = {"id": "b", "model": "m", "model_version": "v1", "source": "x"}
    for number in (1, 2, 3):
        baseline = against if number > 1 else None
        made = evaluated(tmp_path, number, name="raced", model_version=f"v{number}", baseline=baseline)
        log_run(made, tmp_path, server, Origin(thresholds=key))
    client.set_registered_model_alias("raced", "champion", "1")
    racing = [
        subprocess.Popen(
            [str(BIN / "faef"), "promote", "raced", number, "--by", "ann"],
            cwd=SHIPPED.parent,
            env=environment(MLFLOW_TRACKING_URI=server, **PATIENT),
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in ("2", "3")
    ]
    said = {
        number: process.communicate(timeout=120)[0] for number, process in zip("23", racing, strict=True)
    }
    holder = str(client.get_model_version_by_alias("raced", "champion").version)
    loser = "3" if holder == "2" else "2"
    assert [0, 1] == sorted(process.returncode for process in racing), said
    assert f"raced version {holder} is champion now" in said[holder]
    assert f"but champion is version {holder} (v{holder})" in said[loser]
