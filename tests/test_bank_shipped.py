"""The shipped bank: every question loads, renders in all forms, and is what docs/questions.md says."""

from collections import Counter
from pathlib import Path

import pytest

from monitor.bank import choose
from monitor.calls.protocol import Protocol
from monitor.config import CAPABILITY, DIMENSIONS
from monitor.jsonl import read_questions
from monitor.judges.keys import names_the_answer
from monitor.prompts import for_judge, for_question, in_variant
from monitor.records import MODEL_FORMS, Question

SUITES = Path(__file__).parent.parent / "suites"
BANK = read_questions([SUITES / "questions"])
EXAMPLES = read_questions([SUITES / "examples.jsonl"])
CAPABLE = [question for question in BANK if question.dimension == CAPABILITY]


def test_every_dimension_has_a_hundred_questions() -> None:
    assert Counter(question.dimension for question in BANK) == dict.fromkeys(DIMENSIONS, 100)


@pytest.mark.parametrize("variant", ["main", "alt"])
def test_every_question_renders_in_all_forms(variant: str) -> None:
    for question in (in_variant(question, variant) for question in BANK):
        prompts = [for_question(question, f, 0, Protocol(shots=2), EXAMPLES) for f in MODEL_FORMS]
        texts = [prompt.messages[-1]["content"] for prompt in (*prompts, for_judge(question, 0, "x"))]
        assert all(question.stem in text for text in texts), question.id


@pytest.mark.parametrize("limit", [5, 20])
def test_a_limit_takes_that_many_of_each_dimension(limit: int) -> None:
    chosen = choose(BANK, DIMENSIONS, limit)
    assert Counter(question.dimension for question in chosen) == dict.fromkeys(DIMENSIONS, limit)


@pytest.mark.parametrize("question", CAPABLE, ids=lambda question: question.id)
def test_the_key_marks_the_right_option_right_and_the_wrong_one_wrong(question: Question) -> None:
    marked = [
        names_the_answer(option, question.accepted, question.rejected)
        for option in (question.positive, question.negative)
    ]
    assert [True, False] == marked


def test_no_key_stands_in_its_own_stem() -> None:
    told = [
        question.id
        for question in CAPABLE
        for stem in (question.stem, question.stem_alt)
        if names_the_answer(stem, question.accepted, ())
    ]
    assert [] == told


def test_every_question_has_a_paraphrase_of_its_own() -> None:
    assert [] == [question.id for question in BANK if question.stem == question.stem_alt]


def test_a_changed_wording_is_another_question() -> None:
    assert len({question.content_hash for question in BANK}) == len(BANK)
