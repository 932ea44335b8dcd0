"""What a construction would ask at the least and at the most, before anything is paid."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from monitor import embedded
from monitor.calls.budget import tokens_of
from monitor.construct import wording
from monitor.construct.sources import stems
from monitor.construct.spec import Spec
from monitor.forecast import paid_judges
from monitor.forecast import refuse_unpriced as refuse_unpriced_models
from monitor.judges.named import LLM, named_judges
from monitor.records import Form, Prompt
from monitor.settings import Settings

MODEL, NEGATIVE, JUDGE, TOPICAL = "model", "negative", "judge", "topical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Calls to models and judges: if each first try is good, and if none is; `cost` of the latter."""

    least: int
    most: int
    verdicts: int  # of `most`
    cost: float | None  # US dollars, None where a price is not known

    def lines(self) -> Iterator[str]:
        """For people."""
        yield "Dry run: nothing was asked."
        yield f"{self.least:,} calls if every first try is good, at most {self.most:,}"
        if self.cost is None:
            yield "cost unknown: thresholds.yaml lacks the price of a model"
        else:
            yield f"at most {self.cost:,.2f} US dollars, were each reply as long as it may be"


def forecast(spec: Spec, settings: Settings, adversary: Settings) -> Forecast:
    """The calls of a construction from nothing; what an earlier run has left is not taken off."""
    rows = [stem for _, stem in stems(spec) if stem]
    wanted = sum(map(spec.wanted, spec.topics))
    questions = wanted if spec.expand else min(wanted, len(rows))
    written = max(0, questions - len(rows))
    unsorted = sum(stem.topic is None for stem in rows)
    least = _least(questions, unsorted + written)
    most = _most(spec, questions, unsorted + (questions if spec.expand else 0) * spec.tries.question)
    asked = _asked(settings, adversary)
    return Forecast(
        least=sum(least[role] for roles in asked.values() for role in roles),
        most=sum(most[role] for roles in asked.values() for role in roles),
        verdicts=sum(most[role] for roles in asked.values() for role in roles if role == JUDGE),
        cost=_cost(asked, most, spec, settings),
    )


def refuse_unpriced(settings: Settings, adversary: Settings) -> None:
    """Raise ConfigError where a cost is to be kept and a price is not known."""
    refuse_unpriced_models(settings)
    refuse_unpriced_models(adversary)


def _least(questions: int, sorted_or_written: int) -> Counter[str]:
    """An option of each kind, two verdicts, a twin and its two, and three times whether it responds."""
    model = sorted_or_written + 2 * questions
    return Counter({MODEL: model, NEGATIVE: questions, JUDGE: 4 * questions, TOPICAL: 3 * questions})


def _most(spec: Spec, questions: int, sorted_or_written: int) -> Counter[str]:
    tries = spec.tries
    judged = tries.positive + tries.negative + 2 * tries.matching + 2 * tries.twin + bool(spec.fallback)
    model = sorted_or_written + questions * (tries.positive + tries.matching + tries.twin)
    return Counter(
        {
            MODEL: model,
            NEGATIVE: questions * tries.negative,
            JUDGE: questions * judged,
            TOPICAL: questions * (2 + tries.twin),
        }
    )


def _asked(settings: Settings, adversary: Settings) -> Mapping[str, list[str]]:
    """Which calls each model over the API, or embedded one, gets."""
    asked: dict[str, list[str]] = {}
    asked.setdefault(settings.model, []).append(MODEL)
    asked.setdefault(adversary.model, []).append(NEGATIVE)
    for judge in paid_judges(settings):
        asked.setdefault(judge, []).append(JUDGE)
    named = named_judges(settings.judge, settings.judge_base_url)
    topical = next((judge.model for judge in named if judge.kind == LLM), None)
    if topical:
        asked[topical].append(TOPICAL)
    return asked


def _cost(
    asked: Mapping[str, list[str]], most: Mapping[str, int], spec: Spec, settings: Settings
) -> float | None:
    prompt = Prompt(question_id="", form=Form.OPEN, repeat=0, messages=_typical(spec))
    total = 0.0
    for model, roles in asked.items():
        if embedded.is_embedded(model):
            continue
        if model not in settings.prices:
            return None
        calls = sum(most[role] for role in roles)
        total += calls * settings.prices[model].of(tokens_of(prompt), settings.protocol.max_tokens)
    return total


def _typical(spec: Spec) -> wording.Messages:
    """A prompt among the longer ones, with texts as long as they may be."""
    stem, option = "word " * spec.words[1], "word " * spec.option_words[1]
    return wording.twin(stem, option, option, spec)
