"""What a run may spend, and when it has to stop: calls, cost, time.

What was asked is kept, and a run that stopped is inconclusive: an answer that was not paid for is no
evidence. Prices are the user's (`prices` in thresholds.yaml, US dollars per million tokens).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from monitor.limits import Limits
from monitor.records import Form, Prompt, Response

CHARACTERS_PER_TOKEN = 4
"""Of English text, about; used before a call, replaced by what the endpoint charged after it."""
PER = 1_000_000  # tokens that a price is for


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Of a model, in US dollars per million tokens."""

    input: float
    output: float

    def of(self, prompt_tokens: float, completion_tokens: float) -> float:
        """What so many tokens cost, in US dollars."""
        return (self.input * prompt_tokens + self.output * completion_tokens) / PER


@dataclass
class Budget:
    """Keeps count of calls and cost; `stopped` says why no more may be asked, once that is so.

    Calls under way are reserved at the most they can cost, so that a limit is never exceeded by what
    comes back; what a failed attempt cost is not known.
    """

    limits: Limits
    prices: Mapping[Form, Price] = field(default_factory=dict)
    stopped: str = ""
    calls: int = 0
    cost: float = 0.0
    _reserved: float = 0.0

    def reserve(self, prompt: Prompt, max_tokens: int) -> float | None:
        """Set aside what a call can cost at the most; None where that is more than is left."""
        if self.stopped:
            return None
        price = self._price(prompt.form)
        most = price.of(tokens_of(prompt), max_tokens) if price else 0.0
        if self.limits.max_calls is not None and self.calls >= self.limits.max_calls:
            self.stopped = f"budget: {self.limits.max_calls} calls are made (--faef-max-calls)"
        elif (
            self.limits.max_cost is not None
            and self.cost + self._reserved + most > self.limits.max_cost
        ):
            self.stopped = (
                f"budget: {self.cost + self._reserved:.2f} of {self.limits.max_cost:.2f} dollars are"
                f" spent, the next call may cost {most:.4f} (--faef-max-cost)"
            )
        if self.stopped:
            return None
        self.calls += 1
        self._reserved += most
        return most

    def spent(self, reserved: float, response: Response) -> None:
        """Put what a call really cost in the place of what was set aside for it."""
        self._reserved -= reserved
        self.cost += self.cost_of(response)

    def cost_of(self, response: Response) -> float:
        """Of one reply, in US dollars; 0 without a price."""
        price = self._price(response.form)
        return price.of(response.prompt_tokens, response.completion_tokens) if price else 0.0

    def _price(self, form: Form) -> Price | None:
        return self.prices.get(Form.JUDGE if form is Form.JUDGE else Form.OPEN)


def tokens_of(prompt: Prompt) -> float:
    """About how many tokens a prompt has."""
    return sum(len(message["content"]) for message in prompt.messages) / CHARACTERS_PER_TOKEN


def total_tokens(prompts: Sequence[Prompt]) -> float:
    """About how many tokens some prompts have together."""
    return sum(map(tokens_of, prompts))
