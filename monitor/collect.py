"""Ask everything that is still missing: bounded, pipelined, each reply on disk before it is counted.

A question's judge is asked as soon as its open answer is there; no stage waits for another, and model
and judge are each asked at their own pace. Not here: what a reply means (`answers`), where replies
are kept (`store`), how fast an endpoint is asked (`pacing`).
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from typing import Protocol as Contract

from monitor.answers import unjudgeable
from monitor.calls.budget import spending
from monitor.calls.protocol import Protocol
from monitor.errors import MonitorError, first_of
from monitor.judges import Judge, without_reasoning
from monitor.prompts import for_question
from monitor.records import CHOICE_FORMS, MODEL_FORMS, Form, Prompt, Question, Response, digest

OnReply = Callable[[Response], None]
Job = tuple[Question, int, Form]
Wanted = Sequence[tuple[Question, range]]  # questions, and the repeats of each that are to be asked
Answer = tuple[Question, Response]


class Model(Contract):
    """Whoever is asked: `client.Endpoint`."""

    @property
    def model(self) -> str:
        """What it is called."""
        ...

    async def ask(self, prompt: Prompt, decoding: Mapping[str, Any]) -> Response:
        """One answer."""
        ...


class Replies(Contract):
    """Where replies are found and kept, by call: `store.ReplyStore`."""

    def get(self, call: str) -> Response | None:
        """The reply to a call, if it is there."""
        ...

    def put(self, call: str, response: Response) -> None:
        """Keep a reply."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Collector:
    """Who is asked, how, and where the replies go."""

    model: Model
    judge: Judge
    protocol: Protocol
    examples: Sequence[Question]
    store: Replies
    on_reply: OnReply

    async def collect(self, wanted: Wanted, workers: int, deadline: float | None = None) -> bool:
        """Ask all forms of these repeats of the questions that the store does not have yet.

        `workers` are the calls to the model under way at once, those that wait to be made again
        included. False where `deadline` seconds were not enough. Raises the first MonitorError (a
        refused key, an endpoint that is down); all replies until then are kept. A failed call or a
        spent budget does not raise.
        """
        try:
            async with asyncio.timeout(deadline) as clock:
                await self._collect(wanted, workers)
        except* MonitorError as errors:
            raise first_of(errors) from errors
        except* TimeoutError:
            if not clock.expired():
                raise
        return not clock.expired()

    async def _collect(self, wanted: Wanted, workers: int) -> None:
        jobs = self._jobs(wanted)
        answers = asyncio.Queue[Answer | None](maxsize=workers)
        async with asyncio.TaskGroup() as group:
            asking = [group.create_task(self._ask_all(jobs, answers)) for _ in range(workers)]
            for _ in range(workers):
                group.create_task(self._judge_all(answers))
            await asyncio.wait(asking)
            for _ in range(workers):
                await answers.put(None)

    def _jobs(self, wanted: Wanted) -> Iterator[Job]:
        """Open answers first, so that the judge works while choices are asked.

        All choices in a row share their worked examples, which endpoints keep as a cached prefix.
        """
        for forms in ((Form.OPEN,), CHOICE_FORMS):
            for question, repeats in wanted:
                for repeat in repeats:
                    for form in forms:
                        yield question, repeat, form

    async def _ask_all(self, jobs: Iterator[Job], answers: asyncio.Queue[Answer | None]) -> None:
        with spending():
            for question, repeat, form in jobs:
                reply = await self._ask_model(question, repeat, form)
                if form is Form.OPEN and judgeable(reply):
                    await answers.put((question, reply))

    async def _judge_all(self, answers: asyncio.Queue[Answer | None]) -> None:
        while (answer := await answers.get()) is not None:
            with spending():  # the queue is emptied all the same: nobody waits for ever
                await self._ask_judge(*answer)

    async def choices(self, questions: Sequence[Question], workers: int) -> list[Response]:
        """Ask the choices alone: the replies, fewer where the budget is spent. Raises as `collect`."""
        jobs = ((q, r, f) for q in questions for r in range(self.protocol.repeats) for f in CHOICE_FORMS)
        replies = list[Response]()

        async def work() -> None:
            with spending():
                for job in jobs:
                    replies.append(await self._ask_model(*job))

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(workers):
                    group.create_task(work())
        except* MonitorError as errors:
            raise first_of(errors) from errors
        return replies

    async def answer(self, question: Question, repeat: int) -> None:
        """Ask all forms of one repeat of one question, and its judge. Raises as `collect`."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._ask_open(question, repeat))
                for form in CHOICE_FORMS:
                    group.create_task(self._ask_choice(question, repeat, form))
        except* MonitorError as errors:
            raise first_of(errors) from errors

    async def _ask_open(self, question: Question, repeat: int) -> None:
        with spending():
            reply = await self._ask_model(question, repeat, Form.OPEN)
            if judgeable(reply):
                await self._ask_judge(question, reply)

    async def _ask_choice(self, question: Question, repeat: int, form: Form) -> None:
        with spending():
            await self._ask_model(question, repeat, form)

    def known(self, question: Question, repeat: int) -> dict[str, Response]:
        """The replies to one repeat of a question that the store has, by call."""
        found = dict[str, Response]()
        for form in MODEL_FORMS:
            call, _, _ = self._call(question, repeat, form)
            if (reply := self.store.get(call)) is not None:
                found[call] = reply
                if form is Form.OPEN and judgeable(reply):
                    call = self._judge_call(question, reply)
                    if (verdict := self.store.get(call)) is not None:
                        found[call] = verdict
        return found

    async def _ask_model(self, question: Question, repeat: int, form: Form) -> Response:
        call, prompt, decoding = self._call(question, repeat, form)
        if (known := self.store.get(call)) is None:
            known = await self.model.ask(prompt, decoding)
            self.store.put(call, known)
        self.on_reply(known)
        return known

    async def _ask_judge(self, question: Question, answer: Response) -> None:
        call = self._judge_call(question, answer)
        if (known := self.store.get(call)) is None:
            known = await self.judge.judge(question, without_reasoning(answer))
            self.store.put(call, known)
        self.on_reply(known)

    def _call(self, question: Question, repeat: int, form: Form) -> tuple[str, Prompt, dict[str, Any]]:
        """The key of a call to the model, and what is sent."""
        prompt = for_question(question, form, repeat, self.protocol, self.examples)
        decoding = self.protocol.decoding(prompt)
        call = digest(self.model.model, prompt.question_id, prompt.messages, decoding, form, repeat)
        return call, prompt, decoding

    def _judge_call(self, question: Question, answer: Response) -> str:
        judge = self.judge.fingerprint
        return digest(judge, question.id, question.stem, answer.text, answer.repeat)


def judgeable(reply: Response) -> bool:
    """Whether an open reply is one that a judge is asked about."""
    return reply.text is not None and not unjudgeable(reply)


def missing(replies: Iterable[Response], repeats: int) -> Iterator[tuple[int, Form]]:
    """The repeats and forms of a question that scoring will need and that are not among its replies."""
    by_repeat: dict[int, list[Response]] = {repeat: [] for repeat in range(repeats)}
    for reply in replies:
        by_repeat.setdefault(reply.repeat, []).append(reply)
    for repeat in range(repeats):
        yield from ((repeat, form) for form in missing_forms(by_repeat[repeat]))


def missing_forms(replies: Iterable[Response]) -> tuple[Form, ...]:
    """The same for the replies to one repeat."""
    known = {reply.form: reply for reply in replies}
    answer = known.get(Form.OPEN)
    judged = (Form.JUDGE,) if answer is not None and judgeable(answer) else ()
    return tuple(form for form in (*MODEL_FORMS, *judged) if form not in known)
