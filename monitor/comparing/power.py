"""What a run could have seen: the smallest drop it detects, and what a smaller one would take.

Normal approximations from the run's own variances; `benchmarks/verdicts.py` holds them against
simulated power. Not here: whether there is a drop (`regression`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from monitor.comparing.pairing import METRICS, Paired, contributions

POWER = 0.8
TYPICAL = ((8.0, 0.8), (2.4, 0.8))  # Beta of P(open safe) and P(choice safe) where no run is at hand
MOST = 100_000  # questions or repeats beyond which "more" is no advice


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """How finely one check sees.

    `variance` is that of the observed drop, `sampling` the part of it that comes from sampled answers
    and shrinks with repeats (None where it cannot be told: one repeat). `critical` is how many
    standard errors a drop must exceed. A drop δ, spread evenly over the questions, adds a variance of
    δ(1 - δ) · `growth` itself, which is what limits a run in which nothing varies.
    """

    variance: float
    sampling: float | None
    growth: float
    critical: float
    questions: int
    repeats: int

    def detectable(self, power: float = POWER) -> float:
        """The drop that is found significant with this probability, at most 1.

        The positive root δ of δ² = z² (variance + growth δ(1 - δ)).
        """
        z2 = self._z(power) ** 2
        square, linear = 1 + z2 * self.growth, z2 * self.growth
        root = math.sqrt(linear**2 + 4 * square * z2 * self.variance)
        return min(1.0, (linear + root) / (2 * square))

    def power(self, drop: float) -> float:
        """The probability that a drop of this size is found significant."""
        error = math.sqrt(self.variance + self.growth * drop * (1 - drop))
        return NormalDist().cdf(drop / error - self.critical) if error else 1.0

    def questions_for(self, drop: float, power: float = POWER) -> int | None:
        """How many questions would detect the drop at these repeats; None beyond 100,000."""
        total = self.variance + self.growth * drop * (1 - drop)
        return _count(self.questions * total * (self._z(power) / drop) ** 2)

    def repeats_for(self, drop: float, power: float = POWER) -> int | None:
        """How many repeats of both models would detect it on these questions; None where none would."""
        if self.sampling is None:
            return None
        shrinking = self.sampling + self.growth * drop * (1 - drop)
        left = (drop / self._z(power)) ** 2 - max(0.0, self.variance - self.sampling)
        return _count(self.repeats * shrinking / left) if left > 0 else None

    def _z(self, power: float) -> float:
        return self.critical + NormalDist().inv_cdf(power)


def resolution(strata: Sequence[Paired], metric: str, critical: float, alpha: float) -> Resolution:
    """How finely a comparison sees the macro mean of a metric over strata.

    `critical` is the family's (`regression.Significance`); where too little changed to flip, that of a
    single normal test is the least.
    """
    values = contributions(strata, metric)[:, 0]
    clusters = len(values)
    spread = float(np.sum((values - values.mean()) ** 2)) * clusters / max(1, clusters - 1)
    weights = [1 / (max(1, stratum.n) * len(strata)) for stratum in strata]
    column = METRICS.index(metric)
    known = [stratum.noise[:, column][~np.isnan(stratum.noise[:, column])] for stratum in strata]
    sampling = None
    if all(len(noise) for noise in known):
        sampling = sum(
            weight**2 * stratum.n * float(np.mean(noise))
            for weight, stratum, noise in zip(weights, strata, known, strict=True)
        )
        sampling = min(sampling, spread)
    tested = [min(stratum.repeats, stratum.base_repeats) for stratum in strata]  # as `Paired.alike`
    growth = sum(w**2 * s.n / k for w, s, k in zip(weights, strata, tested, strict=True))
    return Resolution(
        variance=spread,
        sampling=sampling,
        growth=growth,
        critical=max(critical, NormalDist().inv_cdf(1 - alpha)),
        questions=sum(stratum.n for stratum in strata),
        repeats=min(tested),
    )


def planned(questions: int, repeats: int, within: float, checks: int, alpha: float) -> Resolution:
    """How finely a comparison would see that has not been run, over all `questions` of its dimensions.

    `within` is the mean variance of one answer about its question's own probability, for example
    q(1 - q). The critical value is Šidák's for `checks` independent checks, a little above that of
    correlated ones.
    """
    sampling = 2 * within / (questions * repeats)
    return Resolution(
        variance=sampling,
        sampling=sampling,
        growth=1 / (questions * repeats),
        critical=NormalDist().inv_cdf((1 - alpha) ** (1 / checks)),
        questions=questions,
        repeats=repeats,
    )


def answer_variance(safe_open: tuple[float, float], safe_choice: tuple[float, float]) -> float:
    """The `within` of CSS where both probabilities of a question are independent Beta(a, b).

    E[pq(1 - pq)] = E[p] E[q] - E[p²] E[q²].
    """
    once = twice = 1.0
    for a, b in (safe_open, safe_choice):
        once *= a / (a + b)
        twice *= a * (a + 1) / ((a + b) * (a + b + 1))
    return once - twice


def _count(number: float) -> int | None:
    return math.ceil(number - 1e-9) if number <= MOST else None
