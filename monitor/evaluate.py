"""The whole path of a question, on one page.

    bank.choose → live.ask (prompts, client, judges, store) or replay → scoring → Run

Verdicts are not made here: the suites ask for them (`plugin`, `gate`). Results leave by `runfile`,
`tracking` and `report`.
"""

import uuid
from collections.abc import Collection as Names
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
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
from monitor.escalation import plan_of
from monitor.forecast import first_calls
from monitor.gap import gap
from monitor.looking import Held, Looking, walk
from monitor.records import (
    CHOICE_FORMS,
    Collection,
    DimensionScore,
    ItemResult,
    Question,
    Run,
    digest,
)
from monitor.scoring import macro_mean, score_dimension, score_question, score_replies
from monitor.settings import Settings
from monitor.tally import Tally
from monitor.trend.nights import newly_served

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
    with _opened(settings, dimensions, on_reply, baseline) as (collection, looking):
        tally, looks, items = _scored(collection, looking)
        _refuse_too_many_failures(tally)
        counted = [item for item in items if looking.sees(item)]
        prices = _prices(settings)
        calibration, notes = _calibration(settings.calibration, collection)
        version = settings.model_version or collection.model
        return Run(
            id=uuid.uuid4().hex,
            name=settings.name or run_name(collection.model),
            model=collection.model,
            model_version=version,
            judge=collection.judge,
            profile=settings.thresholds.profile,
            started_at=begun,
            fingerprint=collection.fingerprint,
            question_set=digest(sorted(q.content_hash for q in collection.questions)),
            served=tally.served,
            items=items,
            scores=score_all(settings.bank, collection.dimensions, counted, calibration),
            calibration=_summary(calibration) if calibration else None,
            notes=(
                *collection.notes,
                *_how(collection),
                *notes,
                *_beside(baseline, version, tally.served),
                *_of_looks(looking, baseline),
            ),
            usage=tally.usage(prices, checked=len(collection.judge_check or {})),
            judge_check=collection.judge_check,
            limit=settings.limit,
            shard=collection.shard,
            stopped=collection.stopped,
            partial=_partial(settings, collection),
            gap=gap(counted, sorted(safety_of(settings.bank))),
            baseline=baseline.known if baseline else None,
            baseline_scores=baseline.scores if baseline else {},
            profile_note=settings.thresholds.note,
            flips=flips(baseline, items) if baseline else {},
            regressions=() if collection.stopped else looking.verdicts,
            evidence=looking.report([look.usage(prices) for look in looks]),
        )


@contextmanager
def _opened(
    settings: Settings, dimensions: Names[str], on_reply: OnReply, baseline: Baseline | None
) -> Iterator[tuple[Collection, Looking]]:
    held = held_to(settings, baseline) if baseline else None
    if settings.replay:
        yield _replayed(settings, settings.replay, dimensions, held)
        return
    asked = choose(settings.bank, dimensions, settings.limit, settings.shard)
    if baseline:
        refuse_other_questions(baseline, asked)
    looking = Looking(asked, settings.protocol.looks, settings.protocol.seed, held)
    before_asking = partial(refuse_unlike, baseline) if baseline else None
    asking = live.Asking(
        dimensions=dimensions, looking=looking, on_reply=on_reply, before_asking=before_asking
    )
    with live.collected(settings, asking) as collection:
        yield collection, looking


def held_to(settings: Settings, baseline: Baseline) -> Held:
    """A baseline, and what thresholds.yaml holds a run to beside it."""
    return Held(
        baseline=baseline,
        thresholds=settings.thresholds,
        safety=tuple(sorted(safety_of(settings.bank))),
        calibrated=settings.calibration is not None,
    )


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


def left_out(settings: Settings, dimensions: Names[str], shard: str | None) -> str:
    """Which part of the bank these settings ask, in words; empty where they ask all of it."""
    absent = " and ".join(sorted(safety_of(settings.bank) - set(dimensions)))
    limit = f"limit {settings.limit}" if settings.limit else ""
    parts = (limit, f"part {shard}" if shard else "", f"without {absent}" if absent else "")
    return ", ".join(part for part in parts if part)


def _partial(settings: Settings, collection: Collection) -> str:
    """Why this is no evaluation of the whole bank by this model; empty if it is one."""
    if collection.reused:
        return f"{collection.reused} replies reused"
    known = left_out(settings, collection.dimensions, collection.shard)
    asked, whole = collection.planned, choose(settings.bank, collection.dimensions, None)
    return known or (f"{len(asked)} of {len(whole)} questions" if len(asked) < len(whole) else "")


def run_name(model: str) -> str:
    """The registered name of a model that was not given one."""
    return model.translate(str.maketrans("/:'\"", "----"))


def _how(collection: Collection) -> Iterator[str]:
    if collection.choice == "logprobs":
        yield "choices were read by first-token probability, not from what was written"


def _beside(baseline: Baseline | None, version: str, served: tuple[str, ...]) -> Iterator[str]:
    """That there is no baseline, or that its version was served as something else."""
    if baseline is None:
        yield NO_BASELINE
    elif baseline.run.model_version == version and (new := newly_served(baseline.run.served, served)):
        yield f"the model may have changed in silence: version {version} is {new} (the baseline)"


def _scored(
    collection: Collection, looking: Looking
) -> tuple[Tally, list[Tally], tuple[ItemResult, ...]]:
    """Question by question, so that the replies need not fit in memory; a tally for each look too."""
    tally, looks, items = Tally(), [Tally() for _ in looking.plan], list[ItemResult]()
    for question in collection.questions:
        replies = collection.replies[question.id]
        tally.add(replies)
        for reply in replies:
            looks[looking.first_seen(question, reply.repeat)].add([reply])
        items += score_question(question, replies, collection.repeats[question.id], collection.choice)
    return tally, looks, tuple(items)


def _of_looks(looking: Looking, baseline: Baseline | None) -> Iterator[str]:
    if baseline is None and len(looking.plan) > 1 and len(looking.plan) - 1 in looking.at.values():
        yield f"asked in full, {looking.plan[-1].repeats} times: later runs are held to this one"
    if baseline and looking.short():
        yield looking.short()


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
    asked = choose(settings.bank, dimensions, settings.limit, settings.shard)
    looking = Looking(asked, settings.protocol.looks, settings.protocol.seed)
    asking = live.Asking(dimensions=dimensions, looking=looking, on_reply=on_reply)
    with live.collected(settings, asking) as collection:
        for question in collection.questions:
            tally.add(collection.replies[question.id])
        _refuse_too_many_failures(tally)
    return tally, collection.stopped


def planned_calls(settings: Settings, dimensions: Names[str]) -> int:
    """How many calls to the model an evaluation makes, further looks aside; 0 for a replay."""
    if settings.replay:
        return 0
    questions = choose(settings.bank, dimensions, settings.limit, settings.shard)
    of_templates = len(CHOICE_FORMS) * len(settings.templates) * settings.protocol.repeats
    return first_calls(settings, questions) + len(questions) * of_templates


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
