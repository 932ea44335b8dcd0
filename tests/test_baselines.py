"""Which run of MLflow a run is held to, where there are several: a wrong baseline is a wrong green."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.baselines import held_to, read_baseline
from monitor.cli import main
from monitor.comparing.comparison import Baseline, refuse_unlike
from monitor.embedded import MODEL
from monitor.errors import ComparisonError, ConfigError
from monitor.evaluate import evaluate
from monitor.options import OPTIONS
from monitor.records import Outcome, digest
from monitor.replies.opening import fingerprint_of
from monitor.runfile import read_items, read_run
from monitor.settings import Settings, resolve
from monitor.tracking import Wanted, log_run
from tests.compared import SAFE, asked
from tests.conftest import DIMENSIONS, bank_rows, run_command, write_jsonl
from tests.scripted import honest, serving
from tests.stores import evaluated

pytestmark = pytest.mark.filterwarnings("ignore")  # deprecations among MLflow's own dependencies
HOUR = 3600
GATE, NIGHTLY = {"repeats": 4}, {"repeats": 1}
CHAMPION = "models:/tea-model@champion"
FAIRNESS = {f"fairness-{number}": "fairness" for number in range(40)}
Log = Callable[..., str]


@pytest.fixture
def log(uri: str, tmp_path: Path) -> Log:
    """Log the run of a night; the id of its MLflow run."""

    def call(night: int, **changes: Any) -> str:
        made = evaluated(tmp_path, night, **changes)
        ended = datetime.fromisoformat(made.started_at).timestamp() + HOUR
        os.utime(tmp_path / "run.json", (ended, ended))
        return log_run(made, tmp_path, uri)

    return call


@pytest.fixture
def champion(log: Log, client: Any) -> str:
    """The gate's run of the version that is champion."""
    logged = log(1, fingerprint=GATE)
    client.set_registered_model_alias("tea-model", "champion", "1")
    return logged


def found(uri: str, text: str, questions: dict[str, str] | None = None, **more: str) -> Baseline:
    """The baseline of a run that is asked as the gate asks."""
    name = {"name": "tea-model", "fingerprint": digest(GATE)}
    baseline = read_baseline(Wanted(text=text, **(name | more)), uri, questions or {})
    assert baseline
    return baseline


@pytest.mark.parametrize(
    ("wanted", "number"), [(CHAMPION, 1), ("models:/tea-model/2", 2), ("runs:/{}", 1), ("previous", 2)]
)
def test_a_baseline_is_found_by_what_was_registered(
    uri: str, client: Any, log: Log, wanted: str, number: int
) -> None:
    ids = [log(n, model_version=f"v{n}") for n in (1, 2)]
    client.set_registered_model_alias("tea-model", "champion", "1")
    text = wanted.format(ids[0])
    baseline = found(uri, text)
    assert (f"{text} ({ids[number - 1]})", f"{number:032x}") == (baseline.source, baseline.run.id)


@pytest.mark.parametrize("text", [CHAMPION, "models:/tea-model/1", "previous"])
def test_a_night_under_another_protocol_does_not_displace_the_run_of_the_gate(
    uri: str, champion: str, log: Log, text: str
) -> None:
    log(2, fingerprint=NIGHTLY)
    source = f"{text} ({champion}, 1 newer ones were asked otherwise or less)"
    assert source == found(uri, text).source


@pytest.mark.usefixtures("champion")
@pytest.mark.parametrize("text", [CHAMPION, "previous"])
def test_of_runs_under_one_protocol_the_newest_is_taken(uri: str, log: Log, text: str) -> None:
    assert f"{text} ({log(2, fingerprint=GATE)})" == found(uri, text).source


@pytest.mark.usefixtures("champion")
def test_where_none_was_asked_alike_the_newest_is_refused_with_what_differs(uri: str, log: Log) -> None:
    log(2, fingerprint=NIGHTLY)
    baseline = found(uri, CHAMPION, fingerprint="another")
    with pytest.raises(ComparisonError, match="was not asked alike: repeats 1 → 7"):
        refuse_unlike(baseline, {"repeats": 7})


