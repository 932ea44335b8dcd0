"""A live collection: opens an engine and the store as the settings say, and asks what is missing."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Collection as Names
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import replace
from typing import Any

from monitor.answers import READERS
from monitor.bank import choose
from monitor.collect import OnReply, missing
from monitor.engines import open_engine
from monitor.forecast import refuse_unpriced
from monitor.jsonl import write_lines
from monitor.judges import Judge
from monitor.judges.check import as_note, checked
from monitor.manifest import Manifest, write_manifest
from monitor.prompts import WORDINGS, in_variant
from monitor.records import Collection, Question, digest
from monitor.runfile import RESPONSES, forget_run
from monitor.settings import Settings
from monitor.store import STORE, ReplyStore

BeforeAsking = Callable[[Mapping[str, Any], Mapping[str, str] | None], None]


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
    protocol = settings.protocol
    async with AsyncExitStack() as stack:
        engine = await open_engine(stack, settings)
        judge = engine.judge
        fingerprint = _fingerprint(settings, judge)
        asked = [in_variant(question, protocol.variant) for question in questions]
        who = (settings.model, settings.model_version, settings.base_url, settings.judge_base_url)
        key = digest(fingerprint, engine.model, who, [q.content_hash for q in asked])
        store = ReplyStore(settings.out / STORE, key, reuse=settings.reuse)
        keep.enter_context(store)
        check = await checked(judge, store) if settings.judge_check else None
        if before_asking:
            before_asking(fingerprint, check)
        stopped = await engine.collect(asked, store, on_reply)
    collection = Collection(
        questions=_whole(questions, store, protocol.repeats) if stopped else questions,
        replies=store.replies([question.id for question in questions]),
        model=engine.model,
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
        "prompts": WORDINGS[settings.protocol.template],
        "examples": digest(shots),
        "readers": READERS,
        "judge": dict(judge.fingerprint),
    }
