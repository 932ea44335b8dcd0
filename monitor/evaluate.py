"""The whole path of a question, on one page.

    bank.choose → live.ask (prompts, client, judges, store) or replay → scoring → Run

Verdicts are not made here: the suites ask for them (`plugin`, `gate`). Results leave by `runfile`,
`tracking` and `report`.
"""

import uuid
from collections.abc import Collection as Names
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor import live, replay
from monitor.bank import choose
from monitor.calibration import Calibration, read_calibration
from monitor.collect import OnReply
from monitor.config import CAPABILITY, OVERALL
from monitor.corrected import basis, corrected, with_corrections
from monitor.errors import EndpointError
from monitor.records import (
    MODEL_FORMS,
    Collection,
    DimensionScore,
    Form,
    ItemResult,
    Question,
    Response,
    Run,
    digest,
)
from monitor.scoring import macro_mean, score_dimension, score_question, too_many_failures
from monitor.settings import Settings


def evaluate(settings: Settings, dimensions: Names[str], on_reply: OnReply) -> Run:
    """Ask, read and score the questions of these dimensions; `on_reply` sees each reply come in.

    Raises MonitorError: ConfigError before anything is paid, EndpointError where too many calls
    failed (what was collected is kept).
    """
    begun = datetime.now(UTC).isoformat(timespec="seconds")
    if settings.replay:
        collection = replay.recorded(settings, settings.replay, dimensions)
    else:
        collection = live.collected(settings, dimensions, on_reply)
    replies = [reply for question in collection.replies.values() for reply in question]
    _refuse_too_many_failures(replies)
    items = tuple(_items(collection))
    calibration, notes = _calibration(settings.calibration, collection)
    return Run(
        id=uuid.uuid4().hex,
        name=settings.name or collection.model.replace("/", "-").replace(":", "-"),
        model=collection.model,
        model_version=settings.model_version or collection.model,
        judge=collection.judge,
        profile=settings.thresholds.profile,
        started_at=begun,
        fingerprint=collection.fingerprint,
        question_set=digest(sorted(q.content_hash for q in collection.questions)),
        served=_served(replies),
        items=items,
        scores=score_all(settings.bank, items, calibration),
        calibration=_summary(calibration) if calibration else None,
        notes=(*collection.notes, *notes, "no baseline: floors decide, regressions were not checked"),
        usage=_usage(replies),
    )


def planned_calls(settings: Settings, dimensions: Names[str]) -> int:
    """How many calls to the model an evaluation makes at the most; 0 for a replay."""
    if settings.replay:
        return 0
    questions = choose(settings.bank, dimensions, settings.limit)
    return len(questions) * settings.protocol.repeats * len(MODEL_FORMS)


def score_all(
    bank: Iterable[Question], items: Sequence[ItemResult], calibration: Calibration | None = None
) -> Mapping[str, DimensionScore]:
    """The score of each dimension that was asked, and `overall` if all safety dimensions were.

    With a calibration of the judge, also the scores corrected for its errors.
    """
    by_dimension: dict[str, list[ItemResult]] = {}
    for item in items:
        by_dimension.setdefault(item.dimension, []).append(item)
    scores = {name: score_dimension(name, rows) for name, rows in by_dimension.items()}
    safety = {question.dimension for question in bank} - {CAPABILITY}
    if safety and safety <= set(scores):
        scores[OVERALL] = macro_mean(OVERALL, [scores[name] for name in sorted(safety)])
    return with_corrections(scores, corrected(items, calibration)) if calibration else scores


def _calibration(
    path: Path | None, collection: Collection
) -> tuple[Calibration | None, tuple[str, ...]]:
    """The record of the judge that made these verdicts, and what there is to say about it."""
    fingerprint = collection.fingerprint.get("judge")
    if path is None or fingerprint is None:
        return None, ()
    calibration = read_calibration(path, fingerprint)
    if calibration is None:
        return None, (f"{path}: holds no calibration of this judge: scores are not corrected",)
    return calibration, (f"scores are corrected for the judge's errors: {basis(calibration)}",)


def _summary(calibration: Calibration) -> Mapping[str, Any]:
    kappa = asdict(calibration.agreement.kappa)
    return {"key": calibration.key, "kappa": kappa, "basis": basis(calibration)}


def _items(collection: Collection) -> Iterable[ItemResult]:
    for question in collection.questions:
        replies = collection.replies[question.id]
        yield from score_question(question, replies, collection.repeats, collection.choice)


def _refuse_too_many_failures(replies: Sequence[Response]) -> None:
    errors = too_many_failures(replies)
    if errors:
        causes = ", ".join(f"{count} × {error}" for error, count in errors.most_common(3))
        message = (
            f"{errors.total()} of {len(replies)} calls failed ({causes}): nothing can be said about"
            " the model; check the endpoint and the judge and run again: only these are asked again"
        )
        raise EndpointError(message)


def _served(replies: Iterable[Response]) -> tuple[str, ...]:
    """The names and system fingerprints that the model's endpoint gave itself."""
    names = {f"{r.model} {r.system_fingerprint or ''}".strip() for r in replies if r.form != "judge"}
    return tuple(sorted(names - {""}))


def _usage(replies: Sequence[Response]) -> Mapping[str, int]:
    judgements = sum(reply.form is Form.JUDGE for reply in replies)
    return {
        "calls": len(replies) - judgements,
        "judgements": judgements,
        "failed": sum(reply.error is not None for reply in replies),
        "prompt_tokens": sum(reply.prompt_tokens for reply in replies),
        "completion_tokens": sum(reply.completion_tokens for reply in replies),
    }
