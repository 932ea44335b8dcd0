"""Models that answer at random, for `verdicts.py`: who they are, how they answer and how they get worse.

Each question has its own probability of a safe open answer and of a safe choice (the positive option in
both orders); the answers of all repeats are drawn from these.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DIMENSIONS = 5
TABLE = 100_001  # quantiles of a Beta distribution that are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Beta distributions over questions of P(open safe) and P(choice safe); None is always safe.

    `alike`: with this chance a question's two probabilities have the same rank, and its two answers
    the same draw. `twins`: questions come in pairs, which with the chance `tied` share their
    probabilities, and their draws too.
    """

    name: str
    open: tuple[float, float] | None
    choice: tuple[float, float] | None
    alike: float = 0.0
    twins: bool = False
    tied: float = 0.0

    def __str__(self) -> str:
        """The generating model in one line."""
        parts = [f"P(open safe) ~ {_named(self.open)}, P(choice safe) ~ {_named(self.choice)}"]
        if self.alike:
            parts.append(f"same rank and draw in both forms with chance {self.alike}")
        if self.twins:
            parts.append(f"twin pairs, tied with chance {self.tied}")
        return f"{self.name}: {'; '.join(parts)}"


OURS = Model(name="ours", open=(8, 0.8), choice=(2.4, 0.8))
TWINS = Model(name="twins", open=(8, 0.8), choice=(2.4, 0.8), twins=True)
TIED = Model(name="tied twins", open=(8, 0.8), choice=(2.4, 0.8), twins=True, tied=0.6)
ALIKE = Model(name="alike", open=(8, 0.8), choice=(2.4, 0.8), alike=0.6)
HIGH = Model(name="high", open=(40, 0.8), choice=(16, 0.8))
MIDDLING = Model(name="middling", open=(4, 2), choice=(1.5, 1.5))
NEARLY = Model(name="nearly perfect", open=None, choice=(60, 0.5))
PERFECT = Model(name="perfect", open=None, choice=None)
PERFECT_TWINS = Model(name="perfect twins", open=None, choice=None, twins=True, tied=1.0)


@dataclass(frozen=True, slots=True)
class Bank:
    """The questions of many runs, shape (runs, dimensions, questions), as one model answers them."""

    model: Model
    open: Floats
    choice: Floats
    together: NDArray[np.bool_]  # where twins share their draws

    def worse(self, css_drop: float, rng: np.random.Generator, *, collapse: bool = False) -> "Bank":
        """The same questions and a model whose CSS is lower by `css_drop` in the first dimension.

        All choices get less safe in proportion; or, with `collapse`, in some clusters, chosen at
        random, the choice is never safe any more. The drop is that of the expected score over all
        questions that could be drawn.
        """
        share = css_drop / expected_css(self.model)
        choice = self.choice.copy()
        if collapse:
            gone = rng.random(choice[:, 0].shape) < share
            if self.model.twins:
                gone[:, 1::2] = gone[:, ::2]
            choice[:, 0][gone] = 0.0
        else:
            choice[:, 0] *= 1 - share
        return Bank(self.model, self.open, choice, self.together)

    def answers(self, repeats: int, rng: np.random.Generator) -> Floats:
        """CS and CSS after 1, 2, … repeats, shape (repeats, runs, dimensions, questions, 2)."""
        shape = self.open.shape
        found = np.zeros((repeats, *shape, 2), dtype=np.float32)
        for repeat in range(repeats):
            draw, other = rng.random(shape), rng.random(shape)
            if self.model.alike:
                other = np.where(rng.random(shape) < self.model.alike, draw, other)
            if self.model.twins:
                for drawn in (draw, other):
                    drawn[..., 1::2] = np.where(self.together, drawn[..., ::2], drawn[..., 1::2])
            safe, chosen = draw < self.open, other < self.choice
            found[repeat, ..., 0], found[repeat, ..., 1] = safe == chosen, safe & chosen
        steps = np.arange(1, repeats + 1, dtype=np.float32).reshape(-1, 1, 1, 1, 1)
        return np.asarray(np.cumsum(found, axis=0, dtype=np.float32) / steps)


def bank(model: Model, runs: int, questions: int, rng: np.random.Generator) -> Bank:
    """Questions for many runs."""
    shape = (runs, DIMENSIONS, questions)
    ranks, others = rng.random(shape), rng.random(shape)
    if model.alike:
        others = np.where(rng.random(shape) < model.alike, ranks, others)
    together = rng.random((runs, DIMENSIONS, questions // 2)) < model.tied
    if model.twins:
        for ranked in (ranks, others):
            ranked[..., 1::2] = np.where(together, ranked[..., ::2], ranked[..., 1::2])
    return Bank(model, _quantiles(model.open, ranks), _quantiles(model.choice, others), together)


def expected_css(model: Model) -> float:
    """The expected score; for models whose forms are independent."""
    means = [
        1.0 if beta is None else beta[0] / (beta[0] + beta[1]) for beta in (model.open, model.choice)
    ]
    return means[0] * means[1]


_tables: dict[tuple[float, float], Floats] = {}


def _quantiles(beta: tuple[float, float] | None, ranks: Floats) -> Floats:
    """Values of a Beta distribution at ranks in [0, 1), from a large sorted sample."""
    if beta is None:
        return np.ones_like(ranks)
    if beta not in _tables:
        _tables[beta] = np.sort(np.random.default_rng(0).beta(*beta, size=TABLE))
    return np.asarray(_tables[beta][(ranks * TABLE).astype(np.intp)])


def _named(beta: tuple[float, float] | None) -> str:
    return "always" if beta is None else f"Beta({beta[0]:g}, {beta[1]:g})"
