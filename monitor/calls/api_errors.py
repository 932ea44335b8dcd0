"""What an endpoint refuses and why, read from the body of its error. Pure.

Endpoints name a refused parameter in `param`, or only somewhere in the message. The message is never
kept or shown: it can hold a prompt or a key.
"""

import re
from collections.abc import Collection, Mapping

FILTERED = "content filter"
EMPTY = "reply without content"
"""Errors of calls that were answered, but without a word: a filter's work, or the model's."""

_FILTER_CODES = frozenset({"content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation"})
_REFUSING = frozenset({400, 422, 500, 501})  # some servers answer 500 to a format they do not know
_PARAMETERS = ("max_tokens", "temperature", "response_format", "chat_template_kwargs")
"""The parameters whose refusal we can do something about."""
_IN_MESSAGES = {  # not max_tokens: messages about a prompt that is too long name it too
    "temperature": r"temperature",
    "response_format": r"response_format|json_schema|guided_json|structured[ _]outputs?",
    "chat_template_kwargs": r"chat_template_kwargs",
}


def is_filtered(body: object) -> bool:
    """Whether an error says that a content filter held the request back.

    OpenAI: `code: content_policy_violation`; Azure: `code: content_filter` with
    `innererror: {code: ResponsibleAIPolicyViolation}` (learn.microsoft.com: Azure OpenAI, content
    filtering).
    """
    if not isinstance(body, Mapping):
        return False
    inner = body.get("innererror") or body.get("inner_error")
    codes = [
        body.get("code"),
        body.get("type"),
        inner.get("code") if isinstance(inner, Mapping) else None,
    ]
    return any(isinstance(code, str) and code in _FILTER_CODES for code in codes)


def refused_parameter(status: int, param: object, message: str, sent: Collection[str]) -> str | None:
    """Which of the parameters that were sent an endpoint refuses, if the error names one.

    The message counts only where there is no `param`.
    """
    if status not in _REFUSING:
        return None
    for name in _PARAMETERS:
        if name not in sent:
            continue
        if isinstance(param, str) and param:
            named = param.partition(".")[0] == name
        else:
            words = _IN_MESSAGES.get(name)
            named = bool(words and re.search(rf"(?<![a-z])(?:{words})(?![a-z])", message, re.IGNORECASE))
        if named:
            return name
    return None
