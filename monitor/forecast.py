"""What an evaluation would ask and cost at the most, before anything is paid."""

from collections.abc import Collection as Names
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from monitor import embedded
from monitor.bank import choose
from monitor.calls.budget import tokens_of
from monitor.comparing.looking import Looking
from monitor.errors import ConfigError
from monitor.judges.llm import MAX_TOKENS
from monitor.judges.named import EMBEDDED, named_judges
from monitor.prompts import for_judge, for_question, in_variant
from monitor.records import CHOICE_FORMS, MODEL_FORMS, Prompt, Question
from monitor.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Calls and tokens, at the most; `cost` in US dollars, None where a price is not known.

    `least` are the calls to the model where the first look settles everything; `again` is the model of
    a baseline that is asked again, as often as the model is at the most; tokens and cost hold both.
    """

    model: str
    calls: int
    least: int
    judge: str
    judgements: int
    prompt_tokens: float
    completion_tokens: float
    cost: float | None
    unpriced: tuple[str, ...]
    again: str = ""
    calls_again: int = 0

    def lines(self) -> Iterator[str]:
        """For people."""
        yield "Dry run: nothing was asked."
        calls = f"{self.calls:,}" if self.least == self.calls else f"{self.least:,} to {self.calls:,}"
        yield f"{calls} calls to {self.model}, at most {self.judgements:,} to {self.judge}"
        if self.again:
            calls = f"{self.calls_again:,} calls to {self.again}"
            judged = f"at most {self.judgements:,} to {self.judge}"
            yield f"before that, the baseline again: {calls}, {judged}"
        yield (
            f"about {self.prompt_tokens:,.0f} prompt tokens,"
            f" at most {self.completion_tokens:,.0f} completion tokens"
        )
        if self.cost is None:
            yield f"cost unknown: thresholds.yaml has no price of {', '.join(self.unpriced)}"
        else:
            yield f"at most {self.cost:,.2f} US dollars"


def forecast(settings: Settings, dimensions: Names[str], again: str = "") -> Forecast:
    """The calls of a live run from nothing: what an earlier one has left is not taken off.

    `again` is the model of the baseline, where that is asked again.
    """
    protocol = settings.protocol
    questions = choose(settings.bank, dimensions, settings.limit, settings.shard)
    asked = [in_variant(question, protocol.variant) for question in questions]
    judges = paid_judges(settings)
    prompts = [
        for_question(question, form, 0, protocol, settings.examples)
        for question in asked
        for form in MODEL_FORMS
    ]
    others = [
        for_question(question, form, 0, replace(protocol, template=name), settings.examples)
        for name in settings.templates
        for question in asked
        for form in CHOICE_FORMS
    ]
    judged = [question for question in asked if not question.accepted] if judges else []
    repeats = protocol.looks[-1].repeats
    calls = [(settings.model, *_tokens([*prompts, *others], repeats, protocol.max_tokens))]
    calls += [(again, *_tokens(prompts, repeats, protocol.max_tokens))] if again else []
    paid = [call for call in calls if not replace(settings, model=call[0]).is_embedded]
    of_judge = _judging(judged, repeats, protocol.max_tokens)
    verdicts = [(judge, *of_judge) for judge in judges] * (2 if again else 1)
    unpriced = tuple(dict.fromkeys(n for n, *_ in (*paid, *verdicts) if n not in settings.prices))
    cost = None
    if not unpriced:
        cost = sum(settings.prices[name].of(sent, got) for name, sent, got in (*paid, *verdicts))
    return Forecast(
        model=embedded.NAME if settings.is_embedded else settings.model,
        calls=len([*prompts, *others]) * repeats,
        least=first_calls(settings, questions),
        judge=settings.judge or "no judge",
        judgements=len(judged) * repeats * len(judges),
        prompt_tokens=sum(sent for _, sent, _ in (*calls, *verdicts)),
        completion_tokens=sum(got for _, _, got in (*calls, *verdicts)),
        cost=cost,
        unpriced=unpriced,
        again=again,
        calls_again=len(prompts) * repeats if again else 0,
    )


def _tokens(prompts: Sequence[Prompt], repeats: int, most: int) -> tuple[float, float]:
    """Of prompts, and of replies at the most."""
    return sum(map(tokens_of, prompts)) * repeats, float(len(prompts) * repeats * most)


def _judging(judged: Sequence[Question], repeats: int, most: int) -> tuple[float, float]:
    """The same of one judge; `most` is the longest answer that it has to read."""
    prompts = sum(tokens_of(for_judge(question, 0, "")) + most for question in judged)
    return prompts * repeats, float(len(judged) * repeats * MAX_TOKENS)


def first_calls(settings: Settings, questions: Sequence[Question]) -> int:
    """The calls to the model of the first look: all of them where there is no baseline."""
    looking = Looking(questions, settings.protocol.looks, settings.protocol.seed)
    if settings.baseline:
        looking.at = dict.fromkeys(looking.at, 0)
    return sum(map(looking.repeats, questions)) * len(MODEL_FORMS)


def paid_judges(settings: Settings) -> list[str]:
    """The judges that are asked over the API, by model."""
    named = named_judges(settings.judge, settings.judge_base_url)
    return [judge.model for judge in named if judge.kind != EMBEDDED]


def refuse_unpriced(settings: Settings) -> None:
    """Raise ConfigError where a cost is to be kept and a price is not known."""
    if settings.limits.max_cost is None:
        return
    models = ([] if settings.is_embedded else [settings.model]) + paid_judges(settings)
    for name in models:
        if name not in settings.prices:
            message = (
                f"--faef-max-cost: no price of {name!r}: add prices: {{{name}: {{input: X, output: Y}}}}"
                f" to {settings.thresholds.path}, in US dollars per million tokens"
            )
            raise ConfigError(message)
