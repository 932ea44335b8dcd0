"""Which option a reply declares. Pure and abstaining: a doubt is None, never a guess.

The reply is read as signs (`letters.signed`): A and B stand among them only where they are options.
Rules over signs make equal what says the same, take out what is only compared, ruled out or explained,
and find what is declared. Declarations have ranks: what is marked as final outranks an answer line,
which outranks a sentence, which outranks praise. Two letters of one rank cancel out, unless the reply
corrects itself in between. Ruling out one option does not declare the other.
Not here: which letters are options at all (`letters`), reasoning and labels (`answers`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.reading.choice_forms import held_letters
from monitor.reading.choice_leaning import leaning
from monitor.reading.choice_rewriting import LABELLED, rewritten, simplified
from monitor.reading.choice_text import core
from monitor.reading.letters import signed

FINAL, MARKED, CHOSEN, PRAISED, MILD = 5, 4, 3, 2, 1
X = "[AB]"
_SENTENCE = re.compile(r"[.]*[?]+[.?]*|[.\n]+")
_TURN = re.compile("[uw]")
_ENDS = r"(?=[,>ks:()]|\Z)"
_NOT_OPEN = rf"(?![|/?=p~!]|&\Z|&{X}|x{{0,2}}-)"

_LINE = re.compile(rf"^[sSFwea,y]*[+O]*(?:[NDC]|F|[+O]+(?=:))[NO+FcC]*=*[:a][=,+NOCcF]*({X}){_NOT_OPEN}")
_CUES = (
    (
        CHOSEN,
        re.compile(rf"[ND][^AB:,kzu]{{0,9}}(?:,[^AB,]{{0,9}},)?[=:ay][=:,+NOTFCay]*({X}){_NOT_OPEN}"),
    ),
    (CHOSEN, re.compile(rf"[CDt][NOt=:+FT,Cya]*x?[NO=:+Fy]*({X}){_NOT_OPEN}")),
    (CHOSEN, re.compile(rf"T[=:,]*({X}){_ENDS}")),
    (CHOSEN, re.compile(rf"({X})[NO=]?[cD](?![~!]|x[~!])")),
    (CHOSEN, re.compile(rf"({X})==?[+F]*N")),
    (CHOSEN, re.compile(rf"s({X})=?[+F]*N")),
    (CHOSEN, re.compile(rf"(?:^|[,sSF])=({X}){_ENDS}")),
    (CHOSEN, re.compile(rf"[sS][,:]?=?({X}){_ENDS}")),
    (PRAISED, re.compile(rf"({X})O?[=T,]*O?[xF]{{0,2}}[=T]*\+(?!~)")),
    (PRAISED, re.compile(rf"=\+[Ox]?({X}){_ENDS}")),
    (PRAISED, re.compile(rf"Og=({X}){_ENDS}")),
    (CHOSEN, re.compile(rf"a({X}){_ENDS}")),
    (PRAISED, re.compile(rf":=?({X})(?=,|\Z)")),
    (PRAISED, re.compile(rf"\+({X}){_ENDS}")),
    (PRAISED, re.compile(rf"^[sSFw,]*({X}),(?!{X})[^AB!~oe&|-]*\Z")),
    (MILD, re.compile(rf"({X})O?[=T,]*[xF]{{0,2}}[=T]*g(?!~)")),
    (PRAISED, re.compile(rf"[sS][^AB!~ohfm-]{{0,12}}({X})\Z")),
    (PRAISED, re.compile(rf"y({X})(?:=?|=x)\Z")),
    (PRAISED, re.compile(rf"(?:^|[,:])y({X})[x=t]")),
    (CHOSEN, re.compile(rf"({X})=+[+y]*y[NO]*")),
    (CHOSEN, re.compile(rf"({X})=O[CDtc]")),
    (CHOSEN, re.compile(rf"({X}),&?=[NF]")),
    (CHOSEN, re.compile(rf"(?:^|[,:sS])[sS]?c({X}){_ENDS}")),
    (PRAISED, re.compile(rf"[CDtN+][^AB!~o-]{{0,12}},({X})\Z")),
    (PRAISED, re.compile(rf"(?:(?<=[-o!~])|(?<=[-o!~][^AB]))[,]({X})=?\Z")),
    (PRAISED, re.compile(rf"\+[^AB,kzu]{{0,8}}[=:]+({X}){_NOT_OPEN}")),
)
_CONCLUDED = re.compile(rf"s[=:,NOCDtTFya]{{0,6}}({X})\Z")
_CUT = re.compile(rf"u[^AB]*{X}=\Z|{X}=[^AB]*[&|]\Z")
_GIVES_UP = re.compile(r"[w?][^w?]*r[^AB]*\Z|w[^AB\n]*e[^AB]*\Z")
_PRAISE = re.compile(rf"{X}[=T]*\+")
_SCOPE = re.compile("[,s&]")
_REACH = 60  # signs before a cue in which a denial still reaches it
_NO_CLAIM = re.compile("[hfm]")
_CLAIMED = re.compile(rf"[TCDN][=:]*{X}")
_DENIAL = re.compile("[-!~Eo>r]|e[O=]*[AB]")
_ALONE = re.compile(r"[NOCDtTFScsk=+:,()ayY]*([AB])(?!=\Z|=O)[NOCDtTFScsk=+:,()ay]*")


@dataclass(frozen=True, slots=True)
class Declaration:
    """A letter that the reply stands by, how firmly, and after how many corrections."""

    letter: str
    rank: int
    turn: int


def declared_letter(said: str) -> str | None:
    """The option that a text declares, "A" or "B"; None unless exactly one is declared."""
    text = core(said)
    held = held_letters(text)
    if held:
        return held.pop() if len(held) == 1 else None
    signs = signed(text)
    if not {"A", "B"} & set(signs) or _CUT.search(signs):
        return None
    plainer = rewritten(signs)
    if _GIVES_UP.search(plainer):
        return None
    found = list(_declarations(plainer))
    return _outcome(found) if found else leaning(text, plainer)


def _declarations(signs: str) -> Iterator[Declaration]:
    sentences = [one for one in _sentences(signs) if one.strip(".\n,")]
    opened = bool(sentences) and _ALONE.fullmatch(sentences[0]) is not None
    turn = 0
    for number, sentence in enumerate(sentences, start=1):
        closing = number == len(sentences) and not (opened and number > 1)
        last = 0
        for found in [*_TURN.finditer(sentence), None]:
            part = sentence[last : found.start() if found else None]
            if not sentence.endswith("?"):
                yield from _declared_in(simplified(part), turn, closing=closing and found is None)
            if found:
                turn, last = turn + (found[0] == "w"), found.end()


def _sentences(signs: str) -> Iterator[str]:
    start = 0
    for found in _SENTENCE.finditer(signs):
        yield signs[start : found.start()] + ("?" if "?" in found[0] else "")
        start = found.end()
    yield signs[start:]


def _declared_in(part: str, turn: int, *, closing: bool) -> Iterator[Declaration]:
    """What one part declares: a letter alone, an answer line, or a letter beside a cue."""
    head, _, tail = part.rpartition("s")
    if _NO_CLAIM.search(head):
        part = tail
    part = _without_others(part)
    if not {"A", "B"} & set(part) or _NO_CLAIM.search(part):
        return
    labelled = LABELLED in part
    part = part.replace(LABELLED, "")
    line = _LINE.search(part)
    if line and not _DENIAL.search(line[0]):
        yield Declaration(line[1], _raised(part, MARKED), turn)
    if alone := _ALONE.fullmatch(part):
        rank = PRAISED if labelled or _PRAISE.search(part) else MARKED if closing else CHOSEN
        yield Declaration(alone[1], _raised(part, rank), turn)
        return
    if closing and (end := _CONCLUDED.search(part)):
        yield Declaration(end[1], MARKED, turn)
    for rank, cue in _CUES:
        for found in cue.finditer(part):
            before = (
                ""
                if found[0][0] in ",s"
                else _SCOPE.split(part[max(0, found.start() - _REACH) : found.start()])[-1]
            )
            if not _DENIAL.search(before + found[0]):
                yield Declaration(found[1], _raised(part, rank), turn)


def _without_others(part: str) -> str:
    """A part without what others say, if what is left still claims one letter: you say A, I say B."""
    own = ",".join(clause for clause in part.split(",") if "h" not in clause)
    claims = {"A", "B"} <= set(part) and len(set(own) & {"A", "B"}) == 1 and _CLAIMED.search(own)
    return own if claims else part


def _raised(part: str, rank: int) -> int:
    if "F" in part and rank > PRAISED:
        return FINAL
    return max(rank, MARKED) if "S" in part else rank


def _outcome(declarations: list[Declaration]) -> str | None:
    """The letter of the highest rank, of what follows the last correction."""
    turn = max((one.turn for one in declarations), default=0)
    latest = [one for one in declarations if one.turn == turn]
    top = max((one.rank for one in latest), default=0)
    letters = {one.letter for one in latest if one.rank == top}
    return letters.pop() if len(letters) == 1 else None
