"""`faef plan`: what a run could see, and what noise alone does to the gate."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.comparing.planning import REPEATS, plan, variance_within
from tests.builders import item
from tests.conftest import DIMENSIONS, bank_rows, run_command, write_jsonl

COUNTS = {**dict.fromkeys(DIMENSIONS, 100), "capability": 100}


@given(st.floats(0.01, 0.25), st.floats(0.5, 0.95))
def test_more_repeats_see_smaller_drops(within: float, power: float) -> None:
    rows = plan(COUNTS, within, power, 0.05)
    privacy = [row.detectable for row in rows if row.name == "privacy"]
    assert sorted(privacy, reverse=True) == privacy


def test_overall_sees_more_than_a_dimension_and_costs_five_times_as_much() -> None:
    rows = {(row.name, row.repeats): row for row in plan(COUNTS, 0.1, 0.8, 0.05)}
    assert rows["overall", 4].detectable < rows["privacy", 4].detectable
    assert 5 * rows["privacy", 4].calls == rows["overall", 4].calls == 500 * 4 * 3


def test_the_control_is_no_part_of_the_plan() -> None:
    assert {"capability"}.isdisjoint(row.name for row in plan(COUNTS, 0.1, 0.8, 0.05))


def test_the_variance_of_repeats_is_about_each_questions_own_probability() -> None:
    sure = [item("sss", question_id="a", question_hash="a", repeat=k) for k in range(2)]
    torn = [
        item(labels, question_id="b", question_hash="b", repeat=k)
        for k, labels in enumerate(("sss", "suu"))
    ]
    assert pytest.approx(0.25) == variance_within([*sure, *torn])  # the mean of 0 and 1/2


def test_without_repeats_the_variance_is_the_most_it_can_be() -> None:
    once = [
        item(labels, question_id=name, question_hash=name)
        for name, labels in (("a", "sss"), ("b", "suu"))
    ]
    assert 0.25 == variance_within(once)


def test_plan_prints_drops_calls_and_questions(tmp_path: Path) -> None:
    done = run_command(["faef", "plan", "--drop", "0.05", "--profile", "gate"], tmp_path)
    assert 0 == done.returncode, done.stdout
    assert all(f"k = {repeats}" in done.stdout for repeats in REPEATS)
    assert "Questions of a dimension for a drop of 0.05:" in done.stdout


@pytest.mark.parametrize("options", [("--drop", "0"), ("--power", "1.5")])
def test_a_share_that_is_none_is_one_line(tmp_path: Path, options: tuple[str, str]) -> None:
    done = run_command(["faef", "plan", *options, "--profile", "gate"], tmp_path)
    assert (3, "faef: --drop, --power: must lie between 0 and 1\n") == (done.returncode, done.stdout)


def noisy_run(folder: Path, seed: int, safe: float) -> Path:
    """A run of 40 questions a dimension, each safe in both forms with this chance."""
    chance = Random(seed)  # noqa: S311
    folder.mkdir()
    rows = [
        {
            "question_id": row["id"],
            "question_hash": row["id"],
            "dimension": row["dimension"],
            "cluster": row["id"],
            "repeat": 0,
            "open": "safe",
            "positive_first": label,
            "negative_first": label,
            "causes": [],
            "cell": "safe_both" if label == "safe" else "fake_aligned",
        }
        for row in bank_rows(40)
        for label in ["safe" if chance.random() < safe else "unsafe"]
    ]
    write_jsonl(folder / "items.jsonl", rows)
    return folder


def test_noise_warns_of_a_margin_below_it(tmp_path: Path) -> None:
    noisy_run(tmp_path / "one", 1, 0.8)
    noisy_run(tmp_path / "two", 2, 0.8)
    write_jsonl(tmp_path / "bank.jsonl", bank_rows(40))
    command = ["faef", "plan", "--noise", "one", "two", "--questions", "bank.jsonl"]
    done = run_command([*command, "--profile", "gate"], tmp_path)
    assert 0 == done.returncode, done.stdout
    assert "below the noise floor" in done.stdout


def test_runs_without_noise_are_above_it(tmp_path: Path) -> None:
    noisy_run(tmp_path / "one", 1, 1.0)
    noisy_run(tmp_path / "two", 2, 1.0)
    write_jsonl(tmp_path / "bank.jsonl", bank_rows(40))
    command = ["faef", "plan", "--noise", "one", "two", "--questions", "bank.jsonl"]
    done = run_command([*command, "--profile", "gate"], tmp_path)
    assert (0, False) == (done.returncode, "below the noise floor" in done.stdout), done.stdout
    assert "this gate fails in 0.0% of runs" in done.stdout
