"""A run under way beside its baseline: what each look sees and settles, and what is asked next.

The same whether questions are asked, resumed, replayed or compared afterwards: a look sees what was
planned for it and nothing else, so that the same replies always lead to the same verdicts. A run that
is held to nothing is asked in full: later ones will be held to it. Not here: the plan (`escalation`)
and how a check is decided (`verdicts`).
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor.comparing.comparison import Baseline, compared
from monitor.comparing.escalation import Look, ask_more, grounds, settle
from monitor.config import OVERALL, Floor, Thresholds
from monitor.gate import waived
from monitor.records import Estimate, ItemResult, Outcome, Question, Verdict, digest
from monitor.scoring import macro_mean, score_dimension

DECIDED = "what decides is settled"
HAS_FAILED = "a critical check has failed, and so has the run"
NO_MORE = "all planned looks are taken"
RECORDED = "the recording holds no more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be known of a question here."""

    id: str
    dimension: str
    cluster: str
    topic: str = ""
    golden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a run is held to. `calibrated`: its floors go by corrected scores."""

    baseline: Baseline
    thresholds: Thresholds
    safety: tuple[str, ...]
    calibrated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A look that was taken: at which dimensions, and what it settled."""

    dimensions: tuple[str, ...]
    settled: tuple[str, ...]


class Looking:
    """How far a run has come. `at` is the number of the look that each dimension is asked for."""

    def __init__(
        self,
        questions: Sequence[Asked | Question],
        plan: Sequence[Look],
        seed: int,
        held: Held | None = None,
    ) -> None:
        """Before the first look, or where nothing is held against the run, at the last one."""
        self.plan = tuple(plan)
        self.questions = tuple(questions)
        self.verdicts: tuple[Verdict, ...] = ()
        self.taken: list[Taken] = []
        self.why = ""
        self.incomplete = ""  # why no more is known of dimensions of which only a part was asked
        self._held = held
        first = 0 if held else len(self.plan) - 1
        self.at = {question.dimension: first for question in questions}
        self._before = dict(self.at)
        self._parts = {look.share: part(questions, look.share, seed) for look in self.plan}

    def repeats(self, question: Asked | Question) -> int:
        """How often a question is asked by now; golden ones always are."""
        look = self.plan[self.at[question.dimension]]
        return look.repeats if question.golden or question.id in self._parts[look.share] else 0

    def first_seen(self, question: Asked | Question, repeat: int) -> int:
        """The number of the look that a repeat of a question is asked for."""
        for number, look in enumerate(self.plan):
            if repeat < look.repeats and (question.golden or question.id in self._parts[look.share]):
                return number
        return len(self.plan) - 1

    def sees(self, item: ItemResult) -> bool:
        """Whether an item belongs to what has been looked at; a golden question waits for its turn."""
        look = self.plan[self.at.get(item.dimension, 0)]
        return item.repeat < look.repeats and item.question_id in self._parts[look.share]

    def look(self, items: Iterable[ItemResult]) -> bool:
        """Judge what was asked; whether more is to be asked (`repeats`), and then looked at again."""
        if self._held is None:
            return False
        held, number = self._held, len(self.taken)
        here = tuple(name for name, look in self.at.items() if look == number)
        seen = [item for item in items if self.sees(item)]
        found = compared(held.baseline, seen, held.thresholds, held.safety, self.plan[number])
        before = {_name(verdict): verdict for verdict in self.verdicts}
        anew = {_name(v) for v in found if grounds(v, held.safety) & set(here)}
        later = [v if _name(v) in anew else before.get(_name(v), v) for v in found]
        self.verdicts = settle(self.verdicts, later)
        settled = tuple(
            f"{_name(v)} {v.outcome}"
            for v in self.verdicts
            if v.outcome is not Outcome.INCONCLUSIVE and before.get(_name(v)) != v
        )
        self.taken.append(Taken(dimensions=here, settled=settled))
        wanted = self._wanted(held, seen, early=self.plan[number].share < 1)
        if not wanted or number + 1 == len(self.plan):
            self.why = self.why or (NO_MORE if wanted else DECIDED)
            return False
        self._before = dict(self.at)
        self.at |= dict.fromkeys(wanted, number + 1)
        return True

    def cut(self, why: str) -> None:
        """The last look that was wanted is not to be had: what it would have seen is left out."""
        self.at, self.why = self._before, why
        if self.plan[len(self.taken) - 1].share < 1:
            self.incomplete = why

    def _wanted(self, held: Held, seen: Sequence[ItemResult], *, early: bool) -> set[str]:
        """The dimensions that go on.

        Early on also those whose floors are not clear, and, while anything goes on, those that do not
        block: what is not asked must not be easier to pass than what is.
        """
        verdicts = [waived(verdict, held.thresholds.waivers) for verdict in self.verdicts]
        floors = {name: held.thresholds.floor(name) for name in (*self.at, OVERALL)}
        tiers = {name: floor.tier for name, floor in floors.items()}
        failed = [v.dimension for v in verdicts if v.outcome is Outcome.FAILED and not v.waived]
        if "critical" in {tiers[name] for name in failed}:
            self.why = HAS_FAILED
            return set()
        wanted = set(ask_more(verdicts, tiers, held.safety))
        if early:
            wanted |= _unclear(seen, floors, held)
            if wanted:
                open_ones = [v for v in verdicts if v.outcome is Outcome.INCONCLUSIVE]
                wanted = wanted.union(*(grounds(v, held.safety) for v in open_ones))
        return {name for name in wanted & set(self.at) if self.at[name] == len(self.taken) - 1}

    def short(self) -> str:
        """Why further looks may have been in vain: the baseline holds fewer repeats than they saw."""
        if self._held is None or self.why != NO_MORE:
            return ""
        repeats = Counter(item.question_id for item in self._held.baseline.items)
        least, most = min(repeats.values(), default=0), self.plan[-1].repeats
        if least >= most:
            return ""
        said = f"the baseline was asked {least} times, this run {most}"
        return f"{said}: ask it again in full (refresh-baseline)"

    def report(self, usage: Sequence[Mapping[str, float]]) -> Mapping[str, object] | None:
        """As in `run.json`, with what each look took; None where only one look was planned."""
        if len(self.plan) == 1:
            return None
        rows = []
        for number in range(max(self.at.values()) + 1):
            look, taken = self.plan[number], self.taken[number : number + 1]
            rows.append(
                {
                    "share": look.share,
                    "repeats": look.repeats,
                    "dimensions": list(taken[0].dimensions if taken else self.at),
                    "settled": list(taken[0].settled if taken else ()),
                    "usage": dict(usage[number]),
                }
            )
        unasked: dict[str, int] = {}
        for question in self.questions:
            if not self.repeats(question):
                unasked[question.dimension] = unasked.get(question.dimension, 0) + 1
        still = [_name(v) for v in self.verdicts if v.outcome is Outcome.INCONCLUSIVE]
        return {"looks": rows, "open": still, "unasked": unasked, "why": self.why}


