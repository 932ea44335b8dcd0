"""The engine whose calls are made by the workers of a dask.distributed cluster.

The driver decides and keeps; workers ask (`asking`). They talk by `Client.run`, outside of dask's own
scheduling: a task of a lost worker would be run again from its beginning, and paid for again. Here
what is still missing in the driver's store is handed to another worker.
"""

import asyncio
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Any

from monitor.calls.budget import BudgetSpent
from monitor.calls.limits import Limits
from monitor.collect import Collector, OnReply, Replies, Wanted, missing_forms
from monitor.engines import Deadline, asking, out_of_time
from monitor.engines.cluster import SILENCE, Cluster, WorkerLost, connect, unlike
from monitor.engines.handing import Allowance, Plan, total
from monitor.engines.orders import Spent, Told, Unit, order_of, shares_of, version_of
from monitor.errors import EndpointError, MonitorError, first_of
from monitor.judges import Judge
from monitor.judges.judging import labels_of, unasked_judge
from monitor.records import Prompt, Question, Response
from monitor.settings import Settings

LOSSES = 5  # workers lost in a row, without a reply between them


@dataclass(frozen=True, slots=True)
class NamedModel:
    """The model as the driver knows it: by name."""

    model: str

    async def ask(self, prompt: Prompt, decoding: Mapping[str, Any]) -> Response:
        """Never: the driver only looks replies up."""
        raise NotImplementedError(prompt.question_id, decoding)


class RemoteJudge:
    """The judge, asked on a worker one answer at a time."""

    def __init__(self, engine: "DaskEngine", judge: Judge) -> None:
        self.name = judge.name
        self.fingerprint = judge.fingerprint
        self._engine = engine
        self._session = ""
        self._worker = ""
        self._opening = asyncio.Lock()

    async def judge(self, question: Question, answer: Response) -> Response:
        """One verdict. Raises MonitorError and BudgetSpent."""
        engine, cluster = self._engine, self._engine.cluster
        async with self._opening:
            if not self._session:
                self._worker = await cluster.least_busy()
                self._session = await engine.begin(self._worker, engine.shares[0])
        if not engine.allowance.covers("judge", engine.judged, Spent(1)):
            raise BudgetSpent
        try:
            patience = SILENCE + 20 * engine.settings.limits.timeout
            reply, used, error = await cluster.run(
                self._worker, asking.judged, self._session, question, answer, patience=patience
            )
        except WorkerLost as lost:
            message = f"{self._worker}: this worker was lost while it asked the judge: run again"
            raise EndpointError(message) from lost
        engine.judged = used
        engine.allowance.told("judge", used, used)
        if error:
            raise error
        verdict: Response = reply
        return verdict

    async def close(self) -> None:
        """Close the share that was opened for it."""
        if self._session:
            await self._engine.end(self._worker, self._session)
            self._session = ""


