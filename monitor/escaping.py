"""Text that others wrote, put where it must be read and must not act: Markdown, logs, annotations. Pure.

Names, question ids, causes and reasons may hold what a model or an endpoint chose. `visible` shows
their control and bidi characters; here the rest of what GitHub would act on loses its meaning. Text of
a model's answers goes to none of these places.
"""

import re

from monitor.visible import visible

LONGEST = 500  # characters of one reason
LONGEST_NAME = 200
_BREAK = "\u200b"  # seen by nobody, and no mention, reference or address goes across it
_COMMAND = re.compile(r"(?<!\S):(?=:)")  # `::error::`, which acts where a line begins
_OLD_COMMAND = re.compile(r"##(?=\[)")  # `##[error]` anywhere in a line
_MARKDOWN = re.compile(r"[\\`*|~$]|(?<![^\W_])_|_(?![^\W_])|\](?=[(\[])")  # what acts within a line
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_IN_CODE = str.maketrans("`\\|<>", "'/¦()")
_REFERENCES = re.compile(r"(?<=[@#])|(?<=:)(?=[/\w+-])|(?<=www)(?=\.)|(?<=GH)(?=-)", re.IGNORECASE)
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def line(text: str) -> str:
    """The text in one line, at most `LONGEST` characters, with nothing hidden in it."""
    shown = visible(text[: LONGEST + 1]).replace("\n", " ")
    return shown if len(shown) <= LONGEST else shown[:LONGEST] + "…"


def prose(text: str) -> str:
    """One line of Markdown that renders as the text: no tag, link, mention, reference or format."""
    apart = _REFERENCES.sub(_BREAK, line(text))
    return _MARKDOWN.sub(r"\\\g<0>", apart).translate(_ENTITIES)


def code(text: str) -> str:
    """The same as a code span, also in a cell of a table; what would end either is shown otherwise."""
    return f"`{line(text)[:LONGEST_NAME].strip().translate(_IN_CODE) or '–'}`"


def calm(text: str) -> str:
    """Lines for a log, none of which a runner takes for a command."""
    return _OLD_COMMAND.sub(f"#{_BREAK}#", _COMMAND.sub(f":{_BREAK}", text))


def harmless(text: str) -> str:
    """Lines for a terminal or a log, in which nothing steers, hides or is a command."""
    return calm(visible(text))


def annotation(level: str, title: str, message: str) -> str:
    """A command of ours that shows an annotation (`error`, `warning`, `notice`) with these texts."""
    shown = calm(line(title)).translate(_PROPERTY)
    return f"::{level} title={shown}::{calm(line(message)).translate(_DATA)}"


def cut(text: str, most: int, pointer: str) -> str:
    """The text within `most` bytes of UTF-8: whole lines, then where the rest is."""
    if len(text.encode()) <= most:
        return text
    room = most - len(f"\n{pointer}\n".encode())
    kept = text.encode()[:room].decode(errors="ignore")
    return f"{kept.rpartition(chr(10))[0]}\n\n{pointer}\n" if "\n" in kept else f"{pointer}\n"
