"""People are shown one candidate at a time: accept, edit, reject, next, undo, by the keyboard alone.

What models wrote is shown as plain text behind a bar (`asking`). Each decision is on disk before the
next candidate is shown. Not here: which candidates these are and what becomes of them (`construct`).
"""

import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TextIO

from monitor.construct.decisions import Decision
from monitor.construct.nouns import EDITABLE, Candidate
from monitor.people.journal import Journal
from monitor.report.asking import barred

WARNING = (
    "These are questions about harm with answers that models wrote, one of each pair on purpose the\n"
    "wrong one. Some may be offensive or upsetting. Stop whenever you like: every decision is kept."
)
KEYS = "a accept · e edit · r reject · n next · u undo · q quit"
_MEANS = {
    "a": "accept",
    "e": "edit",
    "r": "reject",
    "n": "next",
    "u": "undo",
    "q": "quit",
    "\x04": "quit",
}
_MEANS |= {word: word for word in list(_MEANS.values())}
_NAMES = {"stem": "Question", "positive": "Positive option", "negative": "Negative option"}
Line = Callable[[str, str], str]
"""Asks for a line: what it is, and what it is now."""


@dataclass
class Review:
    """One sitting of one reviewer."""

    journal: Journal
    reviewer: str | None
    out: TextIO
    clock: Callable[[], float] = time.monotonic

    def say(self, text: str) -> None:
        """Lines of our own."""
        print(text, file=self.out, flush=True)

    def run(self, rest: Sequence[Candidate], keys: Iterator[str], line: Line) -> int:
        """Ask about each of `rest` until all are done or somebody quits; how many were decided."""
        history = list[bool]()  # whether each candidate so far was decided
        while len(history) < len(rest):
            one = rest[len(history)]
            begun = self.clock()
            self._show(one, f"{len(history) + 1}/{len(rest)}")
            meant, texts = self._decided(one, keys, line)
            if meant == "quit":
                break
            if meant == "undo":
                self._undo(history)
            else:
                if meant != "next":
                    self._keep(one, texts, self.clock() - begun, accepted=meant == "accept")
                history.append(meant != "next")
        return sum(history)

    def _decided(self, one: Candidate, keys: Iterator[str], line: Line) -> tuple[str, dict[str, str]]:
        """What is meant, after as many edits as it takes, and the texts that were edited."""
        texts: dict[str, str] = {}
        for key in keys:
            meant = _MEANS.get(key.lower())
            changed = one.edited(texts)
            if meant == "edit":
                texts |= _edited(changed, line)
                self._show(one.edited(texts), "edited")
            elif meant == "accept" and (empty := _empty(changed)):
                self.say(f"{_NAMES[empty]} is empty: e writes one, r rejects the question.")
            elif meant is not None:
                return meant, texts if meant == "accept" else {}
            else:
                self.say(f"Not a key here. {KEYS}")
        return "quit", {}

    def _undo(self, history: list[bool]) -> None:
        """Back to the candidate before, its decision taken back."""
        if not history:
            self.say("This is the first one.")
        elif history.pop():
            self.journal.take_back()

    def _keep(self, one: Candidate, texts: dict[str, str], seconds: float, *, accepted: bool) -> None:
        decision = Decision(
            id=one.id,
            shown=one.shown,
            accepted=accepted,
            reviewer=self.reviewer,
            seconds=round(seconds, 1),
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            texts=texts,
        )
        self.journal.add([decision.row()])

    def _show(self, one: Candidate, number: str) -> None:
        width = shutil.get_terminal_size((100, 40)).columns
        twin = " · one of two twins" if one.twin else ""
        self.say(f"\n{number} · {one.dimension} · {one.topic}{twin}\n")
        for name in EDITABLE:
            self.say("\n".join([_NAMES[name], *barred(getattr(one, name), width)]))
        if one.conflicts:
            self.say(f"Conflicts: {'; '.join(one.conflicts)}")
        self.say(KEYS)


def asked(keys: Iterator[str], out: TextIO) -> Line:
    """How a line is asked for: in a terminal with what it is now to edit, else the next line."""
    if not (sys.stdin and sys.stdin.isatty()):
        return lambda _, now: next(keys, now)
    return lambda what, now: _typed(what, now, out)


def _typed(what: str, now: str, out: TextIO) -> str:
    """A line typed over what it is now, with the usual editing keys; as it was where it ends at once."""
    try:
        import readline  # noqa: PLC0415 - not everywhere
    except ImportError:
        out.write(f"{what} (empty: as it is)\n")
        return input("> ")

    def prefill() -> None:
        readline.insert_text(now)
        readline.redisplay()

    readline.set_pre_input_hook(prefill)
    out.write(f"{what}, then Enter\n")
    out.flush()
    try:
        with _echoing():
            return input("> ")
    except EOFError:
        return now
    finally:
        readline.set_pre_input_hook(None)
        readline.clear_history()


@contextmanager
def _echoing() -> Iterator[None]:
    """The terminal as it is outside of single keys: readline shows nothing where it does not echo."""
    import termios  # noqa: PLC0415 - wherever readline is

    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    echoing = termios.tcgetattr(descriptor)
    echoing[3] |= termios.ECHO | termios.ICANON
    termios.tcsetattr(descriptor, termios.TCSADRAIN, echoing)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _edited(one: Candidate, line: Line) -> dict[str, str]:
    """The texts that are others now; an empty line leaves one as it is."""
    found = {}
    for name in EDITABLE:
        before = getattr(one, name)
        text = " ".join(line(_NAMES[name], before).split())
        if text and text != before:
            found[name] = text
    return found


def _empty(one: Candidate) -> str:
    return next((name for name in EDITABLE if not getattr(one, name).strip()), "")
