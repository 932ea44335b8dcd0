"""Has a series changed its level? Evidence that may be looked at every night. Pure.

For each night j after which the level may have changed, the evidence for it is a Bayes factor of a step
at j against no step. Level and noise are unknown: it depends on the values through contrasts alone
(right-Haar priors; Lai 1976), so that on quiet nights, whatever their level, its expectation stays 1
as nights go by. The steps' size, in standard deviations of a night, is normal with variance `SPREAD`.

The sum over j grows by 1 a night in expectation (Shiryaev 1963, Roberts 1966; e-detectors of Shin,
Ramdas and Rinaldo 2022), so the chance that it *ever* reaches A within N quiet nights is at most N/A
(Doob), however the series are correlated and however often one looks. `limit` spends that.

What is known of the noise beforehand (`noise`) counts like so many nights that were already seen, and
is dropped where the nights themselves contradict it. That, and values which are not quite normal, is
why `benchmarks/trend.py` counts false alarms too. Not here: where a series breaks (`changes`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

SPREAD = 10.0  # variance of a step, in variances of a night
ALPHA, HORIZON = 0.05, 200  # chance of any false alarm of a model in so many quiet nights
LASTING = 2  # newest nights that must lie beyond the middle between old and new level
LEARNT = 7  # nights of a stretch that only teach how far its nights differ
LEAST = 0.02  # a change of the level by less is not worth an alarm
CONTRADICTED = 3.0  # standard errors by which the nights' own noise exceeds what was known beforehand


@dataclass(frozen=True, slots=True)
class Evidence:
    """For each night and series (rows, columns): the log of the evidence, and the likeliest step.

    `kept` is the number of nights before that step; `before` and `after` are the levels about it.
    """

    log: Floats
    kept: NDArray[np.intp]
    before: Floats
    after: Floats


def limit(series: int) -> float:
    """The log of the evidence that is an alarm, where so many series are watched together."""
    return float(np.log(HORIZON * series / ALPHA))


def evidence(values: Floats, variance: Floats, worth: float) -> Evidence:
    """Evidence for a step in each column of `values`, seen after each row.

    `variance` (same shape) is what is known beforehand of the noise of a night, which counts as
    `worth` nights; it is positive.
    """
    shifted = values - values[:1]  # the level does not matter; large ones would cost digits
    sums, squares = np.cumsum(shifted, axis=0), np.cumsum(np.square(shifted), axis=0)
    log, kept = np.full(values.shape, -np.inf), np.ones(values.shape, dtype=np.intp)
    for night in range(1, len(values)):
        found = _seen_on(night, sums, squares[night], variance[night], worth)
        log[night], kept[night] = found
    before = np.take_along_axis(sums, kept - 1, axis=0) / kept
    left = np.maximum(np.arange(1, len(values) + 1)[:, None] - kept, 1)
    after = (sums - before * kept) / left
    return Evidence(log, kept, before + values[:1], after + values[:1])


def alarming(values: Floats, seen: Evidence, series: int) -> NDArray[np.bool_]:
    """The nights, by series, on which a lasting change is proven; shape of `values`.

    The newest nights must lie beyond the middle between the levels: one wild night is no change.
    """
    course = np.sign(seen.after - seen.before)
    middle = (seen.before + seen.after) / 2
    count = np.arange(1, len(values) + 1)[:, None]
    lasting = (count > LEARNT) & (count - seen.kept >= LASTING)
    for back in range(LASTING):
        lasting &= (np.roll(values, back, axis=0) - middle) * course > 0
    large = np.abs(seen.after - seen.before) >= LEAST
    return np.asarray((seen.log >= limit(series)) & lasting & large)


def _seen_on(
    night: int, sums: Floats, squares: Floats, variance: Floats, worth: float
) -> tuple[Floats, NDArray[np.intp]]:
    """The log of the evidence after a night, and how many nights the likeliest step leaves before."""
    count = night + 1
    j = np.arange(1.0, count)[:, None]
    gap = (sums[night] - sums[:night]) / (count - j) - sums[:night] / j
    weight = j * (count - j) / count
    explained = weight * np.square(gap)
    about_mean = np.maximum(squares - np.square(sums[night]) / count, 1e-15)
    free = max(night - 1, 1)
    noisier = (about_mean - explained.max(axis=0)) / free / variance
    known = np.where(noisier > 1 + CONTRADICTED * np.sqrt(2 / free), 0.0, worth)
    share = weight * SPREAD / (1 + weight * SPREAD) * explained / (known * variance + about_mean)
    left = np.log1p(-np.minimum(share, 1 - 1e-12))
    factors = -0.5 * np.log1p(weight * SPREAD) - 0.5 * (known + night) * left
    most = factors.max(axis=0)
    return most + np.log(np.exp(factors - most).sum(axis=0)), factors.argmax(axis=0) + 1
