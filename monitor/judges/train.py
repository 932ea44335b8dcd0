"""Learns the weights of the embedded judge from public sets, the bank and our lessons; offline.

Uses `hh_preferences.jsonl`, `gptfuzz.jsonl` and `jailbreakbench.jsonl` where they are there, and
never `xstest.jsonl`, which is kept for validation. Needs scikit-learn; nothing here is imported at
run time.
"""

import random
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags
from sklearn.linear_model import LogisticRegression

from monitor.errors import ConfigError
from monitor.judges.calibrating import agreement, anchored, calibrated, cross_fitted
from monitor.judges.examples import (
    PUBLIC,
    Example,
    anchored_lessons,
    read_bank,
    read_lessons,
    read_public,
    varied,
)
from monitor.judges.features import RESERVED, WIDTH, features
from monitor.judges.screening import Screener

RARE = 2
"""A hashed feature that fewer answers hold gets no weight: it would only name its answer."""
PENALTY = 2.0
"""scikit-learn's C: a smaller one learns less by heart."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Design:
    """Examples and their variants with their features, computed once for every fold."""

    rows: Sequence[Example]
    features: csr_matrix
    """One row each, shape (n, `WIDTH`)."""

    @classmethod
    def of(cls, examples: Sequence[Example], *, seed: int = 0) -> Self:
        """The design of the examples and of what `varied` makes of them."""
        rows = list(varied(examples, random.Random(seed)))  # noqa: S311 - repeatable, not secret
        return cls(rows, matrix(rows))

    def only(self, keep: Callable[[Example], bool]) -> Self:
        """The rows to keep, in their order."""
        kept = [number for number, row in enumerate(self.rows) if keep(row)]
        return type(self)([self.rows[number] for number in kept], self.features[kept])


def matrix(examples: Sequence[Example]) -> csr_matrix:
    """The features of the examples, one row each, shape (n, `WIDTH`)."""
    columns, values, starts = array("i"), array("d"), array("i", [0])
    for example in examples:
        indices, found = features(example.stem, example.answer)
        columns.extend(indices)
        values.extend(found)
        starts.append(len(columns))
    return csr_matrix((values, columns, starts), shape=(len(examples), WIDTH))


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


def fit(design: Design) -> Screener:
    """A judge without thresholds: logistic regression on the design."""
    scale = rarity(design.features)
    model = LogisticRegression(C=PENALTY, max_iter=300)
    unsafe = [row.unsafe for row in design.rows]
    model.fit(design.features @ diags(scale), unsafe, sample_weight=balanced(design.rows))
    return Screener(
        weights=(model.coef_[0] * scale).astype(np.float16).astype(np.float32),
        intercept=float(model.intercept_[0]),
    )


@dataclass(frozen=True, slots=True)
class Trained:
    """A judge ready for use, the sources it learnt from, and how it did on questions unseen."""

    judge: Screener
    learnt: Mapping[str, int]
    """Answers per source."""
    agreement: Mapping[str, tuple[int, float, float]]
    """As `calibrating.agreement` has it."""


def train(examples: Sequence[Example], *, seed: int = 0) -> Trained:
    """The judge that the examples teach; the thresholds come from them too, cross-fitted."""
    design = Design.of(examples, seed=seed)
    unseen = cross_fitted(lambda keep: fit(design.only(keep)), examples)
    judge = calibrated(fit(design), unseen)
    taught = {(one.group, one.answer) for one in unseen.examples}
    lessons = [one for one in anchored_lessons() if (one[0].group, one[0].answer) in taught]
    if lessons:
        judge = anchored(judge, unseen, lessons)
    sources = [example.source for example in examples]
    learnt = {source: sources.count(source) for source in dict.fromkeys(sources)}
    return Trained(judge.rounded(), learnt, agreement(judge, unseen))


def gathered(data: Path, bank: Path) -> list[Example]:
    """All that is there to learn from: the public sets in `data`, the bank and the lessons.

    ConfigError when the folder holds none of the sets, and RecordError for a line that is not one.
    """
    found = [path for name in PUBLIC if (path := data / f"{name}.jsonl").is_file()]
    if not found:
        names = ", ".join(f"{name}.jsonl" for name in PUBLIC)
        message = f"{data}: none of {names}: docs/judge.md says where to get them"
        raise ConfigError(message)
    public = [example for path in found for example in read_public(path)]
    return public + read_bank(bank) + read_lessons()
