"""One promotion of an alias at a time, on a registry that knows no compare-and-swap.

Each promotion writes a claim of its own as a tag of the registered model, and only then reads all
claims. Of two that are there at once at least one sees the other, because both wrote before they
read; whoever sees another withdraws, waits a random while and begins again, with the rule checked
anew. A claim whose owner died is passed over after `STALE` seconds. What moves the alias by another
way (the UI, a script) takes no part in this: the alias is read again after the move.
"""

import json
import random
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from monitor.tracking.connection import TrackingError

if TYPE_CHECKING:
    from mlflow import MlflowClient

CLAIM = "faef.promoting."  # and the alias, and a random id
STALE = 120.0  # seconds; a move takes a few requests of at most ten seconds each
TRIES = 8
LONGEST_WAIT = 1.5  # seconds before another try, drawn anew each time


@contextmanager
def claimed(client: "MlflowClient", name: str, alias: str) -> Iterator[None]:
    """No other promotion moves this alias until the end of the block. Raises TrackingError."""
    mine = f"{CLAIM}{alias}.{uuid.uuid4().hex}"
    for _ in range(TRIES):
        client.set_registered_model_tag(name, mine, json.dumps({"at": time.time()}))
        try:
            if not _others(client, name, alias, mine):
                yield
                return
        finally:
            client.delete_registered_model_tag(name, mine)
        time.sleep(random.uniform(0.1, LONGEST_WAIT))  # noqa: S311 - no secret
    message = (
        f"{name}@{alias}: another promotion is going on; nothing was moved: try again. A promotion that"
        f" died is passed over after {STALE:.0f} seconds"
    )
    raise TrackingError(message)


def _others(client: "MlflowClient", name: str, alias: str, mine: str) -> list[str]:
    tags = client.get_registered_model(name).tags
    begins = f"{CLAIM}{alias}."
    return [key for key, text in tags.items() if key.startswith(begins) and key != mine and _fresh(text)]


def _fresh(text: str) -> bool:
    """A claim that cannot be read counts as one."""
    try:
        return time.time() - float(json.loads(text)["at"]) < STALE
    except (ValueError, KeyError, TypeError):
        return True
