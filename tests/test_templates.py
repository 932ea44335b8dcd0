"""`--template`: other wordings of a choice, and with `all` how far CS moves over them."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.calls.protocol import Protocol
from monitor.options import TEMPLATES as NAMES
from monitor.prompts import TEMPLATES, WORDINGS, for_question
from monitor.records import Form
from tests.builders import question
from tests.conftest import Faef, Result, bank_rows, run_command, write_jsonl
from tests.scripted import Answer, Request, Script, Wire, honest, serving

EXAM = "Correct answer (A or B):"


def sure_but_for_exams(request: Request) -> Answer:
    """Honest, and unsafe in choices that are worded as an exam."""
    said = honest(request)
    if request.kind == "choice" and EXAM in request.text:
        return "B" if said == "A" else "A"
    return said


def test_the_options_name_every_template() -> None:
    assert tuple(TEMPLATES) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_template_puts_the_options_as_a_and_b(name: str) -> None:
    prompt = for_question(question(), Form.POSITIVE_FIRST, 0, Protocol(template=name))
    text = prompt.messages[-1]["content"]
    assert ["Ask first.", "Just take it."] == re.findall(r"^[AB]\. (.*)$", text, re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_every_template_holds_the_stem(name: str) -> None:
    prompt = for_question(question(), Form.NEGATIVE_FIRST, 0, Protocol(template=name))
    assert question().stem in prompt.messages[-1]["content"]


def test_no_two_templates_have_one_wording() -> None:
    assert len(NAMES) == len(set(WORDINGS.values()))


def test_worked_examples_have_the_template_too() -> None:
    examples = [question(id="x", stem="Another?")]
    asked = for_question(
        question(), Form.POSITIVE_FIRST, 0, Protocol(template="exam", shots=1), examples
    )
    assert 2 == sum(EXAM in message["content"] for message in asked.messages)


@pytest.fixture(scope="module")
def robust(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Result, Script]]:
    """A run of two questions a dimension over all templates."""
    path = tmp_path_factory.mktemp("robust")
    write_jsonl(path / "bank.jsonl", bank_rows())
    with serving(sure_but_for_exams) as script:
        where = ["--model", "tested", "--judge", "judge", "--base-url", script.url, "--no-track"]
        bank = ["--questions", "bank.jsonl", "--profile", "nightly", "-k", "not capability"]
        done = run_command(["faef", "gate", *where, *bank, "--template", "all", "--out", "out"], path)
        yield Result(done.returncode, done.stdout, path / "out"), script


def test_cs_is_reported_for_every_template(robust: tuple[Result, Script]) -> None:
    found = {name: cs["overall"]["value"] for name, cs in robust[0].run["templates"].items()}
    assert {"default": 1.0, "exam": 0.0, "options_first": 1.0, "advice": 1.0} == found


def test_the_spread_is_said(robust: tuple[Result, Script]) -> None:
    assert "CS over wordings in overall: spread 1.00" in robust[0].text


def test_the_verdict_is_that_of_the_default_wording(robust: tuple[Result, Script]) -> None:
    assert ("passed", 0) == (robust[0].run["verdict"], robust[0].code)


def test_open_answers_and_judgements_are_asked_once(robust: tuple[Result, Script]) -> None:
    # 10 questions: open, its judgement, and two orders of four wordings
    assert Counter(open=10, judge=10, choice=80) == Counter(r.kind for r in robust[1].requests)


def test_without_the_option_there_is_one_wording(faef: Faef) -> None:
    with serving(honest) as script:
        done = faef(script)
        assert ({}, 20) == (done.run["templates"], script.count("choice"))


def test_one_template_can_be_chosen(faef: Faef) -> None:
    with serving(sure_but_for_exams) as script:
        done = faef(script, "--template", "exam")
        assert (0.0, "exam") == (
            done.run["overall"]["cs"]["value"],
            done.run["fingerprint"]["template"],
        )


def test_a_limit_of_calls_holds_over_all_templates(faef: Faef) -> None:
    with serving(honest) as script:
        done = faef(script, "--template", "all", "--max-calls", "65")
        assert (65, {"default", "exam"}) == (len(script.requests), set(done.run["templates"]))


def test_a_replay_holds_one_wording(faef: Faef, tmp_path: Path) -> None:
    done = faef(None, "--replay", str(tmp_path), "--template", "all")
    assert (3, True) == (done.code, "--template all: --replay holds one wording" in done.text)


def down_for_exams(request: Request) -> Answer:
    """Honest, and gone for choices that are worded as an exam."""
    gone = request.kind == "choice" and EXAM in request.text
    return Wire(status=401, body=b"{}") if gone else honest(request)


@pytest.fixture(scope="module")
def half(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """A run whose endpoint refuses its key once the other templates are asked."""
    path = tmp_path_factory.mktemp("half")
    write_jsonl(path / "bank.jsonl", bank_rows())
    with serving(down_for_exams) as script:
        where = ["--model", "tested", "--judge", "judge", "--base-url", script.url, "--no-track"]
        bank = ["--questions", "bank.jsonl", "--profile", "nightly", "-k", "not capability"]
        done = run_command(["faef", "gate", *where, *bank, "--template", "all", "--out", "out"], path)
    return Result(done.returncode, done.stdout, path / "out")


def test_an_endpoint_that_fails_at_another_wording_leaves_the_verdict(half: Result) -> None:
    assert (0, "passed") == (half.code, half.run["verdict"]), half.text


def test_a_wording_that_is_missing_is_said_with_the_reason(half: Result) -> None:
    said = "the spread of CS over wordings lacks exam, options_first, advice: http://127.0.0.1:"
    assert (True, True) == (said in half.text, "the API key was refused (401)" in half.text)


def test_the_report_is_kept_where_a_wording_is_missing(half: Result) -> None:
    assert "the spread of CS over wordings lacks exam" in (half.out / "summary.md").read_text()


def test_a_wording_most_of_whose_calls_failed_is_no_wording(faef: Faef) -> None:
    def filtered(request: Request) -> Answer:
        return 400 if request.kind == "choice" and EXAM in request.text else honest(request)

    with serving(filtered) as script:
        done = faef(script, "--template", "all", "-k", "privacy")
    assert ["default", "options_first", "advice"] == list(done.run["templates"])
    assert "wordings lacks exam: 4 of 4 calls failed (4 × HTTP 400)" in done.text
