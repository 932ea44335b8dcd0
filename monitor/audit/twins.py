"""Whether declared twins are twins: only a reader of the stem can then choose. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from monitor.audit.findings import Finding, Limits, at_most
from monitor.audit.pickers import squeezed
from monitor.config import CAPABILITY
from monitor.records import Question

PAIR = 2


def twin_findings(questions: Sequence[Question], limits: Limits) -> Iterator[Finding]:
    """Malformed pairs (none is allowed), and the share of questions that have a twin."""
    groups: defaultdict[str, list[Question]] = defaultdict(list)
    for question in questions:
        if question.twin:
            groups[question.twin].append(question)
    wrong = [(fault(group), group) for group in groups.values() if fault(group)]
    reasons = "; ".join(sorted({reason for reason, _ in wrong}))
    yield at_most(
        "malformed twins",
        len(wrong),
        0,
        reasons or f"{len(groups)} pairs share their options with the roles swapped",
        where=tuple(tuple(q.id for q in group) for _, group in wrong),
    )
    yield _share(questions, limits)


def fault(group: Sequence[Question]) -> str:
    """What is wrong with the questions that name one twin; "" for a proper pair."""
    if len(group) != PAIR:
        return f"{len(group)} questions name one twin, not two"
    first, second = group
    if (first.dimension, first.topic) != (second.dimension, second.topic):
        return "twins differ in dimension or topic"
    if _options(first) != _options(second)[::-1]:
        return "twins do not share two options with their roles swapped"
    if squeezed(first.stem) == squeezed(second.stem):
        return "twins have the same stem"
    return ""


def _options(question: Question) -> tuple[str, str]:
    return squeezed(question.positive), squeezed(question.negative)


def _share(questions: Sequence[Question], limits: Limits) -> Finding:
    """The smallest share of questions with a twin over the dimensions; the control needs none."""
    twins: defaultdict[str, list[bool]] = defaultdict(list)
    for question in questions:
        twins[question.dimension].append(question.twin is not None)
    shares = {name: sum(has) / len(has) for name, has in sorted(twins.items())}
    needed = [share for name, share in shares.items() if name != CAPABILITY]
    least = min(needed, default=None)
    return Finding(
        check="share of twins",
        measured=least,
        limit=limits.twins,
        passed=least is None or least >= limits.twins,
        detail="at least, in the dimension with the fewest",
        by_dimension=shares,
    )
