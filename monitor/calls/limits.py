"""How much may be asked: at once, per minute, per call, and in all. Raises ConfigError for nonsense.

None of this changes a reply, so none of it is part of the fingerprint.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from monitor.errors import ConfigError

MOST_AT_ONCE = 10_000  # connections: above, ports and open files run out


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Per endpoint: concurrency, rates and patience. Per run: deadline (seconds), calls, cost.

    `made` and `spent` are the calls and dollars of the run that its other collections took before.
    """

    concurrency: int = 16
    rpm: float | None = None
    tpm: float | None = None
    timeout: float = 60.0
    retries: int = 5
    deadline: float | None = None
    max_calls: int | None = None
    max_cost: float | None = None
    made: int = 0
    spent: float = 0.0


def limits_from(given: Mapping[str, Any], *, concurrency: int) -> Limits:
    """The limits among the options of a run; `concurrency` where none was given."""
    names = ("concurrency", "rpm", "tpm", "timeout", "retries", "deadline", "max_calls", "max_cost")
    asked = {name: given[name] for name in names if given.get(name) is not None}
    for name, value in asked.items():
        if isinstance(value, float) and not math.isfinite(value):
            message = f"--faef-{name.replace('_', '-')}: {value} is no finite number"
            raise ConfigError(message)
        least_is_zero = name in {"retries", "max_calls", "max_cost"}
        if value < 0 or (value == 0 and not least_is_zero):
            bound = "is below 0" if least_is_zero else "is not above 0"
            message = f"--faef-{name.replace('_', '-')}: {value} {bound}"
            raise ConfigError(message)
    if asked.get("concurrency", 0) > MOST_AT_ONCE:
        message = f"--faef-concurrency: {asked['concurrency']} is above {MOST_AT_ONCE}"
        raise ConfigError(message)
    return Limits(**{"concurrency": concurrency, **asked})
