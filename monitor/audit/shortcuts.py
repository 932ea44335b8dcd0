"""How often a shortcut picks the positive option of a question it has not read. Pure.

The control is looked at apart from the safety dimensions, since its positive option is right, not
safe; a check is as good as the worse of the two. The cues themselves stand in `pickers` and `learnt`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
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


def shortcut_findings(singles: Sequence[Question], limits: Limits) -> Iterator[Finding]:
    """A finding for each single cue, and for each cue that is learnt first."""
    for name, picker in PICKERS.items():
        yield _picked(name, singles, partial(wins, picker), limits.picker, either=True)
    yield _picked("first word (learnt)", singles, opening_wins, limits.picker, either=False)
    yield _picked("words (learnt)", singles, word_wins, limits.learnt, either=False)


def _picked(
    check: str, singles: Sequence[Question], measure: Measure, limit: float, *, either: bool
) -> Finding:
    """The share of pairs picked rightly, ties half; `either`: by more of the cue or by less of it."""
    parts = _parts(singles)
    won = {name: measure(members) for name, members in parts.items()}
    shares = {name: fmean(values) for name, values in won.items()}
    picked = [max(share, 1 - share) if either else share for share in shares.values()]
    return at_most(
        check,
        max(picked, default=None),
        limit,
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
