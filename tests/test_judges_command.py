"""`faef gate` with each kind of judge, by its real entry point, on a scripted server."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Faef, bank_rows, write_jsonl
from tests.scripted import SAFE, Answer, Request, honest, judging, moderated, serving

ONE_SUITE = ("-k", "privacy")


def judgements(out: Path) -> list[str]:
    """The recorded texts of the judge."""
    rows = [json.loads(line) for line in (out / "responses.jsonl").read_text().splitlines()]
    return [row["text"] for row in rows if row["form"] == "judge"]


def causes(run: dict[str, Any]) -> dict[str, int]:
    """Why answers about privacy did not count."""
    found: dict[str, int] = run["dimensions"]["privacy"]["causes"]
    return found


def test_a_judge_by_schema(faef: Faef) -> None:
    def structured(request: Request) -> Answer:
        verdict = judging(request)
        if verdict is None:
            return honest(request)
        assert "json_schema" == request.body["response_format"]["type"]
        return json.dumps({"reason": "It asks.", "judgement": verdict[13:-2]})

    with serving(structured) as script:
        result = faef(script, *ONE_SUITE)
    assert (0, 2) == (result.code, script.count("judge")), result.text


@pytest.mark.parametrize(
    ("kind", "safe"),
    [("llama-guard", "safe"), ("shieldgemma", "No"), ("granite-guardian", "<score> no </score>")],
)
def test_a_guard_model(faef: Faef, kind: str, safe: str) -> None:
    def guarding(request: Request) -> Answer:
        return safe if request.kind == "guard" else honest(request)

    with serving(guarding) as script:
        result = faef(script, *ONE_SUITE, "--judge", f"{kind}={kind}-x")
        again = faef(None, *ONE_SUITE, "--replay", "out", "--out", "again")
    assert (0, 0, f"{kind}={kind}-x") == (result.code, again.code, result.run["judge"]), result.text
    assert ["Judgement: [[safe]]"] * 2 == judgements(result.out)


def test_the_moderation_endpoint(faef: Faef) -> None:
    def moderating(request: Request) -> Answer:
        if request.kind == "moderation":
            return moderated(flagged="kindly" not in request.text, body=request.body)
        return honest(request)

    with serving(moderating) as script:
        result = faef(script, *ONE_SUITE, "--judge", "moderation")
    assert (0, "moderation=omni-moderation-latest") == (result.code, result.run["judge"]), result.text
    assert {SAFE} == {request.text for request in script.requests if request.kind == "moderation"}


def test_a_majority_of_three_with_one_that_is_down(faef: Faef) -> None:
    def torn(request: Request) -> Answer:
        if request.kind == "guard":
            return 400
        return "Judgement: [[safe]]" if judging(request) else honest(request)

    with serving(torn) as script:
        result = faef(script, *ONE_SUITE, "--judge", "one,llama-guard=guard,two")
        again = faef(None, *ONE_SUITE, "--replay", "out", "--out", "again")
    assert (0, 0, 0) == (result.code, again.code, result.run["usage"]["failed"]), result.text
    assert "majority(one, llama-guard=guard, two)" == result.run["judge"]
    votes = "Votes: one safe, llama-guard=guard failed, two safe\nJudgement: [[safe]]"
    assert [votes] * 2 == judgements(result.out)


def test_a_judge_of_a_majority_that_does_not_exist_is_said_in_one_line(faef: Faef) -> None:
    with serving(lambda r: 404 if r.body["model"] == "typo" else honest(r)) as script:
        result = faef(script, *ONE_SUITE, "--judge", "one,typo")
    assert 3 == result.code
    assert "no such model or path (404 for 'typo')" in result.text
    assert "Traceback" not in result.text


def test_a_judge_that_is_filtered_is_unreadable_and_stays_so_in_a_replay(faef: Faef) -> None:
    def filtered(request: Request) -> Answer:
        refused = {"error": {"message": "x", "code": "content_filter"}}
        return refused if judging(request) else honest(request)

    with serving(filtered) as script:
        result = faef(script, *ONE_SUITE)
    again = faef(None, *ONE_SUITE, "--replay", "out", "--out", "again")
    assert {"open: judge filtered": 2} == causes(result.run) == causes(json.loads(run_of(again.out)))
    assert 0 == result.run["usage"]["failed"]


def run_of(out: Path) -> str:
    """`run.json` of the replay beside a run."""
    return (out.parent / "again" / "run.json").read_text()


def test_a_model_under_test_that_is_filtered_is_a_failed_call(faef: Faef) -> None:
    def filtered(request: Request) -> Answer:
        refused = {"error": {"message": "x", "code": "content_filter"}}
        return refused if request.kind == "open" else honest(request)

    with serving(filtered) as script:
        result = faef(script, *ONE_SUITE)
    assert 4 == result.code
    assert "content filter" in result.text


def labelled(tmp_path: Path, *rows: dict[str, Any]) -> Path:
    """A file of labels for the scripted model's safe answer to some stems."""
    return write_jsonl(tmp_path / "labels.jsonl", [{"answer": SAFE, **row} for row in rows])


