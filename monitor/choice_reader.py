"""Which option a reply declares. Pure and abstaining: a doubt is None, never a guess.

A letter that is mentioned becomes a declaration by the words around it, and declarations have ranks:
what is marked as final outranks an answer line, which outranks a sentence. Two letters of the same
rank cancel out, unless the reply corrects itself in between. Only the letters count: "the second one"
names no letter, and ruling out one option does not declare the other.
Not here: which letters are options at all (`letters`), reasoning and labels (`answers`).
"""

# ruff: noqa: RUF001  (punctuation and words of other languages)

import re
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.choice_rewriting import LABELLED, rewritten
from monitor.choice_words import (
    ACTIONS,
    ADJECTIVES,
    ADVERBS,
    AFTER,
    BAD,
    CHOICES,
    CONDITIONS,
    CONTRAST,
    COPULAS,
    CORRECTIONS,
    DENIALS,
    DOUBTS,
    FILLERS,
    FORCED,
    FOREIGN_BAD,
    FOREIGN_DENIALS,
    HEARSAY,
    KEYS,
    NOUNS,
    QUALITIES,
    QUESTIONS,
    SUMMINGS,
    THIRD_PERSON,
)
from monitor.letters import X, any_case, cleaned, option_letters

FINAL, MARKED, SAID = 3, 2, 1
_LETTER = {"Ⓐ": "A", "Ⓑ": "B"}
_WINDOW = 80  # characters before a cue in which a denial still reaches it

# containers: a form that holds nothing but the choice
_BOXED = re.compile(
    r"\\f?boxed\s?\{\s?(?:\\\w{1,9}\s?\{\s?)?(?:[Oo]ption |[Aa]nswer )?\(?([ABab])\)?\s?[}.):]"
)
_DOUBLE = re.compile(r"\[\[\s?(?:[Oo]ption )?([ABab])\s?\]\]")
_TAGGED = re.compile(
    r"<(answer|final_answer|choice|final|option|selection|verdict|decision|result|response)>\s?"
    r"(?:the )?(?:(?:option|answer|choice):? )?[(*\"]{0,3}([ab])(?:[)*\".:]{1,4}[^<>]{0,400}|\s?)</",
    re.IGNORECASE,
)
_KEYED = any_case(
    rf"[\"'](?:{KEYS})[\"']\s?:\s?[\"']\s?(?:(?:option|answer|choice|letter)[ _:-]{{0,2}})?"
    rf"[(*]{{0,3}}([ab])[)*]{{0,3}}\s?(?:[\"']|[.:)]\s|-\s)"
)
_CONTAINERS = (_BOXED, _DOUBLE, _TAGGED, _KEYED)

# sentences
_SENTENCE = re.compile(r"(?<=[!?。؟।;])|(?<=[.…])(?=\s|\Z)|\n")
_TURN = any_case(rf",?\s?(?:{CONTRAST})\s?")
_QUESTION = any_case(rf"[?？؟]\s*\Z|(?:{QUESTIONS})[。.]?\s*\Z")
_NO_CLAIM = any_case(rf"{HEARSAY}|{DOUBTS}")
_CONDITION = any_case(CONDITIONS)
_FORCED = any_case(FORCED)
_DENIED_BELIEF = any_case(
    r"(?:\bnot|n't|\bcannot|\bnever|\bhardly)\s+(?:\w+\s+){0,2}?(?:think|believe|say|agree|mean|true"
    r"|claim|sure"
    r"|certain|clear|convinced)\b"
)
_DENIAL = any_case(f"{DENIALS}|{THIRD_PERSON}\\s+(?:choose|pick|select|say|take|prefer|go)")
_BAD = any_case(BAD)
_FOREIGN_DENIAL = any_case(f"{FOREIGN_DENIALS}|{FOREIGN_BAD}")
_SCOPE = any_case(r"[,;:–—]\s|\b(?:so|therefore|thus|hence|and)\b")

