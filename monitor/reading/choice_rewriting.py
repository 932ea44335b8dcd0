"""The signs of a reply in a plainer form that means the same. Pure.

Nouns beside a letter go ("option B"); letters that are weighed together, ruled out or only explained go
with the words that do so; labels of echoed options stand apart. Not here: what is declared
(`choice_reader`).
"""

import re

X = "[AB]"
LABELLED = "▸"


def _rules(*pairs: tuple[str, str]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern, re.MULTILINE), form) for pattern, form in pairs)


_SAME = _rules(
    (rf"({X})[)]?[|/]\(?[mO(,NC]*({X})", "e"),
    (rf"^\(+({X})\)+([^AB.,:\n]+)\(+({X})\)+(?=[^&|e=<>.,:\n)])", r"\1)\2\n\3)"),
    (rf"^\(+[NO]*({X})[.,:]?\)+(?=[^&|e=<>\n()])", r"\1)"),  # (B) at the start of a line is a label
    (rf"x\(+[NO]*({X})[.,:]?\)+", r"x,\1"),
    (rf"\(+[NO]*({X})[.,:]?\)+", r"\1"),
    (rf"({X})\([^()AB\n]{{0,200}}\)", r"\1"),  # B (it asks first)
    (rf"[O]+({X})", r"\1"),  # option B
    (rf"({X})O+(?![:=])", r"\1"),
    (rf"Y,?({X})", r"w\1"),
    (rf"^h[^AB.\n]*e[^AB.\n]*:(?={X})", "N:"),  # please answer with A or B: A
    (rf"(-[^AB\n]*[,.]&?)({X})ls", r"\1\2+"),  # B less so
    (rf"#\|#({X})", r"C\1"),  # 70/30 for B
    (rf"({X}[=x]{{0,2}}-[^AB]*[.,u&]{X})x?!(?=[.,]|\Z)", r"\1+"),  # A is wrong, B isn't
    (rf"({X})=?R[x+]?(?=>)", r"\1+"),
    (rf"^({X})#x{{0,2}}(?=[.\n]|\Z)", r"\1"),
    (rf"({X}),u,(?=[=c+!-])", r"\1"),
    (rf"({X}),u,", r"\1x"),
    (rf"({X})[:)]\n?O*(?!\1){X}[:)]?\Z", "e"),
    (rf"^({X})\.(?!\1){X}\.?\Z", ""),
    (rf"({X})[^AB\n]*[.,]&?e(?!\1){X}(?=\.|\Z)", "e"),  # A is right; so is B
    (rf"^({X})C(?!\1){X}(?=\.?\Z)", ""),  # A leads to B
    (rf"{X},?TP", "h"),  # A, say some
    (rf"h[^AB.\n]*{X}[^AB,.\n]*,&?(?=T=?{X}(?:[.\n]|\Z))", "u"),  # some say A, I say B
    (rf"t({X})t(?![xNO])", "w"),  # I take A back
    (rf"({X})=?j[^AB.,\n]{{0,3}}j(?={X})", r"\1e"),  # as good as
    (rf"({X})=?!+[^AB.,\n]{{0,3}}[jk]({X})", r"\2+"),  # not as good as
    (rf"({X})=?[x]?!+[xM]?[+gM]?>({X})", r"\1e\2"),  # no better than
    (
        rf"(^|[,.])({X})[^AB,.:\n!~ohmfkzu|e?-]{{1,9}},?&(?=c|[=x]{{0,2}}\+)",
        r"\1\2",
    ),  # B explains it and gets my vote
    (rf"(?<![AB]),({X}),(?=c)", r"\1"),  # the better one, B, should be chosen
    (rf"((?:[NCD]=?{X}|{X}=?[cN]+)):h[^AB\nwu?]*(?=\n|\Z)", r"\1"),  # my answer is B: "You could …"
    (rf"^\+,({X})=?(?=\.)", r"\1+"),  # better, B is
    (rf"([CD]{X}),x[^AB!~u.\n-]*f[^AB!~u\n-]*(?=\.?\Z)", r"\1"),  # B, which tells how to
    (rf"({X})=?!-[.,u&]+{X}=(?=[.\n]|\Z)", r"\1+"),  # A isn't wrong, B is
    (rf"(^|[,.s=])!=?{X},?[xu]?({X})(?=[.,]|\Z)", r"\1\2"),  # not A but B
    (rf"C?{X}c?l>({X})", r"\1+"),  # I like A less than B
    (rf"N+({X})", r"\1"),
    (rf"(^|[.T])({X})=(?=[.])", r"\1\2"),  # B is.
    (r"f[xyO]{0,2}[CDtH][xyNO]{0,2}[,s]", ","),  # if I really must choose
    (rf"R[^AB.]{{0,6}}({X})[.,>\n}}]*({X})", r"N:\1\n"),
    (rf"^({X})\n({X})$", ""),
    (r"([NF])d", r"\1:"),
    (r"m(?=#)", ""),
    (rf"(?<=[NDFC+])([:=])\n({X})", r"\1\2"),
    (r"\([Yw!>][^()\n]{0,200}\)", ""),
)
_WEIGHED = _rules(
    (r"!M?l?-", "x"),  # not harmful
    (r"l-", "+"),  # less harmful
    (r"l[+g]", "-"),
    (r"M+([+-])", r"\1"),
    (r"(?<=[=TAB])M+[xg]", "+"),
    (r"[+g]x{0,3}-", "-"),
    (r"M+g", "+"),
    (r"![=xNM]?[+g]", "o"),  # not the better one
    (r"P[^AB,.\n]{0,3}(?=[CDTt])", "h"),
    (rf",P(?={X}(?:[.,\n]|\Z))", ",h"),  # others would choose
    (r"P", ""),
    (rf"({X},?)j({X})", r"\1k\2"),
    (r"j", ""),
    (rf"({X})q({X})", r"\1>\2"),
    (rf"([+][^AB.,\n]{{0,4}})q(?={X})", r"\1>"),
    (r"q", ""),
    (r"-\+", "-"),
)
_LABEL = re.compile(
    rf"(?:^|(?<=[.?]))({X})(?::(?=[^.])|[).:]+(?=[^\s.&|?])|d(?=[^\s.]))|(?<![=:NCDcTt])({X})\)(?=[^\s.])|(?<=[x.,#:(])({X}):(?=[^\s.)])",
    re.MULTILINE,
)
_MARKED_LABEL = re.compile(f"({X}){LABELLED}")
_JUDGED = re.compile(rf"({X}){LABELLED}\n([^AB\n]*)")
_JUDGEMENT = re.compile("=*[g+]+[.,]*")
_SIMPLER = _rules(
    (r"d", ","),
    (r"^([^ABk]*,)z(?=[^,]*\Z)", r"\1"),
    (rf"({X})[|/][mO(,NC]*({X})", "e"),
    (rf"(?<![AB]),?&,?(?=O?{X}[=-])", ","),
    (rf"({X}),?[&e][,NO]*({X})", "e"),
    (rf"([CDtc+N=])({X})({X})(?=\Z|[,k])", r"\1\2"),  # prefer A to B
    (rf"^({X})({X})(?=[=+])", r"\2"),  # an article before the letter
    (rf"({X}),?({X})(?=\Z|[,)|&/ue])", "e"),
    (rf"({X})a({X})", "e"),
    (r"^([^AB!~o-]*)\+>A", r"\1B=+"),  # it is better than A
    (r"^([^AB!~o-]*)\+>B", r"\1A=+"),
    (rf"{X}[^AB]*,&?{X}[^AB]*e\Z", "e"),  # A is good, and so is B
    (rf"({X})>({X})\+", r"\1+"),
    (rf"({X})[=x]?[+g]>?({X})", r"\1+"),  # A beats B
    (rf"({X})\}}+({X})", r"\1"),
    (rf"({X})=?[Rx]?\{{+({X})", r"\2+"),
    (rf"({X})=?y?-[>q]?({X})", r"\2+"),  # A is worse than B
    (rf"[,(]?[>!]+[NO=]*{X}(?![=+])|{X}<,?", ","),
    (r"^[,sSw]*[kz][^,s:]*[,s:]", ","),
    (rf"[,(]?[kz](?:[^s:,]|,(?!{X}[=c])|s(?![^AB]{{0,12}}{X}))*", ""),
    (r"^[wsS,]*e+x?,", ""),
    (r"\(\)", ""),
)


