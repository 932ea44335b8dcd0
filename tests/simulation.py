"""Runs and calibrations drawn from a known truth, to count how often an interval holds it."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.calibration.correction import (
    BEYOND,
    Corrected,
    ErrorRates,
    cell_draws,
    combine,
    limits,
    macro_mean,
    rate_draws,
)
from monitor.stats import Z_95, wilson

Array = NDArray[np.floating]
Pair = tuple[float, float]
SCORES = ("cs", "css", "open_safe")
DRAWS = 300  # enough to count by; a run draws more


@dataclass(frozen=True, kw_only=True)
class World:
    """A model, a judge and how much is seen of both; pairs are (choice unsafe, choice safe)."""

    picked: float  # share of questions with the positive option picked in both orders
    safe: Pair  # share of safe open answers
    sensitivity: Pair
    specificity: Pair
    questions: int = 100
    labels: tuple[int, int, int, int] = (
        25,
        25,
        25,
        25,
    )  # choice 0: unsafe, safe; 1: unsafe, safe

    @property
    def judged_safe(self) -> Pair:
        """The share that the judge calls safe."""
        sides = zip(self.safe, self.sensitivity, self.specificity, strict=True)
        unsafe, safe = (pi * sens + (1 - pi) * (1 - spec) for pi, sens, spec in sides)
        return unsafe, safe

    @property
    def cells(self) -> list[float]:
        """The chances of the cells (choice, judged) = 00, 01, 10, 11."""
        (q_0, q_1), p = self.judged_safe, self.picked
        return [(1 - p) * (1 - q_0), (1 - p) * q_0, p * (1 - q_1), p * q_1]

    @property
    def truth(self) -> Mapping[str, float]:
        """CS, CSS and open safety as people would see them."""
        (safe_0, safe_1), p = self.safe, self.picked
        css = p * safe_1
        return {"cs": css + (1 - p) * (1 - safe_0), "css": css, "open_safe": css + (1 - p) * safe_0}


def calibrations(
    world: World, runs: int, rng: np.random.Generator, *, pooled: bool = False
) -> ErrorRates:
    """What as many calibrations of the world's judge would find."""
    labels = np.broadcast_to(np.array(world.labels).reshape(2, 2), (runs, 2, 2))
    chances = np.stack([world.specificity, world.sensitivity], axis=-1)
    right = rng.binomial(labels, chances)
    if pooled:
        labels, right = (np.repeat(x.sum(axis=1, keepdims=True), 2, axis=1) for x in (labels, right))
    return ErrorRates(right=right / np.maximum(labels, 1), labels=labels.astype(float), pooled=pooled)


def counted(world: World, runs: int, rng: np.random.Generator) -> Array:
    """The questions in each cell, in as many runs."""
    return rng.multinomial(world.questions, world.cells, size=runs).astype(float)


def coverage(
    world: World, runs: int, rng: np.random.Generator, *, pooled: bool = False
) -> Mapping[str, float]:
    """How often the corrected interval of each score holds the truth."""
    right = rate_draws(calibrations(world, runs, rng, pooled=pooled), rng, DRAWS)
    cells = cell_draws(np.eye(4), counted(world, runs, rng), rng, DRAWS)
    return held_by(combine(cells, right, BEYOND), world.truth)


def overall_coverage(
    worlds: Sequence[World], runs: int, rng: np.random.Generator, *, shared: bool = True
) -> Mapping[str, float]:
    """The same for the mean over worlds that have one judge and one calibration of it.

    `shared` False: the uncertainty of that calibration is drawn anew for each world, as if it were
    each time another one.
    """
    rates = calibrations(worlds[0], runs, rng)
    right = rate_draws(rates, rng, DRAWS)
    parts = []
    for world in worlds:
        cells = cell_draws(np.eye(4), counted(world, runs, rng), rng, DRAWS)
        parts.append(combine(cells, right if shared else rate_draws(rates, rng, DRAWS), BEYOND))
    truth = {s: float(np.mean([world.truth[s] for world in worlds])) for s in SCORES}
    return held_by(macro_mean(parts), truth)


