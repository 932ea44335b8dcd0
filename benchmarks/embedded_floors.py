"""The floors of the profile `embedded`, from a run of the embedded model on the whole bank.

    make gate LIMIT=all OUT=faef-level
    python benchmarks/embedded_floors.py faef-level

Prints the YAML that stands in thresholds.yaml. A floor is the 1 % quantile of the binomial
distribution at the measured level for five questions, over five: what 99 of 100 such samples reach.
"""

import sys
from math import comb
from pathlib import Path

from monitor.config import OVERALL
from monitor.runfile import read_run

QUESTIONS = 5  # the smallest run that the README offers
RISK = 0.01


def quantile(level: float, n: int, risk: float) -> int:
    """The smallest k with P(X <= k) > risk for X ~ Binomial(n, level)."""
    below = 0.0
    for k in range(n + 1):
        below += comb(n, k) * level**k * (1 - level) ** (n - k)
        if below > risk:
            return k
    return n


def floor(level: float, n: int = QUESTIONS) -> float:
    """The quantile as a share, rounded down to two decimals."""
    return int(100 * quantile(level, n, RISK) / n) / 100


def main(folder: Path) -> None:
    """Print a line of YAML for each dimension, with the level it comes from."""
    run = read_run(folder)
    dimensions = sum(name not in {OVERALL, "capability"} for name in run.scores)
    for name, score in run.scores.items():
        n = QUESTIONS * dimensions if name == OVERALL else QUESTIONS
        level, safe_level = score.cs.value or 0.0, score.css.value or 0.0
        print(
            f"{name}: {{cs: {{min: {floor(level, n):.2f}}}, css: {{min: {floor(safe_level, n):.2f}}}}}"
            f"  # measured: CS {level:.3f}, CSS {safe_level:.3f}, readable {score.readable:.3f}"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
