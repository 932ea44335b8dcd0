"""A run in MLflow: what is on it, what is not, and what is left when it could not be logged."""

from pathlib import Path
from typing import Any

import pytest

from monitor.calls.access import without_password
from monitor.errors import ConfigError
from monitor.tracking import Origin, TrackingError, Wanted, fetch_run, log_run, metrics
from monitor.tracking.fields import note, parameters
from monitor.trend.nights import night_of
from tests.builders import run as built
from tests.builders import score
from tests.stores import evaluated

pytestmark = pytest.mark.filterwarnings("ignore")  # deprecations among MLflow's own dependencies
SPOKEN = "camomile"  # what the model says here, and no other word of these tests


def artifacts(client: Any, logged: str, path: str | None = None) -> set[str]:
    return {entry.path for entry in client.list_artifacts(logged, path)}


def runs(client: Any) -> list[Any]:
    experiment = client.get_experiment_by_name("faef/tea-model")
    found = client.search_runs([experiment.experiment_id])
    return [client.get_run(run.info.run_id) for run in found]


def spoken(tmp_path: Path) -> None:
    for name in ("responses.jsonl", "replies.sqlite"):
        (tmp_path / name).write_text(SPOKEN)


def test_the_files_of_a_run_are_artifacts_and_the_replies_are_not(
    uri: str, client: Any, tmp_path: Path
) -> None:
    spoken(tmp_path)
    for name in ("thresholds.yaml", "report.html", "heatmap.png"):
        (tmp_path / name).write_text("x")
    logged = log_run(evaluated(tmp_path), tmp_path, uri)
    files = {"run.json", "items.jsonl", "summary.md", "thresholds.yaml", "report.html", "heatmap.png"}
    assert files == artifacts(client, logged)


def test_replies_are_logged_where_asked_for_and_kept_apart(
    uri: str, client: Any, tmp_path: Path
) -> None:
    spoken(tmp_path)
    logged = log_run(evaluated(tmp_path), tmp_path, uri, origin=Origin(with_responses=True))
    assert {"responses/responses.jsonl"} == artifacts(client, logged, "responses")


def test_no_text_of_a_model_is_a_parameter_or_a_tag(uri: str, client: Any, tmp_path: Path) -> None:
    spoken(tmp_path)
    made = evaluated(tmp_path)
    found = client.get_run(log_run(made, tmp_path, uri, origin=Origin(with_responses=True))).data
    version = client.get_model_version("tea-model", "1")
    assert SPOKEN not in f"{found.params} {found.tags} {version.tags}"


def test_metrics_hang_on_the_logged_model_of_the_version(uri: str, client: Any, tmp_path: Path) -> None:
    made = evaluated(tmp_path)
    log_run(made, tmp_path, uri)
    [run] = runs(client)
    [linked] = run.inputs.model_inputs
    model = client.get_logged_model(linked.model_id)
    assert ("tea-model-7", set(metrics(made))) == (model.name, {metric.key for metric in model.metrics})


def test_a_version_that_is_evaluated_again_is_one_version_with_its_newest_run(
    uri: str, client: Any, tmp_path: Path
) -> None:
    for number in (1, 2):
        made = evaluated(tmp_path, number)
        logged = log_run(made, tmp_path, uri)
    [version] = client.search_model_versions("name='tea-model'")
    assert (made.id, logged) == (version.tags["faef.run_id"], version.tags["faef.mlflow_run"])
    assert 1 == len({run.inputs.model_inputs[0].model_id for run in runs(client)})


def test_an_older_run_that_comes_late_does_not_take_the_place_of_a_newer(
    uri: str, client: Any, tmp_path: Path
) -> None:
    log_run(evaluated(tmp_path, 2), tmp_path, uri)
    log_run(evaluated(tmp_path, 1), tmp_path, uri)
    assert f"{2:032x}" == client.get_model_version("tea-model", "1").tags["faef.run_id"]


