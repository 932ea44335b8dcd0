"""One chat-completions endpoint, through the `openai` package: the only module that imports it.

A call that fails after the client's own retries is a Response with `error`; a key, model or address
that is refused stops the run. Keys come from the environment alone and stay in here.
"""

import asyncio
import json
import math
import os
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar, cast

import openai
from openai import AsyncOpenAI, DefaultAioHttpClient
from openai.types import ModerationCreateResponse
from openai.types.chat import ChatCompletion, ChatCompletionMessageParam

from monitor.errors import ConfigError, EndpointError
from monitor.records import Prompt, Response
from monitor.refusals import EMPTY, FILTERED, is_filtered, refused_parameter

MODEL_KEYS = ("FAEF_API_KEY", "OPENAI_API_KEY")
JUDGE_KEYS = ("FAEF_JUDGE_API_KEY", *MODEL_KEYS)
OPENAI_URL = "https://api.openai.com/v1"
_Reply = TypeVar("_Reply")


class Endpoint:
    """A model behind an address; at most `concurrency` calls at once. An async context manager."""

    def __init__(  # noqa: PLR0913 - all by keyword, each a setting of the user's
        self,
        *,
        base_url: str,
        api_key: str,
        model: str,
        concurrency: int,
        timeout: float,
        retries: int = 2,
        optional: Collection[str] = (),
    ) -> None:
        """`optional` parameters are left out for good once the endpoint refuses them."""
        self.base_url = base_url
        self.model = model
        self.refused: set[str] = set()  # parameters that this endpoint does not take
        self._optional = frozenset(optional)
        self._slots = asyncio.Semaphore(concurrency)
        self._client = AsyncOpenAI(
            base_url=base_url,
            api_key=api_key,
            timeout=timeout,
            max_retries=retries,
            http_client=DefaultAioHttpClient(),
        )

    async def __aenter__(self) -> Self:
        """Nothing is sent yet: see `check`."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        await self._client.close()

    async def check(self) -> None:
        """List the endpoint's models, which costs nothing: address and key are tried before paying.

        An endpoint without such a list (404, 405, …) passes. Raises ConfigError for a refused key,
        EndpointError where nobody answers.
        """
        try:
            await self._client.models.list()
        except openai.AuthenticationError as error:
            raise self._key_refused(error) from error
        except openai.APIConnectionError as error:
            message = (
                f"{self.base_url}: no answer ({_reason(error)}): check --faef-base-url and"
                " that the endpoint is running"
            )
            raise EndpointError(message) from error
        except (openai.OpenAIError, ValueError):
            return

    async def ask(self, prompt: Prompt, decoding: Mapping[str, Any]) -> Response:
        """One call. Raises ConfigError where the endpoint refuses the key or does not know the model."""
        return await self._translated(prompt, lambda: self._send(prompt, decoding), _response)

    async def moderate(self, prompt: Prompt) -> Response:
        """The moderation endpoint's word on the last message: `flagged: CATEGORIES` or `not flagged`.

        Raises like `ask`. platform.openai.com/docs/api-reference/moderations
        """
        content = prompt.messages[-1]["content"]
        return await self._translated(
            prompt,
            lambda: self._client.moderations.create(model=self.model, input=content),
            _moderation,
        )

    async def _translated(
        self,
        prompt: Prompt,
        send: Callable[[], Awaitable[_Reply]],
        read: Callable[[Prompt, _Reply, float], Response],
    ) -> Response:
        """Send when there is room; what goes wrong with this call alone becomes its `error`."""
        async with self._slots:
            begun = time.monotonic()
            try:
                reply = await send()
                return read(prompt, reply, time.monotonic() - begun)
            except openai.AuthenticationError as error:
                raise self._key_refused(error) from error
            except openai.NotFoundError as error:
                message = (
                    f"{self.base_url}: no such model or path (404 for {self.model!r}): check"
                    " the model's name and the base URL (it usually ends in /v1)"
                )
                raise ConfigError(message) from error
            except (openai.OpenAIError, ValueError, TypeError, AttributeError) as error:
                return _failed(prompt, _reason(error), time.monotonic() - begun)

    async def _send(self, prompt: Prompt, decoding: Mapping[str, Any]) -> ChatCompletion:
        """Send, and again without (or under its new name) what the endpoint refuses."""
        parameters = self._accepted(decoding)
        while True:
            try:
                return await self._create(prompt, parameters)
            except openai.APIStatusError as error:
                sent = {*parameters, *parameters.get("extra_body", {})}
                refused = refused_parameter(error.status_code, error.param, error.message, sent)
                if refused is None:
                    raise
                self.refused.add(refused)
                if refused != "max_tokens" and refused not in self._optional:
                    raise
                parameters = self._accepted(decoding)

    def _accepted(self, decoding: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters that the endpoint is not known to refuse, `max_tokens` under its newer name."""
        parameters = dict(decoding)
        if "max_tokens" in self.refused and "max_tokens" in parameters:
            parameters["max_completion_tokens"] = parameters.pop("max_tokens")
        dropped = self.refused & self._optional
        kept = {name: value for name, value in parameters.items() if name not in dropped}
        if "extra_body" in kept:
            body = kept["extra_body"]
            kept["extra_body"] = {name: value for name, value in body.items() if name not in dropped}
        return kept

    async def _create(self, prompt: Prompt, parameters: Mapping[str, Any]) -> ChatCompletion:
        completion: ChatCompletion = await self._client.chat.completions.create(
            model=self.model,
            messages=cast("list[ChatCompletionMessageParam]", list(prompt.messages)),
            **parameters,
        )
        return completion

    def _key_refused(self, error: openai.APIStatusError) -> ConfigError:
        return ConfigError(
            f"{self.base_url}: the API key was refused ({error.status_code}): set"
            f" {MODEL_KEYS[0]} (for the judge {JUDGE_KEYS[0]}) to a valid key"
        )


