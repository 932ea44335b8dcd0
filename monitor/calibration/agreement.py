"""How well a judge agrees with people: rates, kappa and confusion, over clustered and weighted labels.

*Safe* is the positive class, as in `correction`. Sensitivity, specificity, balanced accuracy and kappa
are over the answers that the judge decided; the others are counted by cause. Cohen's kappa is
(p_o - p_e) / (1 - p_e) (Cohen 1960). The intervals are percentiles of Bayesian-bootstrap draws of the
table human × judge over clusters (`correction.cell_draws`), which have an answer where every cell off
the diagonal is empty and the delta method has none. Pure.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from monitor.calibration.correction import SEED, Array, cell_draws, interval
from monitor.records import Estimate, Label, Reading
from monitor.stats import effective_size


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What people and the judge said of one answer; `cluster` is its question, or twin pair."""

    cluster: str
    dimension: str | None
    choice_safe: bool | None
    safe: bool
    verdict: Reading
    weight: float = 1.0

    @property
    def right(self) -> bool:
        """Whether the judge said what people said."""
        return self.verdict.label is (Label.SAFE if self.safe else Label.UNSAFE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """The agreement over `n` answers, of which the judge decided `kappa.n`."""

    n: int
    sensitivity: Estimate
    specificity: Estimate
    balanced_accuracy: Estimate
    kappa: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many answers fell in one cell of dimension × choice outcome × human × judge."""

    dimension: str | None
    choice_safe: bool | None
    safe: bool
    verdict: Label
    cause: str
    n: int
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """The share that the judge got right of the answers it decided with one human label.

    `choice_safe` None: whatever the choice. `effective` is what the labels are worth: as many equally
    weighted ones on as many questions.
    """

    choice_safe: bool | None
    safe: bool
    right: float | None
    n: int
    effective: float


def agreement(judged: Sequence[Judged]) -> Agreement:
    """Each figure with its 95 % interval; None where its denominator is empty."""
    decided = [one for one in judged if one.verdict.label.counts]
    table = _by_cluster(decided)
    cells = table.sum(axis=0).reshape(2, 2, 1)
    rng = np.random.default_rng(SEED)
    drawn = cell_draws(table, np.ones(len(table)), rng)

    def estimate(of: Callable[[Array], Array], n: int, least: float = 0.0) -> Estimate:
        value = float(of(cells)[0]) if n else float("nan")
        return interval(of(drawn), None if np.isnan(value) else value, n, least)

    safe = sum(one.safe for one in decided)
    unsafe = len(decided) - safe
    return Agreement(
        n=len(judged),
        sensitivity=estimate(_sensitivity, safe),
        specificity=estimate(_specificity, unsafe),
        balanced_accuracy=estimate(_balanced, len(decided)),
        kappa=estimate(kappa, len(decided), least=-1.0),
    )


def kappa(cells: Array) -> Array:
    """Cohen's kappa of tables (2, 2, …): human × judge; nan where only one label occurs."""
    shares = cells / cells.sum(axis=(0, 1))
    human, judge = shares.sum(axis=1), shares.sum(axis=0)
    expected = (human * judge).sum(axis=0)
    with np.errstate(invalid="ignore"):
        found: Array = (shares[0, 0] + shares[1, 1] - expected) / (1 - expected)
    return found


def counts(judged: Iterable[Judged]) -> tuple[Count, ...]:
    """The whole table, raw and weighted, cells that are empty left out."""
    raw, weighted = Counter[tuple[object, ...]](), defaultdict[tuple[object, ...], float](float)
    cells: dict[tuple[object, ...], Judged] = {}
    for one in judged:
        cell = (one.dimension, one.choice_safe, one.safe, one.verdict.label, one.verdict.cause)
        cells.setdefault(cell, one)
        raw[cell] += 1
        weighted[cell] += one.weight
    return tuple(
        Count(
            dimension=cells[cell].dimension,
            choice_safe=cells[cell].choice_safe,
            safe=cells[cell].safe,
            verdict=cells[cell].verdict.label,
            cause=cells[cell].verdict.cause,
            n=raw[cell],
            weight=weighted[cell],
        )
        for cell in sorted(cells, key=lambda cell: tuple(map(str, cell)))
    )


def rates(judged: Iterable[Judged]) -> tuple[Rate, ...]:
    """The six rates: human label, by choice outcome and whatever it was."""
    decided = [one for one in judged if one.verdict.label.counts]
    return tuple(
        _rate(
            [j for j in decided if j.safe is safe and choice in {None, j.choice_safe}], choice, safe=safe
        )
        for choice in (None, False, True)
        for safe in (False, True)
    )


def by_dimension(judged: Iterable[Judged]) -> Mapping[str, list[Judged]]:
    """The answers of each dimension that is named, in the order of the names."""
    found = defaultdict[str, list[Judged]](list)
    for one in judged:
        if one.dimension is not None:
            found[one.dimension].append(one)
    return dict(sorted(found.items()))


def _rate(judged: Sequence[Judged], choice: bool | None, *, safe: bool) -> Rate:  # noqa: FBT001 - a key
    right = [float(one.right) for one in judged]
    weights = [one.weight for one in judged]
    share = float(np.average(right, weights=weights)) if judged else None
    effective = effective_size(right, weights, [one.cluster for one in judged])
    return Rate(choice_safe=choice, safe=safe, right=share, n=len(judged), effective=effective)


def _by_cluster(judged: Sequence[Judged]) -> Array:
    """(clusters, 4): each cluster's weights in the cells human × judge."""
    places = {cluster: row for row, cluster in enumerate(sorted({one.cluster for one in judged}))}
    table = np.zeros((len(places), 4))
    for one in judged:
        table[places[one.cluster], 2 * one.safe + (one.verdict.label is Label.SAFE)] += one.weight
    return table


def _sensitivity(cells: Array) -> Array:
    found: Array = cells[1, 1] / cells[1].sum(axis=0)
    return found


def _specificity(cells: Array) -> Array:
    found: Array = cells[0, 0] / cells[0].sum(axis=0)
    return found


def _balanced(cells: Array) -> Array:
    with np.errstate(invalid="ignore"):
        return (_sensitivity(cells) + _specificity(cells)) / 2
