"""The questions that flipped between two runs, by dimension and topic."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from monitor.records import Question, Run


def by_topic(run: Run, bank: Iterable[Question]) -> Iterator[str]:
    """A line per topic in which questions flipped, worse ones first; all ids."""
    topics = {question.id: question.topic for question in bank}
    for dimension, moved in run.flips.items():
        for way in ("worse", "better"):
            named = defaultdict[str, list[str]](list)
            for name in moved.get(way, ()):
                named[topics.get(name, "not in the bank")].append(name)
            for topic, ids in sorted(named.items()):
                yield f"{dimension} / {topic}: {len(ids)} {way}: {', '.join(ids)}"
