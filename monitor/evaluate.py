"""The whole path of a question, on one page.

    opening: bank → live (prompts, client, judges, store) or replay → scoring → scores → Run

Several looks are taken where a baseline leaves something open (`looking`).

Verdicts are not made here: the suites ask for them (`plugin`, `gate`). Results leave by `runfile`,
`tracking` and `report`.
"""

import uuid
from collections.abc import Collection as Names
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from monitor.bank import choose
from monitor.calls.budget import Price
from monitor.calls.tally import Tally
from monitor.collect import OnReply
from monitor.comparing.comparison import Baseline, flips
from monitor.comparing.gap import gap
from monitor.comparing.looking import Looking
from monitor.errors import ConfigError, EndpointError
from monitor.records import Collection, ItemResult, Outcome, Run, digest
from monitor.replies import live
from monitor.replies.opening import opened, partial_of
from monitor.scores import calibration_of, safety_of, score_all, summary_of
from monitor.scoring import score_question
from monitor.settings import Settings
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
    with opened(settings, dimensions, on_reply, baseline) as (collection, looking):
        tally, looks, items = _scored(collection, looking)
        _refuse_too_many_failures(tally)
        counted = [item for item in items if looking.sees(item)]
        prices = _prices(settings)
        calibration, notes = calibration_of(settings.calibration, collection.fingerprint.get("judge"))
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
            calibration=summary_of(calibration) if calibration else None,
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
            paid=collection.paid,
            partial=partial_of(settings, collection),
            gap=gap(counted, sorted(safety_of(settings.bank))),
            baseline=baseline.known if baseline else None,
            baseline_scores=baseline.scores if baseline else {},
            profile_note=settings.thresholds.note,
            flips=flips(baseline, items) if baseline else {},
            regressions=() if collection.stopped else looking.verdicts,
            evidence=looking.report([look.usage(prices) for look in looks]),
        )


def run_name(model: str) -> str:
    """The registered name of a model that was not given one."""
    return model.translate(str.maketrans("/:'\"", "----"))


def _how(collection: Collection) -> Iterator[str]:
    if collection.choice == "logprobs":
        yield "choices were read by first-token probability, not from what was written"


def _beside(baseline: Baseline | None, version: str, served: tuple[str, ...]) -> Iterator[str]:
    """No baseline, what it cost to ask it again, that it failed itself, or is served otherwise."""
    if baseline and baseline.again:
        yield baseline.again
    if baseline is None:
        yield NO_BASELINE
        return
    if baseline.run.outcome is Outcome.FAILED:
        yield f"the baseline failed itself (run {baseline.run.id}): to be as bad as that is no drop"
    if baseline.run.model_version == version and (new := newly_served(baseline.run.served, served)):
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


def _refuse_too_many_failures(tally: Tally) -> None:
    if tally.too_many_failed:
        message = (
            f"{tally.errors.total()} of {tally.calls.total()} calls failed ({tally.causes}): nothing"
            " can be said about the model; check the endpoint and the judge and run again: only these"
            " are asked again"
        )
        raise EndpointError(message)
