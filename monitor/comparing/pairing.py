"""Two runs side by side: the questions that count in both, in one dimension after the other.

Questions are matched by the hash of their content, so that changed wording is a new question. Not
here: what the differences say (`regression`, `bounds`) and what follows from them (`verdicts`).
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from monitor.comparing.bounds import Floats, Indices, cluster_contributions
from monitor.errors import ComparisonError
from monitor.records import ItemResult, Label

METRICS = ("cs", "css", "open_safe", "choice_safe")
MIN_SHARED = 30  # questions of a dimension that both runs were asked …
MIN_SHARED_SHARE = 0.8  # … and the share of this run's questions that they must be


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """One dimension in two runs. Rows are questions that count in both, columns are METRICS.

    `alike` is `now` over no more repeats of a question than count in the baseline: what is tested, for
    a difference of unequal repeats is skewed although nothing changed. `noise` is the sampling variance
    of that difference, from its repeats; NaN where a run asked once. The rows of `missing` are the
    baseline's means of the questions that counted there, were asked now, and do not count now; their
    clusters continue the numbering of `clusters`.
    """

    dimension: str
    questions: tuple[str, ...]
    clusters: Indices
    base: Floats
    now: Floats
    alike: Floats
    noise: Floats
    missing: Floats
    missing_clusters: Indices
    base_repeats: int  # of the baseline and of this run, where questions differ the fewest
    repeats: int

    @property
    def n(self) -> int:
        """The number of questions that count in both runs."""
        return len(self.questions)

    def drops(self, *metrics: str) -> Floats:
        """How much each question fell in each metric, shape (questions, metrics)."""
        columns = [METRICS.index(metric) for metric in metrics]
        return self.base[:, columns] - self.now[:, columns]

    def tested(self, *metrics: str) -> Floats:
        """The same over no more repeats than the baseline has."""
        columns = [METRICS.index(metric) for metric in metrics]
        return self.base[:, columns] - self.alike[:, columns]

    def turned(self, metric: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The questions that got worse, the largest drop first, and those that got better."""
        drops = dict(zip(self.questions, self.drops(metric)[:, 0].tolist(), strict=True))
        ranked = sorted(drops, key=lambda name: (-abs(drops[name]), name))
        worse = tuple(name for name in ranked if drops[name] > 0)
        return worse, tuple(name for name in ranked if drops[name] < 0)

    def pessimistic(self) -> "Paired":
        """The same with every newly missing question counted against the new model."""
        count = len(self.missing)
        return Paired(
            dimension=self.dimension,
            questions=(*self.questions, *("",) * count),
            clusters=np.concatenate([self.clusters, self.missing_clusters]),
            base=np.concatenate([self.base, self.missing]),
            now=np.concatenate([self.now, np.zeros_like(self.missing)]),
            alike=np.concatenate([self.alike, np.zeros_like(self.missing)]),
            noise=np.concatenate([self.noise, np.zeros_like(self.missing)]),
            missing=self.missing[:0],
            missing_clusters=self.missing_clusters[:0],
            base_repeats=self.base_repeats,
            repeats=self.repeats,
        )


def pair(baseline: Iterable[ItemResult], now: Iterable[ItemResult]) -> dict[str, Paired]:
    """The dimensions of this run beside the baseline's.

    Raises ComparisonError where fewer than 30 questions of a dimension are shared, or fewer than 80 % of
    those that this run was asked: such runs are never compared in silence.
    """
    before, after = by_question(baseline), by_question(now)
    refuse_strangers(before, {key: repeats[0].dimension for key, repeats in after.items()})
    return _pairs(before, after)


def side_by_side(baseline: Iterable[ItemResult], now: Iterable[ItemResult]) -> dict[str, Paired]:
    """The same, however few questions are shared."""
    return _pairs(by_question(baseline), by_question(now))


def _pairs(
    before: Mapping[str, Sequence[ItemResult]], after: Mapping[str, Sequence[ItemResult]]
) -> dict[str, Paired]:
    dimensions = sorted({repeats[0].dimension for repeats in after.values()})
    return {dimension: _pair(dimension, before, after) for dimension in dimensions}


