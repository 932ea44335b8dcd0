"""Forms that hold nothing but the choice: boxes, double brackets, tags, keys of JSON and the like. Pure.

Not here: choices that are declared in words or on a line (`choice_reader`).
"""

import re

from monitor.reading.choice_signs import signs_of
from monitor.reading.choice_words import TOKEN
from monitor.reading.letters import signed

_BOX = re.compile(r"\\f?boxed ?\{((?:[^{}]|\{[^{}]{0,60}\}){1,120})\}")
_DOUBLE = re.compile(r"\[\[([^][\n]{1,40})\]\]")
_TAG = re.compile(r"<([a-zA-Z_ -]{2,24})>([^<>]{1,400})</\1>")
_KEY = re.compile(r"([\"'])([^\"'\n:{}\[\],]{1,40})\1 ?: ?([\"'])([^\"'\n{}]{0,400})\3")
_ESCAPED = re.compile(r"\\+(?=[\"'])")
_LETTER_FIRST = re.compile(r"[NO:F,=]*\(*([AB])(?:[).:,=(].*)?", re.DOTALL)
_ATTRIBUTE = re.compile(r"""([\w-]{2,24}) ?= ?(["'])([ABab])\2""")
_PARAMETER = re.compile(r"<[a-zA-Z_]{2,24}=([a-zA-Z_]{2,24})>([^<>]{1,40})</")
_OBJECT = re.compile(r"\{[^{}]{3,400}\}")
_FLAG = re.compile(r":\s?(?i:true|false)\b")
_VALUE = re.compile(r""":\s?["']([AB])["']""")
_TRUE = re.compile(r":\s?(?i:true|yes)\b")
_LISTED = re.compile(  # [[A]] or [[B]]; [[A]] if …
    r"\[\[([AB])\]\][\"'`]{0,2}(?: if [^.;\n\[]{0,60}[.;,]?"
    r"|(?:\s?[,/|&]|\s\w{1,4}\s|[^\w\s\[]| )[\"'` ]{0,3}\[\[(?!\1)[AB]\]\])"
)
_OF_CHOICE = re.compile(r"[NOCDtFc+S]+#?")


def held_letters(text: str) -> set[str]:
    """The letters that the forms of a text hold; those that are called final, where some are."""
    plain = _LISTED.sub(" ", text)
    if true := _true_letters(plain):
        return set(true)
    named = [("N", found[1]) for found in _BOX.finditer(text)]
    doubled = [found[1] for found in _DOUBLE.finditer(plain)]
    if not doubled and _DOUBLE.search(text):
        return {"A", "B"}
    plain = _ESCAPED.sub("", text)
    named += [("N", one) for one in doubled if len(set(doubled)) == 1]
    named += [(_name(found[1]), found[2]) for tag in (_TAG, _PARAMETER) for found in tag.finditer(plain)]
    named += [(_name(found[1]), found[3]) for found in _ATTRIBUTE.finditer(plain)]
    named += [(_name(found[2]), found[4]) for found in _KEY.finditer(plain)]
    held = [(name, _letter(said)) for name, said in named if _OF_CHOICE.fullmatch(name)]
    final = [one for one in held if "F" in one[0]]
    return {letter for _, letter in final or held if letter is not None}


def _true_letters(text: str) -> list[str]:
    """The letters of JSON objects that are marked as true, where others are marked as false."""
    objects = [found[0] for found in _OBJECT.finditer(text) if _FLAG.search(found[0])]
    letters = [(_VALUE.findall(one), _TRUE.search(one) is not None) for one in objects]
    return [found[0] for found, true in letters if true and len(found) == 1 and len(letters) > 1]


def _name(key: str) -> str:
    return signs_of(TOKEN.findall(key.replace("_", " ").replace("-", " ")))


def _letter(said: str) -> str | None:
    """The letter of a value that begins with one and names no other."""
    signs = signed(said.strip())
    if not signs and said.strip().lower() in {"a", "b"}:
        return said.strip().upper()
    found = _LETTER_FIRST.fullmatch(signs)
    return found[1] if found and len(set(signs) & {"A", "B"}) == 1 else None
