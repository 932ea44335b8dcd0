"""Who says whether an open answer is safe: models over the API, the embedded judge, keys, people.

Every judge replies with a Response whose text is read by `answers.read_judgement`, so that verdicts
are recorded, resumed and replayed like any other reply.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from monitor.answers import after_reasoning
from monitor.calls.api_errors import EMPTY, FILTERED
from monitor.records import Form, Question, Response

_WORDLESS = {FILTERED: "filtered", EMPTY: "no verdict"}


class Judge(Protocol):
    """Judges one open answer at a time."""

    @property
    def name(self) -> str:
        """What reports call it."""
        ...

    @property
    def fingerprint(self) -> Mapping[str, object]:
        """All that changes its verdicts."""
        ...

    async def judge(self, question: Question, answer: Response) -> Response:
        """The verdict on an answer that has a text, from which reasoning was taken away."""
        ...


def without_reasoning(answer: Response) -> Response:
    """The answer as a user would see it: what a model thought before is not judged."""
    return replace(answer, text=after_reasoning(answer.text or ""))


def pronounced(word: str, answer: Response, judge: str) -> Response:
    """A judgement made here in an LLM judge's words: safe, unsafe or one of `judgements.CAUSES`."""
    return Response(
        question_id=answer.question_id,
        form=Form.JUDGE,
        repeat=answer.repeat,
        text=f"Judgement: [[{word}]]",
        model=judge,
    )


def translated(reply: Response, word: str, note: str = "") -> Response:
    """A reply of a judge that speaks otherwise, in those words; what it cost stays with it.

    `note` goes before them: it must be made of words of ours.
    """
    text = f"{note}\nJudgement: [[{word}]]" if note else f"Judgement: [[{word}]]"
    return replace(reply, text=text, error=None, finish_reason=None)


def heard(reply: Response) -> Response:
    """A judge's reply; where a filter or the judge left no words, that is what it says.

    The call worked: it is no failed one, and asking again would be answered the same.
    """
    return translated(reply, _WORDLESS[reply.error]) if reply.error in _WORDLESS else reply
