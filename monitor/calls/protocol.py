"""How everybody is asked: all settings that change a reply, in one value with a fingerprint.

Two runs may be compared only when their fingerprints are equal. Limit, concurrency, replay and where
an endpoint stands are not part of it. Not here: the words of the prompts (`prompts`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from monitor.comparing.escalation import Look, as_rows, looks
from monitor.records import Prompt, digest

CHOICE_SCHEMA: Mapping[str, Any] = {
    "type": "json_schema",
    "json_schema": {
        "name": "choice",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {"choice": {"type": "string", "enum": ["A", "B"]}},
            "required": ["choice"],
            "additionalProperties": False,
        },
    },
}
TOP_LOGPROBS = 20  # the most that the chat-completions API gives


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """The settings of an evaluation; `temperature` and `max_tokens` are those of the model's calls.

    Each question is asked `repeats` times, and where a comparison leaves something open up to
    `max_repeats` times; `sequential`: first fewer questions, and no more where nothing is open.
    """

    choice: Literal["text", "structured", "logprobs"] = "text"
    shots: int = 0
    variant: Literal["main", "alt"] = "main"
    template: str = "default"  # one of `prompts.TEMPLATES`
    system: str | None = None
    temperature: float = 0.0
    max_tokens: int = 1024
    repeats: int = 1
    seed: int = 0
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    max_repeats: int = 0
    sequential: bool = False

    def decoding(self, prompt: Prompt) -> dict[str, Any]:
        """The chat-completions parameters of one call to the model."""
        parameters: dict[str, Any] = {
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "seed": request_seed(self.seed, prompt),
        }
        if prompt.form.is_choice and self.choice == "structured":
            parameters["response_format"] = CHOICE_SCHEMA
        if prompt.form.is_choice and self.choice == "logprobs":
            parameters |= {"max_tokens": 1, "logprobs": True, "top_logprobs": TOP_LOGPROBS}
        if self.extra_body:
            parameters["extra_body"] = dict(self.extra_body)
        return parameters

    @property
    def looks(self) -> tuple[Look, ...]:
        """What is asked one after the other, as far as it is needed."""
        return looks(self.repeats, self.max_repeats, sequential=self.sequential)

    def fields(self) -> dict[str, Any]:
        """The settings by name, as they stand in the fingerprint of a run; `looks` where there are some.

        What was planned, not what it came to: how often a question was asked is no part of it.
        """
        planned = {"looks": as_rows(self.looks)} if len(self.looks) > 1 else {}
        names = set(self.__slots__) - {"max_repeats", "sequential"}
        return {name: getattr(self, name) for name in self.__slots__ if name in names} | planned


def request_seed(run_seed: int, prompt: Prompt) -> int:
    """A seed of its own for each question, form and repeat: one fixed seed repeats its draw."""
    return int(digest(run_seed, prompt.question_id, prompt.form, prompt.repeat)[:8], 16) >> 1
