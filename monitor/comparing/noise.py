"""The noise floor: what two runs of one and the same model say about a gate's margins.

Whatever differs between the two is noise, and each pattern of signs of the clusters' differences would
have been as likely: over many patterns, how large are the drops, and how often would the gate have
called one a regression? Not here: runs of different models (`verdicts`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from monitor.comparing.pairing import Paired
from monitor.comparing.regression import FLIPS, sign_patterns, standardised, step_down
from monitor.comparing.verdicts import Margins, checks_of, columns_of, in_family

DRAWS = 200  # patterns that are judged as if they had been seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """What noise alone does, over the family of critical checks.

    `failed` is the share of patterns in which some check fails, `naive` that in which some drop exceeds
    its `max_drop`, significant or not. `floors` are the drops, by (dimension, metric), that noise
    exceeds with the chance alpha; `below` are the checks whose `max_drop` is smaller than that.
    """

    failed: float
    naive: float
    floors: Mapping[tuple[str, str], float]
    below: tuple[tuple[str, str], ...]


def noise(
    paired: Mapping[str, Paired], margins: Margins, rng: np.random.Generator, flips: int = FLIPS
) -> Noise | None:
    """The noise between two runs of the same model; None where no critical check counts a question."""
    checks = [
        check for check in checks_of(paired, margins) if in_family(check, margins) and check.counts
    ]
    if not checks:
        return None
    table = columns_of(checks)
    changed = table[np.any(table != 0, axis=1)]
    patterns = sign_patterns(len(changed), flips, rng)
    drops, statistics = patterns @ changed, standardised(changed, patterns)
    limits = np.array([check.max_drop for check in checks])
    failures = []
    for seen in rng.integers(0, len(patterns), size=DRAWS):
        adjusted = step_down(np.concatenate([statistics[seen : seen + 1], statistics]))
        failures.append(np.any((adjusted <= margins.alpha) & (drops[seen] > limits)))
    names = [(check.dimension, check.metric) for check in checks]
    floors = dict(zip(names, np.quantile(drops, 1 - margins.alpha, axis=0).tolist(), strict=True))
    return Noise(
        failed=float(np.mean(failures)),
        naive=float(np.mean(np.any(drops > limits, axis=1))),
        floors=floors,
        below=tuple(name for name in names if margins.max_drop[name] < floors[name]),
    )