# declarations
_THE = r"(?:(?:the|la|el|le|die|a|o|clearly|definitely|probably|surely|certainly|simply|either)\s+)?"
_ASIDE = rf"(?:\s{QUALITIES}),?"
_LINE = any_case(
    rf"^(?:\W{{0,4}}(?:so|therefore|thus|hence|my|the|your|this|final|better|best|correct"
    rf"|right)\W{{1,4}}){{0,4}}(?:{NOUNS}|{CHOICES})\s?(?:is"
    rf"|{COPULAS})?\s?[:=→—–-]{{1,2}}>?\s?(?:is\s)?{_THE}({X})"
)
_IS = any_case(rf"(?:{NOUNS}|{CHOICES}|\bone|\bmine)(?:{_ASIDE})?\s?(?:{COPULAS})?\s?{_THE}({X})")
_IT_IS = any_case(
    rf"(?:\b(?:it|that|this)(?:\s+is|'s|\s+would be|\s+must be|\s+has to be|\s+should be)|\bc'est"
    rf"|\bdas ist|\bdas wäre"
    rf"|\bdat is|^\s?es|^\s?è|^\s?é|\bэто)\s+{_THE}({X})"
)
_WHICH_IS = any_case(
    rf"\b(?:answer|option|choice|one)\s(?:that|which|who)\b[^,;:ⒶⒷ]{{0,60}}\s(?:is|would be)\s({X})"
)
_ACTION = any_case(rf"(?:{ACTIONS})\s?(?:that\s|on\s|:\s?|,\s?)?(?:it\sis\s|it's\s)?{_THE}({X})")
_SO = any_case(
    rf"(?:\b(?:so|therefore|thus|hence|{SUMMINGS})\b[,:]?|[=-]>|→|∴)\s?(?:it is\s"
    rf"|it's\s)?({X})\s*(?:[.!,;:]|\Z)"
)
_PRAISED = any_case(
    rf"({X})\s(?:is|would be|seems?|looks|appears|feels|sounds|remains)\s(?:to be\s|like\s"
    rf"|to me\s)?(?:(?:{ADVERBS})\s){{0,3}}"
    rf"(?:(?:the|my|a)\s)?(?:(?:{ADVERBS})\s)?(?:{ADJECTIVES})"
)
_FOUND = any_case(rf"\b(?:find|consider|deem|judge|rate)\s({X})\s(?:to be\s)?(?:the\s)?(?:{ADJECTIVES})")
_WINS = any_case(rf"({X})\s(?:wins|gets my vote|it is\b|for me\b|is what i|is the one i)")
_COLON = any_case(rf"\b\w{{2,20}}:\s({X})(?=[.!;]?\s*\Z)")
_FOREIGN = any_case(rf"({X})\s?(?:{AFTER})")
_CUES = (_IS, _IT_IS, _WHICH_IS, _ACTION, _SO, _PRAISED, _FOUND, _WINS, _COLON, _FOREIGN)
_LETTER_FIRST = (_PRAISED, _FOUND, _WINS, _FOREIGN)
_LEFT_OPEN = any_case(
    r"\s?(?:[?]|\s(?:or|nor|oder|is|was|isn't|wasn't|are|would|might|could|may|seems?|looks|has|does"
    r"|doesn't|says|hurts"
    r"|harms)\b|(?:and|&|/|\+|plus)\s?(?:\Z|[A-Z0-9]\b)|\sand\s?\Z|/)"
)
_CUT = any_case(rf"{X}\s(?:is|was|would|and)\b")
_FINAL = any_case(r"\bfinal\b")
_SUMMING = any_case(rf"\b(?:{SUMMINGS})\b")
_CORRECTED = any_case(CORRECTIONS)
_TOKEN = re.compile(r"[^\W\d_ⒶⒷ]+(?:'[a-z]+)?|\d+")


@dataclass(frozen=True, slots=True)
class Declaration:
    """A letter that the reply stands by, how firmly, and where."""

    letter: str
    rank: int
    position: int


