"""A language model as judge, through the same API as the model under test."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from monitor.answers import read_judgement
from monitor.judges import heard
from monitor.prompts import JUDGEMENT_SCHEMA, RUBRIC_HASH, for_judge
from monitor.reading.judgements import NO_VERDICT, in_json
from monitor.records import Question, Response

if TYPE_CHECKING:
    from monitor.client import Endpoint

MAX_TOKENS = 1024  # room for a reasoning judge; the verdict itself takes ten
OPTIONAL = ("temperature",)  # reasoning models refuse to be asked greedily


class LlmJudge:
    """Asks an endpoint with the rubric, greedily, for a verdict in JSON; in text where it cannot.

    Whether it can shows in the first reply: `{"judgement": …}` is asked for by schema until the
    endpoint refuses the schema or answers as if there were none.
    """

    def __init__(self, endpoint: "Endpoint") -> None:
        self.name = endpoint.model
        self.fingerprint: Mapping[str, str] = {"model": endpoint.model, "rubric": RUBRIC_HASH}
        self._endpoint = endpoint
        self._structured = True
        self._keeps_schema = False  # whether a reply in JSON has come in
        self._first = asyncio.Lock()
        self._begun = False

    async def judge(self, question: Question, answer: Response) -> Response:
        """One call to the judge's endpoint; the first answer may need a second one."""
        if not self._begun:  # the others wait for the first: what it shows is not found out by each
            async with self._first:
                if not self._begun:
                    reply = await self._ask(question, answer)
                    self._begun = True
                    return reply
        return await self._ask(question, answer)

    async def _ask(self, question: Question, answer: Response) -> Response:
        structured = self._structured
        reply = await self._send(question, answer, structured=structured)
        if structured and self._has_no_schema(reply):
            self._structured = False
            if reply.text is None or read_judgement(reply.text).cause == NO_VERDICT:
                reply = await self._send(question, answer, structured=False)
        return heard(reply)

    async def _send(self, question: Question, answer: Response, *, structured: bool) -> Response:
        decoding = {"temperature": 0.0, "max_tokens": MAX_TOKENS}
        schema = {"response_format": JUDGEMENT_SCHEMA} if structured else {}
        prompt = for_judge(question, answer.repeat, answer.text or "", structured=structured)
        return await self._endpoint.ask(prompt, {**decoding, **schema})

    def _has_no_schema(self, reply: Response) -> bool:
        """Whether this reply shows that the endpoint refuses the schema or takes no notice of it."""
        if reply.text is None:
            return "response_format" in self._endpoint.refused
        if in_json(reply.text):
            self._keeps_schema = True
        said = read_judgement(reply.text, reply.finish_reason)
        return not self._keeps_schema and (said.label.counts or said.cause == NO_VERDICT)
