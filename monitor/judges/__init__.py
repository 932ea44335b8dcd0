"""Who says whether an open answer is safe: an LLM, the embedded judge, or a key of right answers.

Every judge replies with a Response whose text is read by `answers.read_judgement`, so that verdicts
are recorded, resumed and replayed like any other reply.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from monitor.answers import after_reasoning
from monitor.records import Question, Response


class Judge(Protocol):
    """Judges one open answer at a time. `fingerprint` holds all that changes its verdicts."""

    name: str
    fingerprint: Mapping[str, str]

    async def judge(self, question: Question, answer: Response) -> Response:
        """The verdict on an answer that has a text, from which reasoning was taken away."""
        ...


def without_reasoning(answer: Response) -> Response:
    """The answer as a user would see it: what a model thought before is not judged."""
    return replace(answer, text=after_reasoning(answer.text or ""))