@pytest.mark.parametrize("text", [CHAMPION, "previous"])
def test_a_run_that_stopped_asking_early_is_passed_over(
    uri: str, log: Log, client: Any, text: str
) -> None:
    whole = log(1, fingerprint=GATE, items=tuple(asked(*[SAFE] * 40)))
    log(2, fingerprint=GATE, items=tuple(asked(*[SAFE] * 20)))
    client.set_registered_model_alias("tea-model", "champion", "1")
    assert whole in found(uri, text, FAIRNESS).source


def test_where_all_stopped_early_the_newest_is_refused_and_not_left_out(uri: str, log: Log) -> None:
    logged = log(1, fingerprint=GATE, items=tuple(asked(*[SAFE] * 20)))
    assert f"previous ({logged})" == found(uri, "previous", FAIRNESS).source


def test_previous_leaves_runs_aside_that_asked_less(uri: str, log: Log) -> None:
    whole, small = log(1, fingerprint=GATE), log(2, fingerprint=GATE, partial="limit 5")
    sources = [found(uri, "previous", alike=alike).source for alike in ("", "limit 5")]
    assert [f"previous ({whole})", f"previous ({small})"] == sources


def test_previous_leaves_a_run_aside_that_asked_as_little_and_was_stopped(uri: str, log: Log) -> None:
    small = log(1, fingerprint=GATE, partial="limit 5")
    log(2, fingerprint=GATE, partial="limit 5", stopped="stopped after 60 s")
    assert f"previous ({small})" == found(uri, "previous", alike="limit 5").source


def test_a_run_whose_logging_failed_does_not_displace_an_earlier_one(
    uri: str, champion: str, client: Any, log: Log
) -> None:
    client.set_terminated(log(2, fingerprint=GATE), status="FAILED")
    assert f"{CHAMPION} ({champion})" == found(uri, CHAMPION).source


@pytest.mark.parametrize("text", ["models:/tea-model/1", "previous"])
def test_a_run_is_held_to_none_that_is_of_its_own_time(
    uri: str, champion: str, log: Log, text: str
) -> None:
    log(2, fingerprint=GATE)
    assert f"{text} ({champion})" == found(uri, text, before="2026-01-02T03:04:05+00:00").source


@pytest.mark.parametrize("before", ["", "2026-01-01T03:04:05+00:00"])
def test_a_version_without_a_run_is_one_line(
    uri: str, client: Any, tmp_path: Path, log: Log, before: str
) -> None:
    tags = {"faef.model_version": "tea-model-7" if before else "tea-model-8"}
    log(1)
    client.create_model_version("tea-model", tmp_path.as_uri(), tags=tags)
    with pytest.raises(
        ConfigError, match=r"version 2 has no complete run .*in faef/tea-model: run faef"
    ):
        found(uri, "models:/tea-model/2", before=before)


def test_a_version_that_others_registered_has_the_run_they_gave_it(
    uri: str, client: Any, tmp_path: Path, log: Log
) -> None:
    logged = log(1)
    client.create_registered_model("mine")
    client.create_model_version("mine", tmp_path.as_uri(), run_id=logged)
    assert f"models:/mine/1 ({logged})" == found(uri, "models:/mine/1").source


