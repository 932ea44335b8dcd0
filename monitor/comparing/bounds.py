"""How large may the drop be? An upper confidence bound for the mean of bounded differences.

The bound is Gaffke's (2005; Learned-Miller and Thomas 2019, arXiv:1905.06208): the mean of the seen
values *and of one worst possible value*, under random weights (exponential, divided by their sum), at
its upper quantile. For values 0 and 1 it is the Clopper-Pearson bound; for many values it approaches
Student's. Its one worst value keeps it honest where a standard error is 0: when nothing changed in n
clusters, a drop of 1 - alpha^(1/n) is still possible.

`benchmarks/verdicts.py` shows it beside Student's t and Newcombe's paired interval, which pass a true
drop more often than they say when few clusters changed. That it always keeps its level is proved for
values 0 and 1 and a conjecture without known counter-example for others.

The clusters are taken for a sample of the questions that could be asked. For the very questions that
were asked the bound is wider than it need be. Not here: tests (`regression`).
"""

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Indices = NDArray[np.intp]

_STEPS = 40  # halvings until the saddlepoint is exact to 1e-12 of its range
_BOUND_STEPS = 24  # halvings until a bound is exact to 1e-7
_NEAR_MEAN = 1e-4
_cdf = np.vectorize(NormalDist().cdf, otypes=[float])


def macro_upper(
    values: Sequence[Floats], clusters: Sequence[Indices], alpha: float, most: float = 1.0
) -> float:
    """The upper bound of the mean over strata of the mean over questions; a question is at most `most`.

    `values` holds a row of question-level values for each stratum, `clusters` numbers theirs from 0.
    """
    drops = [row[:, None] for row in values]
    parts = cluster_contributions(drops, clusters)[:, 0]
    start = np.cumsum([0, *[count(numbers) for numbers in clusters]])
    numbers = np.concatenate([row + begin for row, begin in zip(clusters, start, strict=False)])
    heaviest = max(1 / (len(row) * len(values)) for row in values)
    scale = float(len(parts))
    worst = scale * heaviest * worst_case(np.concatenate(values), numbers, most)
    return upper_bound(parts * scale, worst, alpha)


def cluster_contributions(values: Sequence[Floats], clusters: Sequence[Indices]) -> Floats:
    """What each cluster adds to the mean over strata of the mean over questions.

    `values` holds an array (questions, checks) for each stratum; the result is (clusters, checks).
    """
    parts = []
    for rows, numbers in zip(values, clusters, strict=True):
        sums = np.zeros((count(numbers), rows.shape[1]))
        np.add.at(sums, numbers, rows)
        parts.append(sums / (max(1, len(rows)) * len(values)))
    return np.concatenate(parts)


def count(clusters: Indices) -> int:
    """How many clusters are numbered, from 0."""
    return int(clusters.max(initial=-1)) + 1


def upper_bound(values: Floats, worst: float, alpha: float) -> float:
    """The largest mean that values up to `worst` leave possible, one-sided 1 - alpha."""
    low, high = float(np.mean(values)), worst
    for _ in range(_BOUND_STEPS):
        middle = (low + high) / 2
        if confidence(values, worst, middle) >= 1 - alpha:
            high = middle
        else:
            low = middle
    return high


def worst_case(drops: Floats, clusters: Indices, most: float = 1.0) -> float:
    """The sum of differences that one more cluster could bring, each question at most `most`.

    A whole cluster at its worst where members move together or nothing moved; less, down to one
    question, where the seen members move apart (Σ cluster sums² over Σ differences², one worst
    cluster counted among them). Without this, twins that share nothing would count for half.
    """
    size = int(np.bincount(clusters).max(initial=1))
    sums = np.bincount(clusters, weights=drops)
    return float(worst_sum(np.asarray(sums @ sums), np.asarray(drops @ drops), size, most))


def worst_sum(of_clusters: Floats, of_questions: Floats, size: int, most: float = 1.0) -> Floats:
    """The same from both sums of squares and the largest cluster's size; any shape."""
    together = (of_clusters + (size * most) ** 2) / (of_questions + size * most**2)
    return np.asarray(most * np.clip(together, 1, size))


def confidence(values: Floats, worst: float | Floats, limit: float) -> Floats:
    """How sure it is that the mean is at most `limit`; shape of `values` without its last axis.

    The chance that Σ E (x - limit) <= 0 over the values and the worst one, E exponential: by the
    saddlepoint formula of Lugannani and Rice (1980), right to 0.001 against the Beta distribution.
    """
    last = np.broadcast_to(worst, values.shape[:-1])[..., None]
    excess = np.concatenate([values, last], axis=-1) - limit
    least, most = excess.min(axis=-1), excess.max(axis=-1)
    inside = (least < 0) & (most > 0)
    safe = np.where(inside[..., None], excess, np.where(np.arange(excess.shape[-1]) % 2, 1.0, -1.0))
    return np.asarray(np.where(inside, _tail(safe), np.where(most <= 0, 1.0, 0.0)))


def _tail(excess: Floats) -> Floats:
    """P(Σ E x <= 0) for exponential E, where x takes both signs."""
    point = _saddlepoint(excess)
    left = 1 - point[..., None] * excess
    tilted = excess / left
    spread = np.sum(np.square(tilted), axis=-1)
    w = np.sign(point) * np.sqrt(np.maximum(2 * np.sum(np.log(left), axis=-1), 0))
    near = np.abs(w) < _NEAR_MEAN
    w_safe = np.where(near, 1.0, w)
    u = np.where(near, 1.0, point * np.sqrt(spread))
    density = np.exp(-(w_safe**2) / 2) / math.sqrt(2 * math.pi)
    skew = 2 * np.sum(tilted**3, axis=-1) / (6 * math.sqrt(2 * math.pi) * spread**1.5)
    chance = np.where(near, 0.5 + skew, _cdf(w_safe) + density * (1 / w_safe - 1 / u))
    return np.asarray(np.clip(chance, 0, 1))


def _saddlepoint(excess: Floats) -> Floats:
    """Where the derivative of the cumulant generating function -Σ log(1 - s x) is 0."""
    low, high = 1 / excess.min(axis=-1), 1 / excess.max(axis=-1)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        rising = np.sum(excess / (1 - middle[..., None] * excess), axis=-1) > 0
        low, high = np.where(rising, low, middle), np.where(rising, middle, high)
    return np.asarray((low + high) / 2)
