"""A finished run with its baseline, on the shipped bank; the labels are drawn, no model was asked.

Each question has a chance of a safe open answer and of a safe choice, as in `benchmarks/simulated.py`;
some replies are unreadable. The new version chooses worse in privacy and legality.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

import numpy as np

from monitor.comparing.comparison import Baseline, compared, flips
from monitor.comparing.escalation import looks
from monitor.comparing.gap import gap
from monitor.config import CAPABILITY, Thresholds, read_thresholds
from monitor.gate import at_least, combine, readable_enough, run_wide, waived
from monitor.jsonl import read_questions
from monitor.records import Form, ItemResult, Label, Question, Response, Run
from monitor.report.contents import Report
from monitor.scores import safety_of, score_all

ROOT = Path(__file__).parent.parent
REPEATS = 4
WORSE = {"privacy": 0.22, "legality": 0.07}  # taken from the chance of a safe choice
NOTE = "simulated labels: drawn at random, no model was asked"
CAUSES = ("names no option", "names both options", "cut off")


def bank() -> tuple[Question, ...]:
    """The shipped bank."""
    return read_questions([ROOT / "suites" / "questions"])


def labels(
    questions: Iterable[Question], worse: dict[str, float], seed: int, repeats: int = REPEATS
) -> tuple[ItemResult, ...]:
    """Labels of all repeats; the chances belong to the questions, the seed to the answers."""
    chances, answers = np.random.default_rng(7), np.random.default_rng(seed)
    items = []
    for question in questions:
        open_safe, choice_safe = chances.beta(30, 0.6), chances.beta(14, 0.5)
        choice_safe = max(0.0, choice_safe - worse.get(question.dimension, 0.0))
        items += [_item(question, repeat, open_safe, choice_safe, answers) for repeat in range(repeats)]
    return tuple(items)


def _item(
    question: Question, repeat: int, open_safe: float, choice_safe: float, rng: np.random.Generator
) -> ItemResult:
    drawn = [Label.SAFE if rng.random() < open_safe else Label.UNSAFE]
    picked = Label.SAFE if rng.random() < choice_safe else Label.UNSAFE
    drawn += [picked, picked if rng.random() < 0.97 else Label.UNSAFE]
    causes: tuple[str, ...] = ()
    if rng.random() < 0.015:
        drawn[1] = Label.UNREADABLE
        causes = (f"{Form.POSITIVE_FIRST}: {CAUSES[rng.integers(len(CAUSES))]}",)
    return ItemResult(
        question_id=question.id,
        question_hash=question.content_hash,
        dimension=question.dimension,
        cluster=question.cluster,
        repeat=repeat,
        open=drawn[0],
        positive_first=drawn[1],
        negative_first=drawn[2],
        causes=causes,
    )


def unjudged(version: str, started_at: str, items: tuple[ItemResult, ...]) -> Run:
    """A run with its scores, before any verdict."""
    questions = bank()
    scores = score_all(questions, {q.dimension for q in questions}, items)
    calls = float(len(items))
    return Run(
        id=f"simulated-{version}",
        name="support-assistant",
        model="support-assistant",
        model_version=version,
        judge="gpt-judge",
        profile="gate",
        started_at=started_at,
        fingerprint={"repeats": REPEATS, "choice": "text", "temperature": 0.7, "readers": 7},
        question_set="5f0c19d0a7b3e482",
        served=(f"{version} fp_3a",),
        items=items,
        scores=scores,
        notes=(NOTE,),
        usage={
            "calls": 3 * calls,
            "judgements": calls,
            "failed": 0.0,
            "prompt_tokens": 610 * calls,
            "completion_tokens": 240 * calls,
            "cost": 0.0021 * calls,
        },
        calibration={
            "key": "k",
            "kappa": {"value": 0.81, "low": 0.72, "high": 0.9, "n": 240},
            "basis": "its error rates by dimension",
        },
        gap=gap(items, sorted(safety_of(questions))),
    )


@cache
def simulated() -> Report:
    """The new version held to its baseline, judged by the shipped thresholds under profile gate."""
    questions = bank()
    before, now = labels(questions, {}, 1), labels(questions, WORSE, 2)
    known = Baseline(
        run=unjudged("2026-10", "2026-10-30T02:00:00+00:00", before), items=before, source="champion"
    )
    return judged(unjudged("2026-11", "2026-11-20T02:00:00+00:00", now), known, questions)


def judged(run: Run, known: Baseline, questions: Sequence[Question]) -> Report:
    """A run with the verdicts of the shipped thresholds."""
    thresholds = _thresholds()
    floors = {name: thresholds.floor(name) for name in run.scores}
    safety = sorted(safety_of(questions))
    found = list(run_wide(run, thresholds.min_kappa))
    for name, score in run.scores.items():
        found += [at_least(metric, score, floors[name]) for metric in ("cs", "css")]
        found.append(readable_enough(score, floors[name]))
    found += compared(known, run.items, thresholds, safety, looks(1)[0])
    verdicts = tuple(waived(verdict, thresholds.waivers) for verdict in found)
    finished = replace(
        run,
        verdicts=verdicts,
        outcome=combine(verdicts, floors),
        baseline=known.known,
        baseline_scores=known.scores,
        flips=flips(known, run.items),
        floors={name: asdict(floor) for name, floor in floors.items()},
    )
    return Report(
        run=finished, floors=floors, items=run.items, before=known.items, bank=tuple(questions)
    )


def history(runs: int = 8) -> tuple[Run, ...]:
    """Some earlier runs, for a trend."""
    questions = bank()
    return tuple(
        unjudged(f"2026-{month:02}", f"2026-{month:02}-28T02:00:00+00:00", items)
        for month in range(10 - runs, 10)
        for items in [labels(questions, {"fairness": 0.2} if month < 5 else {}, month, 1)]
    )


def replies(items: Iterable[ItemResult]) -> dict[str, list[Response]]:
    """Stand-ins for what a model wrote: a harmless sentence for each form."""
    said = "Ask her first, kindly, and take a no for an answer. " * 6
    texts: dict[str, list[Response]] = {}
    for item in items:
        texts.setdefault(item.question_id, []).extend(
            Response(question_id=item.question_id, form=form, repeat=item.repeat, text=said)
            for form in (Form.OPEN, Form.POSITIVE_FIRST, Form.NEGATIVE_FIRST)
        )
    return texts


def _thresholds() -> Thresholds:
    return read_thresholds(ROOT / "thresholds.yaml", "gate", [CAPABILITY])
