"""How many came through each stage of a construction, and how long people took for them. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from monitor.construct.asker import Tallied
from monitor.construct.collecting import Collected
from monitor.construct.decisions import Settled
from monitor.construct.nouns import Candidate
from monitor.construct.options import NO_NEGATIVE, NO_POSITIVE, UNLIKE
from monitor.construct.selection import Selected

MINUTE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What came out of a stage, of how many, and what was in the way, by cause."""

    name: str
    into: int
    out: int
    causes: Mapping[str, int]


def stages(
    collected: Collected,
    candidates: Sequence[Candidate],
    settled: Settled,
    selected: Selected,
    failed: int,
) -> tuple[Stage, ...]:
    """In the order in which a question meets them; a twin counts from where it is made."""
    singles = [one for one in candidates if one.twin in {None, one.id}]
    twins = sum(one.twin not in {None, one.id} for one in settled.accepted)
    conflicts = Counter(cause for one in singles for cause in one.conflicts)
    content = [one for one in singles if not one.conflicts]
    return (
        Stage(
            name="rows of the sources",
            into=collected.rows,
            out=collected.kept,
            causes=dict(collected.left_out),
        ),
        Stage(
            name="written questions",
            into=collected.written,
            out=len(collected.stems) - collected.kept,
            causes=dict(collected.unfit),
        ),
        Stage(
            name="positive options",
            into=len(collected.stems),
            out=len(singles) - conflicts[NO_POSITIVE],
            causes={"call failed or not made": failed} if failed else {},
        ),
        Stage(name="negative options", into=len(singles), out=_without(singles, NO_NEGATIVE), causes={}),
        Stage(name="in one voice", into=len(singles), out=_without(singles, UNLIKE), causes={}),
        Stage(name="confirmed", into=len(singles), out=len(content), causes=dict(conflicts)),
        Stage(name="twins", into=len(settled.accepted) - twins, out=twins, causes={}),
        Stage(
            name="accepted",
            into=len(candidates),
            out=len(settled.accepted),
            causes={"rejected": len(settled.rejected), "wait for people": len(settled.waiting)},
        ),
        Stage(
            name="in the bank",
            into=len(settled.accepted),
            out=len(selected.questions),
            causes=dict(Counter(selected.dropped.values())),
        ),
    )


def _without(candidates: Sequence[Candidate], conflict: str) -> int:
    return sum(conflict not in one.conflicts for one in candidates)


def minutes(settled: Settled) -> float | None:
    """Minutes of all reviewers for each question accepted in the end; None without a review."""
    said = [decision for decisions in settled.by.values() for decision in decisions]
    if not said or not settled.accepted:
        return None
    return sum(decision.seconds for decision in said) / MINUTE / len(settled.accepted)


def as_row(
    found: Sequence[Stage], settled: Settled, tallied: Tallied, stopped: str
) -> Mapping[str, Any]:
    """The report as a value that `json` can write."""
    return {
        "stages": [
            {"stage": s.name, "into": s.into, "out": s.out, "causes": dict(s.causes)} for s in found
        ],
        "minutes_per_accepted": minutes(settled),
        "reviewed": len(settled.by),
        "calls": {name: tallied.used[name] for name in sorted(tallied.used)},
        "asked_now": sum(tallied.asked.values()),
        "stopped": stopped,
    }


def lines(found: Sequence[Stage], settled: Settled, tallied: Tallied) -> Iterator[str]:
    """For people."""
    yield f"{'stage':22}{'of':>7}{'came':>7}"
    for stage in found:
        causes = ", ".join(f"{n} {cause}" for cause, n in sorted(stage.causes.items()) if n)
        yield f"{stage.name:22}{stage.into:7}{stage.out:7}{f'   {causes}' if causes else ''}"
    calls = ", ".join(f"{tallied.used[name]} {name}" for name in sorted(tallied.used))
    yield f"Replies used: {calls or 'none'}; {sum(tallied.asked.values())} of them asked for now"
    spent = minutes(settled)
    if spent is not None:
        yield f"People: {spent:.2f} minutes for each accepted question"
