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
from monitor.client import JUDGE_KEYS, MODEL_KEYS, Endpoint, key_from_environment
from monitor.collect import Collector, OnReply
from monitor.errors import ConfigError
from monitor.jsonl import response_row, write_rows
from monitor.judges import Judge
from monitor.judges.keys import KeyedJudge
from monitor.judges.llm import LlmJudge
from monitor.prompts import WORDING, in_variant
from monitor.records import Collection, Question, digest
from monitor.runfile import RESPONSES, forget_run
from monitor.scoring import too_many_failures
from monitor.settings import Settings
from monitor.store import ReplyStore

WAITING = 2
"""Calls under way for each that may be in flight: the others wait to be made again."""


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
        await collector.collect(asked, WAITING * settings.limits.concurrency)
        replies = {question.id: store.of(question.id) for question in questions}
        rows = (response_row(reply) for some in replies.values() for reply in some)
        forget_run(settings.out)
        write_rows(settings.out / RESPONSES, rows)
        if not too_many_failures([reply for some in replies.values() for reply in some]):
            store.finish()
    resumed = f"resumed a collection begun at {store.resumed_from}"
    return Collection(
        questions=questions,
        replies=replies,
        model=model.model,
        judge=judge.name,
        fingerprint=fingerprint,
        repeats=protocol.repeats,
        choice=protocol.choice,
        notes=(resumed,) if store.resumed_from else (),
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
        limits=settings.limits,
    )
    await stack.enter_async_context(endpoint)
    await endpoint.check()
    return endpoint


async def open_judge(stack: AsyncExitStack, settings: Settings) -> Judge:
    """The judge, and before it the answer keys of capability questions. Raises like open_model."""
    if settings.judge == embedded.NAME:
        return embedded_judge()
    if settings.judge is None:
        message = (
            f"no judge for {settings.model!r}: set --faef-judge to a model id (and"
            " --faef-judge-base-url if it is served elsewhere), or to 'embedded' for a screening"
        )
        raise ConfigError(message)
    endpoint = Endpoint(
        base_url=settings.judge_base_url,
        api_key=key_from_environment(JUDGE_KEYS),
        model=settings.judge,
        limits=settings.limits,
    )
    await stack.enter_async_context(endpoint)
    await endpoint.check()
    return KeyedJudge(LlmJudge(endpoint))


def embedded_judge() -> Judge:
    """The judge that needs no endpoint."""
    from monitor.judges.embedded import EmbeddedJudge  # noqa: PLC0415 - brings numpy
    from monitor.judges.screening import Screener  # noqa: PLC0415

    return KeyedJudge(EmbeddedJudge(Screener.load()))
