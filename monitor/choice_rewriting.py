"""A reply whose option letters are Ⓐ and Ⓑ, in a plainer form that means the same. Pure.

Nouns before a letter go ("option Ⓐ"); letters that are weighed together, ruled out or only explained
go with the words that do so; labels of echoed options stand apart. Not here: what is declared
(`choice_reader`).
"""

# ruff: noqa: RUF001  (punctuation and words of other languages)

import re

from monitor.choice_words import (
    DISMISSED_AFTER,
    DISMISSED_BEFORE,
    JOINTS,
    NOUNS,
    REASONS,
)
from monitor.letters import X, any_case

# rewriting: what says the same is made the same, what declares nothing goes
_NOUN_BEFORE = any_case(
    rf"(?:\b(?:the|la|el|l'|le|die|der|den|de|het|o)\s+)?(?<![^\W\u0e00-\uffff])(?:{NOUNS})\s?(?={X})"
)
_NOUN_AFTER = re.compile(
    rf"(?<={X})\s?(?:の(?:回答|答え|方)(?!が)|(?:这个|這個|的)?(?:回答|答案)|选项|選項|选择|項|项|番"
    rf"|번|seçeneği|şıkkı|yanıtı|cevabı)"
)
_GLOSS = re.compile(rf"(?<={X})\s\([^()ⒶⒷ\n]{{0,200}}\)")
_NEXT_LINE = re.compile(rf"([:=：])\s*\n\s*(?={X})")
_PAIR = any_case(
    rf"{X}[).]?\s?(?:(?:,\s?)?(?:{JOINTS})\s?(?:maybe |perhaps |possibly |option |answer |with |for "
    rf"|the )*"
    rf"|,\s?(?={X}(?:\s?[].!;)\n,]|\s?\Z)))(?:{X})[).]?(?=\W|\s|\Z|[\u0e00-\uffff])"
)
_SPAN = re.compile(rf"\bfrom {X} to {X}")
_MORE = re.compile(rf"({X})\s?[>≻]\s?{X}")
_LESS = re.compile(rf"{X}\s?[<≺]\s?({X})")
_PREFERRED = any_case(rf"(\bprefer\w*\s{X}) to {X}")
_DISMISSED = any_case(rf"(?:{DISMISSED_BEFORE})\s?(?:the )?{X}|{X}\s?(?:{DISMISSED_AFTER})")
_REASON = any_case(rf"(?<=[^\s])[,\s]\s?(?:{REASONS})[^.!?;。\n]*?(?=, but\b|[.!?;。\n]|\Z)")
_CONCESSION = any_case(
    r"\b(?:while|although|though|even though|whereas|obwohl|während|虽然|雖然)\b[^,;.!?。\n]*"
)
_SURELY = any_case(
    r"\bwithout (?:a |any )?(?:doubt|hesitation|question)|\bhands down\b|\bby far\b|\bno doubt\b"
)
_SAME = (
    (_NOUN_AFTER, ""),
    (_GLOSS, ""),
    (_NEXT_LINE, r"\1 "),
    (_NOUN_BEFORE, ""),
    (_PAIR, " them "),
    (_SPAN, " them "),
)
_GONE = (
    (_MORE, r"\1"), (_LESS, r"\1"), (_PREFERRED, r"\1"), (_DISMISSED, " "),
    (_REASON, " "), (_CONCESSION, " "), (_SURELY, " "),
)  # fmt: skip

# labels: a letter in front of the text of an option
_LABEL = re.compile(rf"^({X})\s?(?:[):.\]]\s?|[—–-]{{1,2}}\s)(?=\S)|^({X})\s(?=[A-Z0-9])", re.MULTILINE)
_LABEL_WITHIN = re.compile(
    rf"(?<=[.!?;,]\s)({X})\s?[):]\s(?=\S)|(?<=[.!?]\s)({X})\.\s(?=\S)|(?<=\w\s)({X})\)\s(?=[A-Z])"
)
LABELLED = "▸"
_MARKED_LABEL = re.compile(f"({X}){LABELLED}")


def rewritten(text: str) -> str:
    """The text with labels set apart, without letters that are weighed, ruled out or only explained."""
    for pattern, form in _SAME:
        text = pattern.sub(form, text)
    text = _label_lines(text)
    for pattern, form in _GONE:
        text = pattern.sub(form, text)
    return text


def _label_lines(text: str) -> str:
    """Labels on lines of their own with a mark; echoed options, labelled with both letters, go."""
    text = _LABEL.sub(_marked_label, _LABEL_WITHIN.sub(_marked_label, text))
    labels = set(_MARKED_LABEL.findall(text))
    return _MARKED_LABEL.sub("\n", text) if len(labels) > 1 else text


def _marked_label(found: re.Match[str]) -> str:
    letter = next(group for group in found.groups() if group)
    return f"\n{letter}{LABELLED}\n"
