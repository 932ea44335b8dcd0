"""What a worker of a cluster does: it asks what it is handed, and hands back each reply.

Nothing is decided or kept here, and keys are those of the worker's own environment. Not here: how long
a call holds its turn (`turns`) and how the two talk (`dask`).
"""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace

from monitor.calls.budget import Budget
from monitor.collect import Collector
from monitor.engines.local import open_model
from monitor.engines.orders import Order, Spent, Told, Unit, version_of
from monitor.engines.turns import Outbox, TurnedJudge, TurnedModel, Turns
from monitor.errors import MonitorError
from monitor.judges.judging import open_judge
from monitor.records import Question, Response
from monitor.settings import Settings

POLL = 1.0
"""Seconds that an exchange waits for a reply, at the most."""
LEASE = 15.0
"""Seconds without a word from the driver after which a worker stops asking."""


class Asker:
    """One share of a collection in this process: its endpoints, and what they are asked."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._budget = Budget(settings.limits, settings.prices)
        self._outbox = Outbox()
        self._done: list[tuple[str, int]] = []
        self._error: Exception | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._stack = AsyncExitStack()
        self._heard = time.monotonic()
        self._judging = 0  # verdicts that the driver waits for

    async def open(self, labels: Mapping[str, bool] | None) -> None:
        """Open model and judge. Raises MonitorError."""
        settings = self._settings
        try:
            self.judge = await open_judge(self._stack, settings, self._budget, labels)
            endpoint = await open_model(self._stack, settings, self._budget)
        except BaseException:
            await self._stack.aclose()
            raise
        most = settings.limits.concurrency
        self._collector = Collector(
            model=TurnedModel(endpoint.model, Turns(most, self._outbox), endpoint),
            judge=TurnedJudge(
                self.judge.name, self.judge.fingerprint, Turns(most, self._outbox), self.judge
            ),
            protocol=settings.protocol,
            examples=settings.examples,
            store=self._outbox,
            on_reply=lambda _: None,
        )

    @property
    def idle(self) -> float:
        """Seconds since the driver was last heard of; 0 while it waits for a verdict."""
        return 0.0 if self._judging else time.monotonic() - self._heard

    @property
    def used(self) -> Spent:
        """All calls so far and what they cost, those under way at the most they can."""
        return Spent(self._budget.calls, self._budget.committed)

    async def exchange(self, units: Sequence[Unit], allowed: Spent | None) -> Told:
        """Take some units, and say what has come in since the last time."""
        self._heard = time.monotonic()
        self._outbox.received()
        self._allow(allowed)
        for unit in units:
            self._outbox.known.update(unit.known)
            task = asyncio.create_task(self._answer(unit))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL):
                await self._outbox.news.wait()
        done, self._done = tuple(self._done), []
        return Told(replies=self._outbox.fetch(), done=done, used=self.used, error=self._error)

    async def judged(self, question: Question, answer: Response) -> Response:
        """A verdict outside of any unit."""
        self._judging += 1
        try:
            return await self.judge.judge(question, answer)
        finally:
            self._judging -= 1
            self._heard = time.monotonic()

    async def close(self) -> None:
        """Give up what is under way, and close the connections."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._stack.aclose()

    def _allow(self, allowed: Spent | None) -> None:
        if allowed is not None:
            limits = replace(self._settings.limits, max_calls=int(allowed.calls), max_cost=allowed.cost)
            self._budget.limits, self._budget.stopped = limits, ""

    async def _answer(self, unit: Unit) -> None:
        try:
            await self._collector.answer(unit.question, unit.repeat)
        except MonitorError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the driver is told: nobody else looks
            self._fail(RuntimeError(f"{type(error).__name__} on a worker"))
        finally:
            for call in unit.known:
                self._outbox.known.pop(call, None)
            self._done.append(unit.key)
            self._outbox.news.set()

    def _fail(self, error: Exception) -> None:
        """Tell the driver, and begin no more calls."""
        self._error = self._error or error
        for task in self._tasks - {asyncio.current_task()}:
            task.cancel()


_ASKERS: dict[str, Asker] = {}  # by session: a worker may serve several drivers


async def begin(session: str, order: Order) -> tuple[str, MonitorError | None]:
    """Open a share; the version of what decides about replies, and why it cannot ask, if so."""
    logging.getLogger("distributed.worker").addFilter(_unheard_of)
    asker = Asker(order.settings)
    try:
        await asker.open(order.labels)
    except MonitorError as error:
        return "", error
    _ASKERS[session] = asker
    asyncio.get_running_loop().call_later(LEASE, _expire, session)
    return version_of(asker.judge), None


async def exchange(session: str, units: Sequence[Unit], allowed: Spent | None) -> Told | None:
    """As `Asker.exchange`; None where the share is closed."""
    asker = _ASKERS.get(session)
    return await asker.exchange(units, allowed) if asker else None


async def judged(
    session: str, question: Question, answer: Response
) -> tuple[Response | None, Spent, MonitorError | None]:
    """The judge's verdict, what the share has used, and what went wrong."""
    asker = _ASKERS[session]
    try:
        return await asker.judged(question, answer), asker.used, None
    except MonitorError as error:
        return None, asker.used, error


async def end(session: str) -> None:
    """Close a share."""
    if asker := _ASKERS.pop(session, None):
        await asker.close()


def _expire(session: str) -> None:
    asker = _ASKERS.get(session)
    if asker is None:
        return
    if asker.idle < LEASE:
        asyncio.get_running_loop().call_later(LEASE - asker.idle, _expire, session)
        return
    _ENDING.add(task := asyncio.ensure_future(end(session)))
    task.add_done_callback(_ENDING.discard)


_ENDING: set[asyncio.Future[None]] = set()


def _unheard_of(record: logging.LogRecord) -> bool:
    """Keep the many lines about exchanges out of the worker's log."""
    return record.args != (exchange.__name__,)