@pytest.fixture
def compare(
    uri: str, tmp_path: Path, log: Log, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """`faef compare previous` for the last of some nights that MLflow has: exit code and output."""
    items = tuple(item for name in DIMENSIONS for item in asked(*[SAFE] * 40, dimension=name))

    def call(*nights: int) -> tuple[int, str]:
        for night in nights:
            log(night, items=items, profile="nightly")
        code = main(["compare", "previous", str(tmp_path), "--tracking-uri", uri])
        return code, capsys.readouterr().out

    return call


def test_compare_does_not_hold_a_run_to_itself(compare: Callable[..., tuple[int, str]]) -> None:
    assert (2, "no other run of tea-model in MLflow: nothing is compared\n") == compare(1)


def test_compare_holds_a_run_to_the_one_before(compare: Callable[..., tuple[int, str]]) -> None:
    code, text = compare(1, 2)
    assert (0, True) == (code, f"Held to tea-model-7, run {1:032x} from" in text), text


def test_compare_holds_an_older_run_to_what_a_name_stands_for_now(
    compare: Callable[..., tuple[int, str]], uri: str, tmp_path: Path
) -> None:
    compare(2, 1)  # the folder holds the first night; the second is the newest of its version
    assert 0 == main(["compare", "models:/tea-model/1", str(tmp_path), "--tracking-uri", uri])


@pytest.mark.usefixtures("client")
def test_compare_does_not_hold_a_run_to_itself_by_another_name(
    compare: Callable[..., tuple[int, str]], uri: str, tmp_path: Path
) -> None:
    compare(1)
    assert 2 == main(["compare", "models:/tea-model/1", str(tmp_path), "--tracking-uri", uri])


@pytest.fixture(scope="module")
def gated(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Path:
    """The folder of a `faef gate` of the scripted model, tracked as `letters`: out, bank and store."""
    folder = tmp_path_factory.mktemp("gated")
    (folder / "mlflow.db").write_bytes(empty_store.read_bytes())
    write_jsonl(folder / "bank.jsonl", bank_rows(30))
    with serving(honest) as script:
        where = ["--model", "tested", "--judge", "judge", "--base-url", script.url, "--name", "letters"]
        options = ["--questions", "bank.jsonl", "--out", "out", "--profile", "nightly"]
        done = run_command(["faef", "gate", *where, *options, "-k", "not capability"], folder)
    assert done.returncode == 0, done.stdout
    return folder


def settings_of(folder: Path, **options: Any) -> Settings:
    nothing = {option.dest.removeprefix("faef_"): None for option in OPTIONS}
    store = f"sqlite:///{folder / 'mlflow.db'}"
    known = {"questions": [str(folder / "bank.jsonl")], "profile": "nightly", "tracking_uri": store}
    return resolve({**nothing, **known, **options})


ASKED = {"model": "tested", "judge": "judge", "base_url": "http://elsewhere/v1"}


def test_how_a_run_asks_is_known_before_anybody_is_asked(gated: Path) -> None:
    assert read_run(gated / "out").fingerprint == fingerprint_of(settings_of(gated, **ASKED))


def test_how_a_replay_was_asked_is_known_from_its_recording(gated: Path) -> None:
    settings = settings_of(gated, replay=str(gated / "out"))
    assert read_run(gated / "out").fingerprint == fingerprint_of(settings)


def test_the_next_run_is_held_to_the_one_before(gated: Path) -> None:
    options = {**ASKED, "name": "letters", "baseline": "previous"}
    baseline = held_to(settings_of(gated, **options), DIMENSIONS, lambda _: None)
    assert baseline
    assert read_run(gated / "out").id == baseline.run.id


def test_a_replay_is_not_held_to_a_run_of_the_same_replies(gated: Path) -> None:
    settings = settings_of(gated, replay=str(gated / "out"), baseline="previous")
    assert None is held_to(settings, DIMENSIONS, lambda _: None)


@pytest.mark.parametrize("name", ["a/b", "a:b", "it's", '"a"', ".", "..", "../a"])
def test_a_name_that_mlflow_does_not_take_is_refused_before_anything_is_asked(
    gated: Path, name: str
) -> None:
    with pytest.raises(ConfigError, match=r"--faef-name: .*: MLflow allows no"):
        settings_of(gated, **ASKED, name=name)


@pytest.mark.parametrize("name", ["100%", "a.b", "日本", "a b"])
def test_an_odd_name_that_mlflow_takes_is_none_of_our_business(gated: Path, name: str) -> None:
    assert name == settings_of(gated, **ASKED, name=name).name


@pytest.mark.parametrize(("outcome", "said"), [(Outcome.FAILED, True), (Outcome.PASSED, False)])
def test_a_baseline_that_failed_itself_is_said(
    gated: Path,
    outcome: Outcome,
    said: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    known = replace(read_run(gated / "out"), outcome=outcome)
    before = Baseline(run=known, items=read_items(gated / "out"), source="x")
    settings = settings_of(gated, replay=str(gated / "out"))
    notes = evaluate(settings, DIMENSIONS, lambda _: None, before).notes
    assert said is any("the baseline failed itself (run" in note for note in notes)


@pytest.mark.parametrize(("model", "name"), [("embedded", MODEL), ("gguf:/models/tea.gguf", "tea")])
def test_the_previous_run_of_a_model_that_is_served_here_is_found_by_its_name(
    log: Log, tmp_path: Path, model: str, name: str
) -> None:
    write_jsonl(tmp_path / "bank.jsonl", bank_rows(2))
    log(1, name=name)
    settings = settings_of(tmp_path, model=model, judge="embedded", baseline="previous")
    assert held_to(settings, DIMENSIONS, lambda _: None)
