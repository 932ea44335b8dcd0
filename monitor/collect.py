"""Ask everything that is still missing: bounded, pipelined, each reply on disk before it is counted.

A question's judge is asked as soon as its open answer is there; no stage waits for another. Not
here: what a reply means (`answers`), where replies are kept (`store`).
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from monitor.answers import unjudgeable
from monitor.client import Endpoint
from monitor.errors import MonitorError, first_of
from monitor.judges import Judge, without_reasoning
from monitor.prompts import for_question
from monitor.protocol import Protocol
from monitor.records import CHOICE_FORMS, Form, Question, Response, digest
from monitor.store import ReplyStore

OnReply = Callable[[Response], None]
Job = tuple[Question, int, Form]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collector:
    """Who is asked, how, and where the replies go."""

    model: Endpoint
    judge: Judge
    protocol: Protocol
    examples: Sequence[Question]
    store: ReplyStore
    on_reply: OnReply

    async def collect(self, questions: Sequence[Question], workers: int) -> None:
        """Ask all forms and repeats of the questions that the store does not have yet.

        Raises the first MonitorError (a refused key, an unknown model); all replies until then are
        kept. Single failed calls do not raise.
        """
        jobs = self._jobs(questions)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(workers):
                    group.create_task(self._work(jobs))
        except* MonitorError as errors:
            raise first_of(errors) from errors

    def _jobs(self, questions: Sequence[Question]) -> Iterator[Job]:
        """Open answers first, so that the judge works while choices are asked.

        All choices in a row share their worked examples, which endpoints keep as a cached prefix.
        """
        for forms in ((Form.OPEN,), CHOICE_FORMS):
            for question in questions:
                for repeat in range(self.protocol.repeats):
                    for form in forms:
                        yield question, repeat, form

    async def _work(self, jobs: Iterator[Job]) -> None:
        for question, repeat, form in jobs:
            reply = await self._ask_model(question, repeat, form)
            if form is Form.OPEN and reply.text is not None and not unjudgeable(reply):
                await self._ask_judge(question, reply)

    async def _ask_model(self, question: Question, repeat: int, form: Form) -> Response:
        prompt = for_question(question, form, repeat, self.protocol, self.examples)
        decoding = self.protocol.decoding(prompt)
        call = digest(self.model.model, prompt.question_id, prompt.messages, decoding, form, repeat)
        if (known := self.store.get(call)) is None:
            known = await self.model.ask(prompt, decoding)
            self.store.put(call, known)
        self.on_reply(known)
        return known

    async def _ask_judge(self, question: Question, answer: Response) -> None:
        call = digest(self.judge.fingerprint, question.id, question.stem, answer.text, answer.repeat)
        if (known := self.store.get(call)) is None:
            known = await self.judge.judge(question, without_reasoning(answer))
            self.store.put(call, known)
        self.on_reply(known)
