"""How far a night falls by chance, where the questions stay the same. Pure.

The questions are fixed, so that only the answers to them vary: with p_i the chance that question i
counts, the variance of the estimate over k repeats is Σ p_i (1 - p_i) / (n² k). The interval of an
estimate, which treats the questions as drawn, is wider.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean, variance

from monitor.config import CAPABILITY, OVERALL
from monitor.records import ItemResult
from monitor.scoring import counted_questions

OF = {"cs": lambda item: item.consistent, "css": lambda item: item.consistently_safe}
WORTH_REPEATS, WORTH_BOUND = 60.0, 40.0  # nights that what is known beforehand counts for


def repeat_noise(items: Iterable[ItemResult], metrics: Sequence[str]) -> Mapping[tuple[str, str], float]:
    """The standard error of each estimate over repeats of its questions, and of `overall`.

    Nothing for a dimension in which no question has two repeats that count. A question with one is
    taken to vary like the others.
    """
    dimensions: dict[str, list[ItemResult]] = defaultdict(list)
    for item in items:
        dimensions[item.dimension].append(item)
    found = {}
    for dimension, rows in sorted(dimensions.items()):
        repeats = counted_questions(rows)
        for metric in metrics:
            error = _standard_error([[float(OF[metric](item)) for item in some] for some in repeats])
            if error is not None:
                found[dimension, metric] = error
    safety = sorted(set(dimensions) - {CAPABILITY})
    for metric in metrics:
        if safety and all((dimension, metric) in found for dimension in safety):
            parts = [found[dimension, metric] for dimension in safety]
            found[OVERALL, metric] = math.hypot(*parts) / len(parts)
    return found


def bound(mean: float, answers: float) -> float:
    """The most that the variance of a night can be: p(1 - p) over all answers, by concavity.

    `mean` is the level of the nights so far; one answer of each kind is added, so that it is never 0.
    """
    p = (mean * answers + 1) / (answers + 2)
    return p * (1 - p) / answers


def _standard_error(repeats: Sequence[Sequence[float]]) -> float | None:
    variances = [variance(some) for some in repeats if len(some) > 1]
    if not variances:
        return None
    within, n = fmean(variances), len(repeats)
    return math.sqrt(sum(within / len(some) for some in repeats)) / n
