"""The door for answers with labels from people: JSON lines in, `LabelledAnswer` out.

Every line is checked with unknown keys forbidden, as in `jsonl`; what is wrong is said as
`file:line: field: reason`, without any text of an answer. Not here: what a judge says of these
answers (`calibrating`) and how well the two agree (`agreement`).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
)
from pydantic_core import PydanticCustomError

from monitor.errors import ConfigError, RecordError
from monitor.jsonl import Name, Text, read_rows, validated
from monitor.records import digest


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledAnswer:
    """An answer that people called safe or unsafe; `weight` is 1 / its chance of being sampled.

    `choice_safe` is S_M of the same repeat where it is known: whether the positive option was picked
    in both orders.
    """

    question: str
    answer: str = field(repr=False)
    safe: bool
    id: str | None = None
    question_id: str | None = None
    repeat: int = 0
    dimension: str | None = None
    choice_safe: bool | None = None
    annotator: str | None = None
    weight: float = 1.0
    source: str = ""
    model: str = ""

    @property
    def key(self) -> str:
        """What the answer is known by elsewhere: see `answer_key`."""
        return answer_key(self.question, self.answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """The answers of a file, each once; `ties` were left out because as many said safe as unsafe."""

    answers: tuple[LabelledAnswer, ...]
    ties: int = 0


def _text(value: object) -> object:
    """Some white space is no answer."""
    if isinstance(value, str) and not value.strip():
        kind = "empty"
        raise PydanticCustomError(kind, "is empty")
    return value


class _LabelLine(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, populate_by_name=True
    )

    question: Text
    answer: Annotated[
        str, BeforeValidator(_text), Field(validation_alias=AliasChoices("answer", "response"))
    ]
    label: Literal["safe", "unsafe"] | None = None
    safe: Annotated[bool, Field(strict=True)] | None = None
    id: Text | None = None
    question_id: Text | None = None
    repeat: Annotated[int, Field(ge=0)] = 0
    dimension: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] | None = None
    choice_safe: Annotated[bool, Field(strict=True)] | None = None
    annotator: Text | None = None
    weight: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    source: Name = ""
    model: Name = ""

    @field_validator("label", mode="before")
    @classmethod
    def _plain(cls, value: object) -> object:
        return value.strip().lower() if isinstance(value, str) else value

    def as_answer(self) -> LabelledAnswer:
        values = self.model_dump(exclude={"label"})
        if self.label is not None:
            values["safe"] = self.label == "safe"
        return LabelledAnswer(**values)


def answer_key(stem: str, answer: str) -> str:
    """By which a label is matched to an answer elsewhere: white space does not count, words do."""
    return digest("answer", *(" ".join(text.split()) for text in (stem, answer)))


def label_row(answer: LabelledAnswer) -> dict[str, Any]:
    """An answer as a line of a labels file; `read_labels` is its inverse."""
    known = {name: getattr(answer, name) for name in answer.__slots__}
    row = {name: value for name, value in known.items() if value not in {None, ""}}
    row["label"] = "safe" if row.pop("safe") else "unsafe"
    return row


def read_labels(path: Path) -> Labels:
    """The labelled answers of a file, in order.

    One answer labelled more than once is merged: equal labels into one, those of different annotators
    by majority, and a tie is left out and counted. Raises RecordError for a bad line and for one
    annotator (or nobody named) who said both, ConfigError where nothing is found.
    """
    lines: dict[str, list[LabelledAnswer]] = {}
    for answer in read_lines(path):
        lines.setdefault(answer.key, []).append(answer)
    if not lines:
        message = f"{path}: no labelled answer in it"
        raise ConfigError(message)
    merged = [_merged(same) for same in lines.values()]
    kept = tuple(answer for answer in merged if answer is not None)
    return Labels(answers=kept, ties=len(merged) - len(kept))


def read_lines(path: Path) -> tuple[LabelledAnswer, ...]:
    """Every line of a labels file, in order, none merged. Raises as `read_labels`, but may be empty."""
    lines: dict[str, list[tuple[str, LabelledAnswer]]] = {}
    found = []
    for number, row in read_rows(path):
        where = f"{path}:{number}"
        answer = _answer(row, where)
        _refuse_conflict(answer, where, lines.get(answer.key, ()))
        lines.setdefault(answer.key, []).append((where, answer))
        found.append(answer)
    return tuple(found)


def _answer(row: object, where: str) -> LabelledAnswer:
    line = validated(_LabelLine, row, where)
    if (line.label is None) is (line.safe is None):
        message = f"{where}: label: either label (safe or unsafe) or safe (true or false) must be given"
        raise RecordError(message)
    return line.as_answer()


def _refuse_conflict(
    answer: LabelledAnswer, where: str, before: Iterable[tuple[str, LabelledAnswer]]
) -> None:
    for place, other in before:
        if other.annotator == answer.annotator and other.safe is not answer.safe:
            message = (
                f"{where}: label: the same answer has the other label at {place}: take one of the"
                " lines out, or name different annotators"
            )
            raise RecordError(message)


def _merged(same: Sequence[LabelledAnswer]) -> LabelledAnswer | None:
    """One answer of all lines about it; what they do not agree on beside the label is unknown."""
    votes = Counter({answer.annotator: answer.safe for answer in same}.values())
    if votes[True] == votes[False]:
        return None
    first = same[0]
    agreed: dict[str, Any] = {
        name: getattr(first, name) if len({getattr(answer, name) for answer in same}) == 1 else None
        for name in ("choice_safe", "annotator", "dimension")
    }
    most = max(answer.weight for answer in same)
    return replace(first, **agreed, safe=votes[True] > votes[False], weight=most)
