"""Whether a letter A or B that stands in a reply is an option, by what stands around it. Pure.

An article ("A friend"), an abbreviation (a.m.), a name (B. Smith) or another thing's letter (vitamin B)
is no option. Not here: what the words around it do (`choice_signs`).
"""

# ruff: noqa: RUF001  (punctuation and letters of other languages)

import re
from dataclasses import dataclass

from monitor.reading.choice_signs import word_sign
from monitor.reading.choice_words import JOINED, LETTER, SUFFIXED, followers, plain

_QUOTES = frozenset("\"'`*_~$")
_DASHES = frozenset("-—–―")
_UNSPACED = re.compile(f"[{JOINED}]")
_ALPHABET = re.compile("[A-Za-z\u00c0-\u024f\u0370-\u03ff\u0400-\u052f\u1e00-\u1eff]")

_GLUED_LEFT = re.compile(r"\d\Z|(?!\A[AB]/)[A-Za-z0-9][./&+@'\\-]\Z|[./]/\Z")
_GLUED_RIGHT = re.compile(r"\d|\+(?!\+)|-|[&@][^\W_]|/(?![ABab])[^\W_]|\.[a-z]|\.[A-HJ-Z](?![A-Za-z])")
_BRACKET_LEFT = re.compile(r"[\[({<【《〈〔][ ]?[\"'`*_$]{0,4}\Z")
_BRACKET_RIGHT = re.compile(r"[.,:]?[\"'`*_$]{0,4}[ ]?[\])}>】》〉〕]")
_LETTER_NEXT = re.compile(rf"[\"'`*_~$.,:]{{1,6}}{LETTER}")
_OTHERS_LEFT = re.compile(
    r"\b(?:it|this|these|essay|them|both|solid|straight) an? \Z"
    r"|(?i:\b(?:g[eo]t|gets|getting|earn(?:ed|s)?|gave|received?|scored|given?|deserves?)"
    r" (?:me |him |her |you |them |us )?an? \Z)"  # school marks
    r"|(?<![A-Za-z])(?:[C-Z]|M[rs]|Mrs|Dr|Prof)\. ?\Z",  # initials and titles
)
_OTHERS_RIGHT = re.compile(
    r" to [C-Z]\b|\. [A-Z][a-z]+ and [A-Z]\. [A-Z]|\. ?[C-Z]\.|[型级級组班座栋股族楼]"
    r"|\. (?!(?:Yes|No|Never|Always|Both|It|This|That|The|He|She|They|You|I|We)\b)[A-Z][a-z]+"
    r"(?: (?:wrote|said|says|argue[sd]|once|et al|and colleagues|was (?:an?|born)|is an?|lived|died)\b"
    r"| ?\(\d{4}|,? et al)"
)
_SURNAME = re.compile(r"\. [A-Z][a-z]+(?=(\.? ?\Z)|,)")
_VERB = re.compile(
    r"(?!.*(?:ss|us|is|ics)\Z|news|series|veces|menos|tres|todos|todas|means|species|always|sales|sports)"
    r"[a-z]{3,}s"
)
_FOLLOWING = frozenset("=!~ksuz><&|pc")
_CAPITAL_FOLLOWERS = frozenset({"I", "It", "This", "Yes", "No", "Because", "I'd", "I'm"})
_CLOSES = frozenset([None, "\n", ".", "!", ";", ")", "]", "。"])
_SAYS_ALL = frozenset("+-CcDt")
_STOPS = frozenset({".", ";", ")", "!"})
_PREPOSITIONS = frozenset({"in", "regarding", "concerning", "considering"})
_CYRILLIC = re.compile("[\u0370-\u04ff]")
_ADVERBS = frozenset(
    ["just", "never", "always", "still", "alone", "also", "even", "indeed", "itself", "not", "too"]
)
_NEVER_AFTER_ARTICLE = frozenset(
    ["is", "isn't", "was", "has", "wins", "because", "cuz", "cause", "over"]
)
_NEVER_AFTER_ARTICLE |= {"beats", "here", "there", "instead", "please", "pls", "then", "anyway"}


