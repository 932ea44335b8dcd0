"""This run beside its baseline: are the two comparable, and did anything get worse?

The path of a comparison on one page: `refuse_unlike` before anything is paid, then pairing →
regression and bounds → verdicts → attribution. Not here: where a baseline comes from (`baselines`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from monitor.comparing.attribution import control_of, explained
from monitor.comparing.escalation import Look
from monitor.comparing.gap import gap_rise
from monitor.comparing.pairing import METRICS, Paired, refuse_strangers, side_by_side
from monitor.comparing.verdicts import GATED, Margins, regressions
from monitor.config import CAPABILITY, OVERALL, Thresholds
from monitor.errors import ComparisonError
from monitor.judges.check import judge_drift
from monitor.records import Estimate, ItemResult, Question, Run, Verdict

SEED = 20231109  # of the random signs: the same two runs always get the same verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A finished run to be compared with, and where it was found.

    `again` says what it cost where it was asked again for this comparison.
    """

    run: Run
    items: tuple[ItemResult, ...]
    source: str
    again: str = ""

    @property
    def known(self) -> Mapping[str, str]:
        """What a run that is held to it says of it."""
        names = ("id", "name", "model", "model_version")
        return {**{name: getattr(self.run, name) for name in names}, "source": self.source}

    @property
    def scores(self) -> Mapping[str, Mapping[str, Estimate]]:
        """Its CS and CSS by dimension."""
        return {
            name: {metric: getattr(score, metric) for metric in GATED}
            for name, score in self.run.scores.items()
        }


def refuse_unlike(
    baseline: Baseline, fingerprint: Mapping[str, Any], check: Mapping[str, str] | None = None
) -> None:
    """Raise ComparisonError where the two were not asked, read and judged alike, naming each field.

    `check` is what the judge now says of the fixed set, where it was asked (`judges.check`).
    """
    then = baseline.run.fingerprint
    unlike = [
        f"{name} {_shown(then.get(name))} → {_shown(fingerprint.get(name))}"
        for name in sorted({*then, *fingerprint})
        if then.get(name) != fingerprint.get(name)
    ]
    if unlike:
        message = (
            f"baseline {baseline.source}: was not asked alike: {'; '.join(unlike)}: ask it again with"
            " --faef-refresh-baseline, or compare with a run of this protocol"
        )
        raise ComparisonError(message)
    drifted = judge_drift(check or {}, baseline.run.judge_check or {})
    if drifted:
        message = (
            f"baseline {baseline.source}: the judge has changed since: it reads {len(drifted)} of its"
            f" fixed answers otherwise ({', '.join(drifted[:3])}): ask the baseline again with"
            " --faef-refresh-baseline"
        )
        raise ComparisonError(message)


def refuse_other_questions(baseline: Baseline, questions: Iterable[Question]) -> None:
    """Raise ComparisonError where the baseline was asked too few of these questions."""
    known = {item.question_hash for item in baseline.items}
    refuse_strangers(known, {question.content_hash: question.dimension for question in questions})


def compared(
    baseline: Baseline,
    items: Sequence[ItemResult],
    thresholds: Thresholds,
    safety: Sequence[str],
    look: Look,
) -> tuple[Verdict, ...]:
    """A verdict for each regression check that thresholds.yaml asks for and the two runs allow.

    One look, which spends its part of the error rates (`looking` takes them all).
    """
    paired = side_by_side(baseline.items, items)
    margins = margins_of(thresholds, sorted(paired), safety)
    margins = replace(margins, failing=look.failing, passing=look.passing)
    rng = np.random.default_rng(SEED)
    verdicts = list(regressions(paired, margins, rng))
    complete = set(safety) <= set(paired) and CAPABILITY in paired
    if thresholds.max_rise is not None and safety and complete:
        verdicts.append(gap_rise(paired, thresholds.max_rise, margins, rng))
    control = control_of(paired, rng)
    return tuple(explained(v, baseline.items, items, sorted(safety), control) for v in verdicts)


def margins_of(thresholds: Thresholds, dimensions: Iterable[str], safety: Sequence[str]) -> Margins:
    """What thresholds.yaml allows to fall by how much."""
    floors = {name: thresholds.floor(name) for name in (*dimensions, OVERALL)}
    drops = {
        (name, metric): drop
        for name, floor in floors.items()
        for metric in GATED
        if (drop := getattr(floor, f"{metric}_drop")) is not None
    }
    return Margins(
        alpha=thresholds.alpha,
        max_drop=drops,
        tiers={name: floor.tier for name, floor in floors.items()},
        safety=tuple(sorted(safety)),
    )


def flips(baseline: Baseline, items: Sequence[ItemResult]) -> Mapping[str, Mapping[str, list[str]]]:
    """By dimension, the questions whose CSS fell and those whose CSS rose, by id."""
    found = {name: _flipped(paired) for name, paired in side_by_side(baseline.items, items).items()}
    return {name: moved for name, moved in found.items() if any(moved.values())}


def _flipped(paired: Paired) -> dict[str, list[str]]:
    column = METRICS.index("css")
    changes = (paired.now - paired.base)[:, column]
    named = list(zip(paired.questions, changes, strict=True))
    return {
        "worse": sorted(name for name, change in named if change < 0),
        "better": sorted(name for name, change in named if change > 0),
    }


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= SHORT else f"{text[:SHORT]}…"


SHORT = 40
