"""A live collection: opens the model and the judge as the settings say, and asks what is missing.

Keys are read from the environment here and handed to the client; nothing else sees them.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Collection as Names
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import replace
from typing import Any

from monitor import embedded
from monitor.answers import READERS
from monitor.bank import choose
from monitor.budget import Budget
from monitor.client import MODEL_KEYS, Endpoint, key_from_environment
from monitor.collect import Collector, OnReply, missing
from monitor.forecast import refuse_unpriced
from monitor.jsonl import write_lines
from monitor.judges import Judge
from monitor.judges.check import as_note, checked
from monitor.judging import open_judge
from monitor.manifest import Manifest, write_manifest
from monitor.prompts import WORDING, in_variant
from monitor.records import Collection, Question, digest
from monitor.runfile import RESPONSES, forget_run
from monitor.settings import Settings
from monitor.store import STORE, ReplyStore

BeforeAsking = Callable[[Mapping[str, Any], Mapping[str, str] | None], None]
WAITING = 2
"""Calls under way for each that may be in flight: the others wait to be made again."""


@contextmanager
def collected(
    settings: Settings,
    dimensions: Names[str],
    on_reply: OnReply,
    before_asking: BeforeAsking | None = None,
) -> Iterator[Collection]:
    """Ask all that is still missing; the replies are left as `responses.jsonl` in the out folder.

    `before_asking` sees the fingerprint, and what the judge says of its fixed set, and may refuse.
    The collection counts as finished when the caller is done with it without an error. Raises
    ConfigError before anything is paid, or EndpointError where nobody answers.
    """
    refuse_unpriced(settings)
    whole = choose(settings.bank, dimensions, settings.limit)
    questions = choose(settings.bank, dimensions, settings.limit, settings.shard)
    with ExitStack() as keep:  # the store is open until its replies are scored
        store, collection = asyncio.run(_ask(settings, questions, on_reply, before_asking, keep))
        collection = replace(collection, dimensions=tuple(dict.fromkeys(q.dimension for q in whole)))
        _leave(settings, store, collection)
        yield collection
        if not collection.stopped:
            store.finish()


async def _ask(
    settings: Settings,
    questions: tuple[Question, ...],
    on_reply: OnReply,
    before_asking: BeforeAsking | None,
    keep: ExitStack,
) -> tuple[ReplyStore, Collection]:
    protocol, limits = settings.protocol, settings.limits
    budget = Budget(limits, settings.prices)
    async with AsyncExitStack() as stack:
        judge = await open_judge(stack, settings, budget)
        model = await open_model(stack, settings, budget)
        fingerprint = _fingerprint(settings, judge)
        asked = [in_variant(question, protocol.variant) for question in questions]
        who = (settings.model, settings.model_version, settings.base_url, settings.judge_base_url)
        key = digest(fingerprint, model.model, who, [q.content_hash for q in asked])
        store = ReplyStore(settings.out / STORE, key, reuse=settings.reuse)
        keep.enter_context(store)
        collector = Collector(
            model=model,
            judge=judge,
            protocol=protocol,
            examples=settings.examples,
            store=store,
            on_reply=on_reply,
        )
        check = await checked(judge, store) if settings.judge_check else None
        if before_asking:
            before_asking(fingerprint, check)
        in_time = await collector.collect(asked, WAITING * limits.concurrency, limits.deadline)
    stopped = budget.stopped if in_time else f"deadline: {limits.deadline:g} seconds are over"
    collection = Collection(
        questions=_whole(questions, store, protocol.repeats) if stopped else questions,
        replies=store.replies([question.id for question in questions]),
        model=model.model,
        judge=judge.name,
        fingerprint=fingerprint,
        repeats=protocol.repeats,
        choice=protocol.choice,
        notes=tuple(_notes(store, check)),
        judge_check=check,
        shard=settings.shard,
        stopped=stopped,
    )
    return store, collection


def _whole(questions: tuple[Question, ...], store: ReplyStore, repeats: int) -> tuple[Question, ...]:
    """The questions all of whose replies are there."""
    return tuple(q for q in questions if not any(missing(store.of(q.id), repeats)))


def _notes(store: ReplyStore, check: Mapping[str, str] | None) -> Iterator[str]:
    if store.resumed_from:
        yield f"resumed a collection begun at {store.resumed_from}"
    if store.reused:
        yield f"{store.reused} replies were reused from earlier collections (reuse)"
    if check:
        yield as_note(check)


def _leave(settings: Settings, store: ReplyStore, collection: Collection) -> None:
    """Replies and manifest in the out folder, in place of what an earlier run left there."""
    forget_run(settings.out)
    ids = [question.id for question in collection.questions]
    write_lines(settings.out / RESPONSES, (line for name in ids for line in store.lines(name)))
    manifest = Manifest(
        name=settings.name,
        model=collection.model,
        model_version=settings.model_version,
        judge=collection.judge,
        fingerprint=dict(collection.fingerprint),
        started_at=store.started_at,
        dimensions=collection.dimensions,
        questions={question.id: question.content_hash for question in collection.questions},
        limit=settings.limit,
        shard=collection.shard,
        stopped=collection.stopped,
        notes=collection.notes,
        judge_check=dict(collection.judge_check) if collection.judge_check else None,
    )
    write_manifest(settings.out, manifest)


def _fingerprint(settings: Settings, judge: Judge) -> Mapping[str, Any]:
    """All that must be equal for two runs to be compared."""
    shots = [question.content_hash for question in settings.examples[: settings.protocol.shots]]
    return {
        **settings.protocol.fields(),
        "prompts": WORDING,
        "examples": digest(shots),
        "readers": READERS,
        "judge": dict(judge.fingerprint),
    }


async def open_model(
    stack: AsyncExitStack, settings: Settings, budget: Budget | None = None
) -> Endpoint:
    """The model under test, checked without cost. Raises ConfigError or EndpointError."""
    if settings.is_embedded:
        served = stack.enter_context(embedded.serve(settings.model))
        base_url, model, key = served.base_url, served.model, served.api_key
    else:
        base_url, model = settings.base_url, settings.model
        key = key_from_environment(MODEL_KEYS)
    endpoint = Endpoint(
        base_url=base_url, api_key=key, model=model, limits=settings.limits, budget=budget
    )
    await stack.enter_async_context(endpoint)
    await endpoint.check()
    return endpoint
