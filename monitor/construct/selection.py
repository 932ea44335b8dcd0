"""The largest part of some questions, as a greedy choice finds it, that passes the audit. Pure.

Questions are only taken away: near-duplicates, what overfills a topic, single questions beyond the
share that the twins allow, and then the single whose options give the key away in most of the ways
that are over their limit, one after the other. Twins stay and go together.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from monitor.audit import Audit, Limits, audit
from monitor.audit.findings import in_order
from monitor.audit.pickers import squeezed
from monitor.audit.shortcuts import shortcuts
from monitor.audit.twins import fault
from monitor.records import Question

DUPLICATE, TOPICS, TWINS, CUES = "near-duplicate", "too many of its topic", "too few twins", "shortcut"
STEP = 50  # of so many single questions one goes at a time: an audit of many takes its time


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """What stays, its audit (None where nothing stays), and why each of the others went, by id."""

    questions: tuple[Question, ...]
    audit: Audit | None
    dropped: Mapping[str, str]

    @property
    def passed(self) -> bool:
        """Whether there is a bank."""
        return self.audit is not None and self.audit.passed


def select(questions: Iterable[Question], limits: Limits) -> Selected:
    """A part that passes the audit; none where every question would have to go."""
    bank = in_order(tuple(_paired(questions)))
    dropped: dict[str, str] = {}
    while bank:
        found = audit(bank, limits)
        if found.passed:
            return Selected(questions=tuple(bank), audit=found, dropped=dropped)
        going, cause = _next(bank, found, limits)
        dropped |= dict.fromkeys(going, cause)
        bank = [question for question in bank if question.id not in going]
    return Selected(questions=(), audit=None, dropped=dropped)


def _paired(questions: Iterable[Question]) -> Iterator[Question]:
    """Twins that are none any more, since one was rejected or edited, as single questions."""
    groups = defaultdict[str, list[Question]](list)
    for question in questions:
        groups[question.cluster].append(question)
    for group in groups.values():
        broken = group[0].twin is not None and fault(group)
        yield from (replace(one, twin=None) if broken else one for one in group)


def _next(bank: Sequence[Question], found: Audit, limits: Limits) -> tuple[set[str], str]:
    """The ids that go next, and why."""
    failed = {finding.check: finding for finding in found.findings if not finding.passed}
    for check in ("near-duplicate stems", "near-duplicate options"):
        if check in failed:
            return _one_of(bank, failed[check].where[0]), DUPLICATE
    if "balance of topics" in failed:
        return _of_the_largest_topic(bank, limits.topics), TOPICS
    singles = [question for question in bank if question.twin is None]
    if not singles:
        return {question.id for question in bank}, next(iter(failed))
    if "share of twins" in failed:
        allowed = int((len(bank) - len(singles)) * (1 - limits.twins) / limits.twins)
        return _worst(singles, bank, limits, max(1, (len(singles) - allowed) // 2)), TWINS
    few = max(1, len(singles) // STEP)
    return _worst(singles, bank, limits, few), f"{CUES}: {', '.join(sorted(failed))}"


def _one_of(bank: Sequence[Question], pair: Sequence[str]) -> set[str]:
    """The one of two questions without a twin, otherwise the second one and its twin."""
    of = {question.id: question for question in bank}
    single = [name for name in pair if of[name].twin is None]
    return _cluster(bank, of[single[-1] if single else pair[-1]])


def _cluster(bank: Iterable[Question], one: Question) -> set[str]:
    return {question.id for question in bank if question.cluster == one.cluster}


def _of_the_largest_topic(bank: Sequence[Question], ratio: float) -> set[str]:
    """One cluster of the largest topic, or a topic that is so small that it would cost more.

    For each size that a smallest topic may have, so many questions are left: the best size decides.
    """
    by_topic = defaultdict[tuple[str, str], list[Question]](list)
    for question in bank:
        by_topic[question.dimension, question.topic].append(question)
    sizes = sorted(len(members) for members in by_topic.values())
    least = max(
        set(sizes),
        key=lambda size: (sum(min(n, int(ratio * size)) for n in sizes if n >= size), -size),
    )
    small = [members for members in by_topic.values() if len(members) < least]
    if small:
        return {question.id for question in small[0]}
    largest = max(by_topic.values(), key=len)
    last = min(largest, key=lambda question: (question.twin is not None, question.id))
    return _cluster(bank, last)


def _worst(
    singles: Sequence[Question], bank: Sequence[Question], limits: Limits, count: int
) -> set[str]:
    """The single questions that give their key away in most of the ways that are over their limit."""
    guilt = dict.fromkeys([question.id for question in singles], 0.0)
    for won, limit, either, share in _measured(singles, bank, limits):
        over = max(share, 1 - share) if either else share
        if over > limit:
            for question, value in zip(singles, won, strict=True):
                towards = value if share >= 1 - share or not either else 1 - value
                guilt[question.id] += (towards - 0.5) * (1 + over - limit)
    return set(sorted(guilt, key=lambda name: (-guilt[name], name))[:count])


def _measured(
    singles: Sequence[Question], bank: Sequence[Question], limits: Limits
) -> Iterator[tuple[list[float], float, bool, float]]:
    for shortcut in shortcuts(limits):
        won = shortcut.measure(singles)
        yield won, shortcut.limit, shortcut.either, fmean(won)
    ahead = [float(_first(question)) for question in singles]
    yield ahead, limits.picker, True, fmean(_first(question) for question in bank)


def _first(question: Question) -> bool:
    return squeezed(question.positive) < squeezed(question.negative)
