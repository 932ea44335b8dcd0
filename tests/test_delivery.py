"""A tracking store that is down, slow, refuses or is full: the verdict stands and the run waits."""

import resource
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from monitor.delivery import deliver, sync
from monitor.options import OPTIONS
from monitor.records import Run
from monitor.report.contents import Report
from monitor.runfile import read_run
from monitor.settings import Settings, resolve
from monitor.tracking import Origin, TrackingError
from monitor.tracking.waiting import put_aside, taken, waiting
from tests.conftest import BIN, environment
from tests.stores import Gate, evaluated, standing

pytestmark = pytest.mark.filterwarnings("ignore")  # deprecations among MLflow's own dependencies
NOTHING: Mapping[str, Any] = {option.dest.removeprefix("faef_"): None for option in OPTIONS}


def settings_for(folder: Path, tracking_uri: str, **options: Any) -> Settings:
    asked = {"model": "tea", "base_url": "http://tea/v1?key=secret", "out": str(folder)}
    return resolve({**NOTHING, **asked, "tracking_uri": tracking_uri, **options})


def delivery(folder: Path, tracking_uri: str, **options: Any) -> tuple[Run, list[str]]:
    run = evaluated(folder)
    return deliver(Report(run=run, floors={}), settings_for(folder, tracking_uri, **options))


def there(client: Any) -> list[str]:
    """The ids of the nights in MLflow, the oldest first."""
    experiment = client.get_experiment_by_name("faef/tea-model")
    found = client.search_runs(
        [experiment.experiment_id], "tags.`faef.kind` = 'night'", order_by=["attributes.start_time"]
    )
    return [run.data.tags["faef.run_id"] for run in found if run.info.status == "FINISHED"]


@pytest.fixture(params=["500", "401", "slow", "cut", "down"])
def bad_store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server that does not take a run."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    with standing(Gate(manner="500" if request.param == "down" else request.param)) as address:
        if request.param != "down":
            yield address
    if request.param == "down":
        yield address


def test_a_store_that_does_not_take_the_run_changes_no_verdict_and_loses_nothing(
    bad_store: str, tmp_path: Path
) -> None:
    run, notes = delivery(tmp_path, bad_store)
    [warning] = [note for note in notes if note.startswith("WARNING")]
    [place] = waiting(tmp_path)
    assert (evaluated(tmp_path), run.id) == (run, read_run(place).id)
    assert f"the verdict stands and the run waits in {place}: faef sync delivers it" in warning


def test_a_password_in_an_address_is_in_no_warning(tmp_path: Path) -> None:
    with standing(Gate(manner="401")) as address:
        _, notes = delivery(tmp_path, address.replace("://", "://ann:secret@"))
    assert (True, []) == (
        any("WARNING: MLflow at" in note for note in notes),
        [note for note in notes if "secret" in note],
    )


def test_a_store_that_takes_the_run_leaves_nothing_waiting(uri: str, tmp_path: Path) -> None:
    _, notes = delivery(tmp_path, uri)
    assert ([], False) == (waiting(tmp_path), any("WARNING" in note for note in notes))


def test_the_endpoint_is_tagged_without_password_and_key(uri: str, client: Any, tmp_path: Path) -> None:
    delivery(tmp_path, uri)
    assert "http://tea/v1" == client.get_model_version("tea-model", "1").tags["faef.endpoint"]


def put(folder: Path, *numbers: int) -> None:
    """Runs that could not be delivered, all from the same out folder."""
    settings = settings_for(folder, "sqlite:////dev/null/no.db")
    for number in numbers:
        deliver(Report(run=evaluated(folder, number), floors={}), settings)


def test_sync_delivers_what_waits_in_order_and_once(uri: str, client: Any, tmp_path: Path) -> None:
    put(tmp_path, 3, 1, 2)
    said = list(sync(tmp_path, uri))
    ids = [f"{number:032x}" for number in (1, 2, 3)]
    assert (ids, ids) == (there(client), [line.split()[1] for line in said])
    assert [f"nothing waits in {tmp_path}/waiting"] == list(sync(tmp_path, uri))


