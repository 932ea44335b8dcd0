"""Text of a model made harmless to look at: what would steer a terminal or hide words becomes visible.

Nothing is interpreted and nothing that can be read is lost. Not here: escaping for Markdown, HTML or
CSV, which is the business of whoever writes these.
"""

import unicodedata

_JOINERS = "\u200c\u200d"  # part of the spelling of Persian and Indic words, and of emoji
_ACTING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_MARKS = 4  # on one letter; more are only ever there to cover other lines


def visible(text: str) -> str:
    """The text with control, escape, bidi and other formatting characters as `<U+202E>`.

    Line feeds stay, tabs become four spaces. What is visible already stays as it is.
    """
    shown, marks = [], 0
    for character in text.replace("\r\n", "\n").replace("\t", "    "):
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        plain = character == "\n" or character in _JOINERS or category not in _ACTING
        shown.append(character if plain and marks <= _MARKS else f"<U+{ord(character):04X}>")
    return "".join(shown)
