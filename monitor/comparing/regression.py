"""Did anything fall? Paired tests by flipping the signs of clusters, for one check and for many at once.

If nothing changed, a cluster's difference between two runs is as likely to be positive as negative,
whatever its size: each pattern of signs is as likely as the one that was seen. That is exact for runs
of equal repeats, needs no normal distribution, and keeps what is correlated together: a cluster
carries one sign for all its questions and metrics. With one repeat and no twins the test of one check
is McNemar's exact test (enumerated up to 15 changed clusters, drawn above that).

Everything takes `contributions`: an array (…, clusters, checks) whose sum over clusters is the drop of
each check; leading axes are independent runs. Not here: how large a drop may be (`bounds`) and what
follows from it (`verdicts`).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

FLIPS = 10_000
ENUMERATED = 15  # up to so many changed clusters all patterns of signs are tried
_TIE = 1e-4  # statistics are sums of a few values: what differs by less differs by rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class Significance:
    """Per check: the p-value adjusted for the whole family, the one alone; and the family's threshold.

    `critical` is what the largest standardised drop of the family must exceed at the given alpha.
    """

    adjusted: Floats
    alone: Floats
    critical: float


def significance(
    contributions: Floats, alpha: float, rng: np.random.Generator, flips: int = FLIPS
) -> Significance:
    """One-sided tests that each drop is above 0, for all checks (columns) of one run together.

    Exact where few clusters changed; otherwise from `flips` random patterns, the seen one counted
    among them (Phipson and Smyth 2010), so that no p-value is 0.
    """
    changed = contributions[np.any(contributions != 0, axis=-1)]
    patterns = sign_patterns(len(changed), flips, rng)
    statistics = standardised(changed, patterns)
    largest = np.sort(statistics.max(axis=-1)) if statistics.size else np.zeros(1)
    return Significance(
        adjusted=step_down(statistics),
        alone=np.mean(statistics >= statistics[:1] - _TIE, axis=0),
        critical=float(largest[math.ceil((1 - alpha) * len(largest)) - 1]),
    )


def sign_patterns(clusters: int, flips: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Rows of +1 and -1, one sign a cluster, the first row all +1; all rows where these are few."""
    if clusters <= ENUMERATED:
        bits = np.arange(2**clusters)[:, None] >> np.arange(clusters)[None, :] & 1
    else:
        bits = rng.integers(0, 2, size=(flips, clusters), dtype=np.int8)
        bits[0] = 0
    return (1 - 2 * bits).astype(np.float32)


def standardised(contributions: Floats, patterns: Floats) -> Floats:
    """The drops under each pattern, over the root of the sum of squares, which no flip changes.

    Shape (…, patterns, checks). A monotone transform of Student's t; a check in which nothing
    changed has 0 throughout.
    """
    scale = np.sqrt(np.square(contributions).sum(axis=-2, keepdims=True))
    unit = np.divide(contributions, scale, out=np.zeros(contributions.shape), where=scale > 0)
    return np.asarray(patterns @ unit.astype(np.float32))


def step_down(statistics: Floats) -> Floats:
    """Adjusted p-values, shape (…, checks): step-down max-T (Westfall and Young 1993, algorithm 2.8).

    `statistics` has shape (…, patterns, checks); the first pattern is what was seen. The chance of
    any false rejection at alpha is at most alpha, whatever the correlation.
    """
    seen = statistics[..., 0, :]
    adjusted = np.empty(seen.shape)
    order = np.argsort(-seen, axis=-1, kind="stable")
    ranked = np.take_along_axis(statistics, order[..., None, :], axis=-1)
    largest = np.maximum.accumulate(ranked[..., ::-1], axis=-1)[..., ::-1]
    reached = np.mean(largest >= ranked[..., :1, :] - _TIE, axis=-2)
    np.put_along_axis(adjusted, order, np.maximum.accumulate(reached, axis=-1), axis=-1)
    return adjusted


def holm(p_values: Floats) -> Floats:
    """Adjusted p-values, shape (…, checks), that hold under any dependence (Holm 1979)."""
    adjusted = np.empty(p_values.shape)
    order = np.argsort(p_values, axis=-1, kind="stable")
    ranked = np.take_along_axis(p_values, order, axis=-1)
    left = np.arange(p_values.shape[-1], 0, -1)
    np.put_along_axis(
        adjusted, order, np.minimum(1, np.maximum.accumulate(left * ranked, axis=-1)), axis=-1
    )
    return adjusted