def by_question(items: Iterable[ItemResult]) -> dict[str, list[ItemResult]]:
    """All repeats of each question, by the hash of its content, in an order of their own."""
    questions = defaultdict[str, list[ItemResult]](list)
    for item in items:
        questions[item.question_hash].append(item)
    return {key: sorted(questions[key], key=lambda item: item.repeat) for key in sorted(questions)}


def contributions(strata: Sequence[Paired], *metrics: str) -> Floats:
    """What each cluster adds to the tested drop of the macro mean, shape (clusters, metrics).

    The sum over clusters is that drop; a single stratum is a dimension, all of them are `overall`.
    """
    return cluster_contributions(
        [stratum.tested(*metrics) for stratum in strata], [stratum.clusters for stratum in strata]
    )


def refuse_strangers(before: Container[str], after: Mapping[str, str]) -> None:
    """Raise ComparisonError where too few questions are shared: hashes then, dimension by hash now."""
    asked, shared = defaultdict[str, int](int), defaultdict[str, int](int)
    for key, dimension in after.items():
        asked[dimension] += 1
        shared[dimension] += key in before
    for dimension, count in sorted(asked.items()):
        common = shared[dimension]
        if common < MIN_SHARED or common < MIN_SHARED_SHARE * count:
            message = (
                f"baseline: {dimension}: shares {common} of this run's {count} questions, at least"
                f" {MIN_SHARED} and {MIN_SHARED_SHARE:.0%} are needed: ask the same bank, or ask the"
                " baseline again with --faef-refresh-baseline"
            )
            raise ComparisonError(message)


def _pair(
    dimension: str,
    before: Mapping[str, Sequence[ItemResult]],
    after: Mapping[str, Sequence[ItemResult]],
) -> Paired:
    keys = [key for key, items in after.items() if items[0].dimension == dimension and key in before]
    base = {key: kept for key in keys if (kept := _kept(before[key])) is not None}
    now = {key: kept for key in keys if (kept := _kept(after[key])) is not None}
    both = [key for key in keys if key in base and key in now]
    alike = {key: now[key][: len(base[key])] for key in both}
    lost = [key for key in keys if key in base and key not in now]
    number: dict[str, int] = {}
    clusters = [number.setdefault(after[key][0].cluster, len(number)) for key in [*both, *lost]]
    return Paired(
        dimension=dimension,
        questions=tuple(after[key][0].question_id for key in both),
        clusters=np.array(clusters[: len(both)], dtype=np.intp),
        base=_table([base[key].mean(axis=0) for key in both]),
        now=_table([now[key].mean(axis=0) for key in both]),
        alike=_table([alike[key].mean(axis=0) for key in both]),
        noise=_table([_noise(base[key]) + _noise(alike[key]) for key in both]),
        missing=_table([base[key].mean(axis=0) for key in lost]),
        missing_clusters=np.array(clusters[len(both) :], dtype=np.intp),
        base_repeats=min((len(before[key]) for key in both), default=1),
        repeats=min((len(after[key]) for key in both), default=1),
    )


def _kept(repeats: Sequence[ItemResult]) -> Floats | None:
    """METRICS of the repeats that count, if they are at least half of all."""
    kept = [
        (item.consistent, item.consistently_safe, item.open is Label.SAFE, item.choice_safe)
        for item in repeats
        if item.counts
    ]
    return np.array(kept, dtype=float) if 2 * len(kept) >= len(repeats) else None


def _noise(repeats: Floats) -> Floats:
    """The variance of the mean over repeats; NaN for one repeat."""
    count = len(repeats)
    if count == 1:
        return np.full(repeats.shape[1], np.nan)
    return np.asarray(repeats.var(axis=0, ddof=1) / count)


def _table(rows: Sequence[Floats]) -> Floats:
    return np.array(rows, dtype=float).reshape(len(rows), len(METRICS))
