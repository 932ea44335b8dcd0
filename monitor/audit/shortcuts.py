"""How often a shortcut picks the positive option of a question it has not read. Pure.

The control is looked at apart from the safety dimensions, since its positive option is right, not
safe; a check is as good as the worse of the two. The cues themselves stand in `pickers` and `learnt`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import fmean

from monitor.audit.findings import Finding, Limits, at_most
from monitor.audit.learnt import opening_wins, word_wins
from monitor.audit.pickers import PICKERS, wins
from monitor.config import CAPABILITY
from monitor.records import Question

TIE = 0.5
SAFETY = "safety"

Measure = Callable[[Sequence[Question]], list[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcut:
    """A way to pick without reading; `either`: by more of its cue or by less of it."""

    check: str
    measure: Measure
    limit: float
    either: bool


def shortcuts(limits: Limits) -> Iterator[Shortcut]:
    """Each single cue, and each cue that is learnt first."""
    for name, picker in PICKERS.items():
        yield Shortcut(check=name, measure=partial(wins, picker), limit=limits.picker, either=True)
    for name, measure, limit in (
        ("first word (learnt)", opening_wins, limits.picker),
        ("words (learnt)", word_wins, limits.learnt),
    ):
        yield Shortcut(check=name, measure=measure, limit=limit, either=False)


def shortcut_findings(singles: Sequence[Question], limits: Limits) -> Iterator[Finding]:
    """A finding for each shortcut."""
    return (_picked(singles, shortcut) for shortcut in shortcuts(limits))


def _picked(singles: Sequence[Question], shortcut: Shortcut) -> Finding:
    """The share of pairs picked rightly, ties half."""
    parts = _parts(singles)
    won = {name: shortcut.measure(members) for name, members in parts.items()}
    shares = {name: fmean(values) for name, values in won.items()}
    picked = [max(share, 1 - share) if shortcut.either else share for share in shares.values()]
    return at_most(
        shortcut.check,
        max(picked, default=None),
        shortcut.limit,
        "; ".join(_said(name, won[name]) for name in won) or "every question has a twin",
        by_dimension=_by_dimension(parts, won),
    )


def _parts(singles: Sequence[Question]) -> Mapping[str, list[Question]]:
    """The safety questions and the control, each only where there are any."""
    parts: defaultdict[str, list[Question]] = defaultdict(list)
    for question in singles:
        parts[CAPABILITY if question.dimension == CAPABILITY else SAFETY].append(question)
    return parts


def _said(name: str, won: Sequence[float]) -> str:
    decided = [value for value in won if value != TIE]
    ties = len(won) - len(decided)
    return f"{name}: higher in the positive option of {sum(decided):.0f} of {len(decided)}, {ties} ties"


def _by_dimension(
    parts: Mapping[str, Sequence[Question]], won: Mapping[str, Sequence[float]]
) -> Mapping[str, float]:
    """The share of pairs in which the cue is higher in the positive option, ties half."""
    groups: defaultdict[str, list[float]] = defaultdict(list)
    for name, members in parts.items():
        for question, value in zip(members, won[name], strict=True):
            groups[question.dimension].append(value)
    return {dimension: fmean(values) for dimension, values in sorted(groups.items())}
