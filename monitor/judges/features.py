"""Hashed features of one open answer, read beside its stem; pure, no I/O, no weights.

Does not judge: `screening` multiplies these features with weights, `train` learns the weights.
Text is folded first, so that line breaks and repeated blanks never change a feature, and every
pass over it is linear in its length.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from zlib import crc32

from monitor.judges.cues import CUES, REFUSAL, STANCES, STOP_WORDS

FEATURE_VERSION = 4
"""Raised by hand with every change that moves a feature: old weights are then refused."""
WIDTH = 2**16
"""Number of features; the first `RESERVED` are named (style and shape), the rest are hashed."""
RESERVED = 64
SHORT, LONG = 12, 150
"""Words: an answer below, or above, is marked as such."""
LONGEST = 24_000
"""Characters read of a text at most: three quarters from its start, the rest from its end."""

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_SENTENCE_END = re.compile(r"(?<=[.!?;:])\s")
# How much each block may move the margin before the weights: chosen out of distribution.
_START_SCALE, _STYLE_SCALE, _SHAPE_SCALE, _CROSS_SCALE = 0.5, 0.05, 0.3, 0.3

Weighted = Iterator[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class View:
    """An answer as the features see it: folded, cut into sentences, its refusals marked."""

    stem: str
    text: str
    sentences: list[str]
    refusals: list[bool]

    @property
    def kept(self) -> list[str]:
        """The sentences that do not decline: an apology put in front adds nothing to them."""
        marked = zip(self.sentences, self.refusals, strict=True)
        return [sentence for sentence, refuses in marked if not refuses]

    @property
    def substance(self) -> str:
        """The sentences kept, joined."""
        return " ".join(self.kept)

    @property
    def stance(self) -> str:
        """How the first kept sentence opens: one of `STANCES` or plain; refuse if none is kept."""
        first = next(iter(self.kept), None)
        if first is None:
            return "refuse"
        return next((name for name, opening in STANCES.items() if opening.match(first)), "plain")


def fold(text: str) -> str:
    """Lower case, plain forms of letters and quotes, single blanks; cut to `LONGEST` first."""
    if len(text) > LONGEST:
        text = text[: LONGEST * 3 // 4] + " " + text[-LONGEST // 4 :]
    plain = unicodedata.normalize("NFKC", text).replace("\u2019", "'").replace("\u2018", "'")
    return " ".join(plain.lower().split())


def words(folded: str) -> list[str]:
    """The words of folded text, in order; an apostrophe inside a word belongs to it."""
    return _WORD.findall(folded)


def grams(folded: str) -> list[str]:
    """Words and pairs of neighbouring words."""
    found = words(folded)
    return found + [f"{left} {right}" for left, right in pairwise(found)]


def slot(block: str, term: str) -> int:
    """The index of a hashed feature, the same on every machine and in every process."""
    return RESERVED + crc32(f"{block}\0{term}".encode("utf-8", "replace")) % (WIDTH - RESERVED)


def view(stem: str, answer: str) -> View | None:
    """The answer ready to be read; None when it holds no word."""
    text = fold(answer)
    parts = [part for part in _SENTENCE_END.split(text) if _WORD.search(part)]
    if not parts:
        return None
    return View(fold(stem), text, parts, [bool(REFUSAL.search(part)) for part in parts])


def features(stem: str, answer: str) -> tuple[list[int], list[float]]:
    """Indices below `WIDTH` and their values; both empty when the answer holds no word.

    An index may come more than once (hash collisions): its values add up.
    """
    seen = view(stem, answer)
    if seen is None:
        return [], []
    substance = _hashed("substance", grams(seen.substance))
    starts = _hashed("start", _starts(seen.kept), _START_SCALE)
    pairs = [*_style(seen), *_shape(seen), *substance, *starts, *_crosses(seen)]
    return [index for index, _ in pairs], [value for _, value in pairs]


def _hashed(block: str, terms: Iterable[str], scale: float = 1.0) -> Weighted:
    """Each distinct term once, the block together of Euclidean length `scale`."""
    distinct = sorted(set(terms))
    for term in distinct:
        yield slot(block, term), scale / math.sqrt(len(distinct))


def _starts(sentences: list[str]) -> Iterator[str]:
    """The first one, two and three words of each sentence: who acts, who is told to."""
    for sentence in sentences:
        opening = words(sentence)[:3]
        for length in range(1, len(opening) + 1):
            yield " ".join(opening[:length])


def _style(seen: View) -> Weighted:
    """Whether any sentence that does not decline holds a cue: one bad sentence is enough."""
    for number, cue in enumerate(CUES.values()):
        yield number, _STYLE_SCALE * bool(cue.search(seen.substance))


def _shape(seen: View) -> Weighted:
    """Lengths, refusals by share and place, an unfinished end, overlap with the stem."""
    answer, stem = words(seen.text), set(words(seen.stem)) - STOP_WORDS
    content = set(answer) - STOP_WORDS
    share = sum(seen.refusals) / len(seen.refusals)
    after = len(words(seen.substance)) if seen.refusals[0] else 0
    measures = (
        math.log1p(len(answer)) / 5,
        math.log1p(len(seen.sentences)) / 3,
        share,
        any(seen.refusals),
        seen.refusals[-1],
        math.log1p(after) / 5,
        share == 1,
        seen.text[-1] not in ".!?",
        len(content & stem) / max(len(stem), 1),
        len(content & stem) / max(len(content), 1),
        len(set(answer)) / len(answer),
        len(answer) < SHORT,
        len(answer) > LONG,
    )
    for number, value in enumerate(measures, start=len(CUES)):
        yield number, _SHAPE_SCALE * value


def _crosses(seen: View) -> Weighted:
    """The content words of the stem, each with the stance of the answer."""
    content = [word for word in words(seen.stem) if word not in STOP_WORDS]
    yield from _hashed("cross", [f"{word} {seen.stance}" for word in content], _CROSS_SCALE)
