"""Whether a failed attempt is made again, and when. Pure but for the jitter.

Waits double from `FIRST_WAIT` to `LONGEST_WAIT` seconds, the first `QUICK` of them to `SOON` at an
endpoint that answers most other calls; one that says how long to wait is obeyed. An attempt is what
one call sent once; not here: what counts as failed (`client`).
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from monitor.calls.pacing import End
from monitor.records import Response

FIRST_WAIT, LONGEST_WAIT = 0.25, 8.0
QUICK, SOON = 4, 0.5
LONGEST_OBEYED = 600.0
"""A call that is told to wait longer, in seconds, has failed."""
BUSY_FACTOR = 3
"""A busy endpoint is asked this many times as often as one that fails."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one request ended; `retry_after` in seconds, where the endpoint named one."""

    response: Response
    end: End
    retry_after: float | None = None


def wait_before_retry(
    attempts: Sequence[Attempt], retries: int, *, is_well: bool = False
) -> float | None:
    """Seconds to wait before the next attempt; None where the last one is final."""
    last = attempts[-1]
    if last.end in {End.ANSWERED, End.OURS}:
        return None
    alike = sum(attempt.end is last.end for attempt in attempts)
    if alike > retries * (BUSY_FACTOR if last.end is End.PUSHED_BACK else 1):
        return None
    longest = SOON if is_well and len(attempts) <= QUICK else LONGEST_WAIT
    backoff = min(longest, FIRST_WAIT * 2.0 ** (len(attempts) - 1))
    jittered = backoff * random.uniform(0.75, 1.25)  # noqa: S311 - spreads calls, guards nothing
    if last.retry_after is None:
        return jittered
    return None if last.retry_after > LONGEST_OBEYED else last.retry_after + jittered * 0.1


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The wait in seconds that a reply asks for, as a number, a date, or in milliseconds.

    A date is held against the reply's own, where it has one: our clock may be set otherwise.
    """
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name, "").strip()
        if value.replace(".", "", 1).isascii() and value.replace(".", "", 1).isdigit():
            return float(value) * unit
    until = _moment(headers.get("retry-after", ""))
    if until is None:
        return None
    now = _moment(headers.get("date", "")) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds())


def _moment(date: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
