"""Which letters of a reply stand for an option, and the reply as a string of signs around them. Pure.

An article ("A friend"), an abbreviation (a.m.), a name (B. Smith) or another thing's letter (vitamin B)
is no option. What is wrapped around a whole reply (Markdown, quotes, white space) goes first, so that
it cannot matter. Not here: whether an option that is mentioned is also declared (`choice_reader`).
"""

# ruff: noqa: RUF001  (quotes and letters of other languages are the subject here)

import re
import unicodedata

from monitor.choice_signs import FOLLOW, JOINED, LETTER, SUFFIXED, TOKEN, phrase_at, plain, word_sign

ENDS = 20_000  # characters kept at either end: nobody declares a letter in the middle of a book

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufe00-\ufe0f\u00ad]")
_LOOK_ALIKE = re.compile(rf"(?<!{LETTER})[\u0410\u0412\u0391\u0392](?!{LETTER})")
_LATIN = str.maketrans("\u0410\u0412\u0391\u0392", "ABAB")
_PICTURES = str.maketrans({"🅰": " A ", "🅱": " B ", "🇦": " A ", "🇧": " B "})
_QUOTE_FORMS = str.maketrans(
    {"’": "'", "‘": "'", "´": "'", "ʼ": "'", "`": "`", **dict.fromkeys("“”„‟«»\u2039\u203a「」『』", '"')}
)
_WRAPS = " \n\t\"'`*_~#"
_MARKUP = frozenset("\"'`*_~#$|\\^")

_FENCE = re.compile(r"^[ ]?(?:```|~~~)[\w-]{0,20}$", re.MULTILINE)
_STRUCK = re.compile(r"~~[^~\n]{1,200}~~|<(?:s|del)>[^<>\n]{1,200}</(?:s|del)>")
_TAG = re.compile(
    r"</?(?:a|b|i|u|p|em|br|hr|li|ul|ol|td|tr|th|div|span|strong|code|mark|center|font|sub|sup|small|big|h\d)"
    r"(?:\s[^<>\n]{0,80})?\s?/?>"
)
_TURN_ENDS = re.compile(r"(?<=\S)\s*<(?:\|(?:im_end|eot_id|end|endoftext|end_of_text|end_of_turn|return|eom_id)\||end_of_turn|/s|eos)>.*", re.DOTALL)
_ROLE = re.compile(
    r"<\|[\w ]{1,30}\|>|\[/?INST\]|</?s>|<(?:start|end)_of_turn>|<(?:eos|bos|pad|unk)>|<｜[^<>\n]{1,30}｜>"
    r"|^(?:assistant|model|ai|bot|gpt)\s?:\s?(?=\S)|\A(?:assistant|model)\n",
    re.IGNORECASE | re.MULTILINE,
)
_LATEX = re.compile(r"\\(?:text|math|bf|rm|tt)[a-z]{0,8}|\\[()\[\],;! ]|\\quad")
_BULLET = re.compile(
    r"^[ ]?(?:(?:[-*+>#•·▪►◦‣●○■□]{1,6}|\d{1,2}[.)])[ ])+|^[>#]+", re.MULTILINE
)
_ARROW = re.compile(r"[-=]{1,3}>")
_BACK = re.compile(r"<[-=]{1,3}|<<+")
_TICKED = re.compile(r"^[ ]?\[[xX✓✔*]\](?=[ ])", re.MULTILINE)
_UNTICKED = re.compile(r"^[ ]?\[[ ]?\](?=[ ])", re.MULTILINE)
_PREFIXED = re.compile(r"(?<=[\u0590-\u06ff])-(?=[AB])")
_ANGLED = re.compile(r"<\s?([ABab])\s?>")
_JOINT = re.compile(r"\b(option|answer|choice|letter)[_-](?=[ABab]\b)", re.IGNORECASE)
_QUOTES = frozenset("\"'`*_~$")
_BRACKET_RIGHT = re.compile(r"[.,:]?[\"'`*_$]{0,4}[ ]?[\])}>】》〉〕]")
_BRACKET_LEFT = re.compile(r"[\[({<【《〈〔][ ]?[\"'`*_$]{0,4}\Z")
_LETTER_NEXT = re.compile(rf"[\"'`*_~$.,:]{{1,6}}{LETTER}")
_ALPHABET = re.compile("[A-Za-z\u00c0-\u024f\u0370-\u03ff\u0400-\u052f\u1e00-\u1eff]")
_VERB = re.compile(r"(?!.*(?:ss|us|is|ics)\Z|news|series|veces|menos|tres|todos|todas|means|species|always|sales|sports)[a-z]{3,}s")
_DASHES = frozenset("-—–―")
_ABROAD = {"ب": "B", "أ": "A", "א": "A", "ב": "B", "Б": "B"}  # read beside a word for an answer alone
_THAN_IT = re.compile("['-](?:[dt][ae]n|n[áé]l)")
_UNSPACED = re.compile(f"[{JOINED}]")
_MARK = re.compile(
    r"\b(?:g[eo]t|gets|getting|earn(?:ed|s)?|gave|received?|scored|given?|deserves?)"
    r" (?:me |him |her |you |them |us )?an? \Z",
    re.IGNORECASE,
)  # school marks
_FOLLOWING = frozenset("=!~ksuz><&|pc")
_CAPITAL_FOLLOWERS = frozenset({"I", "It", "This", "Yes", "No", "Because", "I'd", "I'm"})
_SUFFIX_OF_KIND = frozenset("型级級组班座栋股族楼座")
_CLOSES = frozenset([None, "\n", ".", "!", ";", ")", "]", "。"])
_SURNAME_WITHIN = re.compile(r"\. [A-Z][a-z]+,")
_SURNAME = re.compile(
    r"\. (?!(?:Yes|No|Never|Always|Both|It|This|That|The|He|She|They|You|I|We)\b)[A-Z][a-z]+"
    r"(?:\.?\s*\Z|\s+(?:wrote|said|says|argue[sd]|once|et\s+al|and\s+colleagues|was\s+an?|is\s+an?)\b"
    r"|\s*\(\d{4}|,? et al)"
)


