"""The word tables of `choice_words.toml`, ready to be looked up, and how a text falls into words. Pure.

A language says in a table which of its words choose, deny, praise and so on; `SIGNS` names the kinds.
They are read when they are first needed: it takes a tenth of a second. Not here: looking words up in a
text (`choice_signs`).
"""

# ruff: noqa: RUF001  (endings and punctuation of other languages)

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files

WORDS = files("monitor.reading").joinpath("choice_words.toml").read_text(encoding="utf-8")
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
    "below": "{",
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
    "faint": "x",
    "follow": "",
    "skip": "",
}
EITHER_SIDE = "D"  # a verb of choosing that stands before its letter or after it

SHORT = 3  # letters of a word that keeps its accents: "é" is not "e"
JOINED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff"
MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0970-\u0dff"
LETTER = rf"(?:[^\W\d_{JOINED}]|[{MARKS}])"
_ELISION = r"(?:[ldcjnsmt]|qu|dell|all|un|nell|sull|puisqu|jusqu)'"
_CLITIC = rf"'(?:s|d|ll|m|re|ve)(?!{LETTER})"
_SUFFIXED = (
    r"[AB](?:'(?:y?[ıiae]|[dt][ıi]r|[dt][ae]n?|n?[ıi]n)"  # Turkish
    r"|-(?:t|ra|re|val|vel|ban|ben|nak|nek|hoz|hez|tól|től|nál|nél)"  # Hungarian
    rf"|:(?:n|ta|tä|lle|ssa|ssä|han|hän|ksi|t|s))(?!{LETTER})"  # Finnish
)
SUFFIXED = re.compile(_SUFFIXED)
TOKEN = re.compile(
    rf"{_SUFFIXED}|{_CLITIC}|(?i:{_ELISION})(?={LETTER})"
    rf"|{LETTER}+(?:['-](?!(?:s|d|ll|m|re|ve)(?!{LETTER})){LETTER}+)*"
    r"|\d+(?:[.,]\d+)*%?|\n|[^\w\s]|\w"
)


def plain(word: str) -> str:
    """A word in small letters; a single capital A or B stays what it is, so that both are read alike."""
    return word if word in {"A", "B"} else word.casefold()


def without_accents(word: str) -> str:
    """The word with its diacritics taken off."""
    split = unicodedata.normalize("NFD", word)
    return "".join(mark for mark in split if not unicodedata.combining(mark))


Words = tuple[str, ...]


@cache
def _tables() -> tuple[tuple[str, str, str], ...]:
    """Every phrase with its language and its kind, in the form in which texts are read."""
    tables = tomllib.loads(unicodedata.normalize("NFKC", WORDS))
    return tuple(
        (language, kind, phrase.strip())
        for language, table in tables.items()
        for kind, phrases in table.items()
        for phrase in phrases.split("|")
    )


def _whole() -> dict[Words, str]:
    """Words and phrases with their signs; where languages disagree, the one that stands first."""
    own: dict[str, dict[Words, str]] = {}
    for language, kind, phrase in _tables():
        if kind != "follow" and not _is_stem(phrase):
            parts = tuple(plain(part) for part in TOKEN.findall(phrase))
            table = own.setdefault(language, {})
            table[parts] = _joint(table.get(parts), SIGNS[kind])
    found: dict[Words, str] = {}
    for table in own.values():
        found = table | found
    bare = {tuple(map(without_accents, parts)): sign for parts, sign in found.items() if _is_long(parts)}
    return bare | found


def _joint(first: str | None, second: str) -> str:
    if first is None:
        return second
    return EITHER_SIDE if second == "c" and first in {"C", "t", "N", "="} else first


def _is_stem(phrase: str) -> bool:
    return phrase.endswith("*") and " " not in phrase


def _is_long(parts: Words) -> bool:
    return len("".join(parts)) > SHORT


@cache
def phrases() -> dict[str, list[tuple[Words, str]]]:
    """Words and phrases by their first word, the longest first, with their signs."""
    found: dict[str, list[tuple[Words, str]]] = {}
    for parts, sign in sorted(_whole().items(), key=lambda entry: -len(entry[0])):
        found.setdefault(parts[0], []).append((parts, sign))
    return found


@cache
def phrases_by_two() -> dict[tuple[str, str], list[tuple[Words, str]]]:
    """Phrases by their first two words, "*" for a second one that is a stem, the longest first."""
    found: dict[tuple[str, str], list[tuple[Words, str]]] = {}
    for listed in phrases().values():
        for parts, sign in listed:
            if len(parts) > 1:
                second = "*" if parts[2:] == ("*",) else parts[1]
                found.setdefault((parts[0], second), []).append((parts, sign))
    return found


@cache
def stems() -> dict[str, str]:
    """Stems with their signs."""
    return {phrase[:-1]: SIGNS[kind] for _, kind, phrase in reversed(_tables()) if _is_stem(phrase)}


@cache
def followers() -> frozenset[str]:
    """Words before which a letter at the start of a sentence is no article."""
    return frozenset(phrase for _, kind, phrase in _tables() if kind == "follow")
