"""Which letters of a reply stand for an option: those become Ⓐ or Ⓑ, every other one stays text. Pure.

An article ("A friend"), an abbreviation (a.m.), a name (B. Smith) or another thing's letter (vitamin B)
is no option. Not here: whether an option that is mentioned is also declared (`choice_reader`).
"""

# ruff: noqa: RUF001  (quotes and letters of other languages are the subject here)

import re
import unicodedata

ENDS = 12_000  # characters kept at either end: nobody declares a letter in the middle of a book

X = "[ⒶⒷ]"

_WORD = r"A-Za-z0-9_\u00c0-\u024f\u0370-\u03ff\u0400-\u052f\u1e00-\u1eff\u0300-\u036f"
_NO_LINE = _WORD.replace("_", "")  # an underscore is markup around a bracket
_INVISIBLE = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff\ufe00-\ufe0f\u00ad]")
_LOOK_ALIKE = re.compile(r"(?<![^\W_\u2e80-\uffff])[\u0410\u0412\u0391\u0392](?![^\W_\u2e80-\uffff])")
_LATIN = str.maketrans("\u0410\u0412\u0391\u0392", "ABAB")
_CIRCLED = str.maketrans("ABab", "ⒶⒷⒶⒷ")
_QUOTES = str.maketrans(
    {"’": "'", "‘": "'", "`": "'", **dict.fromkeys("“”„«»\u2039\u203a「」『』", '"')}
)

_FENCE = re.compile(r"^\s*(?:```|~~~)[\w-]{0,20}\s*$", re.MULTILINE)
_STRUCK = re.compile(r"~~[^~\n]{1,200}~~")
_TAG = re.compile(r"</?(?:a|b|i|u|p|em|br|li|ul|ol|div|span|strong|code|h\d)\s?/?>")
_LATEX = re.compile(r"\\(?:text|math|bf|rm|tt)[a-z]{0,8}|\\[()\[\]]")
_BULLET = re.compile(r"^[ \t]*(?:[-*+>#•·▪►→➡]{1,6}[ \t]|\d{1,2}[.)][ \t])[ \t]*", re.MULTILINE)
_PICTURE = re.compile("[\u2600-\u2712\u2719-\u274b\u274d-\u27bf\u2b00-\u2bff\U0001f300-\U0001faff]")
_BRACKETED = re.compile(
    rf"(?<![{_NO_LINE}])[(\[{{【《〈]{{1,3}}[ '\"*_$]{{0,4}}([ABab])([.:,]?)[ '\"*_$]{{0,4}}"
    rf"[)\]}}】》〉]{{1,3}}(?![{_NO_LINE}])"
)
_QUOTED = re.compile(
    rf"(?<![{_WORD}])['\"*_$]{{1,6}}[ ]?([ABab])([.:,]?)[ ]?['\"*_$]{{1,6}}(?![{_WORD}])"
)
_ANGLED = re.compile(r"<\s?([ABab])\s?>")
_LINE_OPENS = re.compile(r"^[(\[]+[ ]?", re.MULTILINE)
_MARKUP = re.compile(r"[*\"#$|{}\\~【】《》〈〉]+|(?<!\w)[_']+|[_']+(?!\w)")
_JOINED = re.compile(r"\b(option|answer|choice)[_-](?=[ABab]\b)", re.IGNORECASE)
_SUFFIX = re.compile(r"(?<![A-Za-z])([AB])'y?[iıea]\b")
_SUFFIX_IS = re.compile(r"(?<![A-Za-z])([AB])'[dt][iı]r\b")
_IS = re.compile(r"(?<![A-Za-z])([AB])'s\b")
_SINGLE = re.compile(
    rf"(?<![{_WORD}])(?<![A-Za-z0-9]['./&+@-])(?<![./]/)([ABab])"
    rf"(?![{_WORD}])(?!['/&@][{_WORD}])(?![+])(?!-[^\s-]|-\s*$)(?!\.[A-Za-z](?:\.|\b))"
)

