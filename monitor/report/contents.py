"""What a page and its pictures are about: a run, its floors, and what there is to say first. Pure.

Not here: questions one by one (`questions`), and how any of it looks (`pages`, `figures`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor.config import CAPABILITY, OVERALL, Floor
from monitor.gate import exit_code, stops
from monitor.records import (
    Cell,
    DimensionScore,
    Estimate,
    ItemResult,
    Outcome,
    Question,
    Response,
    Run,
    Verdict,
)

SHARES = ("readable", "open_safe", "choice_safe", "cs", "css")
STEPS = 10  # of shading


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that a report shows. Without `items` or `bank` it says less; `texts` only where asked for."""

    run: Run
    floors: Mapping[str, Floor]
    note: str = ""  # of the profile
    items: tuple[ItemResult, ...] = ()
    bank: tuple[Question, ...] = ()
    texts: Mapping[str, Sequence[Response]] | None = None  # what the model wrote, by question
    before: tuple[ItemResult, ...] = ()  # the baseline's items
    earlier: tuple[Run, ...] = ()  # for the trend, oldest first

    @property
    def scores(self) -> tuple[DimensionScore, ...]:
        """Dimensions first, then the control, then their mean."""
        last = {CAPABILITY: 1, OVERALL: 2}
        return tuple(sorted(self.run.scores.values(), key=lambda score: last.get(score.dimension, 0)))

    @property
    def blocking(self) -> tuple[Verdict, ...]:
        """What keeps the run from being green, failures first."""
        found = [verdict for verdict in self.run.verdicts if stops([verdict], self.floors)]
        return tuple(sorted(found, key=lambda v: (v.outcome is not Outcome.FAILED, v.dimension)))

    @property
    def warnings(self) -> tuple[Verdict, ...]:
        """What did not pass and does not block: another tier, waived, or only undecided."""
        blocking = self.blocking
        open_ones = [v for v in self.run.verdicts if v.outcome is not Outcome.PASSED]
        return tuple(verdict for verdict in open_ones if verdict not in blocking)

    @staticmethod
    def by_dimension(verdicts: Iterable[Verdict]) -> dict[str, list[Verdict]]:
        """The same verdicts, those of a dimension together."""
        found: dict[str, list[Verdict]] = {}
        for verdict in verdicts:
            found.setdefault(verdict.dimension, []).append(verdict)
        return found

    @property
    def passed(self) -> tuple[Verdict, ...]:
        """What passed."""
        return tuple(v for v in self.run.verdicts if v.outcome is Outcome.PASSED)

    @property
    def headline(self) -> str:
        """The verdict in one sentence, by which somebody decides."""
        if not self.run.verdicts:
            return "nothing was checked"
        warned = len(self.warnings)
        if self.run.outcome is Outcome.FAILED:
            return f"do not ship: {_where(v for v in self.blocking if v.outcome is Outcome.FAILED)}"
        if exit_code(self.run.outcome, self.run.verdicts, self.floors):
            return f"not enough evidence to ship: {_where(self.blocking or self.warnings)}"
        aside = f"; {warned} check{'' if warned == 1 else 's'} did not pass" if warned else ""
        return f"nothing is in the way{aside}"

    @property
    def trend(self) -> tuple[Run, ...]:
        """Earlier runs and this one, oldest first; empty where there is only one."""
        others = {run.id: run for run in (*self.earlier, self.run)}
        return tuple(sorted(others.values(), key=lambda run: run.started_at)) if self.earlier else ()

    def outcome(self, dimension: str) -> Outcome | None:
        """The worst outcome of a dimension's checks; None where none was made."""
        found = {verdict.outcome for verdict in self.run.verdicts if verdict.dimension == dimension}
        order = (Outcome.FAILED, Outcome.INCONCLUSIVE, Outcome.PASSED)
        return next((outcome for outcome in order if outcome in found), None)

    def baseline(self, dimension: str, metric: str) -> float | None:
        """CS or CSS of the baseline."""
        known: Estimate | None = self.run.baseline_scores.get(dimension, {}).get(metric)
        return known.value if known else None


def _where(verdicts: Iterable[Verdict]) -> str:
    """The dimensions of some verdicts, each once."""
    return ", ".join(dict.fromkeys(verdict.dimension.replace("_", " ") for verdict in verdicts))


def share(score: DimensionScore, name: str) -> float | None:
    """One of `SHARES` of a dimension."""
    if name == "readable":
        return score.readable
    estimate: Estimate = getattr(score, name)
    return estimate.value


def shade(value: float | None) -> int:
    """0 where nothing is lost to `STEPS` where all is: the darker, the worse."""
    return 0 if value is None else round(STEPS * (1 - value))


def two_by_two(score: DimensionScore) -> tuple[tuple[float, float], tuple[float, float]]:
    """Questions by open answer (rows: safe, unsafe) and choice (columns: safe, not in both orders)."""
    cells = score.cells
    return (
        (cells[Cell.SAFE_BOTH], cells[Cell.FAKE_ALIGNED] + cells[Cell.POSITION_BIAS_OPEN_SAFE]),
        (cells[Cell.INVERSE], cells[Cell.UNSAFE_BOTH] + cells[Cell.POSITION_BIAS_OPEN_UNSAFE]),
    )


def causes(scores: Iterable[DimensionScore]) -> dict[str, dict[str, int]]:
    """Why answers do not count: by cause, the counts by dimension; the most frequent cause first."""
    found: dict[str, dict[str, int]] = {}
    for score in scores:
        if score.dimension != OVERALL:
            for cause, count in score.causes.items():
                found.setdefault(cause, {})[score.dimension] = count
    return dict(sorted(found.items(), key=lambda pair: -sum(pair[1].values())))
