"""How well and how fast choices are read: `read_choice` beside two simpler readers, in one run.

    python benchmarks/readers.py [FILE.jsonl …]

The paper's script takes the first bare capital A or B anywhere in a reply; the last-letter reader takes
the last one that stands alone, as many harnesses do. Without files the corpus is tests/choices.jsonl;
its cases named "others: …" were written without a look at the reader, all others by its authors.
All have since been used to develop it, so they flatter it. A file has a line per reply: `text`, `trap`,
and `expected` or `choice` (A, B or null).
"""

import json
import re
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from monitor.answers import read_choice

CORPUS = Path(__file__).parent.parent / "tests" / "choices.jsonl"
HOSTILE = {
    "quotes": '"',
    "letters": "A ",
    "lines": "A\nB\n",
    "brackets": "(A",
    "deep JSON": '{"a":',
    "both": "A or B ",
    "choices": "I choose A, ",
    "sentences": "A. ",
    "thoughts": "<think>",
    "no letter": "選",
}
Reader = Callable[[str], str | None]


def first_capital(text: str) -> str | None:
    """The paper's reader: the first bare capital A or B."""
    found = re.search(r"\b([AB])\b", text)
    return found[1] if found else None


def last_capital(text: str) -> str | None:
    """The last bare capital A or B."""
    found = re.findall(r"\b([AB])\b", text)
    return found[-1] if found else None


READERS: tuple[Reader, ...] = (read_choice, first_capital, last_capital)


def seconds(read: Reader, texts: Iterable[str]) -> float:
    """Wall time to read all texts."""
    begun = time.perf_counter()
    for text in texts:
        read(text)
    return time.perf_counter() - begun


def row(read: Reader, cases: list[dict[str, str | None]]) -> str:
    """Right, wrong picks, wrong abstentions, and right minus wrong picks, of one reader."""
    found = [(read(case["text"] or ""), case.get("expected", case.get("choice"))) for case in cases]
    right = sum(got == expected for got, expected in found)
    wrong = sum(got is not None and got != expected for got, expected in found)
    abstained = len(cases) - right - wrong
    net = (right - wrong) / len(cases)
    micro = 1e6 * seconds(read, [case["text"] or "" for case in cases]) / len(cases)
    return f"{right / len(cases):7.1%} {wrong:6} {abstained:9} {net:7.1%} {micro:8.0f}"


def table(cases: list[dict[str, str | None]]) -> None:
    """Print a row per reader, then a row per trap of `read_choice`."""
    print(f"{'':34} {'right':>7} {'wrong':>6} {'abstains':>9} {'net':>7} {'µs each':>8}")
    for read in READERS:
        print(f"{read.__name__:34} {row(read, cases)}")
    for trap in sorted({str(case["trap"]) for case in cases}):
        own = [case for case in cases if case["trap"] == trap]
        print(f"  {trap[:26]:26} {len(own):5} {row(read_choice, own)}")


def main() -> None:
    """Print a table per corpus, and the time for a megabyte of each hostile kind."""
    for path in [Path(name) for name in sys.argv[1:]] or [CORPUS]:
        cases = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        print(f"{path.name}: {len(cases)} replies; net is right minus wrong picks")
        table(cases)
    for kind, piece in HOSTILE.items():
        text = piece * (10**6 // len(piece.encode()))
        print(f"1 MB of {kind:12} {1e3 * seconds(read_choice, [text]):6.0f} ms")


if __name__ == "__main__":
    main()
