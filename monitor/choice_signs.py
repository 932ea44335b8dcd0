"""A text as a string of signs, one character for what each word or phrase does. Pure.

The words stand in `choice_words.toml`, a table per language; a sign is the same in all of them, so that
the rules (`choice_reader`) know no language: "I'd go with B" and "我选B" are both `CB`. Words that change
nothing have no sign, unknown ones are `x`. Not here: which letters stand for an option (`letters`).
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.resources import files

WORDS = files("monitor").joinpath("choice_words.toml").read_text(encoding="utf-8")
SIGNS = {
    "answer": "N",
    "option": "O",
    "choose": "C",
    "take": "t",
    "chosen": "c",
    "think": "T",
    "is": "=",
    "are": "p",
    "better": "+",
    "worse": "-",
    "less": "l",
    "more": "M",
    "not": "!",
    "nota": "~",
    "than": ">",
    "thana": "<",
    "and": "&",
    "or": "|",
    "because": "k",
    "so": "s",
    "but": "u",
    "though": "z",
    "if": "f",
    "maybe": "m",
    "says": "h",
    "people": "P",
    "conj": "q",
    "as": "j",
    "rank": "R",
    "good": "g",
    "decline": "r",
    "arrow": "a",
    "only": "y",
    "wait": "w",
    "both": "e",
    "neither": "E",
    "final": "F",
    "sum": "S",
    "sorry": "Y",
    "help": "H",
    "thing": "V",
    "follow": "",
    "skip": "",
}
EITHER_SIDE = "D"  # a verb of choosing that stands before its letter or after it

JOINED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff"
MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0970-\u0dff"
LETTER = rf"(?:[^\W\d_{JOINED}]|[{MARKS}])"
_ELISION = r"(?:[ldcjnsmt]|qu|dell|all|un|nell|sull|puisqu|jusqu)'"
_CLITIC = rf"'(?:s|d|ll|m|re|ve)(?!{LETTER})"
_SUFFIXED = rf"[AB](?:'(?:y?[ıiae]|[dt][ıi]r|[dt][ae]n?|n?[ıi]n)|-(?:t|ra|re|val|vel|ban|ben|nak|nek|hoz|hez|tól|től|nál|nél)|:(?:n|ta|tä|lle|ssa|ssä|han|hän|ksi|t|s))(?!{LETTER})"
SUFFIXED = re.compile(_SUFFIXED)
TOKEN = re.compile(
    rf"{_SUFFIXED}|{_CLITIC}|(?i:{_ELISION})(?={LETTER})"
    rf"|{LETTER}+(?:['-](?!(?:s|d|ll|m|re|ve)(?!{LETTER})){LETTER}+)*"
    r"|\d+(?:[.,]\d+)*%?|\n|[^\w\s]|\w"
)
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


def plain(word: str) -> str:
    """A word in small letters; a single capital A or B stays what it is, so that both are read alike."""
    return word if word in {"A", "B"} else word.casefold()


def without_accents(word: str) -> str:
    """The word with its diacritics taken off."""
    split = unicodedata.normalize("NFD", word)
    return "".join(mark for mark in split if not unicodedata.combining(mark))


def _phrases() -> tuple[dict[str, list[tuple[tuple[str, ...], str]]], dict[str, str], frozenset[str]]:
    """Phrases by their first word and the longest first, stems, and words that follow a letter."""
    found: dict[tuple[str, ...], str] = {}
    stems: dict[str, str] = {}
    follow: set[str] = set()
    for table in tomllib.loads(WORDS).values():
        own: dict[tuple[str, ...], str] = {}
        for key, words in table.items():
            for phrase in (word.strip() for word in words.split("|")):
                if not phrase and key in {"and", "or"}:
                    continue
                if key == "follow":
                    follow.add(phrase)
                elif phrase.endswith("*") and " " not in phrase:
                    stems.setdefault(phrase[:-1], SIGNS[key])
                else:
                    parts = tuple(plain(part) for part in TOKEN.findall(phrase))
                    own[parts] = _joint(own.get(parts), SIGNS[key])
        for parts, sign in own.items():
            found.setdefault(parts, sign)
    for parts, sign in list(found.items()):
        if sum(map(len, parts)) > 3:
            found.setdefault(tuple(map(without_accents, parts)), sign)
    by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for parts, sign in sorted(found.items(), key=lambda item: -len(item[0])):
        by_first.setdefault(parts[0], []).append((parts, sign))
    return by_first, stems, frozenset(follow)


def _joint(first: str | None, second: str) -> str:
    if first is None:
        return second
    return EITHER_SIDE if second == "c" and first in {"C", "t", "N", "="} else first


PHRASES, STEMS, FOLLOW = _phrases()


def phrase_at(words: Sequence[str], start: int) -> tuple[str, int]:
    """The sign of the longest phrase that starts at a word, and how many words it takes."""
    for parts, sign in PHRASES.get(words[start], ()):
        if len(parts) == 1:
            return sign, 1
        found = words[start : start + len(parts) - (parts[-1] == "*")]
        if tuple(found) == parts:
            return sign, len(parts)
        if parts[-1] == "*" and tuple(found[:-1]) == parts[:-2] and found[-1].startswith(parts[-2]):
            return sign, len(found)
    return word_sign(words[start]), 1


@lru_cache(maxsize=20_000)
def word_sign(word: str) -> str:
    """The sign of a word by itself: as it stands, by its stem, or without its accents."""
    if word in _MARKS_OF:
        return _MARKS_OF[word]
    if not word[:1].isalnum():
        return ""
    for form in (word, without_accents(word)) if len(word) > 3 else (word,):
        for parts, sign in PHRASES.get(form, ()):
            if len(parts) == 1:
                return sign
        for length in range(min(len(form), 24), 2, -1):
            if form[:length] in STEMS:
                return STEMS[form[:length]]
    if word.endswith("n't"):
        return "!"
    if word.endswith("ly") and len(word) > 4 and word.isascii():
        return ""
    if word.isdigit() or word[0].isdigit():
        return "#"
    if "-" in word and {word_sign(part) for part in word.split("-") if part} <= {"+", ""}:
        return "+"
    return "x"


def signs_of(words: Iterable[str]) -> str:
    """The signs of plain words in which no letter is an option."""
    listed = [plain(word) for word in words]
    out, at = [], 0
    while at < len(listed):
        sign, taken = phrase_at(listed, at)
        out.append(sign)
        at += taken
    return "".join(out)