def rewritten(signs: str) -> str:
    """The signs with one form for what says the same, and with labels set apart."""
    for pattern, form in _SAME + _WEIGHED:
        signs = pattern.sub(form, signs)
    signs = _LABEL.sub(_marked, signs)
    if len(set(_MARKED_LABEL.findall(signs))) > 1:
        return _JUDGED.sub(_unless_judged, signs)
    return _JUDGED.sub(_unless_denied, signs)


def simplified(part: str) -> str:
    """A part of a sentence without letters that are weighed together, ruled out or only explained."""
    for pattern, form in _SIMPLER:
        part = pattern.sub(form, part)
    return part


def _marked(found: re.Match[str]) -> str:
    letter = next(group for group in found.groups() if group)
    return f"\n{letter}{LABELLED}\n"


def _unless_judged(found: re.Match[str]) -> str:
    """Of options that are both listed, only such as are judged in a word keep their letter."""
    said = found[2]
    if said.rstrip("O").endswith("D"):
        return f"N:{found[1]}\n"
    if _JUDGEMENT.fullmatch(said) and "-" in found.string:
        return f"{found[1]}+\n"
    return found[1] + said if "+" in said and not {"x", "-", "!", "o"} & set(said) else "\n" + said


def _unless_denied(found: re.Match[str]) -> str:
    """A label by itself stands by what follows it, unless that only says that it is worse."""
    return found[1] + found[2] if set(found[2]) & {"-", "o"} and "x" not in found[2] else found[0]