def core(text: str) -> str:
    """The text in compatibility form, squeezed, and without what is wrapped around the whole of it."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    squeezed = _both_ends("\n".join(line for line in lines if line))
    normal = _both_ends(unicodedata.normalize("NFKC", _INVISIBLE.sub("", squeezed)))
    normal = _LOOK_ALIKE.sub(lambda found: found[0].translate(_LATIN), normal).translate(_QUOTE_FORMS).translate(_PICTURES)
    normal = _TURN_ENDS.sub("", normal.lstrip())
    normal = _TAG.sub(" ", _without_struck(_ROLE.sub("\n", _FENCE.sub("", normal))))
    while (shorter := _BULLET.sub("", normal).strip(_WRAPS)) != normal:
        normal = shorter
    return normal


def _both_ends(text: str) -> str:
    return text if len(text) <= 2 * ENDS else f"{text[:ENDS]}\n…\n{text[-ENDS:]}"


def signed(text: str) -> str:
    """The signs of a core text, with its option letters as A and B among them."""
    for pattern, form in ((_LATEX, " "), (_ARROW, "→"), (_BACK, "←"), (_TICKED, "✅ "), (_UNTICKED, "❌ "), (_PREFIXED, " "), (_ANGLED, r"(\1)"), (_JOINT, r"\1 ")):
        text = pattern.sub(form, text)
    return "".join(_signs(text))


def _without_struck(text: str) -> str:
    """The text without what is struck out, unless that is where all its letters are."""
    rest = _STRUCK.sub(" ", text)
    return rest if re.search("[ABab]", rest) else text


def _signs(text: str) -> list[str]:
    found = [token for token in TOKEN.finditer(text) if token[0] not in _MARKUP]
    words = [token[0] for token in found]
    small = [plain(word) for word in words]
    out: list[str] = []
    standing: list[int] = []
    at = 0
    while at < len(words):
        word = words[at]
        if word in _DASHES:
            out.append("d" if word != "-" or text[found[at].end() :][:1] in {" ", "\n"} else "")
        elif word in _ABROAD and "".join(out[-2:]).rstrip(":=d(").endswith(("N", "O", "C", "t")) and not (at + 1 < len(words) and is_letter(words[at + 1])):
            out.append(_ABROAD[word])
        elif is_letter(word):
            stands = Mention(text, found[at], words, at, "".join(out[-2:])).stands()
            standing += [len(out)] if stands else []
            out.append(word[0] + ("<" if _THAN_IT.search(word) else "") if stands else "")
        else:
            sign, taken = phrase_at(small, at)
            if not (sign == "x" and out and out[-1] == "x" and _UNSPACED.match(word)):
                out.append(sign)
            at += taken - 1
        at += 1
    return _of_one_case(out, standing)


def _of_one_case(out: list[str], standing: list[int]) -> list[str]:
    """The signs with letters as A and B; small ones are no options where capitals are."""
    large = any(out[at][0] in "AB" for at in standing)
    for at in standing:
        out[at] = "" if large and out[at][0] in "ab" else out[at].upper()
    return out


def is_letter(word: str) -> bool:
    """Whether a word is a letter A or B by itself, in Turkish and its like with an ending."""
    return word in {"A", "B", "a", "b"} or (word[0] in "AB" and SUFFIXED.fullmatch(word) is not None)


class Mention:
    """A letter that stands by itself, with what is around it."""

    def __init__(self, text: str, found: re.Match[str], words: list[str], at: int, sign: str) -> None:
        self.text, self.found, self.words, self.at, self.sign = text, found, words, at, sign
        self.before, self.after = self._word(at - 1), self._word(at + 1)

    def _word(self, at: int) -> str | None:
        return self.words[at] if 0 <= at < len(self.words) else None

    def stands(self) -> bool:
        """Whether the letter is an option."""
        if self._is_glued() or self._is_another_things():
            return False
        if self._is_hugged():
            return True
        return self._large_stands() if self.found[0][0] in "AB" else self._small_stands()

    def _is_glued(self) -> bool:
        """Whether the letter is part of something longer: U.S.A, B2, A+, a.m., A/C, B&B."""
        start, end = self.found.span()
        left, right = self.text[max(0, start - 2) : start], self.text[end : end + 2]
        if left[-1:].isdigit() or right[:1].isdigit() or right[:1] == "+" and right[1:] != "+":
            return True
        if left[-1:] in set("./&+@'\\-") and left[:1].isascii() and left[:1].isalnum():
            return not (left[-1] == "/" and left[0] in "AB") and left[-1] not in ":"
        if left[-1:] in {"/", "&", "@"} and left not in {"A/", "B/"} and left[-1:] == "/" and left[:1] in set("./"):
            return True
        if right[:1] == "-" and not right[1:].strip():
            return right[1:] != " " or True
        if right[:1] in set("/&@'") and right[1:2].isalnum():
            return not (right[0] == "/" and right[1] in "ABab") and right[:1] != "'"
        return right[:1] == "." and right[1:2].islower() and right[1:2].isascii()

    def _is_another_things(self) -> bool:
        before, after = self.before, self.after
        if before and before[0].isalpha() and self.sign.endswith("V"):
            return True
        if after == "to" and re.fullmatch("[C-Z]", self._word(self.at + 2) or ""):
            return True
        if self.sign.endswith("V:") or _MARK.search(self.text, max(0, self.found.start() - 30), self.found.start()):
            return True
        if after in _SUFFIX_OF_KIND:
            return True
        if before == "." and re.fullmatch("[C-Z]|Mr|Mrs|Ms|Dr|Prof", self._word(self.at - 2) or ""):
            return True
        if after == "." and self._word(self.at + 3) == "." and re.fullmatch("[C-Z]", self._word(self.at + 2) or ""):
            return True
        if after == "." and _SURNAME.match(self.text, self.found.end()):
            return before not in {None, "\n"} or word_sign(plain(self._word(self.at + 2) or "")) == "x"
        if before == "," and after == "." and _SURNAME_WITHIN.match(self.text, self.found.end()):
            return True
        return False

    def _is_hugged(self) -> bool:
        """Whether brackets, quotes or emphasis hold nothing but the letter."""
        start, end = self.found.span()
        left, right = self.text[max(0, start - 6) : start], self.text[end : end + 8]
        if _LETTER_NEXT.match(right):
            return False
        if _BRACKET_LEFT.search(left) and _BRACKET_RIGHT.match(right):
            return True
        quoted = left[-1:] in _QUOTES, right.lstrip(".,:")[:1] in _QUOTES
        return quoted == (True, True) or (
            (quoted[0] and self.text[end:].strip(".,:") == "") or (quoted[1] and start == 0)
        )

    def _large_stands(self) -> bool:
        """Whether a capital is an option: it is no article, and no preposition."""
        after = self.after
        if after is None or not after[0].isalnum() or _UNSPACED.match(after):
            return True
        if after[0].isdigit():
            return False
        if not _ALPHABET.match(after):
            return True
        word = plain(after)
        if is_letter(after):
            return after.isupper() or word_sign(plain(self._word(self.at + 2) or "")) in {"+", "-", "N"}
        if after[0].isupper():
            return word in FOLLOW and (after.isupper() or after in _CAPITAL_FOLLOWERS)
        if word in FOLLOW or word.endswith("n't") or word_sign(word) in _FOLLOWING:
            return word != "no"
        if _VERB.fullmatch(word):
            return True
        return self._is_mid_sentence()

    def _is_mid_sentence(self) -> bool:
        before = self.before
        return before is not None and before[0].isalpha()

    def _small_stands(self) -> bool:
        """Whether a small letter is an option: it must stand where no article could."""
        before, after = self.before, self.after
        closes = after in _CLOSES
        reasoned = after is not None and word_sign(plain(after)) == "k"
        if before in {None, "\n"}:
            return closes or after == ":" or reasoned or (after == "," and self._word(self.at + 2) == "because")
        sign = self.sign[-1:]
        if sign in "NO" and sign:
            return closes or after in {",", ":"} or word_sign(plain(after or "x")) in {*"=!ksu>&|"}
        if before in {":", "=", "→", *_DASHES}:
            return closes
        if after in {".", ";", ")", "!"}:
            return sign in {*"CDtT=s>|&", ""} and before[0].isalpha()
        if closes:
            return sign in {*"CDtT=s>|"} and self.text[0].islower()
        return reasoned
