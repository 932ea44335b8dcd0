"""A reply in its plainest form: one alphabet, no markup around it, no tokens of chat templates. Pure.

What is wrapped around a whole reply (Markdown, quotes, white space) goes first, so that it cannot matter
to what is read. Not here: what any of the words mean (`choice_signs`).
"""

# ruff: noqa: RUF001  (quotes and letters of other languages are the subject here)

import re
import unicodedata

from monitor.reading.choice_words import LETTER

ENDS = 20_000  # characters kept at either end: nobody declares a letter in the middle of a book
_LAYERS = 20  # wraps around wraps that are taken off

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufe00-\ufe0f\u00ad]")
_LOOK_ALIKE = re.compile(rf"(?<!{LETTER})[\u0410\u0412\u0391\u0392](?!{LETTER})")
_LATIN = str.maketrans("\u0410\u0412\u0391\u0392", "ABAB")
_FORMS = str.maketrans(
    dict.fromkeys("’‘´ʼ", "'")
    | dict.fromkeys("“”„‟«»\u2039\u203a「」『』", '"')
    | dict.fromkeys("🅰🇦", " A ")
    | dict.fromkeys("🅱🇧", " B ")
)
_WRAPS = " \n\t\"'`*_~#"

_TURN_ENDS = re.compile(
    r"(?<=\S)\s{0,9}<(?:\|(?:im_end|eot_id|end|endoftext|end_of_text|end_of_turn|return|eom_id)\|"
    r"|end_of_turn|/s|eos)>.*",
    re.DOTALL,
)
_FENCE = re.compile(r"^[ ]?(?:```|~~~)(?:[\w-]{2,20})?$", re.MULTILINE)
_ROLE = re.compile(
    r"<\|[\w ]{1,30}\|>|\[/?INST\]|</?s>|<(?:start|end)_of_turn>|<(?:eos|bos|pad|unk)>"
    r"|<｜[^<>\n]{1,30}｜>|^(?:assistant|model|ai|bot|gpt)\s?:\s?(?=\S)|\A(?:assistant|model)\n",
    re.IGNORECASE | re.MULTILINE,
)
_STRUCK = re.compile(r"~~[^~\n]{1,200}~~|<(?:s|del)>[^<>\n]{1,200}</(?:s|del)>")
_TAG = re.compile(
    r"</?(?:a|b|i|u|p|em|br|hr|li|ul|ol|td|tr|th|div|span|strong|code|mark|center|font|sub|sup|small|big"
    r"|h\d)(?:\s[^<>\n]{0,80})?\s?/?>"
)
_BULLET = re.compile(r"^[ ]?(?:(?:[-*+>#•·▪►◦‣●○■□]{1,6}|\d{1,2}[.)])[ ])+|^[>#]+", re.MULTILINE)
_GLYPHS = "✅☑✔✓👍🏆⭐🥇🥈❌✗✘✖👎🚫⛔☐⬜"
_INLINE = (
    (
        re.compile(
            r"(?:#|\bno\. ?|\bnumber |\brank(?:ing)?:? |\bplace )1[:.)]? ?([AB])\b[,;.\s]{1,3}(?:and )?"
            r"(?:#|no\. ?|number |rank |place )?2[:.)]? ?(?!\1)[AB]\b",
            re.IGNORECASE,
        ),
        r"I choose \1",
    ),
    (
        re.compile(
            r"\b([AB]) (?:leaves|puts|makes|blows|knocks) (?!\1)([AB]) (?:standing|far behind|behind|"
            r"trailing|in the dust|in the shade|in its wake|to shame|out of the water|look\b)"
        ),
        r"\1 beats \2",
    ),
    (
        re.compile(
            r"\A(([AB])([.):]) [^\n.?!]{3,120}\.?)(?<! like)(?<! than)(?<! of)(?<! with)(?<! to)(?<! in)"
            r" ((?!\2)[AB]\3 [^\n.?!]{3,120}\.?)\Z"
        ),
        "\\1\n\\4",
    ),
    (
        re.compile(
            r"\b(?:chang|switch|mov|swap|revis|updat|amend|correct|replac)\w* (?:[a-z]+ ){0,3}"
            r"([AB]) (?:in)?(?:to|with|by|for) (?:an? )?(?!\1)([AB])\b"
        ),
        r"wait: \2",
    ),
    (re.compile(r"\b([AB]) (?:plus|minus|without) (?=[AB]\b)"), r"\1 and "),
    (re.compile(r"\b([AB]) ?< ?(?=[AB]\b)"), r"\1 ≺ "),
    (re.compile(r"^(\d[.)] [AB]) (?=\d[.)] [AB]\b)", re.MULTILINE), "\\1\n"),
    (re.compile(r"(?<=[^\W\d_]{2})(?<! [AB])([^\w\n]{0,3})\n\W{0,4}(?:\w{2,12} )?[AB]:\W*\Z"), ""),
    (re.compile(r"\b([AB]),? (?:comes )?first,? (?:and |then )?(?=[AB],? second\b)"), r"\1 ≻ "),
    (re.compile(r"^([AB]) yes[,;.] (?:and )?(?!\1)[AB] no\W*\Z", re.IGNORECASE), r"\1"),
    (re.compile(r"^([AB]) no[,;.] (?:and )?(?!\1)([AB]) yes\W*\Z", re.IGNORECASE), r"\2"),
    (
        re.compile(r"^([AB]) ([^\W\d_]{2,14})[,;] (?:and )?(?!\1)([AB]) ([^\W\d_]{2,14})(?=\W*\Z)"),
        r"\1: \2\n\3: \4",
    ),
    (re.compile(r"^(?!\|)([^|\n]+) \| (?=[^|\n]+$)", re.MULTILINE), r"\1\n"),
    (re.compile(r"\Aanalysis.*assistant ?final", re.DOTALL), ""),
    (
        re.compile(
            r"^(Q(?:uestion)? ?:[^\n]*\n(?:[^\n]*\n){0,4}?)[AB] ?:(?![^\0]*\n[AB][:.)])", re.MULTILINE
        ),
        r"\1",
    ),
    (re.compile(r"\b1st(?: place)?(?=[: ]{1,2}[AB]\b)"), "first place"),
    (re.compile(r"\b2nd(?: place)?(?=[: ]{1,2}[AB]\b)"), "second place"),
    (re.compile(r"\\(?:text|math|bf|rm|tt)[a-z]{0,8}|\\[()\[\],;! ]|\\quad"), " "),
    (re.compile(r"(?<![=/\"'\w])[-=]{1,3}>"), "→"),
    (re.compile(r"<[-=]{1,3}|<<+"), "←"),
    (re.compile(r"^[ ]?(?:\[[xX✓✔*]\]|\([xX✓✔*•]\)|[🔘◉])(?=[ ])", re.MULTILINE), "✅ "),
    (re.compile(r"^[ ]?(?:\[[ ]?\]|\([ ]?\)|[☐⚪⬜])(?=[ ])", re.MULTILINE), "❌ "),
    (re.compile(rf"^([{_GLYPHS}] ?[AB]\b)[ ,;/|]{{0,3}}(?=[{_GLYPHS}])", re.MULTILINE), r"\1\n"),
    (re.compile(rf"(?:(?<=[AB])|(?<=[AB] )|(?<=[AB]: ))([{_GLYPHS}])[ ,;/|]{{1,3}}(?=[AB]\b)"), r"\1\n"),
    (
        re.compile(
            r"^\|? ?(?:option |answer |response )?([AB]) ?\|(?! ?[AB] ?(?:\||$)) ?([^|\n]+?) ?\|?$",
            re.MULTILINE | re.IGNORECASE,
        ),
        r"\1: \2",
    ),
    (re.compile(r"(?<=[\u0590-\u06ff])-(?=[AB])"), " "),
    (re.compile(r"<\s?([ABab])\s?>"), r"(\1)"),
    (re.compile(r"\b(option|answer|choice|letter)[_-](?=[ABab]\b)", re.IGNORECASE), r"\1 "),
)


