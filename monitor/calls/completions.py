"""What an endpoint's reply says, from its bytes: a Response, or why it is none. Pure.

The door for replies: what matters is checked by a pydantic model, and a reply that does not fit is an
error of this call. What is only reported (names, usage) may be of any type. Not here: sending, and
failures of the wire (`client`).
"""

import json
import math
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError

from monitor.calls.api_errors import EMPTY, FILTERED
from monitor.records import Prompt, Response

NO_CHOICES, MALFORMED, NOT_JSON = "reply without choices", "malformed reply", "reply is not JSON"
UNUSABLE = frozenset({NO_CHOICES, MALFORMED, NOT_JSON, EMPTY})
"""Errors of replies that were sent in full and hold no answer."""


ROUNDING = 1e-3  # what a logarithm of a probability may lie above 0


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class _Top(_Part):
    token: str
    logprob: Annotated[float, Field(le=ROUNDING)]


class _Token(_Part):
    top_logprobs: tuple[_Top, ...]


class _Logprobs(_Part):
    content: tuple[_Token, ...] | None = None


class _Message(_Part):
    content: str | None = None
    refusal: str | None = None


class _Choice(_Part):
    message: _Message = _Message()
    finish_reason: Any = None
    logprobs: _Logprobs | None = None


class _Completion(_Part):
    choices: tuple[_Choice, ...] | None = None
    model: Any = None
    system_fingerprint: Any = None
    usage: Any = None


class _Moderated(_Part):
    flagged: StrictBool
    categories: Mapping[str, Any] | None = None


class _Moderation(_Part):
    results: tuple[_Moderated]
    model: Any = None


_Reply = TypeVar("_Reply", _Completion, _Moderation)


def read_completion(prompt: Prompt, body: bytes, latency: float) -> Response:
    """A chat completion as a Response; one without any text is an error with its reason."""
    completion, error = _parsed(_Completion, body)
    if completion is None:
        return failed(prompt, error, latency)
    if not completion.choices:
        return failed(prompt, NO_CHOICES, latency)
    choice = completion.choices[0]
    if choice.finish_reason == "content_filter":
        return failed(prompt, FILTERED, latency)
    text, finish_reason = choice.message.content, _name(choice.finish_reason)
    if not text and choice.message.refusal:
        text, finish_reason = choice.message.refusal, "refusal"
    if text is None and finish_reason == "length":
        text = ""  # all tokens went into reasoning that is not shown
    if text is None:
        return failed(prompt, EMPTY, latency)
    return Response(
        question_id=prompt.question_id,
        form=prompt.form,
        repeat=prompt.repeat,
        text=_whole(text),
        model=str(completion.model or ""),
        system_fingerprint=_name(completion.system_fingerprint),
        finish_reason=finish_reason,
        first_token=_first_token(choice.logprobs),
        prompt_tokens=_tokens(completion.usage, "prompt_tokens"),
        completion_tokens=_tokens(completion.usage, "completion_tokens"),
        latency=latency,
    )


def read_moderation(prompt: Prompt, body: bytes, latency: float) -> Response:
    """The verdict of a moderation endpoint in words; anything but exactly one is an error."""
    reply, error = _parsed(_Moderation, body)
    if reply is None:
        return failed(prompt, error, latency)
    (result,) = reply.results
    broken = ", ".join(name for name, found in (result.categories or {}).items() if found is True)
    return Response(
        question_id=prompt.question_id,
        form=prompt.form,
        repeat=prompt.repeat,
        text=f"flagged: {broken}" if result.flagged else "not flagged",
        model=str(reply.model or ""),
        latency=latency,
    )


def failed(prompt: Prompt, error: str, latency: float) -> Response:
    """A call without an answer, and why."""
    return Response(
        question_id=prompt.question_id,
        form=prompt.form,
        repeat=prompt.repeat,
        error=error,
        latency=latency,
    )


def _parsed(model: type[_Reply], body: bytes) -> tuple[_Reply | None, str]:
    """The reply, or what is wrong with it.

    Not pydantic's own JSON reader: that refuses half of a surrogate pair, which models do write.
    """
    try:
        return model.model_validate(json.loads(body)), ""
    except ValidationError:
        return None, MALFORMED
    except (ValueError, RecursionError):
        return None, NOT_JSON


def _whole(text: str) -> str:
    """Text that can be sent on: half of a surrogate pair is no character, and no UTF-8."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _name(value: object) -> str | None:
    """What an endpoint says of itself, whatever type it chose to send."""
    return None if value is None else str(value)


def _tokens(usage: object, name: str) -> int:
    """A count of tokens; 0 where the endpoint does not say."""
    count = usage.get(name) if isinstance(usage, Mapping) else None
    return int(count) if isinstance(count, int | float) and math.isfinite(count) else 0


def _first_token(logprobs: _Logprobs | None) -> Mapping[str, float] | None:
    if logprobs is None or not logprobs.content:
        return None
    return {top.token: math.exp(min(0.0, top.logprob)) for top in logprobs.content[0].top_logprobs}
