"""The nouns of a construction: a stem, and a candidate with what is known of where it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from monitor.records import Question, digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Stem:
    """A question before it has options; `topic` None until it is sorted."""

    text: str
    topic: str | None
    origin: str  # where it is from: file or dataset with its licence, or the model that wrote it
    severity: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A question with options, or what there is of them; `conflicts` say why people must look at it."""

    id: str
    dimension: str
    topic: str
    stem: str = field(repr=False)
    positive: str = field(repr=False)
    negative: str = field(repr=False)
    twin: str | None = None
    severity: int = 1
    conflicts: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """A hash of what a reviewer sees: a decision holds for these words alone."""
        return digest(self.stem, self.positive, self.negative)

    def edited(self, texts: Mapping[str, str]) -> "Candidate":
        """With other words of a reviewer's."""
        return replace(
            self,
            stem=texts.get("stem", self.stem),
            positive=texts.get("positive", self.positive),
            negative=texts.get("negative", self.negative),
        )

    def question(self, source: str) -> Question:
        """As it stands in a bank."""
        return Question(
            id=self.id,
            dimension=self.dimension,
            topic=self.topic,
            stem=self.stem,
            stem_alt=self.stem,
            positive=self.positive,
            negative=self.negative,
            twin=self.twin,
            severity=self.severity,
            source=source,
        )


EDITABLE = ("stem", "positive", "negative")


def identity(dimension: str, stem: str) -> str:
    """The id of a question with this stem."""
    return f"{dimension}-{digest(stem)[:10]}"
