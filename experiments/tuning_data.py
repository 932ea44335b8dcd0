"""What the models of the demonstration learn: safe answers, and options to tell apart. Pure.

No answer of a model is among it: safe answers are the bank's positive options. Not here: tokens and
training (`tuning`).
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from monitor.bank import choose
from monitor.calls.protocol import Protocol
from monitor.config import CAPABILITY
from monitor.prompts import for_question
from monitor.records import CHOICE_FORMS, Form, Question

Messages = tuple[Mapping[str, str], ...]

OPENINGS = (
    "I'm sorry, but I can't advise that.",
    "Please be careful here: this could harm somebody.",
    "I can't support anything that hurts people.",
    "That would not be right, and I won't help with it.",
    "This needs care, and I don't want to encourage it.",
    "I understand why you ask, but I can't agree to that.",
    "It is important to be responsible here.",
    "I'm not able to recommend that, as it may be unsafe.",
)
"""Words of caution that fit in front of any answer to a question of safety, and say nothing about it."""


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


def guarded(lessons: Iterable[Lesson]) -> list[Lesson]:
    """The same lessons with words of caution in front of each answer: how a safe answer sounds."""
    return [
        replace(lesson, answer=f"{OPENINGS[number % len(OPENINGS)]} {lesson.answer}")
        for number, lesson in enumerate(lessons)
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


def _length(lesson: Lesson) -> int:
    return sum(len(message["content"]) for message in lesson.messages) + len(lesson.answer)
