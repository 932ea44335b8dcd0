"""A run on disk: read back as it was, refused in one line where it is damaged, free of model text."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import ConfigError, RecordError
from monitor.records import Cell, Form, Outcome, Run
from monitor.runfile import floors_of, read_run, run_row, write_run
from monitor.scoring import score_dimension, score_question
from tests.builders import estimate, floor, item, question, response, run, score, verdict

SPOKEN = "camomile"  # what the model says here, and no other word of these tests


def test_a_run_is_read_back_as_it_was(tmp_path: Path) -> None:
    write_run(tmp_path, run())
    assert run() == read_run(tmp_path)


def test_a_run_is_read_from_its_file_too(tmp_path: Path) -> None:
    write_run(tmp_path, run())
    assert run() == read_run(tmp_path / "run.json")


def test_items_are_not_read_back(tmp_path: Path) -> None:
    write_run(tmp_path, run(items=(item(),)))
    assert read_run(tmp_path).items == ()


def test_overall_is_read_back_among_the_scores(tmp_path: Path) -> None:
    scores = {"fairness": score(), "overall": score(dimension="overall")}
    write_run(tmp_path, run(scores=scores))
    assert scores == read_run(tmp_path).scores


def test_an_unknown_score_is_read_back_as_unknown(tmp_path: Path) -> None:
    nothing = score(readable=None, cs=estimate(None, 0.0, 1.0, 0), causes={"open: no reply": 3})
    write_run(tmp_path, run(scores={"fairness": nothing}))
    assert nothing == read_run(tmp_path).scores["fairness"]


RUNS = st.builds(
    run,
    model=st.text(max_size=8),
    notes=st.lists(st.text(max_size=8), max_size=2).map(tuple),
    fingerprint=st.dictionaries(
        st.text(max_size=4), st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4)
    ),
    outcome=st.sampled_from(Outcome),
    verdicts=st.lists(
        st.builds(verdict, st.sampled_from(Outcome), reason=st.text(max_size=8)), max_size=3
    ).map(tuple),
    usage=st.dictionaries(st.text(max_size=4), st.floats(0, 1e9)),
    judge_check=st.none() | st.dictionaries(st.text(max_size=4), st.sampled_from(["safe", "error"])),
)


@settings(max_examples=50)
@given(one=RUNS)
def test_any_run_is_read_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, one: Run) -> None:
    folder = tmp_path_factory.mktemp("run")
    write_run(folder, one)
    assert one == read_run(folder)


def test_the_floors_in_force_are_read_back(tmp_path: Path) -> None:
    write_run(tmp_path, run(floors={"fairness": asdict(floor(css=0.81, css_drop=0.1))}))
    assert {"fairness": floor(css=0.81, css_drop=0.1)} == floors_of(read_run(tmp_path))


def test_the_scores_of_the_baseline_are_read_back(tmp_path: Path) -> None:
    known = {"fairness": {"cs": estimate(0.9, 0.8, 0.95), "css": estimate(None, 0.0, 1.0, 0)}}
    write_run(tmp_path, run(baseline_scores=known, profile_note="as it always was"))
    back = read_run(tmp_path)
    assert (known, "as it always was") == (back.baseline_scores, back.profile_note)


def test_a_file_of_before_floors_were_kept_can_be_read(tmp_path: Path) -> None:
    write_run(tmp_path, run())
    row = json.loads((tmp_path / "run.json").read_text())
    old = {k: v for k, v in row.items() if k not in {"floors", "baseline_scores", "profile_note"}}
    (tmp_path / "run.json").write_text(json.dumps(old))
    assert {} == floors_of(read_run(tmp_path))


def test_a_run_file_says_its_schema() -> None:
    assert run_row(run())["schema"] == 1


# DESIGN section 6, what other programs rely on
def test_a_run_file_has_the_keys_of_the_contract() -> None:
    contract = {
        "schema",
        "id",
        "name",
        "model",
        "model_version",
        "judge",
        "verdict",
        "fingerprint",
        "dimensions",
        "overall",
        "verdicts",
        "usage",
    }
    assert contract <= set(run_row(run()))


def test_a_dimension_has_the_keys_of_the_contract() -> None:
    contract = {"n", "clusters", "readable", "cs", "css", "open_safe", "choice_safe", "cells"}
    assert contract <= set(run_row(run())["dimensions"]["fairness"])


def test_a_verdict_has_the_keys_of_the_contract() -> None:
    assert {"dimension", "check", "outcome", "reason", "n", "waived"} == set(
        run_row(run())["verdicts"][0]
    )


def test_overall_stands_beside_the_dimensions() -> None:
    row = run_row(run(scores={"fairness": score(), "overall": score(dimension="overall")}))
    assert (list(row["dimensions"]), row["overall"]["n"]) == (["fairness"], 20)


def test_without_overall_it_is_null() -> None:
    assert run_row(run())["overall"] is None


def test_writing_leaves_two_whole_files(tmp_path: Path) -> None:
    write_run(tmp_path / "new", run(items=(item(),)))
    assert ["items.jsonl", "run.json"] == sorted(file.name for file in (tmp_path / "new").iterdir())


def test_both_files_are_ascii(tmp_path: Path) -> None:
    write_run(tmp_path, run(model="茶\u202e", items=(item(causes=("open: 茶",)),)))
    assert all(file.read_bytes().isascii() for file in tmp_path.iterdir())


def test_a_line_of_items_has_labels_cell_and_causes(tmp_path: Path) -> None:
    write_run(tmp_path, run(items=(item("su?", causes=("negative_first: names no option",)),)))
    expected = {
        "question_id": "pen-1",
        "question_hash": "0123456789abcdef",
        "dimension": "fairness",
        "cluster": "pen-1",
        "repeat": 0,
        "open": "safe",
        "positive_first": "unsafe",
        "negative_first": "unreadable",
        "causes": ["negative_first: names no option"],
        "cell": "unreadable",
    }
    assert expected == json.loads((tmp_path / "items.jsonl").read_text(encoding="ascii"))


@pytest.mark.parametrize("labels", ["both", "neither"])
def test_no_text_of_a_model_is_on_disk(tmp_path: Path, labels: str) -> None:
    letter = "A" if labels == "both" else ""
    replies = [
        response(form=Form.OPEN, text=f"Drink {SPOKEN}."),
        response(form=Form.JUDGE, text=f"{SPOKEN} is fine. Judgement: [[safe]]"),
        response(form=Form.POSITIVE_FIRST, text=f"{letter}\n{SPOKEN}"),
        response(form=Form.NEGATIVE_FIRST, text=f"{letter}\n{SPOKEN}", first_token={SPOKEN: 1.0}),
    ]
    items = tuple(score_question(question(), replies, 1, "text"))
    scores = {"fairness": score_dimension("fairness", items)}
    write_run(tmp_path, replace(run(), items=items, scores=scores))
    assert not [file.name for file in tmp_path.iterdir() if SPOKEN in file.read_text(encoding="ascii")]


def damaged(folder: Path, change: dict[str, Any] | None = None, without: str = "") -> str:
    """What reading a run with these changes says, without the folder."""
    row = {key: value for key, value in run_row(run()).items() if key != without}
    (folder / "run.json").write_text(json.dumps(row | (change or {})), encoding="ascii")
    with pytest.raises(RecordError) as error:
        read_run(folder)
    return str(error.value).removeprefix(f"{folder}/")


@pytest.mark.parametrize("text", ["", "{", "tea", "[]", "null", '{"schema": 1'])
def test_a_file_that_is_no_run_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text, encoding="utf-8")
    with pytest.raises(RecordError) as error:
        read_run(tmp_path)
    assert str(error.value).startswith(f"{tmp_path}/run.json: ")
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_utf8_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_bytes(b'{"schema": 1, "id": "caf\xe9"}')
    with pytest.raises(RecordError, match="not UTF-8"):
        read_run(tmp_path)


@pytest.mark.parametrize("name", ["id", "model", "verdict", "fingerprint", "dimensions", "verdicts"])
def test_a_missing_field_is_named(tmp_path: Path, name: str) -> None:
    assert damaged(tmp_path, without=name) == f"run.json: {name}: field required"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"schema": 2}, "schema: input should be 1"),
        ({"verdict": "maybe"}, "verdict: input should be 'passed', 'failed' or 'inconclusive'"),
        ({"tea": 1}, "tea: unknown key"),
        ({"dimensions": {"fairness": {}}}, "dimensions.fairness.n: field required"),
        ({"verdicts": [{"check": "cs"}]}, "verdicts.0.dimension: field required"),
    ],
)
def test_a_damaged_field_is_named(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    assert "run.json: " + said == damaged(tmp_path, change)


def test_a_share_above_one_is_refused(tmp_path: Path) -> None:
    row = run_row(run())
    row["dimensions"]["fairness"]["cs"]["value"] = 1.5
    said = damaged(tmp_path, row)
    assert said.startswith("run.json: dimensions.fairness.cs.value: input should be less than or equal")


def test_an_unknown_cell_is_refused(tmp_path: Path) -> None:
    row = run_row(run())
    row["dimensions"]["fairness"]["cells"] = {"tea": 1.0}
    assert damaged(tmp_path, row).startswith("run.json: dimensions.fairness.cells.tea.[key]: ")


def test_a_run_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        read_run(tmp_path)
    assert f"{tmp_path}/run.json: cannot be read: No such file or directory" == str(error.value)


def test_cells_are_read_back_as_cells(tmp_path: Path) -> None:
    write_run(tmp_path, run())
    assert read_run(tmp_path).scores["fairness"].cells[Cell.SAFE_BOTH] == 16.0
