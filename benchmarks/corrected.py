"""How often a 95 % interval of a score holds the truth: corrected, as judged, and by the textbook.

    python -m benchmarks.corrected [--runs 2000]

Models, judges and calibrations are drawn from a known truth. Beside the corrected interval stand the
named alternatives in the same worlds: Wilson's interval around the score as judged, and Rogan and
Gladen's estimate with the delta method.
"""

import argparse
import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from tests.simulation import (
    SCORES,
    World,
    coverage,
    delta_coverage,
    overall_coverage,
    paired_coverage,
    uncorrected_coverage,
)

JUDGES = {
    "0.7 / 0.7": ((0.7, 0.7), (0.7, 0.7)),
    "0.95 / 0.95": ((0.95, 0.95), (0.95, 0.95)),
    "0.8, 0.95 / 0.9, 0.7": ((0.8, 0.95), (0.9, 0.7)),
    "0.95, 0.75 / 0.75, 0.95": ((0.95, 0.75), (0.75, 0.95)),
}
MODELS = (
    (0.5, (0.02, 0.04)),
    (0.5, (0.1, 0.1)),
    (0.5, (0.98, 0.98)),
    (0.3, (0.05, 0.9)),
    (0.7, (0.4, 0.9)),
    (0.95, (0.1, 0.98)),
    (0.1, (0.8, 0.5)),
    (0.98, (0.5, 0.99)),
)
LABELS = ((5, 5, 5, 5), (10, 40, 10, 40), (25, 25, 25, 25), (100, 100, 100, 100))
LEAST, MOST = 0.93, 0.98
Row = tuple[float, float, float, float]  # truth, corrected, as judged, textbook


def main() -> None:
    """Print the table, the extremes, and the cases with clusters and with five dimensions."""
    parser = argparse.ArgumentParser(description="Coverage of corrected scores.")
    parser.add_argument("--runs", type=int, default=2000, help="runs in each world (default 2000)")
    runs, rng = parser.parse_args().runs, np.random.default_rng(0)
    head = (
        "judge: sens / spec",
        "labels",
        "questions",
        "score",
        "truth",
        "corrected",
        "judged",
        "delta",
    )
    print("{:24} {:>18} {:>9} {:>9} {:>6} {:>9} {:>7} {:>7}".format(*head))
    every: list[tuple[World, Row]] = []
    for (name, (sens, spec)), labels in itertools.product(JUDGES.items(), LABELS):
        for (picked, safe), questions in itertools.product(MODELS, (100, 400)):
            world = World(
                picked=picked,
                safe=safe,
                sensitivity=sens,
                specificity=spec,
                questions=questions,
                labels=labels,
            )
            found = [f(world, runs, rng) for f in (coverage, uncorrected_coverage, delta_coverage)]
            for score in SCORES:
                corrected, judged, delta = (shares[score] for shares in found)
                row = (world.truth[score], corrected, judged, delta)
                every.append((world, row))
                shown = f"{row[0]:6.3f} {corrected:9.3f} {judged:7.3f} {delta:7.3f}"
                print(f"{name:24} {labels!s:>18} {questions:9} {score:>9} {shown}")
    for labels in LABELS:
        _extremes(str(labels), [row for world, row in every if world.labels == labels])
    _special(runs, rng)


def _extremes(name: str, rows: Sequence[Row]) -> None:
    print(f"\nlabels {name}: {len(rows)} cases")
    for column, method in enumerate(("corrected", "judged", "delta"), start=1):
        shares = [row[column] for row in rows]
        middle = [row[column] for row in rows if 0.1 <= row[0] <= 0.9]  # noqa: PLR2004 - of the issue
        low, high = sum(x < LEAST for x in shares), sum(x > MOST for x in middle)
        print(
            f"  {method:9} least {min(shares):.3f}, below {LEAST}: {low:3};"
            f" most for truths in 0.1-0.9 {max(middle):.3f}, above {MOST}: {high:3}"
        )


def _special(runs: int, rng: np.random.Generator) -> None:
    sens, spec = JUDGES["0.8, 0.95 / 0.9, 0.7"]
    five = [World(picked=p, safe=safe, sensitivity=sens, specificity=spec) for p, safe in MODELS[3:]]
    print("\nmean over five dimensions with one calibration", _shown(overall_coverage(five, runs, rng)))
    anew = overall_coverage(five, runs, rng, shared=False)
    print("  … as if each dimension had its own          ", _shown(anew))
    for size, name in ((2.0, "twin pairs"), (1.0, "two repeats")):
        for alike in (0.0, 0.5, 1.0):
            found = paired_coverage(five[1], alike, size, runs, rng)
            print(f"{name:12} alike by nature with chance {alike:.1f}      ", _shown(found))


def _shown(shares: Mapping[str, float]) -> str:
    return "  ".join(f"{name} {share:.3f}" for name, share in shares.items())


if __name__ == "__main__":
    main()
