"""The workers of a dask scheduler: who is there, what each is told to run, when one counts as lost.

The only importer of distributed. Not here: what they are asked to do (`asking`) and which of them does
what (`dask`).
"""

import asyncio
import importlib.util
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any

from monitor.engines import asking
from monitor.engines.orders import Spent, Told, Unit
from monitor.errors import ConfigError, EndpointError

INSTALL = "pip install 'faef-monitor[dask]'"
CONNECT = 10.0  # seconds to reach the scheduler
ARRIVE = 30.0  # … until a worker is there
SILENCE = 30.0
"""Seconds without an answer after which a worker counts as lost: it has stopped asking by then."""


class WorkerLost(Exception):  # noqa: N818 - no error: its work goes to another
    """A worker does not answer any more."""


class Cluster:
    """The workers of a scheduler."""

    def __init__(self, client: Any, address: str) -> None:
        self._client = client
        self._address = address
        self._busy = Counter[str]()
        self._lost = set[str]()

    async def workers(self) -> list[str]:
        """The addresses of the workers that are there. Raises EndpointError without a scheduler."""
        try:
            async with asyncio.timeout(SILENCE):
                return list(await self._client.nthreads())
        except (OSError, TimeoutError) as error:
            raise self._gone() from error

    async def arrived(self) -> list[str]:
        """The same, once there is one. Raises EndpointError where none comes."""
        for _ in range(int(ARRIVE / 0.2)):
            if workers := await self.workers():
                return workers
            await asyncio.sleep(0.2)
        message = (
            f"{self._address}: has no workers: start some (dask worker {self._address});"
            " what was collected is kept"
        )
        raise EndpointError(message)

    async def least_busy(self) -> str:
        """The worker with the fewest shares."""
        workers = await self.arrived()
        return min(workers, key=lambda worker: (worker in self._lost, self._busy[worker]))

    def take(self, worker: str) -> None:
        """A share is asked there from now on."""
        self._busy[worker] += 1

    def leave(self, worker: str) -> None:
        """A share is no longer asked there."""
        self._busy[worker] -= 1

    def lost(self, worker: str) -> None:
        """Do not take this worker while there is another."""
        self._lost.add(worker)

    async def run(
        self, worker: str, function: Callable[..., Any], *arguments: Any, patience: float = SILENCE
    ) -> Any:
        """Run a coroutine function there. Raises WorkerLost, ConfigError or EndpointError."""
        try:
            async with asyncio.timeout(patience):
                answers = await self._client.run(
                    function, *arguments, workers=[worker], on_error="return"
                )
        except TimeoutError as error:
            raise WorkerLost from error
        except OSError as error:
            raise self._gone() from error
        answer = answers[worker]
        if isinstance(answer, OSError | TimeoutError):
            raise WorkerLost from answer
        if isinstance(answer, Exception):
            raise unlike(worker, type(answer).__name__) from answer
        return answer

    async def exchange(
        self, worker: str, session: str, units: Sequence[Unit], allowed: Spent | None
    ) -> Told:
        """Hand units out and hear what came in. Raises as `run`."""
        told: Told | None = await self.run(worker, asking.exchange, session, units, allowed)
        if told is None:  # it has not heard from the driver for too long
            raise WorkerLost
        return told

    def _gone(self) -> EndpointError:
        return EndpointError(
            f"{self._address}: the scheduler no longer answers: what was collected is kept; start the"
            " cluster and run again, only the rest is asked"
        )


async def connect(stack: AsyncExitStack, address: str) -> Cluster:
    """Reach the scheduler; nothing is asked yet. Raises ConfigError or EndpointError."""
    if importlib.util.find_spec("distributed") is None:
        message = f"--faef-engine dask: dask is not installed: {INSTALL}"
        raise ConfigError(message)
    import distributed  # noqa: PLC0415 - optional, takes half a second

    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what goes wrong is said in one line
    try:
        client = distributed.Client(  # type: ignore[no-untyped-call]  # it has no types
            address, asynchronous=True, set_as_default=False, timeout=CONNECT, name="faef"
        )
        await stack.enter_async_context(client)
    except (OSError, TimeoutError) as error:
        message = (
            f"{address}: no dask scheduler answers: check --faef-scheduler and that it is running"
            " (dask scheduler)"
        )
        raise EndpointError(message) from error
    return Cluster(client, address)


def unlike(worker: str, what: str) -> ConfigError:
    """Why a worker is not taken."""
    return ConfigError(
        f"worker {worker}: has not the driver's FAEF monitor ({what}): install the same version there"
    )
