"""A live collection: opens the model and the judge as the settings say, and asks what is missing.

Keys are read from the environment here and handed to the client; nothing else sees them.
"""

import asyncio
from collections.abc import Collection as Names
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

from monitor import embedded
from monitor.answers import READERS
from monitor.bank import choose
from monitor.client import MODEL_KEYS, Endpoint, key_from_environment
from monitor.collect import Collector, OnReply
from monitor.jsonl import response_row, write_rows
from monitor.judges import Judge
from monitor.judges.check import as_note, checked
from monitor.judging import open_judge
from monitor.prompts import WORDING, in_variant
from monitor.records import Collection, Question, digest
from monitor.runfile import RESPONSES, forget_run
from monitor.scoring import too_many_failures
from monitor.settings import Settings
from monitor.store import ReplyStore


def collected(settings: Settings, dimensions: Names[str], on_reply: OnReply) -> Collection:
    """Ask all that is still missing; the replies are left as `responses.jsonl` in the out folder.

    Raises ConfigError before anything is paid, or EndpointError where nobody answers.
    """
    questions = choose(settings.bank, dimensions, settings.limit)
    return asyncio.run(_ask(settings, questions, on_reply))


async def _ask(settings: Settings, questions: tuple[Question, ...], on_reply: OnReply) -> Collection:
    protocol = settings.protocol
    async with AsyncExitStack() as stack:
        judge = await open_judge(stack, settings)
        model = await open_model(stack, settings)
        fingerprint = _fingerprint(settings, judge)
        asked = [in_variant(question, protocol.variant) for question in questions]
        who = (settings.model, settings.model_version, settings.base_url, settings.judge_base_url)
        key = digest(fingerprint, model.model, who, [q.content_hash for q in asked])
        store = stack.enter_context(ReplyStore(settings.out / "replies.sqlite", key))
        collector = Collector(
            model=model,
            judge=judge,
            protocol=protocol,
            examples=settings.examples,
            store=store,
            on_reply=on_reply,
        )
        check = await checked(judge, store) if settings.judge_check else None
        await collector.collect(asked, settings.concurrency)
        replies = {question.id: store.of(question.id) for question in questions}
        rows = (response_row(reply) for some in replies.values() for reply in some)
        forget_run(settings.out)
        write_rows(settings.out / RESPONSES, rows)
        if not too_many_failures([reply for some in replies.values() for reply in some]):
            store.finish()
    notes = [f"resumed a collection begun at {store.resumed_from}"] if store.resumed_from else []
    return Collection(
        questions=questions,
        replies=replies,
        model=model.model,
        judge=judge.name,
        fingerprint=fingerprint,
        repeats=protocol.repeats,
        choice=protocol.choice,
        notes=(*notes, *([as_note(check)] if check else [])),
        judge_check=check,
    )


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


async def open_model(stack: AsyncExitStack, settings: Settings) -> Endpoint:
    """The model under test, checked without cost. Raises ConfigError or EndpointError."""
    if settings.is_embedded:
        served = stack.enter_context(embedded.serve(settings.model))
        base_url, model, key = served.base_url, served.model, served.api_key
    else:
        base_url, model = settings.base_url, settings.model
        key = key_from_environment(MODEL_KEYS)
    endpoint = Endpoint(
        base_url=base_url,
        api_key=key,
        model=model,
        concurrency=settings.concurrency,
        timeout=settings.timeout,
    )
    await stack.enter_async_context(endpoint)
    await endpoint.check()
    return endpoint
