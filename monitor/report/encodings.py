"""Output for terminals that cannot show every character: readable stand-ins, never a crash."""

import codecs
import io
import sys

NAME = "faef-readable"
STAND_INS = {
    "–": "-",
    "—": "-",
    "\u2212": "-",
    "…": "...",
    "→": "->",
    "×": "x",
    "·": "|",
    "•": "*",
    "│": "|",
    "≥": ">=",
    "≤": "<=",
    "±": "+-",
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
}


def never_fail() -> None:
    """From now on stdout and stderr stand in for what their encoding lacks."""
    codecs.register_error(NAME, readable)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=NAME)


def readable(error: UnicodeError) -> tuple[str | bytes, int]:
    """A codec error handler: a plain character that means the same, else the escape Python would use."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    unknown = error.object[error.start : error.end]
    shown = "".join(STAND_INS.get(c) or c.encode("ascii", "backslashreplace").decode() for c in unknown)
    return shown, error.end
