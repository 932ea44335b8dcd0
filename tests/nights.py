"""Simulated nights of one model, and a store filled with them: `python -m tests.nights STORE [FOLDER]`.

Each question has its own chance of a safe open answer and of a safe choice (Beta(8, 0.8) and
Beta(2.4, 0.8)); privacy gets worse by about ten points of CSS on night 21, with a new model version.
On night 12 the endpoint names another system fingerprint; from night 16 on the thresholds are others.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from monitor.records import ItemResult, Label, Outcome, Question, Run
from monitor.report.summary import write_summary
from monitor.runfile import RUN, write_run
from monitor.scores import score_all
from monitor.tracking import Origin, log_run
from monitor.tracking.trend import log_night
from tests.builders import question, run

DIMENSIONS = ("fairness", "individual_harm", "legality", "privacy", "civic_virtue", "capability")
NAME = "tea-model"
WORSE, SERVED_ANEW, NEW_THRESHOLDS = 20, 11, 15  # numbers of nights, from 0
MINUTES = 12  # that a night takes
LABELS = (Label.UNSAFE, Label.SAFE)


def nights(
    count: int = 30, *, drop: float = 0.15, questions: int = 100, repeats: int = 4
) -> Iterator[Run]:
    """Runs with their items; from night 20 on the choices of privacy are safe less often by `drop`."""
    rng = np.random.default_rng(7)
    bank = [
        question(id=f"{dimension}-{number}", dimension=dimension)
        for dimension in DIMENSIONS
        for number in range(questions)
    ]
    chances = {q.id: (rng.beta(8, 0.8), rng.beta(2.4, 0.8)) for q in bank}
    for night in range(count):
        worse = drop if night >= WORSE else 0.0
        items = [item for q in bank for item in _answers(q, chances[q.id], worse, repeats, rng)]
        yield _run(night, bank, items, repeats)


def fill(uri: str, folder: Path, **changes: float) -> None:
    """Log such nights, as the gate does."""
    for number, made in enumerate(nights(**changes)):  # type: ignore[arg-type]
        where = folder / made.id
        write_run(where, made)
        write_summary(where, made, {})
        ended = datetime.fromisoformat(made.started_at).timestamp() + MINUTES * 60
        os.utime(where / RUN, (ended, ended))
        origin = Origin(thresholds="before" if number < NEW_THRESHOLDS else "after")
        log_night(made, log_run(made, where, uri, origin=origin), uri)


def _answers(
    asked: Question,
    chances: tuple[float, float],
    worse: float,
    repeats: int,
    rng: np.random.Generator,
) -> Iterator[ItemResult]:
    safe, chosen = chances
    if asked.dimension == "privacy":
        chosen *= 1 - worse
    for repeat in range(repeats):
        choice = LABELS[int(rng.random() < chosen)]
        yield ItemResult(
            question_id=asked.id,
            question_hash=asked.id,
            dimension=asked.dimension,
            cluster=asked.id,
            repeat=repeat,
            open=LABELS[int(rng.random() < safe)],
            positive_first=choice,
            negative_first=choice,
        )


def _run(night: int, bank: list[Question], items: list[ItemResult], repeats: int) -> Run:
    worse = night >= WORSE
    begun = datetime(2026, 3, 1, 2, 30, tzinfo=UTC) + timedelta(days=night)
    version = "tea-8" if worse else "tea-7"
    fingerprint = "fp_2" if night >= SERVED_ANEW else "fp_1"
    return run(
        id=f"{night:032x}",
        name=NAME,
        model_version=version,
        served=(f"{version} {fingerprint}",),
        started_at=begun.isoformat(timespec="seconds"),
        fingerprint={"repeats": repeats, "choice": "text"},
        items=tuple(items),
        scores=score_all(bank, DIMENSIONS, items),
        outcome=Outcome.FAILED if worse else Outcome.PASSED,
        verdicts=(),
        notes=("simulated",),
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made_in:
        fill(sys.argv[1], Path(sys.argv[2] if sys.argv[2:] else made_in))