class DaskEngine:
    """An `engines.Engine`."""

    def __init__(self, settings: Settings, cluster: Cluster, workers: int) -> None:
        self.settings = settings
        self.model = settings.model
        self.cluster = cluster
        self.shares = shares_of(settings.limits, workers)
        self.allowance = Allowance(settings)
        self.judged = Spent()
        self._labels = labels_of(settings)
        unasked = unasked_judge(settings)
        self._version = version_of(unasked)
        self.judge = RemoteJudge(self, unasked)
        self._losses = 0
        self._deadline = Deadline(settings.limits.deadline)

    @property
    def paid(self) -> tuple[int, float]:
        """What workers have used of the limits."""
        return self.allowance.paid

    async def collect(self, wanted: Wanted, store: Replies, on_reply: OnReply) -> str:
        """Each share of the limits is asked by one worker, or by another when that one is lost."""
        await self.judge.close()
        most = sum(len(repeats) for _, repeats in wanted)
        plan = Plan(self._units(wanted, store, on_reply), most, len(self.shares))
        keep = _Keeper(store, on_reply)
        try:
            async with asyncio.timeout(self._deadline.left) as clock, asyncio.TaskGroup() as group:
                for limits in self.shares:
                    group.create_task(self._share(plan, limits, keep))
        except* MonitorError as errors:
            raise first_of(errors) from errors
        except* TimeoutError:
            if not clock.expired():
                raise
        return out_of_time(self.settings.limits.deadline) if clock.expired() else plan.stopped

    def _units(self, wanted: Wanted, store: Replies, on_reply: OnReply) -> Iterator[Unit]:
        """What the store does not have in full; `on_reply` sees what it has."""
        collector = Collector(
            model=NamedModel(self.model),
            judge=self.judge,
            protocol=self.settings.protocol,
            examples=self.settings.examples,
            store=store,
            on_reply=on_reply,
        )
        for repeat in range(max((repeats.stop for _, repeats in wanted), default=0)):
            for question in (question for question, repeats in wanted if repeat in repeats):
                known = collector.known(question, repeat)
                for reply in known.values():
                    on_reply(reply)
                if missing_forms(known.values()):
                    yield Unit(question=question, repeat=repeat, known=known)

    async def _share(self, plan: Plan, limits: Limits, keep: "_Keeper") -> None:
        while await plan.has_work():
            worker = await self.cluster.least_busy()
            self.cluster.take(worker)
            try:
                replies = keep.count
                await self._serve(worker, plan, limits, keep)
            except WorkerLost:
                self.cluster.lost(worker)
                self._losses = self._losses + 1 if keep.count == replies else 1
                if self._losses >= LOSSES:
                    message = (
                        f"{self._losses} workers were lost one after the other, {worker} the last: see"
                        " their logs; what was collected is kept"
                    )
                    raise EndpointError(message) from None
            finally:
                self.cluster.leave(worker)
            if plan.out and plan.peek():  # what is left of the budget is with the others
                await plan.changed()

    async def _serve(self, worker: str, plan: Plan, limits: Limits, keep: "_Keeper") -> None:
        """Have one worker ask for one share, until there is nothing to be taken."""
        session = await self.begin(worker, limits)
        out: dict[tuple[str, int], Unit] = {}
        used = Spent()
        lost = False
        try:
            while True:
                fresh = self._take(plan, session, used, out, limits.concurrency)
                out |= {unit.key: unit for unit in fresh}
                if not out:
                    return
                allowed = None
                if self.allowance.is_limited:
                    allowed = self.allowance.offer(session, used, total(self.allowance, out))
                told = await self.cluster.exchange(worker, session, fresh, allowed)
                used = told.used
                if allowed:
                    self.allowance.told(session, allowed, used)
                keep.put(told, out)
                if told.error:
                    raise told.error
                self._end(plan, [out.pop(key) for key in told.done])
        except WorkerLost:
            lost = True
            raise
        finally:
            for unit in out.values():
                plan.end(unit)
            if not lost:
                await self.end(worker, session)

    def _take(
        self,
        plan: Plan,
        session: str,
        used: Spent,
        out: Mapping[tuple[str, int], Unit],
        concurrency: int,
    ) -> list[Unit]:
        """Units for a worker: as many as keep it busy and as the budget covers, or the very last one."""
        fresh: list[Unit] = []
        need = total(self.allowance, out) if self.allowance.is_limited else Spent()
        while len(out) + len(fresh) < plan.fair(concurrency) and (unit := plan.peek()):
            if self.allowance.is_limited:
                need += self.allowance.need(unit)
                if plan.out and not self.allowance.covers(session, used, need):
                    break
            fresh.append(plan.take())
        return fresh

    def _end(self, plan: Plan, units: Sequence[Unit]) -> None:
        """Where even a unit by itself can get no reply, the budget is spent."""
        for unit in units:
            if not plan.end(unit) and not plan.out and self.allowance.is_limited:
                plan.stop(self.allowance.spent)

    async def begin(self, worker: str, limits: Limits) -> str:
        """Open a share on a worker; its session. Raises MonitorError where that cannot ask."""
        session = uuid.uuid4().hex
        order = order_of(self.settings, self._labels, limits)
        patience = SILENCE + 4 * limits.timeout
        version, error = await self.cluster.run(worker, asking.begin, session, order, patience=patience)
        if error:
            message = f"{error} (worker {worker})"
            raise type(error)(message)
        if version != self._version:
            await self.end(worker, session)
            raise unlike(worker, "another version")
        return session

    async def end(self, worker: str, session: str) -> None:
        """Close a share; where that cannot be said, the worker does so by itself."""
        with suppress(WorkerLost, MonitorError):
            await self.cluster.run(worker, asking.end, session, patience=2.0)


class _Keeper:
    """Puts replies where they are kept, then counts them."""

    def __init__(self, store: Replies, on_reply: OnReply) -> None:
        self.count = 0
        self._store = store
        self._on_reply = on_reply

    def put(self, told: Told, units: Mapping[tuple[str, int], Unit]) -> None:
        """Keep what a worker has to say."""
        for call, reply in told.replies:
            self._store.put(call, reply)
            units[reply.question_id, reply.repeat].known[call] = reply
            self.count += 1
            self._on_reply(reply)


async def open_dask(stack: AsyncExitStack, settings: Settings, address: str) -> DaskEngine:
    """Connect to the scheduler; nothing is asked yet. Raises ConfigError or EndpointError."""
    cluster = await connect(stack, address)
    return DaskEngine(settings, cluster, len(await cluster.arrived()))
