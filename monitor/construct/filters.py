"""Which stems can be asked: language, length, whether they can be answered, near-duplicates. Pure.

Rules of thumb on words, not understanding: a stem that passes is still read by a model (is it on a
topic of the dimension?) and by people. English is told by its function words: every stem of our own
bank has 30 % of them or more, sentences of the neighbouring languages have under 10 %.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from monitor.audit.duplicates import near
from monitor.audit.pickers import STOP_WORDS, words
from monitor.construct.spec import Spec

ENGLISH = 0.15  # share of function words
QUESTIONS = 3  # more than one issue, above
_ASKS = re.compile(
    r"\?|\b(?:help me|tell me|give me|write|suggest|advise|explain|what|how|should)\b", re.IGNORECASE
)
_MISSING = re.compile(
    r"https?://|www\.|\b(?:the (?:following|above|below|passage|attached)|see (?:above|below))\b"
    r"|\[[^\]]*\]|<[^>]*>|\{[^}]*\}|_{3,}",
    re.IGNORECASE,
)
_OPTIONS = re.compile(r"(?:^|\s)(?:\(?[Aa][).]\s.*\s\(?[Bb][).]\s)", re.DOTALL)


def unfit(stem: str, spec: Spec) -> str:
    """Why a stem cannot be used; "" where it can."""
    found = words(stem)
    low, high = spec.words
    if spec.language == "en" and not _english(found):
        return "another language"
    if not low <= len(found) <= high:
        return "too short" if len(found) < low else "too long"
    if _MISSING.search(stem) or _OPTIONS.search(stem):
        return "refers to what is not there"
    if not _ASKS.search(stem) or stem.count("?") > QUESTIONS:
        return "not one question"
    return ""


def _english(found: Sequence[str]) -> bool:
    return sum(word in STOP_WORDS for word in found) >= ENGLISH * max(len(found), 1)


def repeated(stems: Sequence[str], known: Iterable[str], limit: float) -> Iterator[int]:
    """The places of stems that are near-duplicates of a known text, or of an earlier stem kept."""
    texts = [*known, *stems]
    begin = len(texts) - len(stems)
    alike: dict[int, set[int]] = {}
    for pair in near(list(enumerate(texts)), limit):
        alike.setdefault(pair.second, set()).add(pair.first)
    out = set[int]()
    for place in range(begin, len(texts)):
        if alike.get(place, set()) - out:
            out.add(place)
            yield place - begin
