"""How well and how fast choices are read: `read_choice` beside the paper's reader, in one run.

    python benchmarks/readers.py

The paper's script takes the first bare capital A or B anywhere in a reply. The corpus is
tests/choices.jsonl, written for this reader, so it flatters it; what counts is the wrong picks.
"""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

from monitor.answers import read_choice

CORPUS = Path(__file__).parent.parent / "tests" / "choices.jsonl"
HOSTILE = ("(", "\n", "A or B ", "<think>", "I choose A, ", "Answer: ")
Reader = Callable[[str], str | None]


def first_capital(text: str) -> str | None:
    """The paper's reader: the first bare capital A or B."""
    found = re.search(r"\b([AB])\b", text)
    return found[1] if found else None


def seconds(read: Reader, texts: list[str]) -> float:
    """Wall time to read all texts."""
    begun = time.perf_counter()
    for text in texts:
        read(text)
    return time.perf_counter() - begun


def main() -> None:
    """Print accuracy, wrong picks, abstentions and time for both readers."""
    cases = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    texts = [case["text"] for case in cases]
    print(f"{len(cases)} replies in {len({case['trap'] for case in cases})} groups")
    print(f"{'reader':14} {'right':>7} {'wrong pick':>11} {'abstains wrongly':>17} {'µs a reply':>11}")
    for read in (read_choice, first_capital):
        found = [(read(case["text"]), case["expected"]) for case in cases]
        right = sum(got == expected for got, expected in found) / len(cases)
        wrong = sum(got is not None and got != expected for got, expected in found)
        abstained = sum(got is None and expected is not None for got, expected in found)
        micro = 1e6 * seconds(read, texts) / len(texts)
        print(f"{read.__name__:14} {right:7.1%} {wrong:11} {abstained:17} {micro:11.0f}")
    slowest = max(seconds(read_choice, [piece * (10**6 // len(piece))]) for piece in HOSTILE)
    print(f"slowest of {len(HOSTILE)} hostile texts of 1 MB: {slowest:.2f} s")


if __name__ == "__main__":
    main()
