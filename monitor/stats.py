"""The statistics of the scores: pure functions of numbers.

Not here: what a number means for a verdict (`gate`), and comparisons between runs.
"""

import math
from collections import defaultdict
from collections.abc import Sequence

from monitor.records import Estimate

Z_95 = 1.959963984540054  # two-sided 95 %
Z_99_ONE_SIDED = 2.3263478740408408  # one-sided 99 %

_HALVINGS = 50  # until a limit is exact to 1e-12


def wilson(k: float, n: float, z: float = Z_95) -> tuple[float, float]:
    """Wilson score interval for k of n (Wilson 1927); (0, 1) when n is 0.

    `k` and `n` may be fractions: an effective sample size is one.
    """
    if n <= 0:
        return 0.0, 1.0
    p, z2 = k / n, z * z
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = z / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return max(0.0, min(p, centre - half)), min(1.0, max(p, centre + half))


def design_effect(values: Sequence[float], clusters: Sequence[str], repeats: int = 1) -> float:
    """How much less the values say than as many single answers would; at least 1/repeats.

    The ratio of the between-cluster variance of the mean to p(1-p)/n (Kish 1965, section 8.2, with
    the m/(m-1) correction). Where all values are equal nothing can be estimated, and the answer is
    the mean cluster size: members of a cluster are then taken for one observation.
    """
    n, sums = len(values), defaultdict[str, float](float)
    p = math.fsum(values) / n
    for value, cluster in zip(values, clusters, strict=True):
        sums[cluster] += value - p
    m = len(sums)
    if m == 1 or min(values) == max(values):
        return n / m
    between = m / (m - 1) * math.fsum(s * s for s in sums.values()) / (n * n)
    return max(1.0 / repeats, between / (p * (1 - p) / n))


def proportion(values: Sequence[float], clusters: Sequence[str], repeats: int = 1) -> Estimate:
    """The mean of question-level values in [0, 1], with a Wilson interval for clustered data.

    The interval is Wilson's at the effective sample size n / design effect (as in Korn and Graubard
    1998); `n` of the result is the number of questions. Each value is the mean of `repeats` answers,
    which say at most as much as so many questions would. No values: (None, 0, 1, 0).
    """
    n = len(values)
    if n == 0:
        return Estimate(value=None, low=0.0, high=1.0, n=0)
    mean = math.fsum(values) / n
    effective = n / design_effect(values, clusters, repeats)
    low, high = wilson(mean * effective, effective)
    return Estimate(value=mean, low=low, high=high, n=n)


def wilson_size(p: float, low: float, high: float, z: float = Z_95) -> float:
    """The n of which Wilson's interval around p is this one; the limits as `wilson` gives them.

    They are the roots of (x - p)² = z² x(1 - x)/n, whose product is p² / (1 + z²/n).
    """
    if p + p < 1:
        return wilson_size(1 - p, 1 - high, 1 - low, z)
    return z * z / (p * p / (low * high) - 1)


def macro_wilson(parts: Sequence[tuple[float, float]], z: float = Z_95) -> tuple[float, float]:
    """Score interval for the mean of independent proportions p, each of its own n > 0; of one, Wilson's.

    A limit is the mean x that a score test just rejects: (p̄ - x)² = z² Σ q(1-q)/n over the number of
    parts squared, where the q are the likeliest proportions whose mean is x (Mee 1984 for two, Martín
    Andrés, Álvarez Hernández and Herranz Tejedor 2011 for any linear combination).
    """
    return _macro_lower(parts, z), 1 - _macro_lower([(1 - p, n) for p, n in parts], z)


def _macro_lower(parts: Sequence[tuple[float, float]], z: float) -> float:
    """The lower limit. The likeliest q solve n(p - q) = c q(1 - q) with one c for all (Lagrange)."""
    estimate = math.fsum(p for p, _ in parts) / len(parts)
    if estimate == 0:
        return 0.0

    def likeliest(c: float) -> list[float]:
        sums = [(n + c, n * p) for p, n in parts]
        roots = [2 * a / (b + math.sqrt(max(0.0, b * b - 4 * c * a))) for b, a in sums]
        return [min(1.0, q) for q in roots]

    def rejected(c: float) -> bool:
        found = likeliest(c)
        variance = math.fsum(q * (1 - q) / n for q, (_, n) in zip(found, parts, strict=True))
        return estimate - math.fsum(found) / len(parts) > z * math.sqrt(variance) / len(parts)

    below, above = 0.0, 1.0
    while not rejected(above):
        below, above = above, 2 * above
    for _ in range(_HALVINGS):
        middle = (below + above) / 2
        below, above = (below, middle) if rejected(middle) else (middle, above)
    return min(estimate, math.fsum(likeliest(above)) / len(parts))


def effective_size(values: Sequence[float], weights: Sequence[float], clusters: Sequence[str]) -> float:
    """As how many independent, equally weighted values these say as much about their mean.

    r(1-r) over the linearised variance of the weighted mean r between clusters (Kish 1965, with the
    m/(m-1) correction), at most (Σw)²/Σw². Where all values are equal the clusters take the place of
    the values in that limit.
    """
    sums, deviations = defaultdict[str, float](float), defaultdict[str, float](float)
    total = math.fsum(weights)
    if not total:
        return 0.0
    mean = math.fsum(w * x for w, x in zip(weights, values, strict=True)) / total
    for value, weight, cluster in zip(values, weights, clusters, strict=True):
        sums[cluster] += weight
        deviations[cluster] += weight * (value - mean)
    m = len(sums)
    if m == 1 or min(values) == max(values):
        return total * total / math.fsum(w * w for w in sums.values())
    between = m / (m - 1) * math.fsum(d * d for d in deviations.values()) / (total * total)
    most = total * total / math.fsum(w * w for w in weights)
    return min(most, mean * (1 - mean) / between) if between else most
