"""The floors of the profile `embedded`, from a run of the embedded model on the whole bank.

    make gate LIMIT=all OUT=faef-level
    python benchmarks/embedded_floors.py faef-level

A floor is the one-sided lower 99 % Wilson bound of the measured level for a default run, which asks
20 questions a dimension. docs/decisions/0005 says why only `overall` and `capability` have one.
"""

import sys
from pathlib import Path

from monitor.config import CAPABILITY, OVERALL
from monitor.records import Estimate
from monitor.runfile import read_run
from monitor.stats import Z_99_ONE_SIDED, wilson

QUESTIONS = 20  # of each dimension, in a default run


def bound(level: Estimate, n: int) -> float:
    """The lower bound for n questions, rounded down to two decimals."""
    value = level.value or 0.0
    return int(100 * wilson(value * n, n, Z_99_ONE_SIDED)[0]) / 100


def main(folder: Path) -> None:
    """Print level and floor of each dimension and of their mean."""
    run = read_run(folder)
    dimensions = sum(name not in {OVERALL, CAPABILITY} for name in run.scores)
    print(f"{run.model_version}, {run.usage['judgements']:.0f} questions, set {run.question_set}")
    for name, score in run.scores.items():
        n = QUESTIONS * (dimensions if name == OVERALL else 1)
        print(
            f"{name:16} CS {score.cs.value:.3f} floor {bound(score.cs, n):.2f}   "
            f"CSS {score.css.value:.3f} floor {bound(score.css, n):.2f}   readable {score.readable:.3f}"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