@dataclass(frozen=True, slots=True)
class Mention:
    """A letter that stands by itself: where it was found, all words, and the signs before it."""

    text: str
    found: re.Match[str]
    words: list[str]
    at: int
    signs: str

    def stands(self) -> bool:
        """Whether the letter is an option."""
        if self._word(1) == "," and (self._word(-1) or "").lower() in _PREPOSITIONS:
            return False
        if self._is_glued() or self._is_another_things():
            return False
        if self._is_hugged():
            return True
        return self._large_stands() if self.found[0][0] in "AB" else self._small_stands()

    def _word(self, offset: int) -> str | None:
        at = self.at + offset
        return self.words[at] if 0 <= at < len(self.words) else None

    def _left(self, length: int) -> str:
        return self.text[max(0, self.found.start() - length) : self.found.start()]

    def _right(self, length: int) -> str:
        return self.text[self.found.end() : self.found.end() + length]

    def _is_glued(self) -> bool:
        """Whether the letter is part of something longer: U.S.A, B2, A+, a.m., A/C, B&B."""
        return bool(_GLUED_LEFT.search(self._left(2)) or _GLUED_RIGHT.match(self._right(3)))

    def _is_another_things(self) -> bool:
        """Whether the letter belongs to a name or to something that letters are used to number."""
        called = self.signs.endswith("V=") and not set(self.signs) & {"N", "C", "+"}
        if (
            called
            or self.signs.endswith("V:")
            or (self.signs.endswith("V") and (self._word(-1) or "-")[0].isalpha())
        ):
            return True
        if _OTHERS_LEFT.search(self._left(30)) or _OTHERS_RIGHT.match(self._right(40)):
            return True
        named = _SURNAME.match(self._right(40))
        if named is None:
            return False
        within = self._word(-1) == "," if named[1] is None else self._word(-1) not in {None, "\n"}
        return within or (named[1] is not None and word_sign(plain(self._word(2) or "")) == "x")

    def _is_hugged(self) -> bool:
        """Whether brackets, quotes or emphasis hold nothing but the letter."""
        left, right = self._left(6), self._right(8)
        if _LETTER_NEXT.match(right):
            return False
        if _BRACKET_LEFT.search(left) and _BRACKET_RIGHT.match(right):
            return True
        opened, closed = left[-1:] in _QUOTES, right.lstrip(".,:")[:1] in _QUOTES
        return (opened and (closed or not right.strip(".,:"))) or (closed and not left)

    def _large_stands(self) -> bool:
        """Whether a capital is an option: it is no article, and no preposition."""
        after = self._word(1)
        if after is not None and (after.endswith("ly") or after in _ADVERBS):
            after = self._word(2)
        if after is None or not _ALPHABET.match(after) or _UNSPACED.match(after):
            return after is None or not after[0].isdigit()
        word, behind = plain(after), self._word(2)
        if is_letter(after):
            return (
                after.isupper()
                or behind in {"A", "B"}
                or word_sign(plain(behind or "")) in {"+", "-", "N"}
            )
        if (
            (word in {"less", "more"} and behind == "so")
            or behind in {"me", "us"}  # A convinced me
            or (behind in _CLOSES and word_sign(word) in _SAYS_ALL)  # A preferred.
            or (self._word(-1) == "," and _CYRILLIC.match(after))
        ):
            return True
        if after[0].isupper():
            return word in followers() and (after.isupper() or after in _CAPITAL_FOLLOWERS)
        if word in followers() or word.endswith("n't") or word_sign(word) in _FOLLOWING:
            return word != "no"
        return bool(_VERB.fullmatch(word)) or (self._word(-1) or "-")[0].isalpha()

    def _small_stands(self) -> bool:
        """Whether a small letter is an option: it must stand where no article could."""
        before, after, sign = self._word(-1), self._word(1), self.signs[-1:]
        closes, behind = after in _CLOSES, word_sign(plain(after or ""))
        reasoned = (
            after in _NEVER_AFTER_ARTICLE
            or behind == "k"
            or (after == "," and word_sign(plain(self._word(2) or "")) == "k")
        )
        if before in {None, "\n"}:
            dashed = after in _DASHES and self._right(1) == " "
            return closes or reasoned or dashed or after == ":"
        if reasoned:
            return True
        if sign in {"N", "O"}:
            return closes or after in {",", ":"} or behind in {*"=!ksu>&|"}
        if not closes or before in {":", "=", "→", *_DASHES}:
            return closes
        verbs = "CDtT=s>|&" if after in _STOPS else "CDtT=s>|c"
        stopped = after in _STOPS or self.text[0].islower()
        return stopped and sign in {*verbs, ""} and (before or "-")[0].isalpha()


def is_letter(word: str) -> bool:
    """Whether a word is a letter A or B by itself, in Turkish and its like with an ending."""
    return word in {"A", "B", "a", "b"} or (word[0] in "AB" and SUFFIXED.fullmatch(word) is not None)
