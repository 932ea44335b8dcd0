"""A trend: the nights of a model, which series changed when, and what else changed there. Pure.

Nights are held against each other only where questions, protocol and judge are the same; other nights
between them are passed over. `detector` decides whether a series changed; where, is located by
ruptures (Truong, Oudre and Vayatis 2020), with one change point in the nights up to the alarm. From
there on a new level begins.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from monitor.config import CAPABILITY, OVERALL
from monitor.trend.detector import LASTING, Floats, alarming, evidence
from monitor.trend.nights import METRICS, Night, Series, differences, in_order
from monitor.trend.noise import WORTH_BOUND, WORTH_REPEATS, bound

NEAR = 2  # nights either side of a change in which something else is named that changed
NEWEST = 3  # nights in which an alarm is news


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A series at a new level from one night on, and the night on which that was proven."""

    dimension: str
    metric: str
    before: float
    after: float
    since: Night
    proven: Night
    beside: tuple[str, ...] = ()  # what else changed about then, with its date

    @property
    def is_fall(self) -> bool:
        """Whether it got worse."""
        return self.after < self.before

    @property
    def title(self) -> str:
        """The change in one line."""
        course = "fell" if self.is_fall else "rose"
        levels = f"{self.before:.3f} → {self.after:.3f}"
        when = f"since {self.since.started_at[:10]}, seen {self.proven.started_at[:10]}"
        return f"{self.dimension} {self.metric.upper()} {course} {levels} {when}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """All nights of a name in order, and what is to be said about them."""

    name: str
    nights: tuple[Night, ...]
    changes: tuple[Change, ...]

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Those that were measured, `overall` last."""
        found = {name for night in self.nights for name, _ in night.estimates}
        return (*sorted(found - {OVERALL}), *([OVERALL] if OVERALL in found else []))

    @property
    def news(self) -> tuple[Change, ...]:
        """The falls that were proven in the newest nights."""
        newest = {night.run_id for night in self.nights[-NEWEST:]}
        return tuple(c for c in self.changes if c.is_fall and c.proven.run_id in newest)

    @property
    def beside(self) -> Mapping[int, tuple[str, ...]]:
        """By the number of a night, in what but scores it differs from the one before."""
        found = ((n, tuple(differences(*pair))) for n, pair in enumerate(pairwise(self.nights), 1))
        return {number: said for number, said in found if said}

    def said_of(self, run_id: str) -> tuple[str, ...]:
        """What a night's own report says: what else changed since the last one, and what it proved."""
        numbers = [number for number, night in enumerate(self.nights) if night.run_id == run_id]
        beside = [line for number in numbers for line in self.beside.get(number, ())]
        proven = [change for change in self.changes if change.proven.run_id == run_id]
        changed = [f"Since the last night: {line}" for line in beside]
        return (*changed, *(f"Trend: {change.title}" for change in proven))

    def breaks(self, dimension: str) -> frozenset[int]:
        """The numbers of nights that are not to be held against the one before."""
        return frozenset(
            number
            for number, (before, now) in enumerate(pairwise(self.nights), 1)
            if before.comparable(dimension) != now.comparable(dimension)
        )

    def level(self, dimension: str, metric: str) -> list[float | None]:
        """The estimates of a series by night."""
        found = (night.estimates.get((dimension, metric)) for night in self.nights)
        return [estimate.value if estimate else None for estimate in found]


def trend(name: str, nights: Iterable[Night]) -> Trend:
    """The trend of these nights, in any order."""
    ordered = in_order(nights)
    bare = Trend(name=name, nights=ordered, changes=())
    watched = [(d, m) for d in bare.dimensions if d != CAPABILITY for m in METRICS]
    found = [change for series in watched for change in _changes(bare, series, len(watched))]
    order = [night.run_id for night in ordered]
    found.sort(key=lambda change: order.index(change.since.run_id))
    return Trend(name=name, nights=ordered, changes=tuple(found))


def step(values: Floats, variance: Floats, worth: float, watched: int) -> tuple[int, int] | None:
    """The first night of the new level and the night that proves it, of one series; None if none."""
    seen = evidence(values[:, None], variance[:, None], worth)
    nights = np.flatnonzero(alarming(values[:, None], seen, watched)[:, 0])
    return (locate(values[: nights[0] + 1]), int(nights[0])) if nights.size else None


def locate(values: Floats) -> int:
    """The number of the night with which the best single step of the values begins."""
    from ruptures import KernelCPD  # noqa: PLC0415 - loads scipy

    return int(KernelCPD(kernel="linear", min_size=LASTING).fit(values).predict(n_bkps=1)[0])


def _changes(bare: Trend, series: Series, watched: int) -> Iterator[Change]:
    stretches: dict[object, list[int]] = {}
    for number, night in enumerate(bare.nights):
        estimate = night.estimates.get(series)
        if estimate is not None and estimate.value is not None:
            stretches.setdefault(night.comparable(series[0]), []).append(number)
    for stretch in stretches.values():
        yield from _steps(bare, series, stretch, watched)


def _steps(bare: Trend, series: Series, numbers: Sequence[int], watched: int) -> Iterator[Change]:
    nights = [bare.nights[number] for number in numbers]
    values = np.array([night.estimates[series].value for night in nights], dtype=float)
    begin = 0
    while found := step(values[begin:], *_noise(nights[begin:], series), watched):
        first, proven = begin + found[0], begin + found[1]
        yield Change(
            dimension=series[0],
            metric=series[1],
            before=float(values[begin:first].mean()),
            after=float(values[first : proven + 1].mean()),
            since=nights[first],
            proven=nights[proven],
            beside=tuple(_beside(bare, numbers[first])),
        )
        begin = first


def _noise(nights: Sequence[Night], series: Series) -> tuple[Floats, float]:
    """What is known beforehand of the noise of each night, and how many nights that counts for."""
    counted = np.arange(1, len(nights) + 1)
    estimates = [night.estimates[series] for night in nights]
    values = np.array([estimate.value for estimate in estimates], dtype=float)
    answers = [e.n * night.repeats for e, night in zip(estimates, nights, strict=True)]
    errors = [night.noise.get(series) for night in nights]
    if all(error is not None for error in errors):
        mean = np.cumsum(np.square(np.array(errors, dtype=float))) / counted
        return np.maximum(mean, 1 / np.square(np.array(answers, dtype=float))), WORTH_REPEATS
    levels = np.cumsum(values) / counted
    most = [bound(float(level), count) for level, count in zip(levels, answers, strict=True)]
    return np.array(most), WORTH_BOUND


def _beside(bare: Trend, number: int) -> Iterator[str]:
    for other, said in bare.beside.items():
        if abs(other - number) < NEAR:
            yield from (f"{bare.nights[other].started_at[:10]} {line}" for line in said)
