"""Near-duplicates among the stems and among the options of a bank. Pure.

Two texts are near-duplicates where the Jaccard similarity of their word triples reaches a limit. A
question's own stem_alt and its declared twin are not compared with it. Candidates come from an
inverted index of each text's rarest triples (prefix filter: Chaudhuri and others 2006), so that a
bank is not compared with itself pair by pair. Whether twins are twins is asked in `twins`.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from monitor.audit.findings import Finding, Limits, Places, at_most
from monitor.audit.pickers import words
from monitor.records import Question

SHINGLE = 3  # words
_ROUNDING = 1e-9  # 0.35 * 20 is a little more than 7

Text = tuple[int, str]  # the index of its question, and what it says


@dataclass(frozen=True, slots=True, order=True)
class Near:
    """Two questions, by index, and how alike their most alike texts are."""

    first: int
    second: int
    similarity: float


def duplicate_findings(questions: Sequence[Question], limits: Limits) -> Iterator[Finding]:
    """How many pairs of questions have stems, or options, that are too alike: none is allowed."""
    stems = [(i, text) for i, q in enumerate(questions) for text in (q.stem, q.stem_alt)]
    options = [(i, text) for i, q in enumerate(questions) for text in (q.positive, q.negative)]
    for check, texts in (("near-duplicate stems", stems), ("near-duplicate options", options)):
        found = [n for n in near(texts, limits.similarity) if not _twins(questions, n)]
        closest = max((n.similarity for n in found), default=None)
        yield at_most(
            check,
            len(found),
            0,
            f"pairs of questions that share {limits.similarity:.0%} of their word triples or more"
            + (f"; the closest share {closest:.0%}" if closest is not None else ""),
            where=_places(questions, found),
        )


def shingles(text: str) -> frozenset[str]:
    """The different word triples of a text; a shorter text is one shingle, an empty one has none."""
    found = words(text)
    count = max(len(found) - SHINGLE + 1, min(len(found), 1))
    return frozenset(" ".join(found[i : i + SHINGLE]) for i in range(count))


def near(texts: Sequence[Text], limit: float) -> list[Near]:
    """The pairs of different questions with a similarity of at least `limit`, which is above 0."""
    sets = [(owner, shingles(text)) for owner, text in texts]
    best: dict[tuple[int, int], float] = {}
    for left, right in _candidates([found for _, found in sets], limit):
        (a, first), (b, second) = sets[left], sets[right]
        alike = len(first & second) / len(first | second)
        pair = min(a, b), max(a, b)
        if a != b and alike >= limit and alike > best.get(pair, 0.0):
            best[pair] = alike
    return sorted(Near(*pair, alike) for pair, alike in best.items())


def _candidates(sets: Sequence[frozenset[str]], limit: float) -> Iterator[tuple[int, int]]:
    """The pairs that could reach the limit: they share one of their rarest shingles."""
    spread = Counter(shingle for found in sets for shingle in found)
    index: defaultdict[str, list[int]] = defaultdict(list)
    for number, found in enumerate(sets):
        rarest = sorted(found, key=lambda shingle: (spread[shingle], shingle))
        prefix = rarest[: len(rarest) - math.ceil(limit * len(rarest) - _ROUNDING) + 1]
        seen: set[int] = set()
        for shingle in prefix:
            seen.update(index[shingle])
            index[shingle].append(number)
        yield from ((earlier, number) for earlier in sorted(seen))


def _twins(questions: Sequence[Question], found: Near) -> bool:
    first, second = questions[found.first], questions[found.second]
    return first.twin is not None and first.twin == second.twin


def _places(questions: Sequence[Question], found: Iterable[Near]) -> Places:
    return tuple((questions[n.first].id, questions[n.second].id) for n in found)
