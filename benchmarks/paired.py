"""Pairs of simulated runs, judged for many runs at once by the functions that `faef gate` uses."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from simulated import DIMENSIONS, Bank, Model, bank

from monitor.comparing.bounds import confidence, worst_sum
from monitor.comparing.regression import holm, sign_patterns, standardised, step_down

Floats = NDArray[np.floating]
Flags = NDArray[np.bool_]

ALPHA = 0.05
NAIVE_DROP = 0.05
CHUNK = 200  # runs drawn at a time
CHECKS = 2 * DIMENSIONS + 2  # CS and CSS of each dimension, then those of overall
MAX_DROP = np.array([0.10] * (2 * DIMENSIONS) + [0.05] * 2)  # the defaults of thresholds.yaml
SHARED = 20  # runs that share their random signs


@dataclass(frozen=True, slots=True)
class Setting:
    """What is shared by all tables: how many runs, flips a run, and where the numbers come from."""

    runs: int
    flips: int
    rng: np.random.Generator

    def chunks(self, model: Model, questions: int) -> Iterator[Bank]:
        """Banks for all runs, some at a time."""
        for begin in range(0, self.runs, CHUNK):
            yield bank(model, min(CHUNK, self.runs - begin), questions, self.rng)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Drops of many runs: of questions, and summed over clusters."""

    questions: Floats  # (runs, dimensions, questions, 2)
    clusters: Floats  # (runs, dimensions, clusters, 2)
    tested: Floats  # the same, over no more repeats than the baseline has

    @property
    def drops(self) -> Floats:
        """The drop of each check, shape (runs, checks)."""
        means = self.questions.mean(axis=2)
        return np.concatenate([means.reshape(len(means), -1), means.mean(axis=1)], axis=1)

    def table(self) -> Floats:
        """The contributions of clusters to checks, shape (runs, clusters, checks)."""
        runs, _, clusters, _ = self.tested.shape
        n = self.questions.shape[2]
        table = np.zeros((runs, DIMENSIONS * clusters, CHECKS), dtype=np.float32)
        for number in range(DIMENSIONS):
            rows = slice(number * clusters, (number + 1) * clusters)
            table[:, rows, 2 * number : 2 * number + 2] = self.tested[:, number] / n
            table[:, rows, -2:] = self.tested[:, number] / (n * DIMENSIONS)
        return table

    def p_values(self, setting: Setting) -> tuple[Floats, Floats]:
        """Adjusted by step-down max-T, and by Holm, shape (runs, checks)."""
        return p_values(self.table(), setting)

    def confidence(self, limits: Floats, checks: Sequence[int] = range(CHECKS)) -> Floats:
        """How sure it is that the drop of each of these checks is within its limit."""
        runs, _, clusters, _ = self.clusters.shape
        n = self.questions.shape[2]
        size, found = n // clusters, np.zeros((runs, len(checks)))
        squares = np.square(self.clusters).sum(axis=2), np.square(self.questions).sum(axis=2)
        for column, check in enumerate(checks):
            number, metric = divmod(check, 2)
            which = slice(None) if number == DIMENSIONS else slice(number, number + 1)
            values = self.clusters[:, which, :, metric].reshape(runs, -1).astype(float) / size
            of_clusters, of_questions = (part[:, which, metric].sum(axis=1) for part in squares)
            worst = worst_sum(of_clusters, of_questions, size) / size
            found[:, column] = confidence(values, worst, float(limits[check]))
        return found


def pairs(base: Floats, now: Floats, alike: Floats, model: Model) -> Pairs:
    """Two runs over the same questions, arrays (runs, dimensions, questions, 2).

    `alike` is `now` over no more repeats than the baseline has.
    """
    clusters, tested = (
        drops[:, :, ::2] + drops[:, :, 1::2] if model.twins else drops
        for drops in (base - now, base - alike)
    )
    return Pairs(base - now, clusters, tested)


def compared(drawn: Bank, worse: Bank, old: int, k: int, setting: Setting) -> Pairs:
    """A baseline with `old` repeats beside a run with `k`."""
    base, now = drawn.answers(old, setting.rng)[-1], worse.answers(k, setting.rng)
    return pairs(base, now[-1], now[min(old, k) - 1], drawn.model)


def p_values(table: Floats, setting: Setting) -> tuple[Floats, Floats]:
    """The same from contributions of clusters to checks, shape (runs, clusters, checks)."""
    adjusted, alone = [], []
    for begin in range(0, len(table), SHARED):
        patterns = sign_patterns(table.shape[1], setting.flips, setting.rng)
        statistics = standardised(table[begin : begin + SHARED], patterns)
        adjusted.append(step_down(statistics))
        alone.append(np.mean(statistics >= statistics[:, :1] - 1e-4, axis=1))
    return np.concatenate(adjusted), holm(np.concatenate(alone))


def any_of(*flags: Flags) -> list[Flags]:
    """Whether any check is flagged, run by run."""
    return [np.asarray(flag.any(axis=1)) for flag in flags]


def rates(seen: Sequence[Sequence[Flags]]) -> str:
    """Shares over all runs, a column each."""
    columns = [np.concatenate(column) for column in zip(*seen, strict=True)]
    return " ".join(f"{np.mean(column):7.1%}" for column in columns)


def heading(title: str, models: Sequence[Model]) -> None:
    """The title of a table and the models it draws from."""
    print(f"\n{title}")
    for model in models:
        print(f"  {model}")
