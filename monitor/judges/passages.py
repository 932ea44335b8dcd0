"""Which passages of an answer are read by themselves, so that no opening or closing hides the rest.

Cuts text; weighs nothing. Every pass is linear in the length of the answer.
"""

from dataclasses import dataclass
from typing import Self

from monitor.judges.cues import ADDRESS
from monitor.judges.features import SHORT, view, words

TAILS = 3
"""How many sentences an answer may open with before what it says is read by itself."""
WINDOW, STRIDE = 4, 2
"""Sentences that are read together, and how many later the next such window begins."""


@dataclass(frozen=True, slots=True)
class Passages:
    """An answer cut for reading: all of it, the same without its opening, and windows of it."""

    whole: str
    """What it says, folded, without sentences that address a judge."""
    tails: list[str]
    """`whole` without its first one, two and three sentences, where enough is left."""
    windows: list[str]
    """Every stretch of `WINDOW` sentences, those that address a judge included."""

    @classmethod
    def of(cls, answer: str) -> Self | None:
        """The passages of an answer; None when it holds no word."""
        seen = view("", answer)
        if seen is None:
            return None
        said = [part for part in seen.sentences if not ADDRESS.search(part)] or seen.sentences
        starts = range(0, max(1, len(seen.sentences) - WINDOW + STRIDE), STRIDE)
        return cls(
            whole=" ".join(said),
            tails=_tails(said),
            windows=[" ".join(seen.sentences[start : start + WINDOW]) for start in starts],
        )


def _tails(sentences: list[str]) -> list[str]:
    cut = [" ".join(sentences[start:]) for start in range(1, TAILS + 1)]
    return [tail for tail in cut if len(words(tail)) >= SHORT]
