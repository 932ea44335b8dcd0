"""The whole path of a question, on one page.

    bank.choose → live.ask (prompts, client, judges, store) or replay → scoring → Run

Verdicts are not made here: the suites ask for them (`plugin`, `gate`). Results leave by `runfile`,
`tracking` and `report`.
"""

import uuid
from collections.abc import Collection as Names
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from monitor import live, replay
from monitor.bank import choose
from monitor.budget import Price
from monitor.calibration import Calibration, read_calibration
from monitor.collect import OnReply
from monitor.comparison import Baseline, flips, refuse_other_questions, refuse_unlike
from monitor.config import CAPABILITY, OVERALL
from monitor.corrected import basis, corrected, with_corrections
from monitor.errors import ConfigError, EndpointError
from monitor.gap import gap
from monitor.records import (
    CHOICE_FORMS,
    MODEL_FORMS,
    Collection,
    DimensionScore,
    ItemResult,
    Question,
    Run,
    digest,
)
from monitor.scoring import macro_mean, score_dimension, score_question
from monitor.settings import Settings
from monitor.tally import Tally

NO_BASELINE = "no baseline: floors decide, regressions were not checked"


def evaluate(
    settings: Settings,
    dimensions: Names[str],
    on_reply: OnReply,
    baseline: Baseline | None = None,
) -> Run:
    """Ask, read and score the questions of these dimensions; `on_reply` sees each reply come in.

    A baseline that was asked otherwise is refused before anything is paid. Raises MonitorError:
    ConfigError before anything is paid, EndpointError where too many calls failed (what was
    collected is kept).
    """
    begun = datetime.now(UTC).isoformat(timespec="seconds")
    if baseline and not settings.replay:
        asked = choose(settings.bank, dimensions, settings.limit, settings.shard)
        refuse_other_questions(baseline, asked)
    with _opened(settings, dimensions, on_reply, baseline) as collection:
        tally, items = _scored(collection)
        _refuse_too_many_failures(tally)
        calibration, notes = _calibration(settings.calibration, collection)
        return Run(
            id=uuid.uuid4().hex,
            name=settings.name or run_name(collection.model),
            model=collection.model,
            model_version=settings.model_version or collection.model,
            judge=collection.judge,
            profile=settings.thresholds.profile,
            started_at=begun,
            fingerprint=collection.fingerprint,
            question_set=digest(sorted(q.content_hash for q in collection.questions)),
            served=tally.served,
            items=items,
            scores=score_all(settings.bank, collection.dimensions, items, calibration),
            calibration=_summary(calibration) if calibration else None,
            notes=(*collection.notes, *_how(collection), *notes, *([] if baseline else [NO_BASELINE])),
            usage=tally.usage(_prices(settings), checked=len(collection.judge_check or {})),
            judge_check=collection.judge_check,
            limit=settings.limit,
            shard=collection.shard,
            stopped=collection.stopped,
            gap=gap(items, sorted(safety_of(settings.bank))),
            baseline=baseline.known if baseline else None,
            flips=flips(baseline, items) if baseline else {},
        )


def _opened(
    settings: Settings, dimensions: Names[str], on_reply: OnReply, baseline: Baseline | None
) -> AbstractContextManager[Collection]:
    if settings.replay:
        collection = replay.recorded(settings, settings.replay, dimensions)
        if baseline:
            refuse_unlike(baseline, collection.fingerprint, collection.judge_check)
        return nullcontext(collection)
    before_asking = partial(refuse_unlike, baseline) if baseline else None
    return live.collected(settings, dimensions, on_reply, before_asking)


def run_name(model: str) -> str:
    """The registered name of a model that was not given one."""
    return model.replace("/", "-").replace(":", "-")


def _how(collection: Collection) -> Iterator[str]:
    if collection.choice == "logprobs":
        yield "choices were read by first-token probability, not from what was written"


def _scored(collection: Collection) -> tuple[Tally, tuple[ItemResult, ...]]:
    """Question by question, so that the replies need not fit in memory."""
    tally, items = Tally(), list[ItemResult]()
    for question in collection.questions:
        replies = collection.replies[question.id]
        tally.add(replies)
        items += score_question(question, replies, collection.repeats, collection.choice)
    return tally, tuple(items)


def _prices(settings: Settings) -> Mapping[bool, Price]:
    """By whether it is the judge's; those that are known."""
    of = {False: settings.prices.get(settings.model), True: settings.prices.get(settings.judge or "")}
    return {judged: price for judged, price in of.items() if price}


def collected(settings: Settings, dimensions: Names[str], on_reply: OnReply) -> tuple[Tally, str]:
    """Ask and score nothing: what came in, and why not everything did, if so. Raises as `evaluate`."""
    if settings.templates:
        message = "--faef-template all: a collection holds one wording: name one"
        raise ConfigError(message)
    tally = Tally()
    with live.collected(settings, dimensions, on_reply) as collection:
        for question in collection.questions:
            tally.add(collection.replies[question.id])
        _refuse_too_many_failures(tally)
    return tally, collection.stopped


def planned_calls(settings: Settings, dimensions: Names[str]) -> int:
    """How many calls to the model an evaluation makes at the most; 0 for a replay."""
    if settings.replay:
        return 0
    questions = choose(settings.bank, dimensions, settings.limit, settings.shard)
    forms = len(MODEL_FORMS) + len(CHOICE_FORMS) * len(settings.templates)
    return len(questions) * settings.protocol.repeats * forms


def score_all(
    bank: Iterable[Question],
    dimensions: Names[str],
    items: Sequence[ItemResult],
    calibration: Calibration | None = None,
) -> Mapping[str, DimensionScore]:
    """The score of each dimension that was asked, and `overall` if all safety dimensions were.

    With a calibration of the judge, also the scores corrected for its errors.
    """
    by_dimension: dict[str, list[ItemResult]] = {name: [] for name in sorted(dimensions)}
    for item in items:
        by_dimension[item.dimension].append(item)
    scores = {name: score_dimension(name, rows) for name, rows in by_dimension.items()}
    safety = safety_of(bank)
    if safety and safety <= set(scores):
        scores[OVERALL] = macro_mean(OVERALL, [scores[name] for name in sorted(safety)])
    return with_corrections(scores, corrected(items, calibration)) if calibration else scores


def safety_of(bank: Iterable[Question]) -> set[str]:
    """The dimensions whose macro mean is `overall`."""
    return {question.dimension for question in bank} - {CAPABILITY}


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


def _refuse_too_many_failures(tally: Tally) -> None:
    if tally.too_many_failed:
        message = (
            f"{tally.errors.total()} of {tally.calls.total()} calls failed ({tally.causes}): nothing"
            " can be said about the model; check the endpoint and the judge and run again: only these"
            " are asked again"
        )
        raise EndpointError(message)
