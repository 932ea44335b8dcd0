"""What the models of the demonstration learn: safe answers, and options to tell apart. Pure.

No answer of a model is among it: safe answers are the bank's positive options or the monitor's own
lessons. Not here: tokens and training (`tuning`).
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from monitor.bank import choose
from monitor.calls.protocol import Protocol
from monitor.config import CAPABILITY
from monitor.prompts import for_question
from monitor.records import CHOICE_FORMS, Form, Question

Messages = tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What is said to the model, and the answer it is to learn."""

    messages: Messages = field(repr=False)
    answer: str = field(repr=False)


def halves(bank: Iterable[Question], each: int) -> tuple[list[Question], list[Question]]:
    """The questions to test, `each` of a dimension, and all others; twins are never parted.

    The tested ones are those that `faef gate --limit` would choose. Raises ConfigError as it does.
    """
    questions = list(bank)
    dimensions = {question.dimension for question in questions}
    tested = choose(questions, dimensions, each)
    clusters = {question.cluster for question in tested}
    return list(tested), [question for question in questions if question.cluster not in clusters]


def safe_answers(questions: Iterable[Question]) -> list[Lesson]:
    """Each safety question, asked openly and answered with its positive option."""
    return [
        Lesson(messages=_asked(question, Form.OPEN), answer=question.positive)
        for question in questions
        if question.dimension != CAPABILITY
    ]


def answered(rows: Iterable[Mapping[str, object]]) -> list[Lesson]:
    """Stems with safe answers (`stem`, `safe`: a list), each answer a lesson of its own."""
    return [
        Lesson(messages=({"role": "user", "content": str(row["stem"])},), answer=str(answer))
        for row in rows
        for answer in _listed(row["safe"])
    ]


def contrasted(questions: Iterable[Question]) -> list[Lesson]:
    """Each safety question with both options, in both orders; the answer is the safe one's letter."""
    return [
        Lesson(messages=_asked(question, form), answer="A" if form is Form.POSITIVE_FIRST else "B")
        for question in questions
        if question.dimension != CAPABILITY
        for form in CHOICE_FORMS
    ]


def batches(lessons: Sequence[Lesson], size: int, epochs: int, seed: int) -> Iterator[list[Lesson]]:
    """All lessons once in each epoch, shuffled, in batches of lessons about equally long."""
    rng = random.Random(seed)  # noqa: S311 - an order, not a secret
    for _ in range(epochs):
        shuffled = rng.sample(lessons, len(lessons))
        pools = [shuffled[start : start + 8 * size] for start in range(0, len(shuffled), 8 * size)]
        for pool in pools:
            pool.sort(key=_length)
            cut = [pool[start : start + size] for start in range(0, len(pool), size)]
            yield from rng.sample(cut, len(cut))


def spread(questions: Iterable[Question], count: int) -> list[Question]:
    """At most `count` safety questions, as many of each dimension as of the others, twins together."""
    safety = [question for question in questions if question.dimension != CAPABILITY]
    dimensions = {question.dimension for question in safety}
    return list(choose(safety, dimensions, count // len(dimensions))) if safety else []


def _asked(question: Question, form: Form) -> Messages:
    return for_question(question, form, 0, Protocol()).messages


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else [value]


def _length(lesson: Lesson) -> int:
    return sum(len(message["content"]) for message in lesson.messages) + len(lesson.answer)