def paired_coverage(
    world: World, alike: float, size: float, runs: int, rng: np.random.Generator
) -> Mapping[str, float]:
    """The same for clusters of two answers, which fall in one cell by nature with chance `alike`.

    `size` is what a cluster weighs: 2 for twin questions, 1 for two repeats of a question.
    """
    pairs = list(itertools.combinations_with_replacement(range(4), 2))
    chances = np.array(
        [
            alike * world.cells[a] * (a == b)
            + (1 - alike) * world.cells[a] * world.cells[b] * (1 if a == b else 2)
            for a, b in pairs
        ]
    )
    profiles = np.array([(np.eye(4)[a] + np.eye(4)[b]) * size / 2 for a, b in pairs])
    counts = rng.multinomial(round(world.questions / size), chances, size=runs).astype(float)
    right = rate_draws(calibrations(world, runs, rng), rng, DRAWS)
    return held_by(combine(cell_draws(profiles, counts, rng, DRAWS), right, BEYOND), world.truth)


def delta_coverage(world: World, runs: int, rng: np.random.Generator) -> Mapping[str, float]:
    """How often the textbook's interval holds the truth: Rogan-Gladen with the delta method."""
    counts, rates = counted(world, runs, rng), calibrations(world, runs, rng)
    n_m = counts.reshape(runs, 2, 2).sum(axis=-1)
    q = counts.reshape(runs, 2, 2)[..., 1] / np.maximum(n_m, 1)
    spec, sens = rates.right[..., 0], rates.right[..., 1]
    youden = np.where(np.abs(sens + spec - 1) > 1e-9, sens + spec - 1, 1e-9)
    pi = np.clip((q + spec - 1) / youden, 0, 1)
    noise = q * (1 - q) / np.maximum(n_m, 1)
    noise += (1 - pi) ** 2 * spec * (1 - spec) / rates.labels[..., 0]
    noise += pi**2 * sens * (1 - sens) / rates.labels[..., 1]
    var, p = noise / youden**2, n_m[:, 1] / world.questions
    var_0, var_1 = (1 - p) ** 2 * var[:, 0], p**2 * var[:, 1]
    both, pi_0, pi_1 = p * (1 - p) / world.questions, pi[:, 0], pi[:, 1]
    figures = {
        "cs": (p * pi_1 + (1 - p) * (1 - pi_0), var_0 + var_1 + (pi_0 + pi_1 - 1) ** 2 * both),
        "css": (p * pi_1, var_1 + pi_1**2 * both),
        "open_safe": (p * pi_1 + (1 - p) * pi_0, var_0 + var_1 + (pi_1 - pi_0) ** 2 * both),
    }
    return {
        score: held(value - Z_95 * variance**0.5, value + Z_95 * variance**0.5, world.truth[score])
        for score, (value, variance) in figures.items()
    }


def held_by(drawn: Corrected, truth: Mapping[str, float]) -> Mapping[str, float]:
    """How often the intervals of these draws hold the truth."""
    return {score: held(*limits(getattr(drawn, score)), truth[score]) for score in SCORES}


def uncorrected(counts: Array) -> Mapping[str, Array]:
    """The scores as judged, for each run."""
    shares = counts / counts.sum(axis=-1, keepdims=True)
    css = shares[..., 3]
    return {"cs": css + shares[..., 0], "css": css, "open_safe": css + shares[..., 1]}


def uncorrected_coverage(world: World, runs: int, rng: np.random.Generator) -> Mapping[str, float]:
    """How often Wilson's interval around the judged score holds the truth."""
    found = {}
    for score, shares in uncorrected(counted(world, runs, rng)).items():
        ends = np.array([wilson(share * world.questions, world.questions) for share in shares])
        found[score] = held(ends[:, 0], ends[:, 1], world.truth[score])
    return found


def held(low: Array, high: Array, truth: float) -> float:
    """The share of intervals that hold the truth."""
    return float(np.mean((low <= truth + 1e-9) & (truth <= high + 1e-9)))
