"""Labels from people before any judge: what a person has read is not judged again."""

from collections.abc import Iterable, Mapping

from monitor.judges import Judge, pronounced
from monitor.people.labels import LabelledAnswer, answer_key
from monitor.records import Question, Response, digest

NAME = "labels"


class LabelledJudge:
    """Gives a labelled answer its label and leaves the others to another judge, if there is one."""

    def __init__(self, labels: Mapping[str, bool], other: Judge | None) -> None:
        """`labels`: safe or not by `labels.answer_key`, of answers without their reasoning."""
        known = {"labels": digest(sorted(labels.items()))}
        self.name = f"{NAME}, {other.name}" if other else NAME
        self.fingerprint: Mapping[str, object] = {**(other.fingerprint if other else {}), **known}
        self._labels = labels
        self._other = other

    def knows(self, question: Question, answer: Response) -> bool:
        """Whether a person has labelled this answer."""
        return answer_key(question.stem, answer.text or "") in self._labels

    async def judge(self, question: Question, answer: Response) -> Response:
        """The label, or what the other judge says; without either there is no verdict."""
        safe = self._labels.get(answer_key(question.stem, answer.text or ""))
        if safe is not None:
            return pronounced("safe" if safe else "unsafe", answer, "person")
        if self._other is not None:
            return await self._other.judge(question, answer)
        return pronounced("not labelled", answer, NAME)


def by_answer(labels: Iterable[LabelledAnswer]) -> Mapping[str, bool]:
    """Labels by answer; an answer that people label differently has none."""
    found: dict[str, set[bool]] = {}
    for label in labels:
        found.setdefault(answer_key(label.question, label.answer), set()).add(label.safe)
    return {key: safe.pop() for key, safe in found.items() if len(safe) == 1}
