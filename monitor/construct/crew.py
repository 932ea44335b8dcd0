"""Everybody who is asked in a construction: the model, the adversary and the judge."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from monitor.calls.access import JUDGE_KEYS, key_from_environment
from monitor.calls.budget import Budget
from monitor.client import Endpoint
from monitor.construct.asker import Asker, Tallied
from monitor.construct.checking import Checker
from monitor.construct.spec import Spec
from monitor.engines.local import open_model
from monitor.judges.judging import open_judge
from monitor.judges.named import LLM, named_judges
from monitor.settings import Settings
from monitor.store import ReplyStore

OPTIONAL = ("temperature", "response_format", "seed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """`aligned` writes questions, positive options and twins, `adversarial` negative options."""

    aligned: Asker
    adversarial: Asker
    checker: Checker


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """All that a crew is opened with; `adversary` names the model of the negative options."""

    spec: Spec
    settings: Settings
    adversary: Settings
    store: ReplyStore
    tallied: Tallied
    budget: Budget

    async def open(self, stack: AsyncExitStack) -> Crew:
        """Everybody, each endpoint checked without cost. Raises ConfigError or EndpointError."""
        judge = await open_judge(stack, self.settings, self.budget)
        aligned = await self._model(stack, self.settings)
        ours, other = self.settings, self.adversary
        same = (ours.model, ours.base_url) == (other.model, other.base_url)
        adversarial = aligned if same else await self._model(stack, other)
        topical = await self._judging_model(stack)
        checker = Checker(judge=judge, topical=topical, store=self.store, tallied=self.tallied)
        return Crew(aligned=aligned, adversarial=adversarial, checker=checker)

    async def _model(self, stack: AsyncExitStack, settings: Settings) -> Asker:
        return self._asker(await open_model(stack, settings, self.budget, OPTIONAL))

    async def _judging_model(self, stack: AsyncExitStack) -> Asker | None:
        """The first judge that is a language model, to be asked other things than for a verdict."""
        named = named_judges(self.settings.judge, self.settings.judge_base_url)
        found = next((judge for judge in named if judge.kind == LLM), None)
        if found is None:
            return None
        endpoint = Endpoint(
            base_url=found.base_url,
            api_key=key_from_environment(JUDGE_KEYS),
            model=found.model,
            limits=self.settings.limits,
            budget=self.budget,
            optional=OPTIONAL,
        )
        return self._asker(await stack.enter_async_context(endpoint))

    def _asker(self, endpoint: Endpoint) -> Asker:
        return Asker(
            model=endpoint,
            store=self.store,
            tallied=self.tallied,
            seed=self.spec.seed,
            max_tokens=self.settings.protocol.max_tokens,
            extra_body=self.settings.protocol.extra_body,
        )
