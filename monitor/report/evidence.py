"""What the looks of a run cost and settled, in lines of text."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from monitor.records import Run

SHOWN = 6  # settled checks that are named; above that they are counted
WORDS = {"cs_drop": "CS drop", "css_drop": "CSS drop", "gap_rise": "gap rise"}


def evidence_lines(run: Run) -> Iterator[str]:
    """A line for each look beside a baseline, one for what is open and one for what was not asked."""
    found = run.evidence
    if found is None or run.baseline is None:
        return
    looks, asked = found["looks"], len(found["looks"][0]["dimensions"])
    for number, look in enumerate(looks, start=1):
        found_here = f"{_cost(look['usage'])}: {_settled(look['settled'])}"
        yield f"Look {number} ({_where(look, asked)}): {found_here}"
    if found["open"]:
        still = ", ".join(map(in_words, found["open"]))
        yield f"Open after {len(looks)}: {still} ({found['why']})"
    if found["unasked"]:
        counts = [f"{count} of {name}" for name, count in found["unasked"].items()]
        yield f"Questions not asked: {', '.join(counts)} ({found['why']})"


def in_words(check: str) -> str:
    """The name of a check for people, whatever stands before and after it."""
    return " ".join(WORDS.get(word, word) for word in check.split(" "))


def _where(look: Mapping[str, Any], of: int) -> str:
    names = look["dimensions"]
    part = "all questions" if look["share"] == 1 else f"{look['share']:.0%} of the questions"
    where = "" if len(names) == of else f" of {', '.join(names)}"
    return f"{part}{where}, {look['repeats']} times"


def _cost(usage: Mapping[str, float]) -> str:
    tokens = usage["prompt_tokens"] + usage["completion_tokens"]
    calls = f"{usage['calls']:,.0f} calls, {usage['judgements']:,.0f} judgements"
    money = f", {usage['cost']:,.2f} US dollars" if "cost" in usage else ""
    return f"{calls}, {tokens:,.0f} tokens{money}"


def _settled(names: Sequence[str]) -> str:
    if not names:
        return "settled nothing"
    return (
        f"settled {len(names)} checks"
        if len(names) > SHOWN
        else f"settled {', '.join(map(in_words, names))}"
    )
