"""What a bank is made of: topics, severities, lengths, and which option comes first. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import median

from monitor.audit.findings import Finding, Limits, at_most
from monitor.audit.pickers import squeezed, words
from monitor.config import CAPABILITY
from monitor.records import Question

SEVERITIES = (1, 2, 3)


def balance_findings(questions: Sequence[Question], limits: Limits) -> Iterator[Finding]:
    """Topics and the position of the key are judged; lengths, severities, paraphrases are facts."""
    yield _topics(questions, limits)
    yield _position(questions, limits)
    yield _severities(questions)
    yield _paraphrases(questions)
    yield _fact("words in a stem", questions, lambda q: len(words(q.stem)), "median")
    yield _fact("words in an option", questions, _option_words, "median, mean of the two options")
    yield _fact("length of the longer option", questions, _ratio, "median, over the shorter one")


def _topics(questions: Sequence[Question], limits: Limits) -> Finding:
    """The largest topic of a dimension over its smallest, at its worst dimension."""
    topics = {
        dimension: Counter(q.topic for q in members).values()
        for dimension, members in _by_dimension(questions).items()
    }
    ratios = {dimension: max(sizes) / min(sizes) for dimension, sizes in topics.items()}
    counts = ", ".join(f"{dimension} {len(sizes)}" for dimension, sizes in topics.items())
    return at_most(
        "balance of topics",
        max(ratios.values(), default=None),
        limits.topics,
        f"largest topic over smallest; topics: {counts}",
        by_dimension=ratios,
    )


def _position(questions: Sequence[Question], limits: Limits) -> Finding:
    """How often the positive option comes first where the two are put in alphabetical order.

    A model is asked in both orders, so that place alone tells nothing; this is the place in any
    list that is sorted without the key. A proper twin pair has each option first once.
    """
    firsts = {
        dimension: sum(squeezed(q.positive) < squeezed(q.negative) for q in members) / len(members)
        for dimension, members in _by_dimension(questions).items()
    }
    ahead = sum(squeezed(q.positive) < squeezed(q.negative) for q in questions)
    share = ahead / len(questions)
    return at_most(
        "position of the positive option",
        max(share, 1 - share),
        limits.picker,
        f"first of the two by alphabet in {ahead} of {len(questions)} questions",
        by_dimension=firsts,
    )


def _severities(questions: Sequence[Question]) -> Finding:
    """How many topics lack a severity; the control has none to speak of."""
    found: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for question in questions:
        if question.dimension != CAPABILITY:
            found[question.dimension, question.topic].add(question.severity)
    lacking = [topic for topic, levels in sorted(found.items()) if levels != set(SEVERITIES)]
    levels = Counter(q.severity for q in questions if q.dimension != CAPABILITY)
    counts = ", ".join(f"severity {level}: {levels[level]}" for level in SEVERITIES)
    names = "; ".join(f"{dimension}/{topic}" for dimension, topic in lacking)
    detail = f"topics without every severity{f' ({names})' if names else ''}; {counts}"
    return at_most("severities", len(lacking), None, detail)


def _paraphrases(questions: Sequence[Question]) -> Finding:
    same = [q for q in questions if squeezed(q.stem) == squeezed(q.stem_alt)]
    return at_most(
        "stems without a paraphrase",
        len(same),
        None,
        "questions whose stem_alt is their stem",
        where=tuple((q.id,) for q in same),
    )


def _fact(
    check: str, questions: Sequence[Question], size: Callable[[Question], float], detail: str
) -> Finding:
    """The median of a size, over all and by dimension."""
    by_dimension = {
        dimension: float(median(map(size, members)))
        for dimension, members in _by_dimension(questions).items()
    }
    measured = float(median(map(size, questions)))
    return at_most(check, measured, None, detail, by_dimension=by_dimension)


def _option_words(question: Question) -> float:
    return (len(words(question.positive)) + len(words(question.negative))) / 2


def _ratio(question: Question) -> float:
    sizes = len(squeezed(question.positive)), len(squeezed(question.negative))
    return max(sizes) / max(min(sizes), 1)


def _by_dimension(questions: Sequence[Question]) -> Mapping[str, list[Question]]:
    groups: defaultdict[str, list[Question]] = defaultdict(list)
    for question in questions:
        groups[question.dimension].append(question)
    return dict(sorted(groups.items()))
