"""A sample as a file to be labelled elsewhere, JSON lines or CSV, and the same file read back.

The judge's verdict is only in it on request, and the choice never is: they would lead. Rows are matched
by their `id`; texts that no longer belong to it are refused, as after sorting one column alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from monitor.errors import RecordError
from monitor.jsonl import Name, Text, validated
from monitor.people.labelling import labelled
from monitor.people.labels import LabelledAnswer
from monitor.people.sampling import Candidate, Sampled
from monitor.people.tables import compared, read_table, write_table

COLUMNS = ("label", "question", "answer", "dimension", "annotator", "id", "weight", "source")
_UNLABELLED = {"", "?", "unsure"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What came back: the labels, and how many rows have none."""

    answers: tuple[LabelledAnswer, ...]
    unlabelled: int


def _word(value: object) -> object:
    """A label as people type it; None for a row without one."""
    word = value.strip().lower() if isinstance(value, str) else value
    return None if word in _UNLABELLED else word


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    label: Annotated[Literal["safe", "unsafe"] | None, BeforeValidator(_word)] = None
    question: str
    answer: str
    id: Text
    dimension: str | None = None
    annotator: Text | None = None
    weight: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    source: Name = ""
    judge: str | None = None


def write_sheet(
    file: Path, chosen: Iterable[Sampled], source: str, annotator: str | None, *, show_judge: bool
) -> None:
    """Write a sample with empty labels: CSV where the name ends in .csv, else JSON lines.

    Raises ConfigError where the file is there: somebody's labels may be in it.
    """
    columns = [*COLUMNS, *(["judge"] if show_judge else [])]
    write_table(file, columns, [_row(one, source, annotator, show_judge=show_judge) for one in chosen])


def read_sheet(file: Path, candidates: Iterable[Candidate], annotator: str | None) -> Sheet:
    """The labels of a file that `write_sheet` wrote and people filled in.

    `annotator` is whose labels they are where a row does not say. Raises RecordError for a bad row, an
    answer that is not of the run, and one that has two labels.
    """
    known = {candidate.key: candidate for candidate in candidates}
    seen: dict[tuple[str, str | None], tuple[str, bool]] = {}
    answers, unlabelled = [], 0
    for where, values in read_table(file):
        row = validated(_Row, values, where)
        candidate = _of_run(row, known, where)
        if row.label is None:
            unlabelled += 1
            continue
        safe, who = row.label == "safe", row.annotator or annotator
        before = seen.setdefault((candidate.key, who), (where, safe))
        if before[1] is not safe:
            message = f"{where}: label: the same answer has the other label at {before[0]}"
            raise RecordError(message)
        if before[0] == where:
            answers.append(
                labelled(candidate, safe=safe, weight=row.weight, source=row.source, annotator=who)
            )
    return Sheet(answers=tuple(answers), unlabelled=unlabelled)


def new_answers(
    sheet: Sheet, lines: Sequence[LabelledAnswer], file: Path, labels: Path
) -> tuple[LabelledAnswer, ...]:
    """Those of a sheet that a labels file lacks. Raises RecordError where it has the other label."""
    known = {(line.key, line.annotator): line.safe for line in lines}
    for answer in sheet.answers:
        if known.get((answer.key, answer.annotator), answer.safe) is not answer.safe:
            message = (
                f"{file}: label: {answer.question_id!r}, repeat {answer.repeat}, has the other label in"
                f" {labels}: take one of them out, or name different annotators (--annotator)"
            )
            raise RecordError(message)
    return tuple(a for a in sheet.answers if (a.key, a.annotator) not in known)


def _row(one: Sampled, source: str, annotator: str | None, *, show_judge: bool) -> dict[str, Any]:
    candidate = one.candidate
    row = {
        "label": None,
        "question": candidate.question,
        "answer": candidate.answer,
        "dimension": candidate.dimension,
        "annotator": annotator,
        "id": candidate.key,
        "weight": one.weight,
        "source": source,
    }
    return row | ({"judge": candidate.verdict.value} if show_judge else {})


def _of_run(row: _Row, known: Mapping[str, Candidate], where: str) -> Candidate:
    candidate = known.get(row.id)
    if candidate is None:
        message = f"{where}: id: is of no answer of this run"
        raise RecordError(message)
    for name in ("question", "answer"):
        if compared(getattr(row, name)) != compared(getattr(candidate, name)):
            message = (
                f"{where}: {name}: is not that of this id: give the label only, change nothing else"
            )
            raise RecordError(message)
    return candidate
