"""What reviewers decided, as lines of `decisions.jsonl`, and what that makes of the candidates.

A decision is about the words that were shown: where a candidate has other words by now, it is asked
about again. A question is accepted if nobody rejected it and somebody accepted it, or if the judge was
content and nobody was asked.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from monitor.calibration.agreement import Judged, agreement
from monitor.construct.nouns import Candidate
from monitor.jsonl import Text, read_rows, validated
from monitor.records import Estimate, Label, Reading

DECISIONS = "decisions.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One reviewer's word on a candidate; `texts` are those that were edited."""

    id: str
    shown: str
    accepted: bool
    reviewer: str | None
    seconds: float
    at: str = ""  # ISO 8601, UTC
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)

    def row(self) -> dict[str, Any]:
        """As a line of the file; `read_decisions` is its inverse."""
        return asdict(self)


class _Texts(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    stem: Text | None = None
    positive: Text | None = None
    negative: Text | None = None


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    id: Text
    shown: Text
    accepted: bool
    reviewer: Text | None = None
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    at: str = ""
    texts: _Texts = _Texts()


def read_decisions(file: Path) -> tuple[Decision, ...]:
    """The decisions of a file, none where it is not there. Raises RecordError."""
    if not file.exists():
        return ()
    found = []
    for number, row in read_rows(file):
        line = validated(_Line, row, f"{file}:{number}")
        found.append(Decision(**line.model_dump(exclude={"texts"}), texts=_given(line.texts)))
    return tuple(found)


def _given(texts: _Texts) -> Mapping[str, str]:
    return texts.model_dump(exclude_none=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The candidates by what became of them; the accepted ones in their last words."""

    accepted: tuple[Candidate, ...]
    rejected: tuple[Candidate, ...]
    waiting: tuple[Candidate, ...]
    by: Mapping[str, Sequence[Decision]]  # the decisions that hold, by candidate


def settled(candidates: Iterable[Candidate], decisions: Iterable[Decision]) -> Settled:
    """What became of each candidate."""
    holding = by_candidate(candidates := tuple(candidates), decisions)
    accepted, rejected, waiting = list[Candidate](), list[Candidate](), list[Candidate]()
    for one in candidates:
        said = holding.get(one.id, ())
        if any(not decision.accepted for decision in said):
            rejected.append(one)
        elif said:
            accepted.append(one.edited({k: v for each in said for k, v in each.texts.items()}))
        elif one.conflicts:
            waiting.append(one)
        else:
            accepted.append(one)
    return Settled(
        accepted=tuple(accepted), rejected=tuple(rejected), waiting=tuple(waiting), by=holding
    )


def by_candidate(
    candidates: Iterable[Candidate], decisions: Iterable[Decision]
) -> Mapping[str, Sequence[Decision]]:
    """The decisions about the words that candidates have now; of each reviewer the last one."""
    shown = {one.id: one.shown for one in candidates}
    found = defaultdict[str, dict[str | None, Decision]](dict)
    for decision in decisions:
        if shown.get(decision.id) == decision.shown:
            found[decision.id].pop(decision.reviewer, None)
            found[decision.id][decision.reviewer] = decision
    return {name: tuple(said.values()) for name, said in found.items()}


def left(
    candidates: Iterable[Candidate],
    holding: Mapping[str, Sequence[Decision]],
    reviewer: str | None,
    *,
    everything: bool,
) -> tuple[Candidate, ...]:
    """What this reviewer has not decided: the conflicts, or with `everything` all candidates."""
    return tuple(
        one
        for one in candidates
        if (everything or one.conflicts)
        and all(decision.reviewer != reviewer for decision in holding.get(one.id, ()))
    )


def between_reviewers(
    candidates: Iterable[Candidate], holding: Mapping[str, Sequence[Decision]]
) -> Mapping[tuple[str | None, str | None], Estimate]:
    """Cohen's kappa of accepting and rejecting, of each two reviewers over what both have decided."""
    cluster = {one.id: one.twin or one.id for one in candidates}
    by_reviewer = defaultdict[str | None, dict[str, bool]](dict)
    for name, said in holding.items():
        for decision in said:
            by_reviewer[decision.reviewer][name] = decision.accepted
    found = {}
    for one, other in combinations(sorted(by_reviewer, key=str), 2):
        first, second = by_reviewer[one], by_reviewer[other]
        both = [
            Judged(
                cluster=cluster[name],
                dimension=None,
                choice_safe=None,
                safe=first[name],
                verdict=Reading(label=Label.SAFE if second[name] else Label.UNSAFE),
            )
            for name in first
            if name in second
        ]
        if both:
            found[one, other] = agreement(both).kappa
    return found
