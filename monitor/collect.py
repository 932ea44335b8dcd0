"""Ask everything that is still missing: bounded, pipelined, each reply on disk before it is counted.

A question's judge is asked as soon as its open answer is there; no stage waits for another, and model
and judge are each asked at their own pace. Not here: what a reply means (`answers`), where replies
are kept (`store`), how fast an endpoint is asked (`pacing`).
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from monitor.answers import unjudgeable
from monitor.budget import BudgetSpent
from monitor.client import Endpoint
from monitor.errors import MonitorError, first_of
from monitor.judges import Judge, without_reasoning
from monitor.prompts import for_question
from monitor.protocol import Protocol
from monitor.records import CHOICE_FORMS, MODEL_FORMS, Form, Question, Response, digest
from monitor.store import ReplyStore

OnReply = Callable[[Response], None]
Job = tuple[Question, int, Form]
Answer = tuple[Question, Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collector:
    """Who is asked, how, and where the replies go."""

    model: Endpoint
    judge: Judge
    protocol: Protocol
    examples: Sequence[Question]
    store: ReplyStore
    on_reply: OnReply

    async def collect(
        self, questions: Sequence[Question], workers: int, deadline: float | None = None
    ) -> bool:
        """Ask all forms and repeats of the questions that the store does not have yet.

        `workers` are the calls to the model under way at once, those that wait to be made again
        included. False where `deadline` seconds were not enough. Raises the first MonitorError (a
        refused key, an endpoint that is down); all replies until then are kept. A failed call or a
        spent budget does not raise.
        """
        try:
            async with asyncio.timeout(deadline) as clock:
                await self._collect(questions, workers)
        except* MonitorError as errors:
            raise first_of(errors) from errors
        except* TimeoutError:
            if not clock.expired():
                raise
        return not clock.expired()

    async def _collect(self, questions: Sequence[Question], workers: int) -> None:
        jobs = self._jobs(questions)
        answers = asyncio.Queue[Answer | None](maxsize=workers)
        async with asyncio.TaskGroup() as group:
            asking = [group.create_task(self._ask_all(jobs, answers)) for _ in range(workers)]
            for _ in range(workers):
                group.create_task(self._judge_all(answers))
            await asyncio.wait(asking)
            for _ in range(workers):
                await answers.put(None)

    def _jobs(self, questions: Sequence[Question]) -> Iterator[Job]:
        """Open answers first, so that the judge works while choices are asked.

        All choices in a row share their worked examples, which endpoints keep as a cached prefix.
        """
        for forms in ((Form.OPEN,), CHOICE_FORMS):
            for question in questions:
                for repeat in range(self.protocol.repeats):
                    for form in forms:
                        yield question, repeat, form

    async def _ask_all(self, jobs: Iterator[Job], answers: asyncio.Queue[Answer | None]) -> None:
        with suppress(BudgetSpent):
            for question, repeat, form in jobs:
                reply = await self._ask_model(question, repeat, form)
                if form is Form.OPEN and judgeable(reply):
                    await answers.put((question, reply))

    async def _judge_all(self, answers: asyncio.Queue[Answer | None]) -> None:
        while (answer := await answers.get()) is not None:
            with suppress(BudgetSpent):  # the queue is emptied all the same: nobody waits for ever
                await self._ask_judge(*answer)

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


def judgeable(reply: Response) -> bool:
    """Whether an open reply is one that a judge is asked about."""
    return reply.text is not None and not unjudgeable(reply)


def missing(replies: Iterable[Response], repeats: int) -> Iterator[tuple[int, Form]]:
    """The repeats and forms of a question that scoring will need and that are not among its replies."""
    known = {(reply.repeat, reply.form): reply for reply in replies}
    for repeat in range(repeats):
        answer = known.get((repeat, Form.OPEN))
        judged = (Form.JUDGE,) if answer is not None and judgeable(answer) else ()
        for form in (*MODEL_FORMS, *judged):
            if (repeat, form) not in known:
                yield repeat, form
