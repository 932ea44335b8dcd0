"""What a run may spend: never exceeded, stopped cleanly, said beforehand."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.calls.budget import Budget, BudgetSpent, Price
from monitor.calls.limits import Limits
from monitor.records import Form, Prompt
from tests.builders import response
from tests.conftest import Faef, bank_rows, run_command, write_jsonl
from tests.scripted import Script, honest, serving

PROMPT = Prompt(
    question_id="q", form=Form.OPEN, repeat=0, messages=({"role": "user", "content": "x" * 400},)
)
PRICED = (
    "version: 1\nprices:\n  tested: {input: 10, output: 100}\n  judge: {input: 10, output: 100}\n"
    "profiles: {nightly: {}}\n"
)


@given(st.integers(0, 20), st.integers(0, 40))
def test_no_more_calls_are_let_through_than_the_limit(most: int, asked: int) -> None:
    budget, made = Budget(Limits(max_calls=most)), 0
    for _ in range(asked):
        try:
            budget.reserve("m", PROMPT, 10)
        except BudgetSpent:
            break
        made += 1
    assert min(most, asked) == made


@given(st.floats(0, 0.1), st.lists(st.booleans(), max_size=40))
def test_the_cost_never_exceeds_its_limit(most: float, returned: list[bool]) -> None:
    budget = Budget(Limits(max_cost=most), {"m": Price(input=10, output=100)})
    under_way = list[float]()
    for answers in returned:
        try:
            under_way.append(budget.reserve("m", PROMPT, 10))
        except BudgetSpent:
            break
        if answers:  # at the most that it was reserved for
            budget.spent("m", under_way.pop(), response(prompt_tokens=100, completion_tokens=10))
    for reserved in under_way:
        budget.spent("m", reserved, response(prompt_tokens=100, completion_tokens=10))
    assert budget.cost <= most + 1e-9


def test_what_a_call_did_not_cost_is_given_back() -> None:
    budget = Budget(Limits(max_cost=0.0025), {"m": Price(input=10, output=100)})
    for _ in range(3):  # each may cost 0.002 and costs nothing
        budget.spent("m", budget.reserve("m", PROMPT, 10), response(text=None, error="HTTP 500"))
    assert 0 == budget.cost


def test_a_run_stops_at_its_calls_and_is_inconclusive(faef: Faef) -> None:
    with serving(honest) as script:
        result = faef(script, "--max-calls", "13")
        asked = len(script.requests)
    assert (2, "inconclusive", 13) == (result.code, result.run["verdict"], asked), result.text
    assert "budget: 13 calls are made" in result.text


def test_a_majority_of_judges_stops_at_the_calls_too(faef: Faef) -> None:
    with serving(honest) as script:
        result = faef(script, "--judge", "one,two", "--max-calls", "33", "--concurrency", "4")
        asked = len(script.requests)
    assert (2, True) == (result.code, asked <= 33), result.text


def test_a_judge_check_beyond_the_budget_is_one_line(faef: Faef) -> None:
    with serving(honest) as script:
        result = faef(script, "--judge-check", "--max-calls", "5")
    said = "judge check: it takes 24 calls, more than the budget allows"
    assert (3, True) == (result.code, said in result.text), result.text


def test_a_stopped_run_goes_on_where_it_stopped(faef: Faef) -> None:
    with serving(honest) as script:
        faef(script, "--max-calls", "13")
        result = faef(script)
        asked = len(script.requests)
    assert (0, 5 * 2 * 4) == (result.code, asked), result.text


def test_no_check_of_a_stopped_run_passes_or_fails(faef: Faef) -> None:
    with serving(honest) as script:
        run = faef(script, "--max-calls", "39", "--concurrency", "1").run
    assert {"inconclusive"} == {verdict["outcome"] for verdict in run["verdicts"]}


def test_a_replay_of_a_stopped_run_is_inconclusive_too(faef: Faef) -> None:
    with serving(honest) as script:
        faef(script, "--max-calls", "39", "--concurrency", "1")
    result = faef(None, "--replay", "out", "--out", "again", "-k", "fairness")
    run = json.loads((result.out.parent / "again" / "run.json").read_text())
    assert (2, "inconclusive") == (result.code, run["verdict"]), result.text


def test_a_run_stops_before_its_cost(faef: Faef, tmp_path: Path) -> None:
    (tmp_path / "priced.yaml").write_text(PRICED)
    with serving(honest) as script:
        result = faef(
            *(script, "--thresholds", "priced.yaml", "--max-tokens", "5", "--max-cost", "0.115"),
            *("--concurrency", "1"),
        )
    assert (2, True) == (result.code, "(max-cost)" in result.text), result.text


def test_the_cost_stands_in_the_run(faef: Faef, tmp_path: Path) -> None:
    (tmp_path / "priced.yaml").write_text(PRICED)
    with serving(honest) as script:
        usage = faef(script, "--thresholds", "priced.yaml").run["usage"]
    assert pytest.approx(40 * (10 * 10 + 5 * 100) / 1e6) == usage["cost"]


def test_without_prices_no_cost_is_claimed(faef: Faef) -> None:
    with serving(honest) as script:
        assert "cost" not in faef(script, "-k", "privacy").run["usage"]


def test_a_limit_of_cost_needs_a_price(faef: Faef) -> None:
    with serving(honest) as script:
        result = faef(script, "--max-cost", "1")
        asked = len(script.requests)
    assert (3, 0) == (result.code, asked)
    assert "--max-cost: no price of 'tested': add prices: {tested: {input: X, output: Y}}" in result.text


def test_a_deadline_stops_the_run(faef: Faef, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "bank.jsonl", bank_rows(per_dimension=40))

    def slow(request: object) -> str:
        script.closing.wait(0.2)
        return str(honest(request))  # type: ignore[arg-type]

    script: Script
    with serving(slow) as script:
        result = faef(script, "--deadline", "1.5", "--concurrency", "2")
    assert (2, True) == (result.code, "deadline: 1.5 seconds are over" in result.text), result.text


def test_a_dry_run_asks_nothing_and_is_no_pass(faef: Faef) -> None:
    with serving(honest) as script:
        result = faef(script, "--dry-run")
        asked = len(script.requests)
    assert (2, 0) == (result.code, asked), result.text
    assert "30 calls to tested, at most 10 to judge" in result.text
    assert "cost unknown: thresholds.yaml has no price of tested, judge" in result.text


def test_a_dry_run_says_what_it_costs_at_the_most(faef: Faef, tmp_path: Path) -> None:
    (tmp_path / "priced.yaml").write_text(PRICED)
    with serving(honest) as script:
        result = faef(script, "--dry-run", "--thresholds", "priced.yaml", "--max-tokens", "100")
    # 30 × 100 tokens of the model and 10 × 1024 of the judge at 100 dollars a million, and the prompts
    assert "at most 13,240 completion tokens" in result.text
    assert "at most 1." in result.text


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--max-calls", "-1", "--max-calls: -1 is below 0"),
        ("--deadline", "0", "--deadline: 0.0 is not above 0"),
        ("--rpm", "-5", "--rpm: -5.0 is not above 0"),
        ("--retries", "-1", "--retries: -1 is below 0"),
        ("--concurrency", "0", "--concurrency: 0 is not above 0"),
        ("--shard", "4/3", "--shard: '4/3' is not a part such as 1/3"),
    ],
)
def test_a_nonsensical_limit_is_one_line(tmp_path: Path, option: str, value: str, said: str) -> None:
    done = run_command(["faef", "collect", "--judge", "embedded", option, value], tmp_path)
    assert (3, f"faef: {said}\n") == (done.returncode, done.stdout)


@given(st.integers(0, 20), st.integers(0, 20))
def test_what_was_paid_before_counts(made: int, most: int) -> None:
    budget, through = Budget(Limits(max_calls=most, made=made)), 0
    for _ in range(30):
        try:
            budget.reserve("m", PROMPT, 10)
        except BudgetSpent:
            break
        through += 1
    assert max(0, most - made) == through
