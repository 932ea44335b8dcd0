"""A reply as a string of signs, with the letters that stand for an option among them. Pure.

Not here: which letters are options (`mentions`), and whether one that is mentioned is also declared
(`choice_reader`).
"""

# ruff: noqa: RUF001  (letters of other languages)

import re

from monitor.reading.choice_signs import phrase_at
from monitor.reading.choice_text import inline
from monitor.reading.choice_words import JOINED, TOKEN, plain
from monitor.reading.mentions import Mention, is_letter

_MARKUP = frozenset("\"'`*_~#$|\\^")
_DASHES = frozenset("-—–―")
_ABROAD = {"ب": "B", "أ": "A", "א": "A", "ב": "B", "Б": "B"}  # only beside a word for an answer
_LETTER_WORDS = frozenset("NOCt")
_THAN_IT = re.compile("['-](?:[dt][ae]n|n[áé]l)")  # Turkish and Hungarian: better than B
_UNSPACED = re.compile(f"[{JOINED}]")


def signed(text: str) -> str:
    """The signs of a core text, with its option letters as A and B among them."""
    text = inline(text)
    found = [token for token in TOKEN.finditer(text) if token[0] not in _MARKUP]
    words = [token[0] for token in found]
    small = [plain(word) for word in words]
    out: list[str] = []
    standing: list[int] = []
    at = 0
    while at < len(words):
        if is_letter(words[at]):
            stands = Mention(text, found[at], words, at, "".join(out[-12:])).stands()
            standing += [len(out)] if stands else []
            out.append(words[at][0] + "<" * bool(_THAN_IT.search(words[at])) if stands else "")
            at += 1
            continue
        sign, taken = _sign_at(text, found, small, at, "".join(out[-6:]))
        out.append("" if sign == "x" == "".join(out[-1:]) and _UNSPACED.match(words[at]) else sign)
        at += taken
    return "".join(_of_one_case(out, standing))


def _sign_at(
    text: str, found: list[re.Match[str]], words: list[str], at: int, before: str
) -> tuple[str, int]:
    """The sign at a word that is no letter, and how many words it takes."""
    word = words[at]
    if word in _DASHES:
        spaced = word != "-" or text[found[at].end() :][:1] in {" ", "\n"}
        return ("d" if spaced else ""), 1
    if word in _ABROAD or word == "б":
        asked = before.rstrip(":=d(+")[-1:] in _LETTER_WORDS and before
        if (
            asked
            and found[at][0] in _ABROAD
            and not (at + 1 < len(words) and is_letter(found[at + 1][0]))
        ):
            return _ABROAD[found[at][0]], 1
    return phrase_at(words, at)


def _of_one_case(out: list[str], standing: list[int]) -> list[str]:
    """The signs with letters as A and B; small ones are no options where capitals are."""
    large = any(out[at][0] in "AB" for at in standing)
    for at in standing:
        out[at] = "" if large and out[at][0] in "ab" else out[at].upper()
    return out