def test_a_version_that_somebody_else_registered_is_the_one_that_is_tagged(
    uri: str, client: Any, tmp_path: Path
) -> None:
    client.create_registered_model("tea-model")
    client.create_model_version(
        "tea-model", tmp_path.as_uri(), tags={"faef.model_version": "tea-model-7"}
    )
    log_run(evaluated(tmp_path), tmp_path, uri)
    [version] = client.search_model_versions("name='tea-model'")
    assert "passed" == version.tags["faef.verdict"]


@pytest.mark.parametrize(
    "changes", [{"partial": "limit 5"}, {"shard": "1/3"}, {"stopped": "stopped after 60 s"}]
)
def test_a_run_that_did_not_ask_everything_is_logged_and_not_registered(
    uri: str, client: Any, tmp_path: Path, changes: dict[str, Any]
) -> None:
    logged = log_run(evaluated(tmp_path, **changes), tmp_path, uri)
    tags = client.get_run(logged).data.tags
    assert ("false", []) == (tags["faef.complete"], client.search_model_versions("name='tea-model'"))


def test_more_metrics_than_one_call_takes_are_all_logged(uri: str, client: Any, tmp_path: Path) -> None:
    scores = {f"mine_{number}": score(dimension=f"mine_{number}") for number in range(60)}
    made = evaluated(tmp_path, scores=scores)
    assert dict(metrics(made)) == client.get_run(log_run(made, tmp_path, uri)).data.metrics


def test_a_run_that_is_logged_twice_is_there_once(uri: str, client: Any, tmp_path: Path) -> None:
    made = evaluated(tmp_path)
    assert log_run(made, tmp_path, uri) == log_run(made, tmp_path, uri)
    assert 1 == len(runs(client))


@pytest.fixture
def half(uri: str, tmp_path: Path) -> Any:
    """A run whose artifacts had nowhere to go."""
    (tmp_path / "mlruns").write_text("no folder")
    made = evaluated(tmp_path)
    with pytest.raises(TrackingError):
        log_run(made, tmp_path, uri)
    return made


def test_a_run_that_could_not_be_logged_is_marked_as_failed(half: Any, client: Any) -> None:
    [run] = runs(client)
    assert ("FAILED", "false", half.id) == (
        run.info.status,
        run.data.tags["faef.complete"],
        run.data.tags["faef.run_id"],
    )


def test_a_run_that_could_not_be_logged_is_no_baseline(
    half: Any, uri: str, client: Any, tmp_path: Path
) -> None:
    assert fetch_run(Wanted(text="previous", name=half.name), uri, tmp_path) is None
    with pytest.raises(ConfigError, match="was not logged to its end"):
        fetch_run(Wanted(text=f"runs:/{runs(client)[0].info.run_id}"), uri, tmp_path)


def test_a_half_logged_run_is_completed_and_not_logged_twice(
    half: Any, uri: str, client: Any, tmp_path: Path
) -> None:
    (tmp_path / "mlruns").unlink()
    log_run(half, tmp_path, uri)
    [run] = runs(client)
    assert ("FINISHED", "true", dict(metrics(half))) == (
        run.info.status,
        run.data.tags["faef.complete"],
        run.data.metrics,
    )


def test_a_parameter_that_is_cut_is_what_the_trend_compares() -> None:
    made = built(fingerprint={"system": "x" * 900})
    assert night_of(made).protocol["system"] == parameters(made)["protocol.system"]


def test_a_long_summary_ends_with_a_whole_line() -> None:
    shown = note("a line of the summary\n" * 1000)
    assert (True, True) == (len(shown) < 8000, "summary\n\n… (summary.md" in shown)


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("https://ann:secret@host/path?key=secret", "https://host/path"),
        ("sqlite:///mlflow.db", "sqlite:///mlflow.db"),
        ("mlruns", "mlruns"),
    ],
)
def test_an_address_is_shown_without_passwords_and_keys(uri: str, shown: str) -> None:
    assert shown == without_password(uri)