def core(text: str) -> str:
    """The text in compatibility form, squeezed, and without what is wrapped around the whole of it."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    squeezed = _both_ends("\n".join(line for line in lines if line))
    plain = _both_ends(unicodedata.normalize("NFKC", _INVISIBLE.sub("", squeezed)))
    plain = _LOOK_ALIKE.sub(lambda found: found[0].translate(_LATIN), plain).translate(_FORMS)
    plain = _ROLE.sub("\n", _FENCE.sub("", _TURN_ENDS.sub("", plain.lstrip())))
    return _unwrapped(_TAG.sub(" ", _without_struck(plain)))


def inline(text: str) -> str:
    """A core text with its arrows, ticked boxes and joined words in one form each."""
    for pattern, form in _INLINE:
        text = pattern.sub(form, text)
    return text


def _both_ends(text: str) -> str:
    return text if len(text) <= 2 * ENDS else f"{text[:ENDS]}\n…\n{text[-ENDS:]}"


def _without_struck(text: str) -> str:
    """The text without what is struck out, unless that is where all its letters are."""
    rest = _STRUCK.sub(" ", text)
    return rest if re.search("[ABab]", rest) else text


def _unwrapped(text: str) -> str:
    for _ in range(_LAYERS):
        shorter = _BULLET.sub("", text).strip(_WRAPS)
        if shorter == text:
            break
        text = shorter
    return text
