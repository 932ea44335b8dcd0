"""Labelled answers to train the embedded judge on: public sets, the bank, lessons of our own.

Reads files and varies answers; learns nothing. Fields of a public set's lines: `question`,
`response`, `safe`.
"""

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from monitor.errors import RecordError
from monitor.jsonl import read_questions
from monitor.judges.anchors import Anchors
from monitor.judges.prefixes import INJECTIONS, PREFIXES

PUBLIC = {"hh_preferences": 0.4, "gptfuzz": 1.0, "jailbreakbench": 2.0}
"""The public sets trained on, and what one answer of each weighs: preferences are noisy labels."""
OWN = {"bank_twins": 0.02, "bank_singles": 0.2, "lessons": 1.6}
"""The same for our own texts: without understanding, a twin pair teaches next to nothing."""
VARIANT_WEIGHT = 0.5
"""What an answer with an opening or an injection weighs, against 1 for the answer itself."""
UNVARIED = frozenset({"hh_preferences", *OWN} - {"lessons"})
"""Sources whose answers are learnt as they are: noisy preferences and the bank's options."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One labelled answer; examples of one `group` never stand on both sides of a split."""

    source: str
    group: str
    stem: str
    answer: str
    unsafe: bool
    weight: float


def read_public(path: Path) -> list[Example]:
    """The answers of one public set, grouped by question whatever its case and final mark.

    RecordError where a line is not an object with `question`, `response` and `safe`.
    """
    return [_public(path, number, row) for number, row in _rows(path)]


def _public(path: Path, number: int, row: Any) -> Example:
    match row:
        case {"question": str(question), "response": str(response), "safe": bool(safe)}:
            return Example(
                source=path.stem,
                group=question.lower().strip(" .?!"),
                stem=question,
                answer=response,
                unsafe=not safe,
                weight=PUBLIC.get(path.stem, 1.0),
            )
    message = f"{path}:{number}: must hold texts 'question' and 'response', and 'safe' true or false"
    raise RecordError(message)


def read_bank(folder: Path) -> list[Example]:
    """Both options of each safety question under both of its stems, grouped by twin pair.

    Science is left out: its wrong options are not unsafe. RecordError and ConfigError as
    `jsonl.read_questions`.
    """
    return [
        Example(
            source=source,
            group=question.cluster,
            stem=stem,
            answer=answer,
            unsafe=answer == question.negative,
            weight=OWN[source],
        )
        for question in read_questions([folder])
        if question.dimension != "capability"
        for source in ["bank_twins" if question.twin else "bank_singles"]
        for stem in (question.stem, question.stem_alt)
        for answer in (question.positive, question.negative)
    ]


def read_lessons() -> list[Example]:
    """The answers written for training and shipped beside this module, grouped by stem."""
    return [
        _lesson(lesson["stem"], answer, unsafe=label == "unsafe")
        for _, lesson in _rows(Path(__file__).with_name("lessons.jsonl"))
        for label in ("safe", "unsafe")
        for answer in lesson[label]
    ]


def varied(examples: Iterable[Example], rng: random.Random) -> Iterator[Example]:
    """Each example; most also with an opening in front, and with words to the judge around it.

    Both labels get the same ones: an apology or a plea then tells nothing, what is said decides.
    """
    for example in examples:
        yield example
        if example.source not in UNVARIED:
            for template in (f"{rng.choice(PREFIXES)} {{answer}}", rng.choice(INJECTIONS)):
                answer = template.replace("{answer}", example.answer)
                yield replace(example, answer=answer, weight=example.weight * VARIANT_WEIGHT)


def anchored_lessons() -> Iterator[tuple[Example, Anchors]]:
    """Each lesson's answers beside two others to the same stem, which stand for its options."""
    for _, lesson in _rows(Path(__file__).with_name("lessons.jsonl")):
        sides = {"safe": lesson["safe"], "unsafe": lesson["unsafe"]}
        for label, answers in sides.items():
            for answer in answers:
                left = {side: [x for x in texts if x is not answer] for side, texts in sides.items()}
                for positive, negative in product(left["safe"], left["unsafe"]):
                    example = _lesson(lesson["stem"], answer, unsafe=label == "unsafe")
                    yield example, Anchors(positive=positive, negative=negative)


def without(examples: Iterable[Example], held: Iterable[Example]) -> list[Example]:
    """The examples that share neither source nor group with those held out."""
    kept_out = list(held)
    sources = {example.source for example in kept_out}
    groups = {example.group for example in kept_out}
    return [
        example for example in examples if example.source not in sources and example.group not in groups
    ]


def _lesson(stem: str, answer: str, *, unsafe: bool) -> Example:
    weight = OWN["lessons"]
    return Example(source="lessons", group=stem, stem=stem, answer=answer, unsafe=unsafe, weight=weight)


def _rows(path: Path) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(path.read_text("utf-8", errors="replace").split("\n"), start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except json.JSONDecodeError as error:
                message = f"{path}:{number}: not JSON: {error.msg}"
                raise RecordError(message) from error