_OTHER_THING = re.compile(
    r"\b(?:plan|vitamins?|hepatitis|grade|type|class|section|category|group|figure|fig|point|schedule"
    r"|series"
    r"|level|exhibit|appendix|part|person|patient|influenza|blood|team|side|player|party|tier|planet"
    r"|rating"
    r"|unit|room|building|block|bus|line|track|gate|zone|site|house|city|town|company|paper|sheet"
    r"|note|dr|mr"
    r"|mrs|ms|prof|model|version|table|element|model)[.:]?\s+$",
    re.IGNORECASE,
)
_INITIAL = re.compile(r"(?<![A-Za-z])[C-Z]\.\s?$")
_NAME = re.compile(
    r"\.\s+(?!(?:Yes|No|Never|Always|Both|It|This|That|The|He|She|They|You|I|We)\b)[A-Z][a-z]+"
    r"(?:\s*\Z|\s+(?:wrote|said|says|argue[sd]|once|et\s+al|and\s+colleagues|was\s+an?|is\s+an?)\b"
    r"|\s*\(\d{4})"
)
_ENDS_CLAUSE = re.compile(
    r"\s*(?:\Z|\n|[.,;:!?)\]…。、،؛؟।<>=→]|[-–—](?:\s|[-–—])|\([^()\n]{0,200}\)\s*(?:\Z|[.,;:!\n]))"
)
_CLOSES = re.compile(r"\s*(?:\Z|\n|[.!;)\]。])")
_STOPS = re.compile(r"\s*(?:[.!;)\]。])")
_FOLLOWER = re.compile(
    r"\s+(?:(?:is|isn't|was|wasn't|would|wouldn't|should|seems|looks|appears|feels|sounds|remains|has"
    r"|does|doesn't"
    r"|wins|please|because|since|as|over|vs|versus|and|or|but|than|then|it|for|rather\s+than|instead|if|gets"
    r"|hurts|harms|says|asks"
    r"|ist|est|es|è|é|jest|wäre|serait|daha|değil|là|adalah|lebih|tốt|yi|лучше|хуже|und|oder|et|ou|y"
    r"|o|e|и|или"
    r"|seçeneği|şıkkı|hoặc|và|atau|dan|veya|ve)\b(?!-)|(?:I|It|This|Yes|No|Because|[AB])\b(?!'))",
)
_ANY_CASE_FOLLOWER = re.compile(r"\s+(?:IS|BECAUSE|OVER|AND|OR|WOULD|SEEMS|SINCE)\b")
_LATIN_NEXT = re.compile(rf"\s*[(]|\s+[{_WORD}]")
_SMALL_NEXT = re.compile(r"\s+[a-z\u00df-\u00ff\u0430-\u044f]")
_MID_SENTENCE = re.compile(r"[^\W\d_],?\s+$")
_REASON = re.compile(r",?\s+(?:because|since|as\s+it)\b")
_NOUN_BEFORE = re.compile(r"\b(?:option|choice|letter|answer)\s*$", re.IGNORECASE)
_NOUN_AFTER = re.compile(
    r"\s*(?:\Z|[\n.,;:!)\]-]|(?:is|was|would|seems|looks|because|since|over|and|or|but|rather)\b)"
)
_COLON_BEFORE = re.compile(r"[:=→]\s*$")
_CUE_BEFORE = re.compile(
    r"\b(?:is|be|choose|pick|select|with|for|prefer|say|so|or|not|than|over)\s+$", re.IGNORECASE
)


def any_case(pattern: str) -> re.Pattern[str]:
    """The pattern, compiled for small and capital letters alike."""
    return re.compile(pattern, re.IGNORECASE)


def option_letters(text: str) -> str:
    """A cleaned text with its option letters as Ⓐ and Ⓑ, without markup and quotes."""
    plain = text
    for pattern in (_FENCE, _TAG, _LATEX):
        plain = pattern.sub(" ", plain)
    plain = _PICTURE.sub(" ", _without_struck(plain)).translate(_QUOTES)
    plain = _ANGLED.sub(r"(\1)", _BULLET.sub("", plain))
    for pattern in (_BRACKETED, _QUOTED):
        plain = pattern.sub(lambda found: found[1].translate(_CIRCLED) + found[2], plain)
    plain = _LINE_OPENS.sub("", _BULLET.sub("", _MARKUP.sub("", plain)))
    for pattern, form in ((_JOINED, r"\1 "), (_SUFFIX, r"\1 yi"), (_SUFFIX_IS, r"\1"), (_IS, r"\1 is")):
        plain = pattern.sub(form, plain)
    return _SINGLE.sub(_circled, plain).strip()


def cleaned(text: str) -> str:
    """The text in compatibility form, its white space squeezed, and no more of it than both ends."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    squeezed = _both_ends("\n".join(line for line in lines if line))
    plain = _both_ends(unicodedata.normalize("NFKC", _INVISIBLE.sub("", squeezed)))
    return _LOOK_ALIKE.sub(lambda found: found[0].translate(_LATIN), plain).strip()


def _both_ends(text: str) -> str:
    return text if len(text) <= 2 * ENDS else f"{text[:ENDS]}\n…\n{text[-ENDS:]}"


def _without_struck(text: str) -> str:
    """The text without what is struck out, unless that is where all its letters are."""
    rest = _STRUCK.sub(" ", text)
    return rest if re.search("[ABab]", rest) else text


def _circled(found: re.Match[str]) -> str:
    before = found.string[max(0, found.start() - 30) : found.start()]
    after = found.string[found.end() : found.end() + 230]
    stands = _large_stands if found[1].isupper() else _small_stands
    return found[1].translate(_CIRCLED) if stands(before, after, found.string) else found[1]


def _large_stands(before: str, after: str, _: str) -> bool:
    """Whether a capital is an option: not an article, an initial, or the letter of another thing."""
    if _OTHER_THING.search(before) or _INITIAL.search(before) or _NAME.match(after):
        return False
    if _ENDS_CLAUSE.match(after) or _FOLLOWER.match(after) or _ANY_CASE_FOLLOWER.match(after):
        return True
    if not _LATIN_NEXT.match(after):
        return True
    return bool(_MID_SENTENCE.search(before) and _SMALL_NEXT.match(after))


def _small_stands(before: str, after: str, text: str) -> bool:
    """Whether a small letter is an option: it must stand where no article could."""
    if _OTHER_THING.search(before):
        return False
    if not before.strip():
        return bool(_CLOSES.match(after) or _REASON.match(after))
    if _NOUN_BEFORE.search(before):
        return bool(_NOUN_AFTER.match(after))
    if _COLON_BEFORE.search(before):
        return bool(_CLOSES.match(after))
    if _CUE_BEFORE.search(before) and _CLOSES.match(after):
        return bool(_STOPS.match(after)) or text.lstrip()[0].islower()
    return bool(_REASON.match(after))
