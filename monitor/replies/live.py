"""A live collection: opens an engine and the store as the settings say, and asks what is missing."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Collection as Names
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from monitor.answers import READERS
from monitor.bank import choose
from monitor.calls.access import without_password
from monitor.collect import OnReply, Wanted, missing
from monitor.comparing.looking import Looking
from monitor.engines import Engine, open_engine
from monitor.forecast import refuse_unpriced
from monitor.jsonl import write_lines
from monitor.judges import Judge
from monitor.judges.check import as_note, checked
from monitor.prompts import WORDINGS, in_variant
from monitor.records import Collection, ItemResult, Question, digest
from monitor.replies.manifest import Manifest, write_manifest
from monitor.runfile import RESPONSES, forget_run
from monitor.scoring import score_replies
from monitor.settings import Settings
from monitor.store import STORE, ReplyStore

BeforeAsking = Callable[[Mapping[str, Any], Mapping[str, str] | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What is to be asked, and who has a say in it.

    `looking` says after each look what else is to be asked; `on_reply` sees each reply come in;
    `before_asking` sees the fingerprint, and what the judge says of its fixed set, and may refuse.
    """

    dimensions: Names[str]
    looking: Looking
    on_reply: OnReply
    before_asking: BeforeAsking | None = None


@contextmanager
def collected(settings: Settings, asking: Asking) -> Iterator[Collection]:
    """Ask all that is still missing; the replies are left as `responses.jsonl` in the out folder.

    The collection counts as finished when the caller is done with it without an error. Raises
    ConfigError before anything is paid, or EndpointError where nobody answers.
    """
    refuse_unpriced(settings)
    whole = choose(settings.bank, asking.dimensions, settings.limit)
    questions = choose(settings.bank, asking.dimensions, settings.limit, settings.shard)
    with ExitStack() as keep:  # the store is open until its replies are scored
        store, collection = asyncio.run(_ask(settings, questions, asking, keep))
        collection = replace(collection, dimensions=tuple(dict.fromkeys(q.dimension for q in whole)))
        _leave(settings, store, collection, asking.looking)
        yield collection
        if not collection.stopped and not collection.cut and not settings.for_another:
            store.finish()


async def _ask(
    settings: Settings,
    questions: tuple[Question, ...],
    asking: Asking,
    keep: ExitStack,
) -> tuple[ReplyStore, Collection]:
    protocol = settings.protocol
    async with AsyncExitStack() as stack:
        engine = await open_engine(stack, settings)
        judge = engine.judge
        fingerprint = fingerprint_of(settings, judge)
        asked = [in_variant(question, protocol.variant) for question in questions]
        urls = (settings.base_url, *settings.judge_base_url.split(","))
        where = tuple(without_password(url) for url in urls)
        who = (settings.model, settings.model_version, *where)
        key = digest(fingerprint, engine.model, who, [q.content_hash for q in asked])
        store = ReplyStore(settings.out / STORE, key, reuse=settings.reuse)
        keep.enter_context(store)
        check = await checked(judge, store) if settings.judge_check else None
        if asking.before_asking:
            asking.before_asking(fingerprint, check)
        found = _Found(questions, asked, store, asking.looking, protocol.choice)
        stopped, cut = await found.collect(engine, asking.on_reply)
    collection = Collection(
        questions=found.questions(whole=not stopped),
        planned=questions,
        replies=store.replies([question.id for question in questions]),
        model=engine.model,
        judge=judge.name,
        fingerprint=fingerprint,
        repeats=found.repeats,
        choice=protocol.choice,
        notes=tuple(_notes(store, check)),
        judge_check=check,
        shard=settings.shard,
        stopped=stopped,
        reused=store.reused,
        cut=cut,
        paid=engine.paid,
    )
    return store, collection


class _Found:
    """What comes in, look by look. `asked` are the questions as they are worded to the model."""

    def __init__(
        self,
        questions: Sequence[Question],
        asked: Sequence[Question],
        store: ReplyStore,
        looking: Looking,
        choice: str,
    ) -> None:
        self._questions, self._asked = questions, asked
        self._store, self._looking, self._choice = store, looking, choice
        self.repeats = dict.fromkeys((question.id for question in questions), 0)

    async def collect(self, engine: Engine, on_reply: OnReply) -> tuple[str, str]:
        """Ask for one look after the other: why the first was stopped, or a later one, if so."""
        while True:
            stopped = await engine.collect(self._wanted(), self._store, on_reply)
            if stopped and self._looking.taken:
                self._looking.cut(stopped)
                return self._looking.incomplete, stopped
            self.repeats = {q.id: self._looking.repeats(q) for q in self._questions}
            if stopped or not self._looking.look(self._items()):
                return stopped, ""

    def questions(self, *, whole: bool) -> tuple[Question, ...]:
        """Those that were asked; unless that is the `whole`, those all of whose replies are there."""
        asked = tuple(q for q in self._questions if self.repeats[q.id])
        of, repeats = self._store.of, self.repeats
        return asked if whole else tuple(q for q in asked if not any(missing(of(q.id), repeats[q.id])))

    def _wanted(self) -> Wanted:
        more = [
            (question, range(self.repeats[question.id], self._looking.repeats(question)))
            for question in self._asked
        ]
        return [(question, repeats) for question, repeats in more if repeats]

    def _items(self) -> list[ItemResult]:
        ids = [question.id for question in self._questions]
        replies = self._store.replies(ids)
        return score_replies(self._questions, replies, self.repeats, self._choice)


def _notes(store: ReplyStore, check: Mapping[str, str] | None) -> Iterator[str]:
    if store.resumed_from:
        yield f"resumed a collection begun at {store.resumed_from}"
    if store.reused:
        yield f"{store.reused} replies were reused from earlier collections (reuse)"
    if check:
        yield as_note(check)


def _leave(settings: Settings, store: ReplyStore, collection: Collection, looking: Looking) -> None:
    """Replies and manifest in the out folder, in place of what an earlier run left there."""
    forget_run(settings.out)
    ids = [question.id for question in collection.questions]
    write_lines(settings.out / RESPONSES, (line for name in ids for line in store.lines(name)))
    kept = collection.questions if collection.stopped else collection.planned
    manifest = Manifest(
        name=settings.name,
        model=collection.model,
        model_version=settings.model_version,
        judge=collection.judge,
        fingerprint=dict(collection.fingerprint),
        started_at=store.started_at,
        dimensions=collection.dimensions,
        questions={question.id: question.content_hash for question in kept},
        looked=dict(looking.at) if len(looking.plan) > 1 else None,
        limit=settings.limit,
        shard=collection.shard,
        stopped=collection.stopped,
        reused=collection.reused,
        notes=collection.notes,
        judge_check=dict(collection.judge_check) if collection.judge_check else None,
    )
    write_manifest(settings.out, manifest)


def fingerprint_of(settings: Settings, judge: Judge) -> Mapping[str, Any]:
    """All that must be equal for two runs to be compared."""
    shots = [question.content_hash for question in settings.examples[: settings.protocol.shots]]
    return {
        **settings.protocol.fields(),
        "prompts": WORDINGS[settings.protocol.template],
        "examples": digest(shots),
        "readers": READERS,
        "judge": dict(judge.fingerprint),
    }
