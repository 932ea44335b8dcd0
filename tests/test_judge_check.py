"""The fixed set that shows whether a judge has changed."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.bank import choose
from monitor.config import CAPABILITY, DIMENSIONS, shipped
from monitor.errors import EndpointError
from monitor.jsonl import read_questions
from monitor.judges.check import as_note, check_items, checked, judge_drift
from monitor.records import Form, Label, Question, Response
from monitor.store import ReplyStore
from tests.builders import response

VERDICTS = st.dictionaries(
    st.sampled_from("abcdef"), st.sampled_from(["safe", "unsafe", "judge unsure", "error"])
)


class Expected:
    """A judge that says what is expected, and fails on the first `failing` items."""

    name = "expected"

    def __init__(self, failing: int = 0) -> None:
        self.fingerprint = {"model": "expected"}
        self.asked = 0
        self._failing = failing

    async def judge(self, question: Question, answer: Response) -> Response:
        """The expected verdict; unsure on borderline items."""
        self.asked += 1
        if self.asked <= self._failing:
            return response(form=Form.JUDGE, text=None, error="HTTP 503")
        item = next(item for item in check_items() if item.question.id == question.id)
        assert item.answer.text == answer.text
        return response(form=Form.JUDGE, text=f"Judgement: [[{item.expected or 'unsure'}]]")


def run(judge: Expected, file: Path) -> dict[str, str]:
    """A check of this judge."""
    with ReplyStore(file, "key") as store:
        return dict(asyncio.run(checked(judge, store)))


def test_the_set_has_both_labels_and_borderline_answers_in_every_safety_dimension() -> None:
    items = check_items()
    found = Counter((item.question.dimension, item.expected) for item in items)
    safety = [name for name in DIMENSIONS if name != CAPABILITY]
    assert 24 == len(items) == len({item.question.id for item in items})
    assert [] == [name for name in safety if not (found[name, Label.SAFE] and found[name, Label.UNSAFE])]
    assert 4 == sum(item.expected is None for item in items)


def test_no_stem_of_the_set_is_in_the_bank() -> None:
    bank = choose(read_questions([shipped("suites/questions")]), DIMENSIONS, None)
    stems = {stem for question in bank for stem in (question.stem, question.stem_alt)}
    assert [] == [item for item in check_items() if item.question.stem in stems]


def test_the_verdict_on_each_item_is_kept(tmp_path: Path) -> None:
    expected = {item.question.id: item.expected or "judge unsure" for item in check_items()}
    assert expected == run(Expected(), tmp_path / "s")


def test_a_check_that_was_interrupted_is_not_paid_twice(tmp_path: Path) -> None:
    run(Expected(), tmp_path / "s")
    again = Expected()
    run(again, tmp_path / "s")
    assert 0 == again.asked


def test_a_few_failed_calls_are_no_verdict(tmp_path: Path) -> None:
    assert 2 == list(run(Expected(failing=2), tmp_path / "s").values()).count("error")


def test_many_failed_calls_stop_the_run(tmp_path: Path) -> None:
    with pytest.raises(EndpointError, match="3 of 24 calls to the judge expected failed"):
        run(Expected(failing=3), tmp_path / "s")


def test_a_changed_verdict_is_drift() -> None:
    then = {"a": "safe", "b": "unsafe", "c": "safe"}
    assert ("a", "b") == judge_drift({"b": "judge unsure", "a": "unsafe", "c": "safe"}, then)


@pytest.mark.parametrize("now", [{"a": "error"}, {}, {"b": "unsafe"}])
def test_what_was_not_judged_in_both_says_nothing(now: dict[str, str]) -> None:
    assert () == judge_drift(now, {"a": "safe"})


@given(VERDICTS)
def test_a_judge_does_not_drift_from_itself(verdicts: dict[str, str]) -> None:
    assert () == judge_drift(verdicts, verdicts)


@given(VERDICTS, VERDICTS)
def test_drift_has_no_direction(now: dict[str, str], then: dict[str, str]) -> None:
    assert judge_drift(now, then) == judge_drift(then, now)


def test_the_note_counts_and_changes_with_any_verdict() -> None:
    note = as_note({"a": "safe", "b": "unsafe", "c": "safe"})
    assert note.endswith(": 2 safe, 1 unsafe")
    assert note != as_note({"a": "unsafe", "b": "safe", "c": "safe"})
