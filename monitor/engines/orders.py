"""What driver and workers tell each other. Keys are no part of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from monitor import __version__
from monitor.answers import READERS
from monitor.calls.limits import Limits
from monitor.judges import Judge
from monitor.prompts import WORDING
from monitor.records import Question, Response, digest
from monitor.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Whom to ask and how; `labels` are those of people by answer."""

    settings: Settings
    labels: Mapping[str, bool] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One repeat of one question, and the replies to it that are there, by call."""

    question: Question
    repeat: int
    known: dict[str, Response] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, int]:
        """What its replies carry."""
        return self.question.id, self.repeat


@dataclass(frozen=True, slots=True)
class Spent:
    """A number of calls and their cost in US dollars."""

    calls: float = 0
    cost: float = 0.0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.calls + other.calls, self.cost + other.cost)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a worker has to say: new replies by call, units that it is through with, what it used."""

    replies: tuple[tuple[str, Response], ...]
    done: tuple[tuple[str, int], ...]
    used: Spent
    error: Exception | None


def order_of(settings: Settings, labels: Mapping[str, bool] | None, limits: Limits) -> Order:
    """The settings without what a worker has no use for, such as the address of a tracking store."""
    needed = replace(
        settings, bank=(), labels=None, tracking_uri=None, scheduler=None, limits=limits, recorded=None
    )
    return Order(settings=needed, labels=labels)


def shares_of(limits: Limits, workers: int) -> tuple[Limits, ...]:
    """The limits of an endpoint, shared out; fewer shares than workers where calls at once are few.

    What is the whole run's (deadline, calls, cost) stays with the driver.
    """
    shares = min(workers, limits.concurrency)
    each, rest = divmod(limits.concurrency, shares)
    return tuple(
        replace(
            limits,
            concurrency=each + (number < rest),
            rpm=limits.rpm / shares if limits.rpm else None,
            tpm=limits.tpm / shares if limits.tpm else None,
            deadline=None,
            max_calls=None,
            max_cost=None,
            made=0,
            spent=0.0,
        )
        for number in range(shares)
    )


def version_of(judge: Judge) -> str:
    """Equal where driver and worker would read and ask alike."""
    return digest(__version__, WORDING, READERS, judge.fingerprint)