def test_sync_stops_at_the_first_that_is_not_taken_and_keeps_the_rest(tmp_path: Path) -> None:
    put(tmp_path, 1, 2)
    with pytest.raises(TrackingError, match="did not take the run"):
        list(sync(tmp_path, "sqlite:////dev/null/no.db"))
    assert 2 == len(waiting(tmp_path))


def test_what_waits_holds_the_thresholds_in_force_and_no_replies(tmp_path: Path) -> None:
    (tmp_path / "responses.jsonl").write_text("camomile")
    put(tmp_path, 1)
    [place] = waiting(tmp_path)
    files = {"run.json", "items.jsonl", "summary.md", "thresholds.yaml", "origin.json"}
    assert files | {"report.html", "report.png"} == {file.name for file in place.iterdir()}


def test_a_page_of_an_earlier_run_does_not_wait_with_this_one(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("the day before")
    run = evaluated(tmp_path, started_at="2099-01-01T00:00:00+00:00")
    settings = settings_for(tmp_path, "none")
    place = put_aside(run, tmp_path, settings.thresholds.path, Origin())
    assert not (place / "report.html").exists()


def test_a_run_that_somebody_delivers_is_left_to_him(uri: str, tmp_path: Path) -> None:
    put(tmp_path, 1)
    [place] = waiting(tmp_path)
    with taken(place) as ours:
        assert ours
        assert [f"Run {1:032x} is being delivered by somebody else"] == list(sync(tmp_path, uri))


def test_an_override_of_the_name_is_in_the_run_and_its_summary(
    uri: str, client: Any, tmp_path: Path
) -> None:
    client.create_registered_model("tea-model")
    text = (
        '{"alias": "champion", "version": "3", "by": "ann", "at": "2026-01-01T00:00", "reason": "hurry"}'
    )
    client.set_registered_model_tag("tea-model", "faef.override.champion", text)
    run, _ = delivery(tmp_path, uri)
    assert "hurry" == read_run(tmp_path).overrides[0]["reason"] == run.overrides[0]["reason"]
    said = "Override: version 3 was made champion by ann on 2026-01-01: hurry"
    assert said in (tmp_path / "summary.md").read_text()


def test_a_full_disk_of_the_store_keeps_the_run(uri: str, tmp_path: Path) -> None:
    put(tmp_path, 1)

    def full() -> None:
        size = (tmp_path / "mlflow.db").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, size // 2))

    command = [str(BIN / "faef"), "sync", "--out", str(tmp_path), "--tracking-uri", uri]
    done = subprocess.run(
        command, env=environment(), preexec_fn=full, capture_output=True, text=True, check=False
    )
    assert (4, 1) == (done.returncode, len(waiting(tmp_path))), done.stderr
    assert f"faef: MLflow at {uri} did not take the run" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no /dev/full")
def test_a_run_that_cannot_be_made_to_wait_changes_no_verdict(tmp_path: Path) -> None:
    made = tmp_path / "waiting" / f".{1:032x}"
    made.mkdir(parents=True)
    (made / "origin.json.partial").symlink_to("/dev/full")
    run, notes = delivery(tmp_path, "sqlite:////dev/null/no.db")
    [warning] = [note for note in notes if note.startswith("WARNING")]
    assert (evaluated(tmp_path), True) == (run, "No space left on device" in warning)
    assert warning.endswith("the verdict stands, the run is not in MLflow")


@pytest.mark.parametrize(
    ("kept", "left"), [("none", []), (None, ["responses.jsonl"]), ("30", ["responses.jsonl"])]
)
def test_the_text_of_the_model_goes_after_the_run_where_that_is_wanted(
    uri: str, tmp_path: Path, kept: str | None, left: list[str]
) -> None:
    (tmp_path / "responses.jsonl").write_text("camomile")
    delivery(tmp_path, uri, keep_text=kept)
    assert ["items.jsonl", *left] == sorted(file.name for file in tmp_path.glob("*.jsonl"))


def test_a_run_is_replaced_by_another_of_the_same_folder_and_waits_as_it_was(tmp_path: Path) -> None:
    put(tmp_path, 1)
    first = read_run(waiting(tmp_path)[0])
    put(tmp_path, 2)
    assert first == read_run(waiting(tmp_path)[0])