STEMS = [row["stem"] for row in bank_rows() if row["dimension"] == "privacy"]


def test_labelled_answers_are_not_sent_to_the_judge(faef: Faef, tmp_path: Path) -> None:
    file = labelled(tmp_path, {"question": STEMS[0], "safe": False})
    with serving(honest) as script:
        result = faef(script, *ONE_SUITE, "--labels", str(file))
    assert (1, 1) == (script.count("judge"), result.run["dimensions"]["privacy"]["cells"]["inverse"])


def test_without_a_judge_other_answers_are_not_labelled(faef: Faef, tmp_path: Path) -> None:
    file = labelled(tmp_path, {"question": STEMS[0], "safe": True})
    with serving(honest) as script:
        result = faef(script, *ONE_SUITE, "--labels", str(file), "--judge", "none")
    assert {"open: not labelled": 1} == causes(result.run)
    assert (0, "labels") == (script.count("judge"), result.run["judge"])


def test_labels_count_in_a_replay_too(faef: Faef, tmp_path: Path) -> None:
    file = labelled(tmp_path, {"question": STEMS[0], "safe": False})
    with serving(honest) as script:
        first = faef(script, *ONE_SUITE)
    again = faef(None, *ONE_SUITE, "--replay", "out", "--out", "again", "--labels", str(file))
    run = json.loads(run_of(first.out))
    assert 1 == run["dimensions"]["privacy"]["cells"]["inverse"], again.text
    assert run["fingerprint"]["judge"] != first.run["fingerprint"]["judge"]
    assert "labels, judge" == run["judge"]


def test_the_check_of_the_judge_is_recorded_counted_and_replayed(faef: Faef) -> None:
    with serving(honest) as script:
        result = faef(script, *ONE_SUITE, "--judge-check")
    faef(None, *ONE_SUITE, "--replay", "out", "--out", "again")
    check = result.run["judge_check"]
    assert (24, {"unsafe"}) == (len(check), set(check.values()))  # none of them says "kindly"
    assert 24 + 2 == result.run["usage"]["judgements"] == script.count("judge")
    assert check == json.loads(run_of(result.out))["judge_check"]
    assert "24 unsafe" in result.text


def test_without_the_option_nothing_is_checked(faef: Faef) -> None:
    with serving(honest) as script:
        result = faef(script, *ONE_SUITE)
    assert (None, 2) == (result.run["judge_check"], script.count("judge"))


def test_a_check_that_fails_stops_the_run_before_the_model_is_asked(faef: Faef) -> None:
    with serving(lambda request: 400 if judging(request) else honest(request)) as script:
        result = faef(script, *ONE_SUITE, "--judge-check")
    assert (4, 0) == (result.code, script.count("open"))
    assert "judge check: 24 of 24 calls to the judge judge failed" in result.text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("--judge", "a,b", "--judge-base-url", "http://u,http://v,http://w"),
            "3 addresses for 2 judges",
        ),
        (("--judge", "shieldgemma="), "names no model"),
        (("--judge", "none"), "no judge for 'tested'"),
        (("--labels", "nowhere.jsonl"), "nowhere.jsonl: cannot be read"),
    ],
)
def test_a_judge_that_cannot_be_opened_is_said_before_anything_is_asked(
    faef: Faef, arguments: tuple[str, ...], said: str
) -> None:
    with serving(honest) as script:
        result = faef(script, *ONE_SUITE, *arguments)
    assert (3, []) == (result.code, script.requests)
    assert said in result.text
    assert "Traceback" not in result.text
