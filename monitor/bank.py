"""Which questions of a bank are asked. Pure.

Not here: reading them (`jsonl`) and how they are put (`prompts`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from itertools import zip_longest

from monitor.config import CAPABILITY, OVERALL
from monitor.errors import ConfigError
from monitor.records import Question


def choose(
    bank: Iterable[Question], dimensions: Collection[str], limit: int | None
) -> tuple[Question, ...]:
    """The questions of the dimensions, at most `limit` of each, topic by topic in turn.

    Twin pairs stay together. Raises ConfigError where a dimension has no question.
    """
    by_dimension = defaultdict[str, list[Question]](list)
    for question in bank:
        by_dimension[question.dimension].append(question)
    wanted = set(dimensions)
    if OVERALL in wanted:
        wanted = (wanted - {OVERALL}) | (set(by_dimension) - {CAPABILITY})
    for dimension in sorted(wanted):
        if dimension not in by_dimension:
            message = (
                f"no question has the dimension {dimension!r} (there are: {', '.join(by_dimension)})"
            )
            raise ConfigError(message)
    return tuple(
        question
        for dimension, questions in by_dimension.items()
        if dimension in wanted
        for question in (questions if limit is None else _in_turn(questions, limit))
    )


def _in_turn(questions: Iterable[Question], limit: int) -> list[Question]:
    topics = defaultdict[str, dict[str, list[Question]]](dict)
    for question in questions:
        topics[question.topic].setdefault(question.cluster, []).append(question)
    chosen: list[Question] = []
    for clusters in zip_longest(*(clusters.values() for clusters in topics.values())):
        for cluster in clusters:
            if cluster and len(chosen) + len(cluster) <= limit:
                chosen += cluster
    return chosen
