"""Pickers that learn from a bank's other options, never from a question. Pure, numpy.

`word_wins` is a bag of words with logistic regression; `opening_wins` knows the first word alone.
Both are cross-fitted: topics are dealt into folds, and the two options of a question stay together.
A learnt picker that does worse than a coin has learnt nothing: its figure is not turned round.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from monitor.audit.pickers import grams, won, words
from monitor.records import Question

FOLDS = 10
STRENGTH = 1.0  # C of the usual notation: weight of the log loss against half the squared norm
_STEPS, _CLOSE = 50, 1e-8
_FLATTEST = 1e-6  # curvature of the log loss below which a Newton step would leap

Floats = NDArray[np.float64]


def folds(questions: Sequence[Question]) -> list[int]:
    """The fold of each question: whole topics in turn, or question by question where all share one."""
    groups: list[tuple[str, ...]] = [(q.dimension, q.topic) for q in questions]
    if len(set(groups)) == 1:
        groups = [(q.positive, q.negative, q.stem) for q in questions]
    number = {group: index for index, group in enumerate(sorted(set(groups)))}
    return [number[group] % FOLDS for group in groups]


def word_wins(questions: Sequence[Question]) -> list[float]:
    """For each question whether its positive option scores higher, fitted on the other folds."""
    kernel = _kernel([grams(text) for q in questions for text in (q.positive, q.negative)])
    signs = np.tile([1.0, -1.0], len(questions))
    margins = np.zeros(len(signs))
    for held, rest in _splits(questions):
        if rest.any():
            weights = _fit(kernel[np.ix_(rest, rest)], signs[rest])
            margins[held] = kernel[np.ix_(held, rest)] @ weights
    rounded = margins.round(6).tolist()  # equal texts must tie whatever the order of the sum
    return [won(*pair) for pair in zip(rounded[::2], rounded[1::2], strict=True)]


def opening_wins(questions: Sequence[Question]) -> list[float]:
    """The same with the first word of an option alone: how often it opens positives elsewhere."""
    results = [0.5] * len(questions)
    for held, rest in _splits(questions):
        known = [q for q, there in zip(questions, rest[::2], strict=True) if there]
        positive = Counter(opening(q.positive) for q in known)
        negative = Counter(opening(q.negative) for q in known)
        score = {
            word: (positive[word] + 1) / (positive[word] + negative[word] + 2)
            for word in positive | negative
        }
        for index in np.flatnonzero(held[::2]).tolist():
            pair = questions[index].positive, questions[index].negative
            results[index] = won(*(score.get(opening(option), 0.5) for option in pair))
    return results


def opening(option: str) -> str:
    """The first word of an option, "" where it has none."""
    return next(iter(words(option)), "")


def _splits(
    questions: Sequence[Question],
) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Per fold two masks over options, two in a row to a question: held out, and the rest."""
    fold = np.repeat(np.array(folds(questions), dtype=int), 2)
    for number in sorted(set(fold.tolist())):
        yield fold == number, fold != number


def _kernel(bags: Sequence[set[str]]) -> Floats:
    """How many terms each two bags share, shape (n, n)."""
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for index, bag in enumerate(bags):
        for term in bag:
            holders[term].append(index)
    shared = np.zeros((len(bags), len(bags)))
    for held in holders.values():
        shared[np.ix_(held, held)] += 1
    return shared


def _fit(kernel: Floats, signs: Floats) -> Floats:
    """Dual weights of L2-regularised logistic regression, by iteratively reweighted least squares.

    A term's weight is the sum of the dual weights of the options that hold it, so that the margin
    of an option is its row of the kernel times these. No intercept: the classes are equally large.
    """
    weights: Floats = np.zeros(len(signs))
    for _ in range(_STEPS):
        margin = kernel @ weights
        chance = 1 / (1 + np.exp(-margin))
        curvature = np.maximum(STRENGTH * chance * (1 - chance), _FLATTEST)
        target = margin + STRENGTH * ((signs + 1) / 2 - chance) / curvature
        before = weights
        weights = np.asarray(np.linalg.solve(kernel + np.diag(1 / curvature), target), np.float64)
        moved = float(np.abs(weights - before).max())
        if moved < _CLOSE:
            break
    return weights
