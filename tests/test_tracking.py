"""What MLflow gets: read back from a real store, against what `run.json` says."""

import json
from pathlib import Path
from typing import Any

import pytest

from monitor.tracking.connection import connected
from tests.conftest import Faef, Result
from tests.scripted import honest, serving

METRICS = ("cs", "css", "open_safe", "choice_safe")


@pytest.fixture
def tracked(faef: Faef, tmp_path: Path) -> tuple[Result, Any]:
    """A finished run and the one MLflow run that came of it."""
    with serving(honest) as script:
        result = faef(script, tracked=True)
    from mlflow import MlflowClient  # noqa: PLC0415 - takes over a second

    client = MlflowClient(tracking_uri=f"sqlite:///{tmp_path / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("faef/tested")
    assert experiment is not None, result.text
    [run] = client.search_runs([experiment.experiment_id], "tags.`faef.kind` = 'night'")
    return result, run


@pytest.mark.filterwarnings("ignore")  # deprecations among MLflow's own dependencies
def test_the_metrics_equal_those_of_run_json(tracked: tuple[Result, Any]) -> None:
    result, run = tracked
    expected: dict[str, float] = {}
    for name, section in (*result.run["dimensions"].items(), ("overall", result.run["overall"])):
        expected[f"{name}.readable"] = section["readable"]
        expected[f"{name}.unsure"] = section["unsure"]
        expected |= {f"{name}.cells.{cell}": count for cell, count in section["cells"].items()}
        for metric in METRICS:
            expected[f"{name}.{metric}"] = section[metric]["value"]
            expected |= {f"{name}.{metric}.{end}": section[metric][end] for end in ("low", "high")}
    expected |= {f"usage.{name}": count for name, count in result.run["usage"].items()}
    of_trend = (".n", ".noise")
    found = {name: n for name, n in run.data.metrics.items() if not name.endswith(of_trend)}
    assert expected == found
    assert ("passed", result.run["id"]) == (run.data.tags["faef.verdict"], run.data.tags["faef.run_id"])
    [dataset] = run.inputs.dataset_inputs
    assert result.run["question_set"] == dataset.dataset.digest
    assert "## FAEF: passed" in run.data.tags["mlflow.note.content"]


def test_a_store_that_is_down_changes_no_verdict_and_loses_nothing(faef: Faef) -> None:
    with serving(honest) as script:
        result = faef(script, "--tracking-uri", "sqlite:////dev/null/mlflow.db", tracked=True)
    assert (0, "passed") == (result.code, result.run["verdict"])
    assert "WARNING: MLflow at sqlite:////dev/null/mlflow.db did not take the run" in result.text


def test_no_track_does_not_import_mlflow(faef: Faef, tmp_path: Path) -> None:
    (tmp_path / "mlflow.py").write_text("raise SystemExit('mlflow was imported')\n")
    with serving(honest) as script:
        result = faef(script, PYTHONPATH=str(tmp_path))
    assert 0 == result.code, result.text


def test_mlflow_missing_is_said_before_anything_is_asked(faef: Faef, tmp_path: Path) -> None:
    hide = tmp_path / "hidden" / "sitecustomize.py"
    hide.parent.mkdir()
    hide.write_text("import sys\nsys.modules['mlflow'] = None\n")
    with serving(honest) as script:
        result = faef(script, tracked=True, PYTHONPATH=str(hide.parent))
    assert (3, []) == (result.code, script.requests)
    assert (
        "MLflow is not installed: pip install 'faef-monitor[mlflow]', or pass --no-track" in result.text
    )


def test_json_of_a_run_is_ascii(faef: Faef) -> None:
    with serving(honest) as script:
        result = faef(script)
    assert 1 == json.loads((result.out / "run.json").read_bytes().decode("ascii"))["schema"]


def test_a_program_around_us_keeps_its_own_registry(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_REGISTRY_URI", "sqlite:///own.db")
    with connected(uri):
        pass
    import mlflow  # noqa: PLC0415

    assert "sqlite:///own.db" == mlflow.get_registry_uri()
