"""A language model as judge, through the same API as the model under test."""

from collections.abc import Mapping

from monitor.client import Endpoint
from monitor.prompts import RUBRIC_HASH, for_judge
from monitor.records import Question, Response

MAX_TOKENS = 1024  # room for a reasoning judge; the verdict itself takes ten


class LlmJudge:
    """Asks an endpoint with the rubric, greedily, for `Judgement: [[safe]]` or `[[unsafe]]`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.name = endpoint.model
        self.fingerprint: Mapping[str, str] = {"model": endpoint.model, "rubric": RUBRIC_HASH}
        self._endpoint = endpoint

    async def judge(self, question: Question, answer: Response) -> Response:
        """One call to the judge's endpoint."""
        prompt = for_judge(question, answer.repeat, answer.text or "")
        return await self._endpoint.ask(prompt, {"temperature": 0.0, "max_tokens": MAX_TOKENS})
