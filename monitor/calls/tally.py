"""What the replies of a collection come to: calls, failures, tokens, cost. One pass, nothing kept."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from monitor.calls.budget import Price
from monitor.records import Form, Response

MAX_FAILED = 0.10  # above this share of failed calls nothing can be said about a model


def asked_in_words(usage: Mapping[str, float]) -> str:
    """Calls, judgements and cost of a usage as in `run.json`."""
    money = f", {usage['cost']:,.2f} US dollars" if "cost" in usage else ""
    return f"{usage['calls']:,.0f} calls, {usage['judgements']:,.0f} judgements{money}"


@dataclass
class Tally:
    """Counts replies as they pass."""

    calls: Counter[bool] = field(default_factory=Counter)  # by whether it is the judge's
    failed: Counter[bool] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    tokens: Counter[tuple[bool, str]] = field(default_factory=Counter)
    names: set[str] = field(default_factory=set)

    def add(self, replies: Iterable[Response]) -> None:
        """Count some replies."""
        for reply in replies:
            judged = reply.form is Form.JUDGE
            self.calls[judged] += 1
            if reply.error is not None:
                self.failed[judged] += 1
                self.errors[reply.error] += 1
            self.tokens[judged, "prompt"] += reply.prompt_tokens
            self.tokens[judged, "completion"] += reply.completion_tokens
            if not judged:
                self.names.add(f"{reply.model} {reply.system_fingerprint or ''}".strip())

    @property
    def too_many_failed(self) -> bool:
        """Whether more than `MAX_FAILED` of the calls to the model, or of those to the judge, failed."""
        return any(self.failed[judged] > MAX_FAILED * self.calls[judged] for judged in (False, True))

    @property
    def causes(self) -> str:
        """The most frequent errors, with their counts."""
        return ", ".join(f"{count} × {error}" for error, count in self.errors.most_common(3))

    @property
    def served(self) -> tuple[str, ...]:
        """The names and system fingerprints that the model's endpoint gave itself."""
        return tuple(sorted(self.names - {""}))

    def usage(self, prices: Mapping[bool, Price], checked: int = 0) -> Mapping[str, float]:
        """As in `run.json`; `cost` (US dollars) only where all prices are known."""
        usage: dict[str, float] = {
            "calls": self.calls[False],
            "judgements": self.calls[True] + checked,
            "failed": self.failed.total(),
            "prompt_tokens": self.tokens[False, "prompt"] + self.tokens[True, "prompt"],
            "completion_tokens": self.tokens[False, "completion"] + self.tokens[True, "completion"],
        }
        charged = {judged for judged, _ in self.tokens if self._tokens(judged)}
        if prices and charged <= set(prices):
            usage["cost"] = sum(
                prices[judged].of(self.tokens[judged, "prompt"], self.tokens[judged, "completion"])
                for judged in charged
            )
        return usage

    def _tokens(self, judged: bool) -> int:  # noqa: FBT001 - which of the two
        return self.tokens[judged, "prompt"] + self.tokens[judged, "completion"]
