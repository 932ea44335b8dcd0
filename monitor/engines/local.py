"""The engine that asks from this process. Keys are read from its environment and stay in the client."""

from collections.abc import Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor import embedded
from monitor.calls.access import MODEL_KEYS, key_from_environment
from monitor.calls.budget import Budget
from monitor.collect import Collector, OnReply, Replies, Wanted
from monitor.engines import Deadline, out_of_time
from monitor.judges import Judge
from monitor.judges.judging import open_judge
from monitor.settings import Settings

if TYPE_CHECKING:
    from monitor.client import Endpoint

WAITING = 2
"""Calls under way for each that may be in flight: the others wait to be made again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalEngine:
    """An `engines.Engine`."""

    settings: Settings
    endpoint: "Endpoint"
    judge: Judge
    budget: Budget
    deadline: Deadline

    @property
    def model(self) -> str:
        """What the endpoint is asked for."""
        return self.endpoint.model

    @property
    def paid(self) -> tuple[int, float]:
        """What its budget has counted."""
        return self.budget.calls, self.budget.cost

    async def collect(self, wanted: Wanted, store: Replies, on_reply: OnReply) -> str:
        """All at once, as far as limits and budget allow."""
        limits = self.settings.limits
        collector = Collector(
            model=self.endpoint,
            judge=self.judge,
            protocol=self.settings.protocol,
            examples=self.settings.examples,
            store=store,
            on_reply=on_reply,
        )
        workers = WAITING * limits.concurrency
        in_time = await collector.collect(wanted, workers, self.deadline.left)
        return self.budget.stopped if in_time else out_of_time(limits.deadline)


async def open_local(stack: AsyncExitStack, settings: Settings) -> LocalEngine:
    """Judge and model, checked without cost. Raises ConfigError or EndpointError."""
    budget = Budget(settings.limits, settings.prices)
    judge = await open_judge(stack, settings, budget)
    endpoint = await open_model(stack, settings, budget)
    deadline = Deadline(settings.limits.deadline)
    return LocalEngine(
        settings=settings, endpoint=endpoint, judge=judge, budget=budget, deadline=deadline
    )


async def open_model(
    stack: AsyncExitStack,
    settings: Settings,
    budget: Budget | None = None,
    optional: Collection[str] = (),
) -> "Endpoint":
    """The model under test, checked without cost; `optional` parameters may be refused.

    Raises ConfigError or EndpointError.
    """
    from monitor.client import Endpoint  # noqa: PLC0415 - brings openai

    if settings.is_embedded:
        served = stack.enter_context(embedded.serve(settings.model))
        base_url, model, key = served.base_url, served.model, served.api_key
    else:
        base_url, model = settings.base_url, settings.model
        key = key_from_environment(MODEL_KEYS)
    endpoint = Endpoint(
        base_url=base_url,
        api_key=key,
        model=model,
        limits=settings.limits,
        budget=budget,
        optional=optional,
    )
    await stack.enter_async_context(endpoint)
    await endpoint.check()
    return endpoint
