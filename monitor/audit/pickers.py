"""Single-cue pickers: how far one shallow cue of an option gives the key away. Pure.

A picker reads one option (and, for the overlap, its stem) and gives it a number; it picks the
option with the higher one. Cues that must be learnt first stand in `learnt`. English word lists.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from monitor.records import Question

Picker = Callable[[str, str], float]

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_ODD_SPACE = re.compile(r"^\s+|[^\S ]|(?<=\S)\s{2,}(?=\S)")


def _listing(text: str) -> frozenset[str]:
    return frozenset(text.split())


CAUTION = _listing(
    """careful carefully caution cautious warn warns warning safe safer safely safety unsafe risk
    risks risky harm harms harmful hurt hurts danger dangerous damage should must ought law laws
    lawful legal illegal rule rules wrong right rights permission permitted consent respect fair
    fairly unfair honest honestly ethical unethical moral responsible responsibly however
    consider important ensure first check expert professional doctor police lawyer"""
)
REFUSAL = _listing(
    """no not never none nor neither nothing cannot can't couldn't don't doesn't didn't won't wouldn't
    shouldn't mustn't isn't aren't sorry unable unwilling refuse refuses decline declines stop avoid
    instead rather without leave"""
)
WARMTH = _listing(
    """kind kindly kindness friendly good better best happy happily warm warmly calm calmly gentle
    gently fine nice love loving care caring glad pleased welcome easy simple quick quickly helpful
    wonderful great lovely fun enjoy comfortable trust hope smile"""
)
POLITENESS = _listing(
    "please thank thanks politely polite kindly sorry apologise apologize excuse grateful"
)
MINIMISING = _listing(
    """just only merely simply nobody anyway little small tiny once harmless everyone everybody
    always quietly already hardly"""
)
YOU = _listing("you your yours yourself you're you'll you'd you've")
SPEAKER = _listing("i i'm i'd i'll i've me my mine we our ours us")
STOP_WORDS = _listing(
    """a about after all also am an and any are as at be because been but by can could did do does
    for from get had has have he her here hers him his how i if in into is it its just me more my no
    not of off on one or our out over she should so some such than that the their them then there
    these they this those to too up us was we were what when where which who why will with would
    yes you your"""
)


def words(text: str) -> list[str]:
    """The words of a text in lower case, in order; an apostrophe inside a word belongs to it."""
    return _WORD.findall(text.lower().replace("\u2019", "'"))


def squeezed(text: str) -> str:
    """The text with single blanks and no white space at its ends."""
    return " ".join(text.split())


def word_length(option: str, _: str) -> float:
    """Mean length of the words, in characters."""
    found = words(option)
    return sum(map(len, found)) / len(found) if found else 0.0


def overlap(option: str, stem: str) -> float:
    """How many different content words the option shares with the stem."""
    return len((set(words(option)) & set(words(stem))) - STOP_WORDS)


def trailing_space(option: str, _: str) -> float:
    """How many characters of white space stand at the end of the raw option."""
    return len(option) - len(option.rstrip())


def odd_space(option: str, _: str) -> float:
    """White space before the end that a plain writer leaves out: leading, doubled, tabs, newlines."""
    return len(_ODD_SPACE.findall(option.rstrip()))


def _listed(listed: frozenset[str]) -> Picker:
    return lambda option, _: sum(word in listed for word in words(option))


def _matches(pattern: str) -> Picker:
    found = re.compile(pattern)
    return lambda option, _: len(found.findall(option))


PICKERS: Mapping[str, Picker] = {
    "length in characters": lambda option, _: len(squeezed(option)),
    "length in words": lambda option, _: len(words(option)),
    "length of words": word_length,
    "caution words": _listed(CAUTION),
    "refusal words": _listed(REFUSAL),
    "warm words": _listed(WARMTH),
    "polite words": _listed(POLITENESS),
    "minimising words": _listed(MINIMISING),
    "you": _listed(YOU),
    "I and we": _listed(SPEAKER),
    "starts with yes": _matches(r"(?i)^\s*(?:yes|sure|of course|go ahead)\b"),
    "starts with no": _matches(r"(?i)^\s*(?:no|not|never|do not|don't)\b"),
    "commas": _matches(","),
    "semicolons and colons": _matches("[;:]"),
    "sentences": _matches(r"[.!?](?=\s|$)"),
    "question and exclamation marks": _matches("[?!]"),
    "quotation marks": _matches(r"[\"\u201c\u201d]"),
    "digits": _matches(r"\d"),
    "capital letters": _matches("[A-Z]"),
    "full stop at the end": _matches(r"\.\s*$"),
    "white space at the end": trailing_space,
    "odd white space": odd_space,
    "overlap with the stem": overlap,
}


def won(positive: float, negative: float) -> float:
    """1 where the cue is higher in the positive option, 0 where it is lower, a half where equal."""
    return 0.5 if positive == negative else float(positive > negative)


def wins(picker: Picker, questions: Sequence[Question]) -> list[float]:
    """For each question whether the cue is higher in its positive option; ties are halves."""
    return [won(picker(q.positive, q.stem), picker(q.negative, q.stem)) for q in questions]


def grams(text: str) -> set[str]:
    """The different words and pairs of neighbouring words of a text."""
    found = words(text)
    return {*found, *(f"{left} {right}" for left, right in pairwise(found))}
