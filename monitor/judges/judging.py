"""Opens the judge that the settings name: one or a majority, behind answer keys and labels of people."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from monitor.calls.access import JUDGE_KEYS, key_from_environment
from monitor.calls.budget import Budget
from monitor.errors import ConfigError
from monitor.judges import Judge, guards, llm
from monitor.judges.guards import GUARDS, GuardJudge, ModerationJudge
from monitor.judges.keys import KeyedJudge
from monitor.judges.labels import LabelledJudge, by_answer
from monitor.judges.llm import LlmJudge
from monitor.judges.majority import MajorityJudge
from monitor.judges.named import EMBEDDED, MODERATION, NamedJudge, named_judges
from monitor.people.labels import read_labels
from monitor.settings import Settings

if TYPE_CHECKING:
    from monitor.client import Endpoint

Labels = Mapping[str, bool]


async def open_judge(
    stack: AsyncExitStack,
    settings: Settings,
    budget: Budget | None = None,
    labels: Labels | None = None,
) -> Judge:
    """The judge, behind labels from people and the answer keys of capability questions.

    `labels` are those of `settings` where they are not given. Raises ConfigError, or EndpointError
    where a judge does not answer.
    """
    opened: list[Judge] = []
    for named in _named(settings):
        key = "" if named.kind == EMBEDDED else key_from_environment(JUDGE_KEYS)
        judge, endpoint = _judge(settings, named, budget, key)
        if endpoint is not None:
            await stack.enter_async_context(endpoint)
            await endpoint.check()
        opened.append(judge)
    return _together(settings, opened, labels_of(settings) if labels is None else labels)


def unasked_judge(settings: Settings) -> Judge:
    """The same judge for its name and fingerprint alone: it has no key and cannot be asked."""
    opened = [_judge(settings, named, None, "no key")[0] for named in _named(settings)]
    return _together(settings, opened, labels_of(settings))


def _named(settings: Settings) -> tuple[NamedJudge, ...]:
    return named_judges(settings.judge, settings.judge_base_url)


def _together(settings: Settings, opened: Sequence[Judge], labels: Labels | None) -> Judge:
    if not opened and labels is None:
        message = (
            f"no judge for {settings.model!r}: set --faef-judge to a model id (and"
            " --faef-judge-base-url if it is served elsewhere), or to 'embedded' for a screening"
        )
        raise ConfigError(message)
    judge: Judge | None = opened[0] if len(opened) == 1 else None
    if len(opened) > 1:
        judge = MajorityJudge(opened)
    if judge is None or labels is not None:
        judge = LabelledJudge(labels or {}, judge)
    return KeyedJudge(judge)


def labels_of(settings: Settings) -> Labels | None:
    """The labels of `--faef-labels` by answer. Raises ConfigError or RecordError."""
    return by_answer(read_labels(settings.labels).answers) if settings.labels else None


def embedded_judge() -> Judge:
    """The judge that needs no endpoint."""
    return KeyedJudge(_embedded())


def _embedded() -> Judge:
    from monitor.judges.embedded import EmbeddedJudge  # noqa: PLC0415 - brings numpy
    from monitor.judges.screening import Screener  # noqa: PLC0415

    return EmbeddedJudge(Screener.load())


def _judge(
    settings: Settings, named: NamedJudge, budget: Budget | None, key: str
) -> "tuple[Judge, Endpoint | None]":
    if named.kind == EMBEDDED:
        return _embedded(), None
    from monitor.client import Endpoint  # noqa: PLC0415 - brings openai

    endpoint = Endpoint(
        base_url=named.base_url,
        api_key=key,
        model=named.model,
        limits=settings.limits,
        budget=budget,
        optional=guards.OPTIONAL if named.kind in GUARDS else llm.OPTIONAL,
    )
    if named.kind == MODERATION:
        return ModerationJudge(endpoint), endpoint
    if named.kind in GUARDS:
        return GuardJudge(endpoint, GUARDS[named.kind]), endpoint
    return LlmJudge(endpoint), endpoint
