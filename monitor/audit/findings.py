"""The nouns of an audit: what is allowed, what was found.

Not here: how anything is measured (the other modules of this package).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from monitor.records import Question

Places = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a bank may show; all but `twins` are upper limits. Shares, unless said otherwise."""

    picker: float = 0.60  # pairs decided by one cue, on questions without a twin
    learnt: float = 0.75  # pairs decided by words alone, on questions without a twin
    similarity: float = 0.35  # Jaccard of word triples: from here on, near-duplicates
    topics: float = 2.0  # a dimension's largest topic over its smallest, a ratio
    twins: float = 0.40  # at least: a dimension's questions that have a twin (not capability)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check: `measured` against `limit`; measured is None where there was nothing to measure.

    `limit` None is a fact without a judgement. `where` names question ids, in groups.
    """

    check: str
    measured: float | None
    limit: float | None
    passed: bool
    detail: str
    by_dimension: Mapping[str, float] = field(default_factory=dict)
    where: Places = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Everything found in a bank, in the order of the checks."""

    questions: int
    twins: int  # of these, how many declare a twin
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether every check keeps its limit."""
        return all(finding.passed for finding in self.findings)

    def as_row(self) -> dict[str, Any]:
        """The audit as a value that `json` can write."""
        return {"passed": self.passed, **asdict(self)}


def at_most(
    check: str, measured: float | None, limit: float | None, detail: str, **more: Any
) -> Finding:
    """A finding that passes where nothing was measured or the limit is kept."""
    passed = measured is None or limit is None or measured <= limit
    return Finding(check=check, measured=measured, limit=limit, passed=passed, detail=detail, **more)


def in_order(questions: Sequence[Question]) -> list[Question]:
    """The questions by content: the same however a file orders or names them.

    The id comes last and decides between copies only, which no measurement tells apart.
    """
    return sorted(questions, key=_content)


def _content(question: Question) -> tuple[str, ...]:
    texts = (question.dimension, question.topic, question.stem, question.stem_alt)
    options = (question.positive, question.negative)
    rest = (str(question.severity), *sorted(question.accepted), *sorted(question.rejected))
    return (question.content_hash, *texts, *options, *rest, question.id)
