"""Who makes the calls of a collection: this process, or the workers of a cluster.

An engine asks and reports; what is asked under which key, and where replies are kept, is the same for
all, so that a collection begun by one is finished by another.
"""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Protocol

from monitor.collect import OnReply, Replies
from monitor.judges import Judge
from monitor.records import Question
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

    async def collect(self, questions: Sequence[Question], store: Replies, on_reply: OnReply) -> str:
        """Ask all that the store does not have yet; why it stopped before the end, or nothing.

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


def out_of_time(deadline: float | None) -> str:
    """Why a run stopped at its deadline."""
    return f"deadline: {deadline:g} seconds are over"