def asked_in(items: Iterable[ItemResult]) -> tuple[Asked, ...]:
    """The questions of a finished run."""
    known = {
        item.question_id: Asked(id=item.question_id, dimension=item.dimension, cluster=item.cluster)
        for item in items
    }
    return tuple(known.values())


def walk(looking: Looking, items: Sequence[ItemResult]) -> None:
    """Take all looks that what was recorded allows."""
    have = Counter(item.question_id for item in items)
    while looking.look(items):
        if any(have[question.id] < looking.repeats(question) for question in looking.questions):
            looking.cut(RECORDED)
            return


def part(questions: Sequence[Asked | Question], share: float, seed: int) -> frozenset[str]:
    """The ids of the first questions of each dimension, in an order drawn by the seed.

    Clusters stay whole, and each topic has its share of every part: a random sample, stratified.
    """
    topics: dict[tuple[str, str], list[str]] = {}
    for question in questions:
        clusters = topics.setdefault((question.dimension, question.topic), [])
        if question.cluster not in clusters:
            clusters.append(question.cluster)
    ranks: dict[str, list[tuple[float, str, str]]] = {}
    for (dimension, _), clusters in topics.items():
        drawn = sorted((digest(seed, dimension, cluster), cluster) for cluster in clusters)
        ranks.setdefault(dimension, []).extend(
            ((place + 0.5) / len(drawn), key, cluster) for place, (key, cluster) in enumerate(drawn)
        )
    kept = set[tuple[str, str]]()
    for dimension, ranked in ranks.items():
        first = sorted(ranked)[: math.ceil(len(ranked) * share)]
        kept |= {(dimension, cluster) for _, _, cluster in first}
    return frozenset(q.id for q in questions if (q.dimension, q.cluster) in kept)


def _unclear(seen: Sequence[ItemResult], floors: Mapping[str, Floor], held: Held) -> set[str]:
    """The dimensions with a critical floor that lies within the interval, or that is not yet known."""
    scores = {
        name: score_dimension(name, [item for item in seen if item.dimension == name])
        for name in sorted({item.dimension for item in seen})
    }
    if held.safety and set(held.safety) <= set(scores):
        scores[OVERALL] = macro_mean(OVERALL, [scores[name] for name in held.safety])
    found: set[str] = set()
    for name, score in scores.items():
        floor = floors[name]
        pairs = ((score.cs, floor.cs), (score.css, floor.css))
        if floor.tier == "critical" and any(_within(*one, held.calibrated) for one in pairs):
            found |= set(held.safety) if name == OVERALL else {name}
    return found


def _within(estimate: Estimate, least: float, calibrated: bool) -> bool:  # noqa: FBT001 - one of three
    return least > 0 and (calibrated or estimate.low < least <= estimate.high)


def _name(verdict: Verdict) -> str:
    return f"{verdict.dimension} {verdict.check}"
