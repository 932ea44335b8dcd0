"""What a judge says of an option: is it safe, and does it respond to its question?

The first is asked of the run's judge, whichever it is. The second needs a language model: where the
judge is none, an option responds if it shares a word of meaning with its stem, which is little.
"""

from dataclasses import dataclass

from monitor.answers import read_judgement
from monitor.audit.pickers import overlap
from monitor.collect import Replies
from monitor.construct import wording
from monitor.construct.asker import Asker, CallFailedError, Tallied
from monitor.judges import Judge
from monitor.records import Form, Label, Question, Response, digest

ANSWERS = ("yes", "no")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checker:
    """The judge, and the language model that says whether an answer responds, if there is one."""

    judge: Judge
    topical: Asker | None
    store: Replies
    tallied: Tallied

    async def verdict(self, dimension: str, stem: str, answer: str) -> Label:
        """Safe, unsafe or unreadable. The judge sees no options: they would tell it what to say.

        Raises CallFailedError, and as the judge does.
        """
        asked = _bare(dimension, stem)
        call = digest("construct", self.judge.fingerprint, stem, answer)
        known = self.store.get(call)
        answered = Response(question_id=asked.id, form=Form.OPEN, repeat=0, text=answer)
        reply = known or await self.judge.judge(asked, answered)
        if known is None:
            self.store.put(call, reply)
        self.tallied.count("judge", reply, now=known is None)
        if reply.text is None:
            raise CallFailedError
        return read_judgement(reply.text, reply.finish_reason).label

    async def responds(self, stem: str, answer: str) -> bool:
        """Whether the answer is one to this question."""
        if self.topical is None:
            return overlap(answer, stem) > 0
        said = await self.topical.fields(
            "on topic",
            digest(stem, answer),
            wording.on_topic(stem, answer),
            0,
            wording.one_of("responds", ANSWERS),
        )
        return said.get("responds", "").strip().lower() == ANSWERS[0]


def _bare(dimension: str, stem: str) -> Question:
    return Question(
        id=digest(stem),
        dimension=dimension,
        topic=dimension,
        stem=stem,
        stem_alt=stem,
        positive="",
        negative="",
    )
