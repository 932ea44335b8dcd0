"""A text as a string of signs, one character for what each word or phrase does. Pure.

A sign is the same in all languages, so that the rules (`choice_reader`) know none: "I'd go with B" and
"我选B" are both `CB`. Words that change nothing have no sign, unknown ones are `x`. Not here: the words
themselves (`choice_words`), and which letters stand for an option (`letters`).
"""

# ruff: noqa: RUF001  (punctuation of other languages)

from collections.abc import Iterable, Sequence
from functools import lru_cache

from monitor.reading.choice_words import SHORT, phrases, phrases_by_two, plain, stems, without_accents

LONGEST = 24  # letters of a stem

_MARKS_OF = {
    **dict.fromkeys(".!。｡;؛।…", "."),
    **dict.fromkeys("?؟？", "?"),
    **dict.fromkeys(",،、", ","),
    **dict.fromkeys("—–―", "d"),
    **dict.fromkeys("([【《〈<〔", "("),
    **dict.fromkeys(")]】》〉〕", ")"),
    **dict.fromkeys(">≻", "}"),
    **dict.fromkeys("≺", "{"),
    "\n": "\n",
    ":": ":",
    "/": "/",
    "-": "",
}


def phrase_at(words: Sequence[str], start: int) -> tuple[str, int]:
    """The sign of the longest phrase that starts at a word, and how many words it takes."""
    word = words[start]
    following = words[start + 1] if start + 1 < len(words) else ""
    for second in (following, "*"):
        for parts, sign in phrases_by_two().get((word, second), ()):
            found = tuple(words[start : start + len(parts) - (parts[-1] == "*")])
            if found == parts:
                return sign, len(parts)
            if parts[-1] == "*" and found[:-1] == parts[:-2] and found[-1].startswith(parts[-2]):
                return sign, len(found)
    for parts, sign in phrases().get(word, ())[-1:]:
        if len(parts) == 1:
            return sign, 1
    return word_sign(words[start]), 1


@lru_cache(maxsize=20_000)
def word_sign(word: str) -> str:
    """The sign of a word by itself: from the tables, or from how it is formed; x if it has none."""
    if not word[:1].isalnum():
        return _MARKS_OF.get(word, "") if word else ""
    if word[0].isdigit():
        return "#"
    for form in (word, without_accents(word)) if len(word) > SHORT else (word,):
        if (sign := _listed(form)) is not None:
            return sign
    return _formed(word)


def signs_of(words: Iterable[str]) -> str:
    """The signs of words among which no letter is an option."""
    listed = [plain(word) for word in words]
    out, at = [], 0
    while at < len(listed):
        sign, taken = phrase_at(listed, at)
        out.append(sign)
        at += taken
    return "".join(out)


def _listed(word: str) -> str | None:
    for parts, sign in phrases().get(word, ()):
        if len(parts) == 1:
            return sign
    starts = (word[:length] for length in range(min(len(word), LONGEST), SHORT - 1, -1))
    return next((stems()[start] for start in starts if start in stems()), None)


def _formed(word: str) -> str:
    """English "-n't" and "-ly", and compounds of words that praise."""
    if word.endswith("n't"):
        return "!"
    if word.endswith("ly") and word.isascii():
        return ""
    parts = [part for part in word.split("-") if part]
    return "+" if len(parts) > 1 and {word_sign(part) for part in parts} <= {"+", ""} else "x"
