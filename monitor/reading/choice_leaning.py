"""The letter that a reply leans to where it declares none in so many words. Pure and abstaining.

A reply that names one letter by itself, undenied, means it; one that names two means the one that stands
by itself or is praised, if the other is only denied, blamed or somebody else's. Letters in questions, in
echoed options and in what is only supposed count for nothing. Not here: declarations (`choice_reader`).
"""

import re
from collections.abc import Iterator

from monitor.reading.choice_rewriting import LABELLED

_SENTENCE = re.compile(r"[^.?\n]*[.?\n]*")
_CLAUSE = re.compile(r"(?<=[^k])[,uzksS]")
_ALONE = re.compile(r"[^AB]*([AB])=?[cT+gFy]{0,2}")
_AGAINST = re.compile("[-!~or]")
_NOBODYS = re.compile("[Ee|?<>P]")
_NO_CLAIM = re.compile("[hfm]")
_LISTED = re.compile(rf"^[AB](?:{LABELLED}|\))", re.MULTILINE)
_SUPPOSED = re.compile(r"(?:^|(?<=[.\n]))f[^AB,.p\n]*[,:s](?==?[AB][.\n]*\Z)")
_SUBJECT = re.compile(r"[sSO,y]*([AB])[xt][xgtVO=k]{0,7}\.*")
_VERB = re.compile(r"\b[AB] (?:[a-z]+ly )?([a-z]+s)\b.*[.!)\"']\Z")
_DESCRIBING = re.compile(
    r"says|states|talks|speaks|mentions|describes|discusses|tells|claims|argues|suggests|"
    r"proposes|asks|deals|begins|starts|ends|opens|closes|contains|includes|consists|refers|"
    r"uses|has|is|was|does|means|stands|takes|gives|makes|gets|puts|grabs|pushes|hits|steals|"
    r"lies|laughs|walks|leaves|focuses|concentrates|concerns|looks|reads|sounds|seems|appears|"
    r"compares|lists|names|cites|quotes|goes|comes|follows|explains|notes|points|observes|"
    r"believes|thinks|assumes|implies|differs|equals"
)
_LETTER_LAST = re.compile(r"[ABab]\W*\Z")


def leaning(text: str, signs: str) -> str | None:
    """The only letter that a text, with its signs, stands by, "A" or "B"; None if there is a doubt."""
    one_sided = len(set(signs) & {"A", "B"}) == 1
    if one_sided:
        if not _LETTER_LAST.search(text):
            return _subject(text, signs)
        signs = _SUPPOSED.sub(",", signs)
    stood_by: set[str] = set()
    neutral: set[str] = set()
    for sentence in _sentences(signs):
        for letter, standing in _standing(sentence):
            (stood_by if standing else neutral).add(letter)
    letters = stood_by - neutral if one_sided else stood_by
    return letters.pop() if len(letters) == 1 and (one_sided or not neutral) else None


def _subject(text: str, signs: str) -> str | None:
    """The letter of whose doings a reply of one sentence speaks, unless it only describes them."""
    found, verb = _SUBJECT.fullmatch(signs), _VERB.search(text)
    return found[1] if found and verb and not _DESCRIBING.fullmatch(verb[1]) else None


def _sentences(signs: str) -> Iterator[str]:
    """The sentences that claim something."""
    for found in _SENTENCE.finditer(signs):
        sentence = found[0].rstrip(".\n")
        if "?" not in sentence and not _LISTED.search(sentence):
            yield sentence


def _standing(sentence: str) -> Iterator[tuple[str, bool]]:
    """The letters of a sentence that nothing is said against, and whether they are stood by."""
    clauses = _CLAUSE.split(sentence)
    for number, clause in enumerate(clauses, start=1):
        if _NO_CLAIM.search(clause):
            return
        letters = set(clause) & {"A", "B"}
        if not letters or (len(letters) == 1 and _AGAINST.search(clause)):
            continue
        if _NOBODYS.search(clause):
            continue
        alone = _ALONE.fullmatch(clause)
        for letter in letters:
            yield letter, alone is not None and number == len(clauses)
