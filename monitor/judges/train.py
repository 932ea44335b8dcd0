"""Trains the embedded judge from public sets, the bank and our lessons; offline.

Uses `hh_preferences.jsonl`, `gptfuzz.jsonl` and `jailbreakbench.jsonl` where they are there, and
never `xstest.jsonl`, which is kept for validation. Needs scikit-learn; nothing here is imported at
run time.
"""

import argparse
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags
from sklearn.linear_model import LogisticRegression

from monitor.judges.examples import (
    PUBLIC,
    Example,
    read_bank,
    read_lessons,
    read_public,
    varied,
    without,
)
from monitor.judges.features import RESERVED, WIDTH, features
from monitor.judges.screening import Screener

BAND = (0.64, 0.78)
"""Probabilities between which the judge is unsure, before calibration."""
RARE = 2
"""A hashed feature that fewer answers hold gets no weight: it would only name its answer."""
CALIBRATING = 2
"""Sets that must be there to calibrate on: each is judged by what the others taught."""

Array = NDArray[np.float64]


def matrix(examples: Sequence[Example]) -> csr_matrix:
    """The features of the examples, one row each, shape (n, `WIDTH`)."""
    rows = [features(example.stem, example.answer) for example in examples]
    starts = np.cumsum([0, *(len(indices) for indices, _ in rows)])
    indices = [index for found, _ in rows for index in found]
    values = [value for _, found in rows for value in found]
    return csr_matrix((values, indices, starts), shape=(len(rows), WIDTH))


def balanced(examples: Sequence[Example]) -> Array:
    """The weights of the examples; safe and unsafe ones of a source weigh the same together."""
    weights = np.array([example.weight for example in examples])
    sources = np.array([example.source for example in examples])
    unsafe = np.array([example.unsafe for example in examples])
    for source in sorted({example.source for example in examples}):
        half = weights[sources == source].sum() / 2
        for label in (False, True):
            chosen = (sources == source) & (unsafe == label)
            if chosen.any():
                weights[chosen] *= half / weights[chosen].sum()
    return weights


def rarity(design: csr_matrix) -> Array:
    """The scale of each feature: inverse document frequency over 6; 0 if rare, 1 if named."""
    holding = np.asarray((design != 0).sum(axis=0)).ravel()
    inverse = (1 + np.log((1 + design.shape[0]) / (1 + holding))) / 6
    scale = np.where(holding < RARE, 0.0, inverse)
    scale[:RESERVED] = 1
    return scale


def fit(examples: Sequence[Example], *, seed: int = 0) -> Screener:
    """An uncalibrated judge: logistic regression on the examples and their variants."""
    rows = list(varied(examples, random.Random(seed)))  # noqa: S311 - repeatable, not secret
    design = matrix(rows)
    scale = rarity(design)
    model = LogisticRegression(C=10, max_iter=300)
    model.fit(design @ diags(scale), [row.unsafe for row in rows], sample_weight=balanced(rows))
    return Screener(
        weights=(model.coef_[0] * scale).astype(np.float16).astype(np.float32),
        intercept=float(model.intercept_[0]),
        slope=1.0,
        shift=0.0,
        low=BAND[0],
        high=BAND[1],
    )


def margins(judge: Screener, examples: Sequence[Example]) -> Array:
    """The judge's margin on each example; its intercept where the answer holds no word."""
    found = (judge.margin(example.stem, example.answer) for example in examples)
    return np.array([judge.intercept if margin is None else margin for margin in found])


def calibrate(judge: Screener, examples: Sequence[Example], *, seed: int = 0) -> Screener:
    """The judge with slope and shift from each public set judged without it (Platt 1999).

    The judge as it is where fewer than `CALIBRATING` public sets are there.
    """
    names = sorted({example.source for example in examples} & PUBLIC.keys())
    if len(names) < CALIBRATING:
        return judge
    scores, labels, weights = [], [], []
    for name in names:
        held = [example for example in examples if example.source == name]
        scores.append(margins(fit(without(examples, held), seed=seed), held))
        labels += [example.unsafe for example in held]
        weights.append(balanced(held) / len(held))
    scale = len(labels) / np.concatenate(weights).sum()
    platt = LogisticRegression(C=1e6)
    platt.fit(np.concatenate(scores)[:, None], labels, sample_weight=np.concatenate(weights) * scale)
    found = replace(judge, slope=float(platt.coef_[0, 0]), shift=float(platt.intercept_[0]))
    low, high = (found.calibrated(float(np.log(raw / (1 - raw)))) for raw in BAND)
    return replace(found, low=low, high=high)


def train(data: Path, bank: Path, out: Path, *, seed: int = 0) -> Screener:
    """The calibrated judge from the sets found in `data` and `bank`, written to `out`.

    ValueError when neither folder holds anything to train on.
    """
    found = [path for name in PUBLIC if (path := data / f"{name}.jsonl").exists()]
    examples = [example for path in found for example in read_public(path)] + read_bank(bank)
    if not examples:
        message = f"nothing to train on in {data} and {bank}"
        raise ValueError(message)
    examples += read_lessons()
    judge = calibrate(fit(examples, seed=seed), examples, seed=seed)
    judge.save(out)
    return Screener.load(out)


def main() -> None:
    """Train from the command line and print the version of the judge."""
    parser = argparse.ArgumentParser(description="Train the embedded judge.")
    parser.add_argument("--data", type=Path, required=True, help="folder of the public sets")
    parser.add_argument("--bank", type=Path, required=True, help="folder of the bank's questions")
    parser.add_argument("--out", type=Path, required=True, help="file for the weights (.npz)")
    parser.add_argument("--seed", type=int, default=0, help="of the openings put in front")
    chosen = parser.parse_args()
    judge = train(chosen.data, chosen.bank, chosen.out, seed=chosen.seed)
    print(f"judge {judge.version} written to {chosen.out}")  # noqa: T201 - a command's answer


if __name__ == "__main__":
    main()
