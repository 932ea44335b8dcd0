"""Asks a model for a text and keeps the reply: what was asked once is never asked again.

A reply is keyed by all that it follows from (model, messages, decoding), whichever stage or run wants
it. A call that fails is not kept and stops the question it was for, until the next run. Not here: what
is asked (`wording`) and what a text is good for.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from monitor.answers import after_reasoning
from monitor.calls.api_errors import EMPTY, FILTERED
from monitor.collect import Model, Replies
from monitor.construct.wording import Messages
from monitor.records import Form, Prompt, Response, digest

WARM = 0.8  # temperature of what is to differ from try to try


class CallFailedError(Exception):
    """A call came back without a text after its retries; never leaves this package."""


@dataclass
class Tallied:
    """Calls by stage: replies used, of these asked for now, and failed ones by their error."""

    used: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    on_reply: Callable[[Response], None] = lambda _: None

    def count(self, stage: str, response: Response, *, now: bool) -> None:
        """One reply was used; `now` if it was asked for, not found."""
        self.used[stage] += 1
        if now:
            self.asked[stage] += 1
            self.on_reply(response)
        if response.error is not None:
            self.errors[response.error] += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """One model, the store of its replies, and what counts them."""

    model: Model
    store: Replies
    tallied: Tallied
    seed: int = 0
    max_tokens: int = 1024  # room for a model that reasons first; the texts themselves take a tenth
    extra_body: Mapping[str, Any] = field(default_factory=dict)

    async def ask(
        self,
        stage: str,
        about: str,
        messages: Messages,
        attempt: int = 0,
        response_format: Mapping[str, Any] | None = None,
    ) -> str:
        """What the model says, without its reasoning; "" where a filter or the model left no words.

        Sampled, unless a `response_format` asks for one of a few values. Raises CallFailedError, and
        as `client.Endpoint.ask`.
        """
        decoding: dict[str, Any] = {
            "temperature": WARM if response_format is None or attempt else 0.0,
            "max_tokens": self.max_tokens,
            "seed": int(digest(self.seed, stage, about, attempt)[:8], 16) >> 1,
        }
        if response_format is not None:
            decoding["response_format"] = response_format
        if self.extra_body:
            decoding["extra_body"] = dict(self.extra_body)
        call = digest("construct", self.model.model, messages, decoding)
        prompt = Prompt(question_id=digest(about), form=Form.OPEN, repeat=attempt, messages=messages)
        known = self.store.get(call)
        response = known or _wordless(await self.model.ask(prompt, decoding))
        if known is None:
            self.store.put(call, response)
        self.tallied.count(stage, response, now=known is None)
        if response.text is None:
            raise CallFailedError
        return after_reasoning(response.text) or ""

    async def fields(
        self, stage: str, about: str, messages: Messages, attempt: int, form: Mapping[str, Any]
    ) -> Mapping[str, str]:
        """The texts of a JSON object that was asked for; empty where the reply is none."""
        return _object(await self.ask(stage, about, messages, attempt, form))


def _wordless(response: Response) -> Response:
    """A filtered call worked, and asking again would be answered the same: it left no words."""
    if response.error in {FILTERED, EMPTY}:
        return replace(response, error=None, text="")
    return response


def _object(text: str) -> Mapping[str, str]:
    begin, end = text.find("{"), text.rfind("}")
    try:
        row = json.loads(text[begin : end + 1]) if 0 <= begin < end else None
    except ValueError:
        row = None
    if not isinstance(row, dict):
        return {}
    return {name: value for name, value in row.items() if isinstance(value, str)}
