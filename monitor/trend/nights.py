"""A night: what one complete run found, and all that could explain why it found something else. Pure.

Not here: whether something changed (`changes`) and where nights come from (`tracking`, folders).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from monitor.config import CAPABILITY, OVERALL
from monitor.records import Estimate, ItemResult, Outcome, Run, digest, shortened
from monitor.trend.noise import repeat_noise

METRICS = ("cs", "css")
LONGEST = 500  # characters of a protocol value that are kept
Series = tuple[str, str]  # dimension or `overall`, metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """One complete run as a point of a trend.

    `noise` is the standard error of an estimate over repeats of the same questions, where they were
    repeated; `questions` is a hash of those asked, by dimension.
    """

    run_id: str
    started_at: str  # ISO 8601, UTC
    outcome: Outcome
    estimates: Mapping[Series, Estimate]
    noise: Mapping[Series, float] = field(default_factory=dict)
    questions: Mapping[str, str] = field(default_factory=dict)
    protocol: Mapping[str, str] = field(default_factory=dict)
    model_version: str = ""
    judge: str = ""
    served: tuple[str, ...] = ()
    thresholds: str = ""  # a hash of the file, where known
    git_sha: str = ""

    @property
    def repeats(self) -> int:
        """How often each question was asked."""
        return int(self.protocol.get("repeats", "1"))

    def comparable(self, dimension: str) -> tuple[object, ...]:
        """What must be equal for two nights of a dimension to be held against each other."""
        asked = self.questions if dimension == OVERALL else {dimension: self.questions.get(dimension)}
        safety = {
            name: found for name, found in asked.items() if name != CAPABILITY or dimension == name
        }
        return tuple(sorted(self.protocol.items())), self.judge, tuple(sorted(safety.items()))


def is_complete(run: Run) -> bool:
    """Whether a run is a night: not stopped, and of the whole bank."""
    return not (run.stopped or run.partial or run.shard or run.limit)


def night_of(run: Run) -> Night:
    """The night of a run, with its items where it has them; what only MLflow is told is not known."""
    return Night(
        run_id=run.id,
        started_at=run.started_at,
        outcome=run.outcome,
        estimates={
            (name, metric): getattr(score, metric)
            for name, score in run.scores.items()
            for metric in METRICS
        },
        noise=repeat_noise(run.items, METRICS),
        questions=question_hashes(run.items) or dict.fromkeys(run.scores, run.question_set),
        protocol={name: shortened(str(value), LONGEST) for name, value in run.fingerprint.items()},
        model_version=run.model_version,
        judge=run.judge,
        served=run.served,
    )


def question_hashes(items: Iterable[ItemResult]) -> Mapping[str, str]:
    """By dimension, a hash of the questions that were asked."""
    asked: dict[str, set[str]] = defaultdict(set)
    for item in items:
        asked[item.dimension].add(item.question_hash)
    return {dimension: digest(sorted(hashes)) for dimension, hashes in sorted(asked.items())}


def in_order(nights: Iterable[Night]) -> tuple[Night, ...]:
    """Each run once, by the time at which it began."""
    return tuple(sorted({n.run_id: n for n in nights}.values(), key=lambda n: (n.started_at, n.run_id)))


def differences(before: Night, now: Night) -> Iterator[str]:
    """All but the scores in which a night differs from an earlier one, in words."""
    if before.model_version != now.model_version:
        yield f"model version {before.model_version} → {now.model_version}"
    elif newly := newly_served(before.served, now.served):
        yield f"{newly} at the same model version {now.model_version}"
    for dimension in sorted({*before.questions} & {*now.questions}):
        if before.questions[dimension] != now.questions[dimension]:
            yield f"questions of {dimension}"
    for name in sorted({*before.protocol} | {*now.protocol}):
        was, is_ = before.protocol.get(name, "unset"), now.protocol.get(name, "unset")
        if was != is_:
            yield f"protocol: {name} {_short(was)} → {_short(is_)}"
    if before.judge != now.judge:
        yield f"judge {before.judge} → {now.judge}"
    if before.thresholds and now.thresholds and before.thresholds != now.thresholds:
        yield "thresholds"
    if before.git_sha and now.git_sha and before.git_sha != now.git_sha:
        yield f"git {before.git_sha[:7]} → {now.git_sha[:7]}"


def newly_served(before: Sequence[str], now: Sequence[str]) -> str:
    """Names and system fingerprints that an endpoint did not give itself before; empty if none."""
    new = sorted(set(now) - set(before))
    return f"served as {', '.join(new)}, before as {', '.join(before)}" if before and new else ""


def _short(value: str) -> str:
    return value if len(value) <= len("0123456789abcdef") else f"{value[:12]}…"
