"""What the driver hands out: units that are still to be asked, and parts of what the run may spend.

Pure: no cluster in here. A limit is never exceeded: the sum of what all shares are allowed stays
within it, and what a share no longer needs is free again once the share knows so.
"""

import asyncio
import math
from collections import deque
from collections.abc import Iterator, Mapping

from monitor.calls.budget import calls_made, dollars_spent, tokens_of
from monitor.collect import missing_forms
from monitor.engines.orders import Spent, Unit
from monitor.forecast import paid_judges
from monitor.judges.llm import MAX_TOKENS
from monitor.prompts import for_judge, for_question
from monitor.records import Form
from monitor.settings import Settings

TRIES = 2
"""Calls that one judgement can take: a judge may turn out not to know the schema."""


class Purse:
    """Shares out one limit among holders, each of which says what it has used."""

    def __init__(self, limit: float | None) -> None:
        self.limit = math.inf if limit is None else limit
        self._granted: dict[str, float] = {}

    def room(self, holder: str, used: float) -> float:
        """How much the holder may use beyond what it has used."""
        others = sum(granted for name, granted in self._granted.items() if name != holder)
        return max(0.0, self.limit - others - used)

    def offer(self, holder: str, used: float, need: float) -> float:
        """What the holder may use in all; what it was told before counts until it knows."""
        allowed = used + min(need, self.room(holder, used))
        self._granted[holder] = max(self._granted.get(holder, 0.0), allowed)
        return allowed

    def told(self, holder: str, allowed: float, used: float) -> None:
        """The holder knows, and has used so much."""
        self._granted[holder] = max(allowed, used)

    @property
    def granted(self) -> float:
        """What is used, or may be."""
        return sum(self._granted.values())


class Allowance:
    """Calls and cost of a run."""

    def __init__(self, settings: Settings) -> None:
        limits = settings.limits
        self.is_limited = (limits.max_calls, limits.max_cost) != (None, None)
        self._settings = settings
        self._judges = paid_judges(settings)
        self._calls, self._cost = Purse(limits.max_calls), Purse(limits.max_cost)
        before = Spent(limits.made, limits.spent)
        self.told("before", before, before)

    def need(self, unit: Unit) -> Spent:
        """The most that the rest of a unit can take."""
        protocol, prices = self._settings.protocol, self._settings.prices
        forms = missing_forms(unit.known.values())
        calls, cost = 0, 0.0
        for form in forms:
            if form is not Form.JUDGE:
                prompt = for_question(
                    unit.question, form, unit.repeat, protocol, self._settings.examples
                )
                calls += 1
                if price := prices.get(self._settings.model):
                    cost += price.of(tokens_of(prompt), protocol.max_tokens)
        if {Form.OPEN, Form.JUDGE} & set(forms) and not unit.question.accepted:
            tokens = tokens_of(for_judge(unit.question, 0, "")) + protocol.max_tokens
            for judge in self._judges:
                calls += TRIES
                if price := prices.get(judge):
                    cost += TRIES * price.of(tokens, MAX_TOKENS)
        return Spent(calls, cost)

    def covers(self, holder: str, used: Spent, need: Spent) -> bool:
        """Whether so much more is left for a holder."""
        calls, cost = self._calls.room(holder, used.calls), self._cost.room(holder, used.cost)
        return need.calls <= calls and need.cost <= cost

    def offer(self, holder: str, used: Spent, need: Spent) -> Spent:
        """What a holder may use in all, up to what it needs."""
        calls = self._calls.offer(holder, used.calls, need.calls)
        return Spent(calls, self._cost.offer(holder, used.cost, need.cost))

    def told(self, holder: str, allowed: Spent, used: Spent) -> None:
        """The holder knows what it may use, and has used so much."""
        self._calls.told(holder, allowed.calls, used.calls)
        self._cost.told(holder, allowed.cost, used.cost)

    @property
    def paid(self) -> tuple[int, float]:
        """Calls and cost so far."""
        return int(self._calls.granted), self._cost.granted

    @property
    def spent(self) -> str:
        """Why no more may be asked."""
        if self._calls.granted >= self._calls.limit:
            return calls_made(int(self._calls.limit))
        return dollars_spent(self._cost.granted, self._cost.limit)


class Plan:
    """The units that are still to be asked; `most` is an upper bound of their number."""

    def __init__(self, units: Iterator[Unit], most: int, shares: int) -> None:
        self.stopped = ""
        self._units = units
        self._left = most  # not yet looked at
        self._shares = shares
        self._back = deque[Unit]()  # handed out before, and not answered
        self._out: dict[tuple[str, int], int] = {}  # replies there were when it was handed out
        self._changed = asyncio.Event()

    @property
    def is_over(self) -> bool:
        """Whether everything is answered, or nothing more may be asked."""
        return bool(self.stopped) or (not self._out and not self._peek())

    async def has_work(self) -> bool:
        """Wait for a unit to take; False where there will be none."""
        while not self.is_over:
            if self._peek():
                return True
            await self._changed.wait()
        return False

    async def changed(self) -> None:
        """Wait until a unit is answered or comes back."""
        await self._changed.wait()

    def fair(self, concurrency: int) -> int:
        """How many units a share should hold, so that it is busy and the others are too."""
        rest = self._left + len(self._back) + len(self._out)
        return min(2 * concurrency + 2, math.ceil(rest / self._shares))

    @property
    def out(self) -> int:
        """How many units are handed out."""
        return len(self._out)

    def peek(self) -> Unit | None:
        """The next unit, if there is one to be asked."""
        return self._back[0] if not self.stopped and self._peek() else None

    def take(self) -> Unit:
        """Hand the next unit out."""
        unit = self._back.popleft()
        self._out[unit.key] = len(unit.known)
        return unit

    def end(self, unit: Unit) -> bool:
        """A unit is answered, or comes back to be asked again; whether it has got any reply."""
        before = self._out.pop(unit.key)
        if missing_forms(unit.known.values()):
            self._back.append(unit)
        self._wake()
        return len(unit.known) > before

    def stop(self, why: str) -> None:
        """Hand out no more."""
        self.stopped = why
        self._wake()

    def _peek(self) -> bool:
        """Whether there is a unit left; the next one is then the first of those that came back."""
        if not self._back and (unit := next(self._units, None)) is not None:
            self._left -= 1
            self._back.append(unit)
        return bool(self._back)

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def total(allowance: Allowance, units: Mapping[tuple[str, int], Unit]) -> Spent:
    """The most that all these can take."""
    return sum((allowance.need(unit) for unit in units.values()), Spent())