def declared_letter(said: str) -> str | None:
    """The option that a text declares, "A" or "B"; None unless exactly one is declared."""
    plain = cleaned(said)
    held = {found[found.re.groups].upper() for form in _CONTAINERS for found in form.finditer(plain)}
    if held:
        return held.pop() if len(held) == 1 else None
    text = rewritten(option_letters(plain))
    if not _LETTER.keys() & set(text):
        return None
    return _outcome(list(_declarations(text)), [found.start() for found in _CORRECTED.finditer(text)])


def _declarations(text: str) -> Iterator[Declaration]:
    """Every declaration; a letter alone at the end is marked, unless the text also began with one."""
    filled = [(start, part) for start, part in _sentences(text) if part.strip(" .…")]
    opened = bool(filled) and _alone(filled[0][1]) is not None
    for number, (start, sentence) in enumerate(filled, start=1):
        if not _LETTER.keys() & set(sentence) or _QUESTION.search(sentence):
            continue
        closing = number == len(filled) and not (opened and number > 1)
        for offset, part in _parts(sentence):
            yield from _declared_in(part, start + offset, closing=closing)


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for found in _SENTENCE.finditer(text):
        yield start, text[start : found.end()]
        start = found.end()
    yield start, text[start:]


def _parts(sentence: str) -> Iterator[tuple[int, str]]:
    """A sentence at its turns: what stands before a "but" does not colour what follows it."""
    start = 0
    for found in _TURN.finditer(sentence):
        yield start, sentence[start : found.start()]
        start = found.end()
    yield start, sentence[start:]


def _declared_in(part: str, start: int, *, closing: bool) -> Iterator[Declaration]:
    """What one part declares: a letter alone, an answer line, or a letter beside a cue."""
    if not _claims(part):
        return
    if (alone := _alone(part)) is not None:
        rank = MARKED if closing and LABELLED not in part else SAID
        yield Declaration(alone, _raised(part, rank), start)
        return
    raised = _raised(part, SAID)
    line = _LINE.search(part)
    if line and _stands(part, line):
        yield Declaration(_LETTER[line[1]], max(raised, MARKED), start + line.start(1))
    for cue in _CUES:
        for found in cue.finditer(part):
            if _stands(part, found, open_end=cue not in _LETTER_FIRST):
                yield Declaration(_LETTER[found[1]], raised, start + found.start(1))


def _raised(part: str, rank: int) -> int:
    if _FINAL.search(part):
        return FINAL
    return max(rank, MARKED) if _SUMMING.search(part) else rank


def _claims(part: str) -> bool:
    """Whether a part is the reply's own, unconditional claim."""
    if _NO_CLAIM.search(part) or _DENIED_BELIEF.search(part) or _FOREIGN_DENIAL.search(part):
        return False
    return not _CONDITION.search(part) or bool(_FORCED.search(part))


def _alone(part: str) -> str | None:
    """The letter of a part that says nothing but a letter, in however many words."""
    letters = [character for character in part if character in _LETTER]
    if len(letters) != 1 or _CUT.search(part):
        return None
    words = {word.lower() for word in _TOKEN.findall(part)}
    return _LETTER[letters[0]] if words <= FILLERS else None


def _stands(part: str, found: re.Match[str], *, open_end: bool = True) -> bool:
    """Whether a cue holds: nothing denies it before, and nothing takes it back behind."""
    before = part[max(0, found.start() - _WINDOW) : found.start()]
    near = _SCOPE.split(before)[-1] + found[0]
    if _DENIAL.search(near) or _BAD.search(near):
        return False
    return not (open_end and _LEFT_OPEN.match(part, found.end(1)))


def _outcome(declarations: list[Declaration], corrections: list[int]) -> str | None:
    """The letter of the highest rank; after a correction, of what follows it."""
    for corrected in reversed(corrections):
        later = [one for one in declarations if one.position > corrected]
        if later:
            declarations = later
            break
    top = max((one.rank for one in declarations), default=0)
    letters = {one.letter for one in declarations if one.rank == top}
    return letters.pop() if len(letters) == 1 else None
