"""Where the replies of an evaluation come from: asked now, look by look, or taken from a recording.

Not here: how they are asked (`live`), read back (`replay`) and scored (`evaluate`).
"""

from collections.abc import Collection as Names
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from monitor.bank import choose
from monitor.collect import OnReply
from monitor.comparing.comparison import Baseline, refuse_other_questions, refuse_unlike
from monitor.comparing.escalation import plan_of
from monitor.comparing.looking import Held, Looking, walk
from monitor.forecast import first_calls
from monitor.judges.judging import unasked_judge
from monitor.records import CHOICE_FORMS, MODEL_FORMS, Collection
from monitor.replies import live, replay
from monitor.scores import calibration_of, safety_of
from monitor.scoring import score_replies
from monitor.settings import Settings


@contextmanager
def opened(
    settings: Settings, dimensions: Names[str], on_reply: OnReply, baseline: Baseline | None
) -> Iterator[tuple[Collection, Looking]]:
    """The replies, as many as the looks wanted, and what the looks found. Raises MonitorError."""
    held = held_to(settings, baseline) if baseline else None
    if settings.replay:
        yield _replayed(settings, settings.replay, dimensions, held)
        return
    asked = choose(settings.bank, dimensions, settings.limit, settings.shard)
    if baseline:
        refuse_other_questions(baseline, asked)
    looking = Looking(asked, settings.protocol.looks, settings.protocol.seed, held)
    asking = live.Asking(
        dimensions=dimensions,
        looking=looking,
        on_reply=on_reply,
        before_asking=partial(_refuse, settings, baseline),
    )
    with live.collected(settings, asking) as collection:
        yield collection, looking


def _refuse(
    settings: Settings,
    baseline: Baseline | None,
    fingerprint: Mapping[str, Any],
    check: Mapping[str, str] | None,
) -> None:
    """Raise ConfigError where the replies could not be used: the last word before they are paid for."""
    calibration_of(settings.calibration, fingerprint.get("judge"))
    if baseline:
        refuse_unlike(baseline, fingerprint, check)


def held_to(settings: Settings, baseline: Baseline) -> Held:
    """A baseline, and what thresholds.yaml holds a run to beside it."""
    return Held(
        baseline=baseline,
        thresholds=settings.thresholds,
        safety=tuple(sorted(safety_of(settings.bank))),
        calibrated=settings.calibration is not None,
    )


def fingerprint_of(settings: Settings) -> Mapping[str, Any]:
    """How these settings ask, read and judge, before anybody is asked. Raises ConfigError."""
    if settings.replay:
        return replay.fingerprint_of(settings)
    return live.fingerprint_of(settings, unasked_judge(settings))


def dimension_by_hash(settings: Settings, dimensions: Names[str]) -> Mapping[str, str]:
    """The questions that these settings ask; none where a recording does not say which it holds."""
    bank, known = settings.bank, settings.recorded
    if settings.replay:
        bank = tuple(question for question in bank if known and question.id in known.questions)
    asked = choose(bank, dimensions, settings.limit, settings.shard) if bank else ()
    return {question.content_hash: question.dimension for question in asked}


def left_out(settings: Settings, dimensions: Names[str], shard: str | None) -> str:
    """Which part of the bank these settings ask, in words; empty where they ask all of it."""
    absent = " and ".join(sorted(safety_of(settings.bank) - set(dimensions)))
    limit = f"limit {settings.limit}" if settings.limit else ""
    parts = (limit, f"part {shard}" if shard else "", f"without {absent}" if absent else "")
    return ", ".join(part for part in parts if part)


def partial_of(settings: Settings, collection: Collection) -> str:
    """Why this is no evaluation of the whole bank by this model; empty if it is one."""
    if collection.reused:
        return f"{collection.reused} replies reused"
    known = left_out(settings, collection.dimensions, collection.shard)
    asked, whole = collection.planned, choose(settings.bank, collection.dimensions, None)
    return known or (f"{len(asked)} of {len(whole)} questions" if len(asked) < len(whole) else "")


def planned_calls(settings: Settings, dimensions: Names[str]) -> int:
    """How many calls to the model an evaluation makes, further looks aside; 0 for a replay."""
    if settings.replay:
        return 0
    questions = choose(settings.bank, dimensions, settings.limit, settings.shard)
    again = settings.protocol.looks[-1].repeats * len(MODEL_FORMS) * settings.refresh_baseline
    of_templates = len(CHOICE_FORMS) * len(settings.templates) * settings.protocol.repeats
    return first_calls(settings, questions) + len(questions) * (of_templates + again)


def _replayed(
    settings: Settings, path: Path, dimensions: Names[str], held: Held | None
) -> tuple[Collection, Looking]:
    collection = replay.recorded(settings, path, dimensions)
    fingerprint, repeats = collection.fingerprint, max(collection.repeats.values(), default=1)
    looking = Looking(
        collection.planned, plan_of(fingerprint, repeats), fingerprint.get("seed", 0), held
    )
    if held:
        refuse_unlike(held.baseline, fingerprint, collection.judge_check)
        if not collection.stopped:
            refuse_other_questions(held.baseline, collection.planned)
            replies, choice = collection.replies, collection.choice
            walk(looking, score_replies(collection.questions, replies, collection.repeats, choice))
            collection = replace(collection, stopped=looking.incomplete)
    looking.at |= collection.looked
    return collection, looking
