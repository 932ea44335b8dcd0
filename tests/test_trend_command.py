"""`faef trend` and the trend run, on a real SQLite store filled with simulated nights."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from monitor.cli import main
from monitor.records import Run
from monitor.runfile import write_run
from monitor.tracking import TrackingError, Wanted, fetch_run, log_run
from monitor.tracking.fetching import Fetched
from monitor.tracking.trend import fetch_nights, log_night
from tests.builders import run as built
from tests.conftest import run_command
from tests.hostile import HOSTILE
from tests.nights import NAME, WORSE, fill, nights
from tests.test_docs import commands

COUNT = 22  # nights: the newest proves that privacy fell
SMALL: dict[str, Any] = {"count": COUNT, "drop": 1.0, "questions": 8, "repeats": 2}
pytestmark = pytest.mark.filterwarnings("ignore")  # deprecations among MLflow's own dependencies


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> tuple[str, Path]:
    """The address of a store with all nights, and the folder of their runs."""
    folder = tmp_path_factory.mktemp("trend")
    shutil.copyfile(empty_store, folder / "mlflow.db")
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)  # where MLflow puts artifacts
        fill(uri, folder / "runs", **SMALL)
    return uri, folder / "runs"


def trend_runs(uri: str) -> list[Any]:
    """The trend runs of the model."""
    client = MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name(f"faef/{NAME}")
    assert experiment is not None
    return list(client.search_runs([experiment.experiment_id], "tags.`faef.kind` = 'trend'"))


def points(uri: str, metric: str = "privacy.css") -> list[tuple[int, float]]:
    """Step and value of a metric of the one trend run."""
    [run] = trend_runs(uri)
    history = MlflowClient(tracking_uri=uri).get_metric_history(run.info.run_id, metric)
    return [(point.step, point.value) for point in history]


def css(run: Run) -> float:
    """What the run measured in privacy."""
    value = run.scores["privacy"].css.value
    assert value is not None
    return value


def mlflow_run(uri: str, run_id: str) -> str:
    """The MLflow run of a night."""
    client = MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name(f"faef/{NAME}")
    assert experiment is not None
    [found] = client.search_runs([experiment.experiment_id], f"tags.`faef.run_id` = '{run_id}'")
    return str(found.info.run_id)


def test_the_trend_run_has_a_step_a_night(store: tuple[str, Path]) -> None:
    expected = [(number, css(run)) for number, run in enumerate(nights(**SMALL))]
    assert expected == points(store[0])


def test_the_change_point_is_a_tag(store: tuple[str, Path]) -> None:
    [run] = trend_runs(store[0])
    said = run.data.tags["faef.change.2026-03-21.privacy.css"]
    assert ("privacy CSS fell", True) == (said[:16], "model version tea-7 → tea-8" in said)


def test_a_dimension_that_did_not_change_has_no_tag(store: tuple[str, Path]) -> None:
    [run] = trend_runs(store[0])
    assert [] == [name for name in run.data.tags if name.endswith("fairness.css")]


def test_the_same_night_again_changes_nothing(store: tuple[str, Path]) -> None:
    before = points(store[0])
    again = list(nights(**SMALL))[-1]
    log_night(again, mlflow_run(store[0], again.id), store[0])
    assert before == points(store[0])


def test_the_trend_run_is_no_previous_evaluation(store: tuple[str, Path], tmp_path: Path) -> None:
    found = fetch_run(Wanted(text="previous", name=NAME), store[0], tmp_path)
    assert Fetched(run_id=mlflow_run(store[0], f"{COUNT - 1:032x}")) == found


def test_a_night_that_comes_late_stands_in_its_place(uri: str, tmp_path: Path) -> None:
    made = list(nights(**SMALL | {"count": 3}))
    for run in (made[0], made[2], made[1]):
        write_run(tmp_path / run.id, run)
        log_night(run, log_run(run, tmp_path / run.id, uri), uri)
    assert [(number, css(run)) for number, run in enumerate(made)] == points(uri)


def test_more_dimensions_than_a_tag_of_mlflow_holds_are_all_read_back(uri: str, tmp_path: Path) -> None:
    [made] = nights(**SMALL | {"count": 1})
    names = [f"a_dimension_of_our_own_with_a_name_{number}" for number in range(200)]
    made = replace(made, items=tuple(replace(made.items[0], dimension=name) for name in names))
    write_run(tmp_path / made.id, made)
    log_night(made, log_run(made, tmp_path / made.id, uri), uri)
    [night] = fetch_nights(NAME, uri)
    assert sorted(names) == list(night.questions)


def test_a_night_whose_endpoint_did_not_say_what_it_served_is_one(uri: str, tmp_path: Path) -> None:
    [made] = (replace(run, served=()) for run in nights(**SMALL | {"count": 1}))
    write_run(tmp_path / made.id, made)
    log_night(made, log_run(made, tmp_path / made.id, uri), uri)  # no thresholds either
    assert [("", ())] == [(night.thresholds, night.served) for night in fetch_nights(NAME, uri)]


def test_a_store_that_is_down_is_one_line(tmp_path: Path) -> None:
    [made] = nights(**SMALL | {"count": 1})
    with pytest.raises(TrackingError, match=r"did not take the trend of tea-model"):
        log_night(made, "none", f"sqlite:///{tmp_path}/no/such/folder/mlflow.db")


def test_the_command_shows_the_fall_and_exits_with_1(store: tuple[str, Path], tmp_path: Path) -> None:
    saved = ["--png", "trend.png", "--html", "trend.html", "--json", "trend.json"]
    command = ["faef", "trend", NAME, "--tracking-uri", store[0], "--fail-on-change", *saved]
    done = run_command(command, tmp_path)
    assert 1 == done.returncode, done.stdout
    assert "privacy CSS fell" in done.stdout
    assert "ALARM: fell in the newest 3 nights: " in done.stdout
    assert b"\x89PNG" == (tmp_path / "trend.png").read_bytes()[:4]
    assert "<svg" in (tmp_path / "trend.html").read_text()
    assert COUNT == len(json.loads((tmp_path / "trend.json").read_text())["nights"])


@pytest.mark.parametrize("text", HOSTILE)
def test_what_an_endpoint_calls_itself_neither_steers_nor_hides_nor_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    for served, run in zip(("tea", text), nights(**SMALL | {"count": 2}), strict=True):
        write_run(tmp_path / run.id, replace(run, served=(served,)))
    assert 0 == main(["trend", str(tmp_path), "--html", str(tmp_path / "trend.html")])
    shown = capsys.readouterr().out
    page = (tmp_path / "trend.html").read_text()
    assert set() == {c for c in shown + page if not c.isprintable()} - {"\n", "\u200b"}
    assert [] == [row for row in shown.splitlines() if row.lstrip().startswith("::") or "##[" in row]
    assert "<script>alert" not in page


def test_folders_of_runs_show_the_same_fall(
    store: tuple[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert 1 == main(["trend", str(store[1]), "--fail-on-change"])
    assert "privacy CSS fell" in capsys.readouterr().out


def test_before_the_fall_it_is_silent(
    store: tuple[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    quiet = [str(store[1] / f"{number:032x}") for number in range(WORSE)]
    assert 0 == main(["trend", *quiet, "--fail-on-change"])
    out = capsys.readouterr().out
    assert ("No change point." in out, "No alarm" in out) == (True, True)


def test_json_is_printed_instead_of_the_table(
    store: tuple[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["trend", str(store[1]), "--json"])
    row = json.loads(capsys.readouterr().out)
    assert {"privacy"} <= {change["dimension"] for change in row["alarm"]}


def test_a_name_without_runs_is_one_line(
    store: tuple[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert 3 == main(["trend", "nobody", "--tracking-uri", store[0]])
    assert "faef: nobody: no complete run in MLflow at" in capsys.readouterr().err


def test_runs_of_two_names_are_refused(
    store: tuple[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(tmp_path / "other", built(name="other"))
    assert 3 == main(["trend", str(store[1]), str(tmp_path)])
    assert "runs of other, tea-model: give those of one name" in capsys.readouterr().err


def test_the_commands_of_the_page_on_trends_run(
    store: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store[0])
    codes = [main(command[1:]) for command in commands("docs/trend.md")]
    assert [0, 1, 0] == codes  # the second is told to fail
