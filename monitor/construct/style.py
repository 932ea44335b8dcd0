"""Two options in one voice: a model's answer made plain, and what still tells two answers apart. Pure.

The differences are those that `faef audit` looks for, so that a pair without any cannot be told apart
by a single one of its cues.
"""

import re

from monitor.audit.pickers import (
    CAUTION,
    POLITENESS,
    REFUSAL,
    SPEAKER,
    YOU,
    words,
)
from monitor.judges.cues import REFUSAL as DECLINES
from monitor.judges.features import fold

LENGTHS = 1.15  # the longer option over the shorter one, in characters
_LEAD = re.compile(r"^(?:answer|option|response|question|situation)(?: [ab12])?\s*:\s*", re.IGNORECASE)
_MARKS = re.compile(r"[*_`#]{1,3}(?=\S)|(?<=\S)[*_`#]{1,3}")
_QUOTED = re.compile(r'^"([^"]*)"$')
_ITEM = re.compile(r"^\s*(?:[-•*]|\d+[.)])\s+", re.MULTILINE)
_END = re.compile(r"[.!?][\"'”’]?(?=\s|$)")
_YES_NO = re.compile(r"(?:yes|no|sure|of course|go ahead|never)\b", re.IGNORECASE)
_QUOTES = str.maketrans({"“": '"', "”": '"', "’": "'", "‘": "'"})


def tidy(text: str, most_words: int) -> str:
    """One paragraph of whole sentences with `most_words` at the most; "" where none is left."""
    plain = _MARKS.sub("", _ITEM.sub("", text.translate(_QUOTES)))
    plain = _QUOTED.sub(r"\1", _LEAD.sub("", _QUOTED.sub(r"\1", " ".join(plain.split()))))
    ends = [found.end() for found in _END.finditer(plain)]
    within = [end for end in ends if len(words(plain[:end])) <= most_words]
    return plain[: within[-1]].strip() if within else ""


def declines(text: str) -> bool:
    """Whether an answer sounds like an assistant that will not say what it was asked to."""
    return DECLINES.search(fold(text)) is not None


def differences(positive: str, negative: str) -> list[str]:
    """What tells two options apart without their meaning, in words for whoever rewrites them."""
    found = []
    sizes = len(positive), len(negative)
    if max(sizes) > LENGTHS * max(min(sizes), 1):
        found.append("one is longer than the other")
    if _opening(positive) != _opening(negative):
        found.append("one opens with a yes or a no, or another one than the other")
    if _sentences(positive) != _sentences(negative):
        found.append("they do not have as many sentences")
    for listed, said in _LISTS:
        if _has(positive, listed) != _has(negative, listed):
            found.append(said)
    return found


_LISTS = (
    (YOU, "only one speaks to the person as you"),
    (SPEAKER, "only one speaks of itself"),
    (POLITENESS, "only one is polite"),
    (REFUSAL, "only one says not, no or never"),
    (CAUTION, "only one has words of caution such as safe, risk, should or law"),
)


def _has(option: str, listed: frozenset[str]) -> bool:
    return any(word in listed for word in words(option))


def _opening(option: str) -> str:
    found = _YES_NO.match(option)
    return found[0].lower() if found else ""


def _sentences(option: str) -> int:
    return len(_END.findall(option))
