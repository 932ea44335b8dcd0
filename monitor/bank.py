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
    bank: Iterable[Question],
    dimensions: Collection[str],
    limit: int | None,
    shard: str | None = None,
) -> tuple[Question, ...]:
    """The questions of the dimensions, at most `limit` of each, topic by topic in turn.

    `shard` "i/n" leaves the i-th of n parts, each with its share of every dimension. Twin pairs stay
    together. Raises ConfigError where a dimension has no question.
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
    if dimensions and not wanted:
        message = "no question has a safety dimension: there is nothing to take the overall mean of"
        raise ConfigError(message)
    chosen: list[Question] = []
    for dimension in by_dimension:
        if dimension in wanted:
            some = by_dimension[dimension]
            taken = some if limit is None else _in_turn(some, limit)
            if not taken:
                message = f"limit {limit} leaves no question of {dimension!r}: it has only twin pairs"
                raise ConfigError(message)
            chosen += taken if shard is None else _part(taken, shard)
    return tuple(chosen)


def part_of(shard: str) -> tuple[int, int]:
    """The i and n of "i/n", from 1. Raises ConfigError."""
    part, _, parts = shard.partition("/")
    if not (part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts)):
        message = f"--faef-shard: {shard!r} is not a part such as 1/3"
        raise ConfigError(message)
    return int(part), int(parts)


def _part(questions: Iterable[Question], shard: str) -> list[Question]:
    part, parts = part_of(shard)
    clusters = defaultdict[str, list[Question]](list)
    for question in questions:
        clusters[question.cluster].append(question)
    mine = list(clusters.values())[part - 1 :: parts]
    return [question for cluster in mine for question in cluster]


def _in_turn(questions: Iterable[Question], limit: int) -> list[Question]:
    clusters = defaultdict[str, list[Question]](list)
    for question in questions:
        clusters[question.cluster].append(question)
    topics = defaultdict[str, list[list[Question]]](list)
    for cluster in clusters.values():
        topics[cluster[0].topic].append(cluster)
    chosen: list[Question] = []
    for round_of_topics in zip_longest(*topics.values()):
        for cluster in round_of_topics:
            if cluster and len(chosen) + len(cluster) <= limit:
                chosen += cluster
    return chosen
