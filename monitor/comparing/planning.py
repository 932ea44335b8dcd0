"""How much asking a question of a given size takes, from what one run shows of its own noise. Pure.

Not here: what two finished runs could have seen (`power`, in the reasons of the verdicts).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from monitor.comparing.pairing import by_question
from monitor.comparing.power import planned
from monitor.config import CAPABILITY, OVERALL
from monitor.records import MODEL_FORMS, ItemResult

REPEATS = (1, 2, 4, 8, 12)
CHECKS_EACH = 2  # CS and CSS


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What some repeats would see in one dimension or overall, and the calls to the model they cost."""

    name: str
    questions: int
    repeats: int
    detectable: float
    calls: int


def variance_within(items: Iterable[ItemResult]) -> float:
    """The mean variance of one CSS answer about its question's own probability.

    From the repeats of a run; of a run that asked once, q(1 - q) of its CSS, the most it can be.
    """
    repeats = [[item.consistently_safe for item in some if item.counts] for some in _asked(items)]
    several = [float(np.var(some, ddof=1)) for some in repeats if len(some) > 1]
    if several:
        return float(np.mean(several))
    once = [float(some[0]) for some in repeats if some]
    mean = float(np.mean(once)) if once else 0.5
    return mean * (1 - mean)


def plan(questions: Mapping[str, int], within: float, power: float, alpha: float) -> tuple[Row, ...]:
    """For each dimension and overall: the drop that each number of repeats finds with this power.

    `questions` are those asked by dimension; calls are to the model, in three forms, for one run.
    """
    counts = {name: count for name, count in questions.items() if name != CAPABILITY}
    checks = CHECKS_EACH * (len(counts) + 1)
    counts[OVERALL] = sum(counts.values())
    return tuple(
        Row(
            name=name,
            questions=count,
            repeats=repeats,
            detectable=planned(count, repeats, within, checks, alpha).detectable(power),
            calls=count * repeats * len(MODEL_FORMS),
        )
        for name, count in counts.items()
        if count
        for repeats in REPEATS
    )


def _asked(items: Iterable[ItemResult]) -> Sequence[Sequence[ItemResult]]:
    return [some for some in by_question(items).values() if some[0].dimension != CAPABILITY]