def key_from_environment(names: tuple[str, ...]) -> str:
    """The first of these variables that is set. Raises ConfigError that names them."""
    for name in names:
        if os.environ.get(name):
            return os.environ[name]
    message = (
        f"no API key: set {' or '.join(names)} in the environment"
        " (for an endpoint that needs none, any word will do)"
    )
    raise ConfigError(message)


def _response(prompt: Prompt, completion: ChatCompletion, latency: float) -> Response:
    """The reply as a Response; one without any text is an error with its reason."""
    if not isinstance(completion, ChatCompletion) or not completion.choices:
        return _failed(prompt, "reply without choices", latency)
    choice = completion.choices[0]
    if choice.finish_reason == "content_filter":
        return _failed(prompt, FILTERED, latency)
    text, finish_reason = choice.message.content, _name(choice.finish_reason)
    if not text and choice.message.refusal:
        text, finish_reason = choice.message.refusal, "refusal"
    if text is None and finish_reason == "length":
        text = ""  # all tokens went into reasoning that is not shown
    if text is None:
        return _failed(prompt, EMPTY, latency)
    if not isinstance(text, str):
        return _failed(prompt, "malformed reply", latency)
    usage = completion.usage
    return Response(
        question_id=prompt.question_id,
        form=prompt.form,
        repeat=prompt.repeat,
        text=text,
        model=str(completion.model or ""),
        system_fingerprint=_name(completion.system_fingerprint),
        finish_reason=finish_reason,
        first_token=_first_token(choice.logprobs),
        prompt_tokens=int(usage.prompt_tokens or 0) if usage else 0,
        completion_tokens=int(usage.completion_tokens or 0) if usage else 0,
        latency=latency,
    )


def _moderation(prompt: Prompt, reply: ModerationCreateResponse, latency: float) -> Response:
    """The verdict of a moderation endpoint in words; anything but exactly one is an error."""
    results = reply.results if isinstance(reply, ModerationCreateResponse) else None
    if not results or len(results) != 1 or not isinstance(results[0].flagged, bool):
        return _failed(prompt, "malformed reply", latency)
    categories = results[0].categories
    named = categories.to_dict() if categories else {}
    broken = ", ".join(name for name, found in named.items() if found is True)
    return Response(
        question_id=prompt.question_id,
        form=prompt.form,
        repeat=prompt.repeat,
        text=f"flagged: {broken}" if results[0].flagged else "not flagged",
        model=str(reply.model or ""),
        latency=latency,
    )


def _name(value: object) -> str | None:
    """What an endpoint says of itself, whatever type it chose to send."""
    return None if value is None else str(value)


def _first_token(logprobs: Any) -> Mapping[str, float] | None:
    if logprobs is None or not logprobs.content:
        return None
    return {top.token: math.exp(top.logprob) for top in logprobs.content[0].top_logprobs}


def _failed(prompt: Prompt, error: str, latency: float) -> Response:
    return Response(
        question_id=prompt.question_id,
        form=prompt.form,
        repeat=prompt.repeat,
        error=error,
        latency=latency,
    )


def _reason(error: Exception) -> str:
    """A short cause without any text of the endpoint's, which could hold a prompt or a key."""
    if isinstance(error, openai.APIStatusError):
        if is_filtered(error.body):
            return FILTERED
        return f"HTTP {error.status_code}"
    if isinstance(error, openai.APIConnectionError):  # timeouts too: the transport tells neither apart
        cause = error.__cause__
        return type(cause).__name__ if cause else "connection failed"
    if isinstance(error, json.JSONDecodeError):
        return "reply is not JSON"
    return type(error).__name__
