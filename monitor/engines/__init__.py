"""Who makes the calls of a collection: this process, or the workers of a cluster.

An engine asks and reports; what is asked under which key, and where replies are kept, is the same for
all, so that a collection begun by one is finished by another.
"""

import time
from contextlib import AsyncExitStack
from typing import Protocol

from monitor.collect import OnReply, Replies, Wanted
from monitor.judges import Judge
from monitor.settings import Settings


class Engine(Protocol):
    """Asks one model and its judge."""

    @property
    def model(self) -> str:
        """What the model is called where it is served."""
        ...

    @property
    def judge(self) -> Judge:
        """The judge, to be asked by itself too."""
        ...

    @property
    def paid(self) -> tuple[int, float]:
        """Calls and US dollars of the run so far; a part of them at least, where no limit is set."""
        ...

    async def collect(self, wanted: Wanted, store: Replies, on_reply: OnReply) -> str:
        """Ask all that the store does not have yet; why it stopped before the end, or nothing.

        May be called again for more: budget and deadline are those of all calls together.

        Raises MonitorError where nothing more can be asked; all replies until then are kept.
        """
        ...


async def open_engine(stack: AsyncExitStack, settings: Settings) -> Engine:
    """The engine of the settings, ready to ask. Raises ConfigError or EndpointError."""
    if settings.scheduler:
        from monitor.engines.dask import open_dask  # noqa: PLC0415 - optional, takes half a second

        return await open_dask(stack, settings, settings.scheduler)
    from monitor.engines.local import open_local  # noqa: PLC0415 - they stand side by side

    return await open_local(stack, settings)


class Deadline:
    """The seconds that all collections of an engine together have; they count from the first one."""

    def __init__(self, seconds: float | None) -> None:
        """None: no deadline."""
        self._seconds, self._begun = seconds, 0.0

    @property
    def left(self) -> float | None:
        """The seconds that are left, from the first time that it is asked for."""
        self._begun = self._begun or time.monotonic()
        return None if self._seconds is None else self._seconds - (time.monotonic() - self._begun)


def out_of_time(deadline: float | None) -> str:
    """Why a run stopped at its deadline."""
    return f"deadline: {deadline:g} seconds are over"
