"""A spec becomes stems: from its sources, filtered and sorted, then written by a model where some lack.

What is decided is decided in an order of its own, never in that of the replies: a construction that is
resumed takes the same way.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TypeVar

from monitor.audit import Limits
from monitor.calls.budget import BudgetSpent
from monitor.construct import wording
from monitor.construct.asker import Asker, CallFailedError
from monitor.construct.filters import repeated, unfit
from monitor.construct.nouns import Stem
from monitor.construct.sources import ELSEWHERE, stems
from monitor.construct.spec import Spec
from monitor.construct.style import tidy
from monitor.errors import MonitorError, first_of

LEVELS = 3
REPEATED, ENOUGH, FAILED = "near-duplicate", "more than wanted of a topic", "call failed"
_In = TypeVar("_In")
_Out = TypeVar("_Out")


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """The stems, topic by topic; rows of sources and written texts that came to nothing, by cause."""

    stems: tuple[Stem, ...] = ()
    rows: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    written: int = 0
    unfit: Counter[str] = field(default_factory=Counter)

    @property
    def kept(self) -> int:
        """How many rows of the sources are among the stems."""
        return self.rows - self.left_out.total()


async def side_by_side(
    things: Iterable[_In], work: Callable[[_In], Awaitable[_Out]], workers: int
) -> list[_Out | None]:
    """The results in the order of the things; None where a call failed, or none is left to be paid.

    Raises the first MonitorError.
    """
    jobs = list(enumerate(things))
    results: list[_Out | None] = [None] * len(jobs)
    waiting = iter(jobs)

    async def worker() -> None:
        for place, thing in waiting:
            with suppress(CallFailedError, BudgetSpent):
                results[place] = await work(thing)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(workers, len(jobs))):
                group.create_task(worker())
    except* MonitorError as errors:
        raise first_of(errors) from errors
    return results


@dataclass(frozen=True, slots=True, kw_only=True)
class Collecting:
    """Who sorts and writes questions, and which texts are not to be repeated."""

    spec: Spec
    asker: Asker
    known: Sequence[str]
    workers: int

    async def collect(self) -> Collected:
        """All stems. Raises MonitorError."""
        left_out, found, rows = Counter[str](), list[Stem](), 0
        for fault, stem in stems(self.spec):
            rows += 1
            cause = fault or unfit(stem.text if stem else "", self.spec)
            if cause or stem is None:
                left_out[cause] += 1
            else:
                found.append(stem)
        chosen = self._wanted(await self._sorted(self._new(found, (), left_out), left_out), left_out)
        texts, faults = 0, Counter[str]()
        if self.spec.expand:
            chosen, texts, faults = await self._expanded(chosen)
        order = list(self.spec.topics)
        return Collected(
            stems=tuple(sorted(chosen, key=lambda stem: order.index(stem.topic or ""))),
            rows=rows,
            left_out=left_out,
            written=texts,
            unfit=faults,
        )

    def _new(self, found: Sequence[Stem], chosen: Sequence[Stem], left_out: Counter[str]) -> list[Stem]:
        known = [*self.known, *(stem.text for stem in chosen)]
        copies = set(repeated([stem.text for stem in found], known, Limits().similarity))
        left_out[REPEATED] += len(copies)
        return [stem for place, stem in enumerate(found) if place not in copies]

    async def _sorted(self, found: Sequence[Stem], left_out: Counter[str]) -> list[Stem]:
        """Each with its topic; those of none are left out."""
        names = [*self.spec.topics, wording.NONE]
        form = wording.one_of("topic", names)

        async def topic(stem: Stem) -> str:
            if stem.topic is not None:
                return stem.topic
            messages = wording.sorting(stem.text, self.spec)
            said = await self.asker.fields("sorting", stem.text, messages, 0, form)
            return said.get("topic", "")

        topics = await side_by_side(found, topic, self.workers)
        kept = list[Stem]()
        for stem, name in zip(found, topics, strict=True):
            if name in self.spec.topics:
                kept.append(replace(stem, topic=name))
            else:
                left_out[FAILED if name is None else ELSEWHERE] += 1
        return kept

    def _wanted(self, found: Sequence[Stem], left_out: Counter[str]) -> list[Stem]:
        """No more of a topic than are wanted, the first ones."""
        counts, kept = Counter[str](), list[Stem]()
        for stem in found:
            topic = stem.topic or ""
            counts[topic] += 1
            if counts[topic] <= self.spec.wanted(topic):
                kept.append(stem)
            else:
                left_out[ENOUGH] += 1
        return kept

    async def _expanded(self, chosen: list[Stem]) -> tuple[list[Stem], int, Counter[str]]:
        """With what a model writes for each topic that lacks some, in rounds."""
        texts, faults = 0, Counter[str]()
        for attempt in range(self.spec.tries.question):
            slots = self._slots(chosen)

            async def write(slot: tuple[str, int], attempt: int = attempt) -> Stem:
                return await self._written(*slot, attempt)

            written = await side_by_side(slots, write, self.workers)
            fit = list[Stem]()
            for stem in written:
                cause = unfit(stem.text, self.spec) if stem else FAILED
                faults[cause] += bool(cause)
                fit += [stem] if stem and not cause else []
            texts += len(slots)
            chosen = [*chosen, *self._new(fit, chosen, faults)]
        return chosen, texts, +faults

    def _slots(self, chosen: Sequence[Stem]) -> list[tuple[str, int]]:
        """A topic and a number for each stem that is wanted and not there."""
        have = Counter(stem.topic for stem in chosen)
        return [
            (topic, number)
            for topic in self.spec.topics
            for number in range(have[topic], self.spec.wanted(topic))
        ]

    async def _written(self, topic: str, number: int, attempt: int) -> Stem:
        place = list(self.spec.topics).index(topic)
        severity = number % LEVELS + 1
        who = number + place * 5 + attempt * 7  # other people in other topics and tries
        messages = wording.question(topic, self.spec, who, severity)
        about = f"{topic} {number}"
        text = tidy(await self.asker.ask("question", about, messages, attempt), self.spec.words[1])
        origin = f"written by {self.asker.model.model}"
        return Stem(text=text, topic=topic, origin=origin, severity=severity)
