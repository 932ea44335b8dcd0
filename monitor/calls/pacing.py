"""How fast one endpoint is asked: as fast as it bears, never above its rates, and not when it is down.

A `Pace` belongs to one endpoint. It hands out turns, learns from how they ended, and says when to
stop trying. Time is the monotonic clock's: a jump of the wall clock changes nothing. Not here: what a
failed call is (`client`), and budgets of a whole run (`budget`).
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum

from aiolimiter import AsyncLimiter

BEARABLE = 0.2
"""Share of failed attempts that costs neither concurrency nor long waits: retries absorb it."""
BEYOND_CHANCE = 2.0  # standard deviations: a few of few attempts are no sign of a larger share
STEPS = 16  # from one to the most: what was lost to a halving is back after half as many windows
SHORTEST_WINDOW = 4  # attempts between two adjustments, at the least
DOWN_AFTER = 10  # failed attempts in a row
PATIENCE = 60.0  # seconds without a success, for an endpoint that has answered before
COLD_PATIENCE = 5.0  # … for one that never has
SPACING = 1.0  # seconds over which a rate is held


class End(Enum):
    """How a turn ended."""

    ANSWERED = "answered"
    PUSHED_BACK = "pushed back"  # 429, 503, a timeout: asked too fast, or too busy
    FAILED = "failed"  # the endpoint did not do its work
    OURS = "ours"  # refused for what was asked: says nothing about the endpoint


class Pace:
    """Turns at one endpoint: adaptive concurrency (AIMD), requests and tokens per minute, a breaker.

    Concurrency starts at its most. After each window of as many attempts as are allowed at once, it
    falls to half if more than `BEARABLE` of them were pushed back, beyond chance, and otherwise grows
    by a sixteenth of the most.
    """

    def __init__(
        self, *, concurrency: int, per_minute: float | None = None, tokens: float | None = None
    ) -> None:
        self.limit = float(concurrency)
        self._most = float(concurrency)
        self._in_flight = 0
        self._waiting = deque[asyncio.Future[None]]()
        self._requests = _limiter(per_minute)
        self._tokens = _limiter(tokens)
        self._window = [0, 0, 0]  # attempts, those pushed back, those not answered
        self._well = False
        self._resume_at = 0.0
        self._failed_in_a_row = 0
        self._failing_since: float | None = None
        self._has_answered = False

    @asynccontextmanager
    async def turn(self, tokens: float) -> AsyncIterator[None]:
        """Wait for a turn to send one request of about so many tokens."""
        await self._enter()
        try:
            if self._requests:
                await self._requests.acquire()
            while self._tokens and tokens > 0:
                share = min(tokens, self._tokens.max_rate)
                await self._tokens.acquire(share)
                tokens -= share
            await asyncio.sleep(self._resume_at - time.monotonic())
            yield
        finally:
            self._in_flight -= 1
            self._wake()

    def ended(self, end: End, retry_after: float | None = None) -> None:
        """Learn from an attempt; `retry_after` in seconds, where the endpoint named one."""
        if end is End.OURS:
            return
        if end is End.ANSWERED:
            self._has_answered, self._failed_in_a_row, self._failing_since = True, 0, None
        elif retry_after is None:
            self._failed_in_a_row += 1
            self._failing_since = self._failing_since or time.monotonic()
        self._window[0] += 1
        self._window[1] += end is End.PUSHED_BACK
        self._window[2] += end is not End.ANSWERED
        if self._window[0] >= max(SHORTEST_WINDOW, int(self.limit)):
            self._adjust(retry_after or 0.0)

    @property
    def is_down(self) -> bool:
        """Whether nothing was answered for so long, and so often, that more calls are pointless."""
        if self._failing_since is None or self._failed_in_a_row < DOWN_AFTER:
            return False
        patience = PATIENCE if self._has_answered else COLD_PATIENCE
        return time.monotonic() - self._failing_since > patience

    @property
    def is_well(self) -> bool:
        """Whether it has just answered most of its calls: one that fails then may have had bad luck."""
        return self._well and self._failed_in_a_row < SHORTEST_WINDOW

    def _adjust(self, retry_after: float) -> None:
        attempts, pushed_back, unanswered = self._window
        self._window = [0, 0, 0]
        self._well = unanswered <= _bearable(attempts)
        if pushed_back > _bearable(attempts):
            self.limit = max(1.0, self.limit / 2)
            self._resume_at = max(self._resume_at, time.monotonic() + retry_after)
        else:
            self.limit = min(self._most, self.limit + max(1.0, self._most / STEPS))
            self._wake()

    async def _enter(self) -> None:
        while self._in_flight >= int(self.limit):
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                self._wake()
                raise
        self._in_flight += 1

    def _wake(self) -> None:
        free = int(self.limit) - self._in_flight
        while free > 0 and self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                free -= 1


def _bearable(attempts: int) -> float:
    """How many of so many attempts may fail: a binomial's mean and what chance adds to it."""
    deviation = math.sqrt(attempts * BEARABLE * (1 - BEARABLE))
    return BEARABLE * attempts + BEYOND_CHANCE * deviation


def _limiter(per_minute: float | None) -> AsyncLimiter | None:
    """Evenly spaced over `SPACING` seconds where the rate allows, so that no burst exceeds a window."""
    if per_minute is None:
        return None
    per_second = per_minute / 60
    if per_second * SPACING >= 1:
        return AsyncLimiter(per_second * SPACING, SPACING)
    return AsyncLimiter(1, 1 / per_second)
