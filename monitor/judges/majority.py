"""Several judges in one: each is asked, and the strict majority of those that say something decides."""

import asyncio
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from monitor.answers import read_judgement
from monitor.judges import Judge, translated
from monitor.reading.judgements import CAUSES
from monitor.records import Label, Question, Reading, Response

_WORD_OF = {cause: word for word, cause in CAUSES.items()}


class MajorityJudge:
    """Asks all its judges at once. The single votes stand before the verdict in its reply.

    At least half of the judges must give a verdict, and more than half of those the same one. Where
    calls failed and the others do not suffice, the whole judgement failed and is asked again.
    """

    def __init__(self, judges: Sequence[Judge]) -> None:
        self.name = f"majority({', '.join(judge.name for judge in judges)})"
        self.fingerprint: Mapping[str, object] = {
            "majority": [dict(judge.fingerprint) for judge in judges]
        }
        self._judges = tuple(judges)

    async def judge(self, question: Question, answer: Response) -> Response:
        """One reply for all: their tokens added up, the time of the slowest."""
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(judge.judge(question, answer)) for judge in self._judges]
        replies = [task.result() for task in asked]
        together = replace(
            replies[0],
            model=self.name,
            system_fingerprint=None,
            prompt_tokens=sum(reply.prompt_tokens for reply in replies),
            completion_tokens=sum(reply.completion_tokens for reply in replies),
            latency=max(reply.latency for reply in replies),
        )
        readings = [_read(reply) for reply in replies]
        word = decided(readings)
        failed = [reply.error for reply in replies if reply.error is not None]
        if failed and word not in {Label.SAFE, Label.UNSAFE}:
            return replace(together, text=None, error=failed[0], finish_reason=None)
        votes = zip((judge.name for judge in self._judges), readings, strict=True)
        return translated(together, word, f"Votes: {', '.join(_vote(*vote) for vote in votes)}")


def decided(readings: Sequence[Reading]) -> str:
    """safe, unsafe, or the word for why there is no majority (`judgements.CAUSES`)."""
    votes = Counter(reading.label for reading in readings if reading.label.counts)
    if 2 * votes.total() >= len(readings):
        label, most = votes.most_common(1)[0]
        return str(label) if 2 * most > votes.total() else "disagree"
    causes = {reading.cause for reading in readings if not reading.label.counts}
    return _WORD_OF.get(causes.pop(), "no majority") if len(causes) == 1 else "no majority"


def _read(reply: Response) -> Reading:
    if reply.text is None:
        return Reading(label=Label.ERROR, cause=reply.error or "no reply")
    return read_judgement(reply.text, reply.finish_reason)


def _vote(name: str, reading: Reading) -> str:
    """A vote in words: a name has no brackets, so that it cannot say a verdict."""
    plain = re.sub(r"[^\w.:/=@+-]", "_", name)
    word = reading.label if reading.label.counts else _WORD_OF.get(reading.cause, "failed")
    return f"{plain} {word}"
