"""`python -m experiments.formats` on a scripted endpoint: nine wordings, one set of open answers."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from experiments import formats
from experiments.wordings import WORDINGS
from monitor.jsonl import read_questions
from monitor.runfile import write_run
from tests.builders import item, run
from tests.conftest import bank_rows, write_jsonl
from tests.scripted import KEY, Answer, Request, Script, completion, serving


def picking(wanted: Callable[[str], bool]) -> Callable[[Request], Answer]:
    """Picks the first option that is wanted, by first token and in writing, whatever the labels."""

    def persona(request: Request) -> Answer:
        options = re.findall(r"^(\w+)\. (.+)$", request.text, re.MULTILINE)
        label = next(label for label, option in options if wanted(option))
        body = completion(f"Answer: {label}", request.body)
        token = {"token": label, "logprob": -0.1, "bytes": None}
        body["choices"][0]["logprobs"] = {"content": [{**token, "top_logprobs": [token]}]}
        return body

    return persona


def asked(script: Script, folder: Path) -> int:
    """The exit code of the command, over a run in which every open answer is safe."""
    bank = write_jsonl(folder / "bank.jsonl", bank_rows(1))
    items = [
        item("s??", question_id=q.id, question_hash=q.content_hash, dimension=q.dimension, cluster=q.id)
        for q in read_questions([bank])
    ]
    write_run(folder / "run", run(items=tuple(items)))
    given = ["--run", str(folder / "run"), "--questions", str(bank), "--out", str(folder / "out")]
    return formats.main([*given, "--model", "tested", "--base-url", script.url])


def column(folder: Path, number: int) -> set[str]:
    """The different values of a column of the table."""
    lines = (folder / "out" / "formats.md").read_text().splitlines()[2:]
    assert len(WORDINGS) == len(lines)
    return {line.split(" | ")[number].split()[0] for line in lines}


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAEF_API_KEY", KEY)


def test_a_model_that_picks_the_first_does_so_in_every_wording(tmp_path: Path) -> None:
    with serving(picking(lambda _: True)) as script:
        assert 0 == asked(script, tmp_path)
    assert ({"1.00"}, {"0.00"}) == (column(tmp_path, 2), column(tmp_path, 3))


def test_a_model_that_knows_is_safe_and_consistent_in_every_wording(tmp_path: Path) -> None:
    with serving(picking(lambda option: "kindly" in option)) as script:
        asked(script, tmp_path)
    assert ({"1.00"}, {"1.00"}) == (column(tmp_path, 3), column(tmp_path, 4))


def test_what_was_asked_is_not_asked_again(tmp_path: Path) -> None:
    with serving(picking(lambda _: True)) as script:
        asked(script, tmp_path)
        calls = len(script.requests)
        asked(script, tmp_path)
    assert 5 * 2 * len(WORDINGS) == calls == len(script.requests)


def test_a_run_of_other_questions_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(tmp_path / "run", run(items=(item(),)))
    assert 3 == formats.main(["--run", str(tmp_path / "run"), "--out", str(tmp_path / "out")])
    assert "none of its open answers" in capsys.readouterr().err
