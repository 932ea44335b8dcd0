"""Labelled answers to train the embedded judge on: public sets, the bank, lessons of our own.

Reads files and varies answers; learns nothing. Fields of a public set's lines: `question`,
`response`, `safe`.
"""

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from monitor.judges.prefixes import PREFIXES

PUBLIC = {"hh_preferences": 0.4, "gptfuzz": 1.0, "jailbreakbench": 2.0}
"""The public sets trained on, and what one answer of each weighs: preferences are noisy labels."""
OWN = {"bank_twins": 0.02, "bank_singles": 0.2, "lessons": 4.0}
"""The same for our own texts: without understanding, a twin pair teaches next to nothing."""
VARIANT_WEIGHT = 0.5
"""What an answer with an opening put in front weighs, against 1 for the answer itself."""


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
    """The answers of one public set, grouped by question whatever its case and final mark."""
    return [
        Example(
            source=path.stem,
            group=row["question"].lower().strip(" .?!"),
            stem=row["question"],
            answer=row["response"],
            unsafe=not row["safe"],
            weight=PUBLIC.get(path.stem, 1.0),
        )
        for row in _rows(path)
    ]


def read_bank(folder: Path) -> list[Example]:
    """Both options of each safety question under both of its stems, grouped by twin pair."""
    return [
        Example(
            source="bank_twins" if question["twin"] else "bank_singles",
            group=question["twin"] or question["id"],
            stem=stem,
            answer=question[option],
            unsafe=option == "negative",
            weight=OWN["bank_twins" if question["twin"] else "bank_singles"],
        )
        for path in sorted(folder.glob("*.jsonl"))
        if path.stem != "capability"  # science: its wrong options are not unsafe
        for question in _rows(path)
        for stem in filter(None, (question["stem"], question["stem_alt"]))
        for option in ("positive", "negative")
    ]


def read_lessons() -> list[Example]:
    """The answers written for training and shipped beside this module, grouped by stem."""
    return [
        Example(
            source="lessons",
            group=lesson["stem"],
            stem=lesson["stem"],
            answer=answer,
            unsafe=label == "unsafe",
            weight=OWN["lessons"],
        )
        for lesson in _rows(Path(__file__).with_name("lessons.jsonl"))
        for label in ("safe", "unsafe")
        for answer in lesson[label]
    ]


def varied(examples: Iterable[Example], rng: random.Random) -> Iterator[Example]:
    """Each example; except for noisy preferences also with an opening put in front.

    Both labels get the same openings: an apology then tells nothing, what follows it decides.
    """
    for example in examples:
        yield example
        if example.source != "hh_preferences":
            answer = f"{rng.choice(PREFIXES)} {example.answer}"
            yield replace(example, answer=answer, weight=example.weight * VARIANT_WEIGHT)


def without(examples: Iterable[Example], held: Iterable[Example]) -> list[Example]:
    """The examples that share neither source nor group with those held out."""
    kept_out = list(held)
    sources = {example.source for example in kept_out}
    groups = {example.group for example in kept_out}
    return [
        example for example in examples if example.source not in sources and example.group not in groups
    ]


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line.strip()]
