"""One chat-completions endpoint, through the `openai` package: the only module that imports it.

A call that fails after its retries is a Response with `error`; a key, model or address that is
refused, or an endpoint that is down, stops the run. Keys come from the environment alone and stay in
here. Not here: how fast an endpoint is asked (`pacing`) and how long a retry waits (`retrying`).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from types import TracebackType
from typing import Any, Self

import openai
from openai import AsyncOpenAI, DefaultAioHttpClient

from monitor.calls.access import JUDGE_KEYS, MODEL_KEYS, without_password
from monitor.calls.api_errors import FILTERED, is_filtered, refused_parameter
from monitor.calls.budget import Budget, tokens_of
from monitor.calls.completions import UNUSABLE, failed, read_completion, read_moderation
from monitor.calls.limits import Limits
from monitor.calls.pacing import End, Pace
from monitor.calls.retrying import Attempt, retry_after, wait_before_retry
from monitor.errors import ConfigError, EndpointError
from monitor.records import Prompt, Response

BUSY = frozenset({408, 409, 429, 503, 529})
SERVER_ERROR = 500
Once = Callable[[], Awaitable[Attempt]]


class Endpoint:
    """A model behind an address, asked within its limits and the run's budget. A context manager."""

    def __init__(  # noqa: PLR0913 - all by keyword, each a setting of the user's
        self,
        *,
        base_url: str,
        api_key: str,
        model: str,
        limits: Limits,
        budget: Budget | None = None,
        optional: Collection[str] = (),
    ) -> None:
        """`optional` parameters are left out for good once the endpoint refuses them."""
        self.address = without_password(base_url)
        self.model = model
        self.refused: set[str] = set()  # parameters that this endpoint does not take
        self._optional = frozenset(optional)
        self._limits = limits
        self._budget = budget
        self._pace = Pace(concurrency=limits.concurrency, per_minute=limits.rpm, tokens=limits.tpm)
        self._client = AsyncOpenAI(
            base_url=base_url,
            api_key=api_key,
            timeout=limits.timeout,
            max_retries=0,
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
                f"{self.address}: no answer ({_reason(error)}): check --faef-base-url and"
                " that the endpoint is running"
            )
            raise EndpointError(message) from error
        except (openai.OpenAIError, ValueError):
            return

    async def ask(self, prompt: Prompt, decoding: Mapping[str, Any]) -> Response:
        """One answer, after as many attempts as it takes and `retrying` allows.

        Raises ConfigError where the endpoint refuses the key or does not know the model,
        EndpointError where it is down or its quota is used up, and BudgetSpent.
        """
        most = int(decoding.get("max_tokens", 0))
        return await self._paid(
            prompt,
            most,
            lambda: self._attempt(prompt, lambda: self._send(prompt, decoding), read_completion),
        )

    async def moderate(self, prompt: Prompt) -> Response:
        """The moderation endpoint's word on the last message: `flagged: CATEGORIES` or `not flagged`.

        Raises like `ask`. platform.openai.com/docs/api-reference/moderations
        """
        body = {"model": self.model, "input": prompt.messages[-1]["content"]}
        return await self._paid(
            prompt,
            0,
            lambda: self._attempt(prompt, lambda: self._post("/moderations", body), read_moderation),
        )

    async def _paid(self, prompt: Prompt, max_tokens: int, once: Once) -> Response:
        """Set the cost aside, ask, and count what it came to."""
        tokens = tokens_of(prompt) + max_tokens
        if self._budget is None:
            return await self._persist(tokens, once)
        reserved = self._budget.reserve(self.model, prompt, max_tokens)
        response = await self._persist(tokens, once)
        self._budget.spent(self.model, reserved, response)
        return response

    async def _persist(self, tokens: float, once: Once) -> Response:
        """Attempt it as often as `retrying` allows, at the endpoint's pace."""
        attempts: list[Attempt] = []
        while True:
            async with self._pace.turn(tokens):
                attempt = await once()
            self._pace.ended(attempt.end, attempt.retry_after)
            attempts.append(attempt)
            wait = wait_before_retry(attempts, self._limits.retries, is_well=self._pace.is_well)
            if wait is None:
                return attempt.response
            if self._pace.is_down:
                message = (
                    f"{self.address}: no longer answers ({attempt.response.error}): what was"
                    " collected is kept; run again when the endpoint is up, only the rest is asked"
                )
                raise EndpointError(message)
            await asyncio.sleep(wait)

    async def _attempt(
        self,
        prompt: Prompt,
        send: Callable[[], Awaitable[bytes]],
        read: Callable[[Prompt, bytes, float], Response],
    ) -> Attempt:
        """Send once; what goes wrong with this call alone becomes its `error`."""
        begun = time.monotonic()
        try:
            async with asyncio.timeout(self._limits.timeout):
                reply = await send()
            response = read(prompt, reply, time.monotonic() - begun)
            return Attempt(response, End.FAILED if response.error in UNUSABLE else End.ANSWERED)
        except openai.AuthenticationError as error:
            raise self._key_refused(error) from error
        except openai.NotFoundError as error:
            message = (
                f"{self.address}: no such model or path (404 for {self.model!r}): check"
                " the model's name and the base URL (it usually ends in /v1)"
            )
            raise ConfigError(message) from error
        except (openai.OpenAIError, ValueError, TimeoutError) as error:
            self._refuse_hopeless(error)
            response = failed(prompt, _reason(error), time.monotonic() - begun)
            return Attempt(response, _end(error), _asked_to_wait(error))

    def _refuse_hopeless(self, error: Exception) -> None:
        if isinstance(error, openai.RateLimitError) and error.code == "insufficient_quota":
            message = f"{self.address}: the quota of this key is used up: what was collected is kept"
            raise EndpointError(message) from error

    async def _send(self, prompt: Prompt, decoding: Mapping[str, Any]) -> bytes:
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

    async def _create(self, prompt: Prompt, parameters: Mapping[str, Any]) -> bytes:
        sent = dict(parameters)
        extra: Mapping[str, Any] = sent.pop("extra_body", {})
        body = {"model": self.model, "messages": list(prompt.messages), **sent, **extra}
        return await self._post("/chat/completions", body)

    async def _post(self, path: str, body: Mapping[str, Any]) -> bytes:
        """The reply as it came: the client's own types cost as much as the whole of our store."""
        return await self._client.post(path, body=body, cast_to=bytes)

    def _key_refused(self, error: openai.APIStatusError) -> ConfigError:
        return ConfigError(
            f"{self.address}: the API key was refused ({error.status_code}): set"
            f" {MODEL_KEYS[0]} (for the judge {JUDGE_KEYS[0]}) to a valid key"
        )


def _end(error: Exception) -> End:
    if isinstance(error, openai.APIStatusError) and error.status_code not in BUSY:
        return End.FAILED if error.status_code >= SERVER_ERROR else End.OURS
    if isinstance(error, openai.APIStatusError | openai.APITimeoutError | TimeoutError):
        return End.PUSHED_BACK
    return End.FAILED


def _asked_to_wait(error: Exception) -> float | None:
    return retry_after(error.response.headers) if isinstance(error, openai.APIStatusError) else None


def _reason(error: Exception) -> str:
    """A short cause without any text of the endpoint's, which could hold a prompt or a key."""
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, openai.APIStatusError):
        if is_filtered(error.body):
            return FILTERED
        return f"HTTP {error.status_code}"
    if isinstance(error, openai.APIConnectionError):  # timeouts too: the transport tells neither apart
        cause = error.__cause__
        return type(cause).__name__ if cause else "connection failed"
    return type(error).__name__
