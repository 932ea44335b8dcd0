"""A call's turn on a worker lasts until the driver has its reply.

So no more than an endpoint's share of calls is lost with a worker, or made in vain after the driver
has died. Not here: what is asked (`asking`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from monitor.collect import Model
from monitor.judges import Judge
from monitor.records import Prompt, Question, Response


class Turns:
    """As many calls at once as an endpoint's share, each until its reply is received."""

    def __init__(self, most: int, outbox: "Outbox") -> None:
        self._free = asyncio.Semaphore(most)
        self._outbox = outbox

    async def take(self, ask: Callable[[], Awaitable[Response]]) -> Response:
        """Ask in a turn, which stays taken until the driver has the reply."""
        await self._free.acquire()
        try:
            reply = await ask()
        except BaseException:
            self._free.release()
            raise
        self._outbox.receipts.append(self._free.release)
        return reply


class Outbox:
    """The store of a worker: what it was told, and the replies that wait to be fetched."""

    def __init__(self) -> None:
        self.known: dict[str, Response] = {}
        self.replies: list[tuple[str, Response]] = []
        self.receipts: list[Callable[[], None]] = []
        self.news = asyncio.Event()
        self._sent: list[Callable[[], None]] = []

    def get(self, call: str) -> Response | None:
        """A reply that the driver has already."""
        return self.known.get(call)

    def put(self, call: str, response: Response) -> None:
        """Keep a reply until it is fetched."""
        self.replies.append((call, response))
        self.news.set()

    def received(self) -> None:
        """What was fetched last has come in: its turns are over."""
        sent, self._sent = self._sent, []
        for receipt in sent:
            receipt()

    def fetch(self) -> tuple[tuple[str, Response], ...]:
        """The replies since the last time."""
        fetched, self.replies = tuple(self.replies), []
        self._sent, self.receipts = self.receipts, []
        self.news.clear()
        return fetched


@dataclass(frozen=True, slots=True)
class TurnedModel:
    """A model that is asked in turns."""

    model: str
    turns: Turns
    other: Model

    async def ask(self, prompt: Prompt, decoding: Mapping[str, Any]) -> Response:
        """One answer."""
        return await self.turns.take(lambda: self.other.ask(prompt, decoding))


@dataclass(frozen=True, slots=True)
class TurnedJudge:
    """A judge that is asked in turns."""

    name: str
    fingerprint: Mapping[str, object]
    turns: Turns
    other: Judge

    async def judge(self, question: Question, answer: Response) -> Response:
        """One verdict."""
        return await self.turns.take(lambda: self.other.judge(question, answer))
