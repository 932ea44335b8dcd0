"""What a run may spend, and when it has to stop: calls, cost, time.

What was asked is kept, and a run that stopped is inconclusive: an answer that was not paid for is no
evidence. Prices are the user's (`prices` in thresholds.yaml, US dollars per million tokens).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from monitor.calls.limits import Limits
from monitor.records import Prompt, Response, Run

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


class BudgetSpent(Exception):  # noqa: N818 - no error: the run ends here, as it was asked to
    """Nothing more may be asked; the message says why."""


@contextmanager
def spending() -> Iterator[None]:
    """Ends quietly where the budget is spent, in one task or in several that were asked together."""
    try:
        yield
    except* BudgetSpent:
        pass


@dataclass
class Budget:
    """Keeps count of calls and cost; `stopped` says why no more may be asked, once that is so.

    Calls under way are reserved at the most they can cost, so that a limit is never exceeded by what
    comes back; what a failed attempt cost is not known.
    """

    limits: Limits
    prices: Mapping[str, Price] = field(default_factory=dict)  # by model
    stopped: str = ""
    calls: int = field(init=False)
    cost: float = field(init=False)
    _reserved: float = 0.0

    def __post_init__(self) -> None:
        """What the run paid before belongs to it."""
        self.calls, self.cost = self.limits.made, self.limits.spent

    def reserve(self, model: str, prompt: Prompt, max_tokens: int) -> float:
        """Set aside what a call can cost at the most. Raises BudgetSpent where that is not left."""
        price = self.prices.get(model)
        most = price.of(tokens_of(prompt), max_tokens) if price else 0.0
        if self.stopped:
            pass
        elif self.limits.max_calls is not None and self.calls >= self.limits.max_calls:
            self.stopped = calls_made(self.limits.max_calls)
        elif self.limits.max_cost is not None and self.committed + most > self.limits.max_cost:
            next_call = f", the next call may cost {most:.4f}"
            self.stopped = dollars_spent(self.committed, self.limits.max_cost, next_call)
        if self.stopped:
            raise BudgetSpent(self.stopped)
        self.calls += 1
        self._reserved += most
        return most

    @property
    def committed(self) -> float:
        """What is spent, and what the calls under way can cost at the most."""
        return self.cost + self._reserved

    def spent(self, model: str, reserved: float, response: Response) -> None:
        """Put what a call really cost in the place of what was set aside for it."""
        self._reserved -= reserved
        if price := self.prices.get(model):
            self.cost += price.of(response.prompt_tokens, response.completion_tokens)


def after(limits: Limits, run: Run) -> Limits:
    """The limits of what is asked after a run, within the same budget."""
    made, spent = run.paid
    return replace(limits, made=made, spent=spent)


def calls_made(limit: int) -> str:
    """Why a run stopped at its limit of calls."""
    return f"budget: {limit} calls are made (max-calls)"


def dollars_spent(spent: float, limit: float, next_call: str = ", the next call may cost more") -> str:
    """Why a run stopped at its limit of cost."""
    return f"budget: {spent:.2f} of {limit:.2f} dollars are spent{next_call} (max-cost)"


def tokens_of(prompt: Prompt) -> float:
    """About how many tokens a prompt has."""
    return sum(len(message["content"]) for message in prompt.messages) / CHARACTERS_PER_TOKEN
