"""A sample as a file to be labelled elsewhere, JSON lines or CSV, and the same file read back.

The judge's verdict is only in it on request, and the choice never is: they would lead. In a CSV file
no cell can act as a formula, and control characters are made visible. Rows are matched by their `id`;
texts that no longer belong to it are refused, as after sorting one column alone.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from monitor.errors import ConfigError, RecordError
from monitor.jsonl import Name, Text, first_problem, read_rows, read_text, write_rows
from monitor.labelling import labelled
from monitor.labels import LabelledAnswer
from monitor.sampling import Candidate, Sampled
from monitor.visible import visible

COLUMNS = ("label", "question", "answer", "dimension", "annotator", "id", "weight", "source")
_FORMULA = tuple("=+-@＝＋－＠")  # noqa: RUF001 - full-width ones act in some spreadsheets
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
    if file.exists():
        message = f"--to: {file}: is there already: read it back with --from, or give another name"
        raise ConfigError(message)
    rows = [_row(one, source, annotator, show_judge=show_judge) for one in chosen]
    if _is_csv(file):
        _write_csv(file, [*COLUMNS, *(["judge"] if show_judge else [])], rows)
    else:
        write_rows(file, rows)


def read_sheet(file: Path, candidates: Iterable[Candidate], annotator: str | None) -> Sheet:
    """The labels of a file that `write_sheet` wrote and people filled in.

    `annotator` is whose labels they are where a row does not say. Raises RecordError for a bad row, an
    answer that is not of the run, and one that has two labels.
    """
    known = {candidate.key: candidate for candidate in candidates}
    seen: dict[tuple[str, str | None], tuple[str, bool]] = {}
    answers, unlabelled = [], 0
    for where, values in _rows(file):
        row = _checked(values, where)
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


def _write_csv(file: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns)
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in row.items()})
    file.write_text(out.getvalue(), encoding="utf-8-sig", newline="")  # spreadsheets look for the mark


def _cell(value: object) -> object:
    """A value that a spreadsheet shows and does not compute."""
    if not isinstance(value, str):
        return value
    text = visible(value)
    return "'" + text if text.lstrip().startswith(_FORMULA) else text


def _checked(values: object, where: str) -> _Row:
    try:
        return _Row.model_validate(values)
    except ValidationError as error:
        message = f"{where}: {first_problem(error)}"
        raise RecordError(message) from error


def _of_run(row: _Row, known: Mapping[str, Candidate], where: str) -> Candidate:
    candidate = known.get(row.id)
    if candidate is None:
        message = f"{where}: id: is of no answer of this run"
        raise RecordError(message)
    for name in ("question", "answer"):
        if _compared(getattr(row, name)) != _compared(getattr(candidate, name)):
            message = (
                f"{where}: {name}: is not that of this id: give the label only, change nothing else"
            )
            raise RecordError(message)
    return candidate


def _compared(text: str) -> str:
    """A text without what a CSV file and a spreadsheet do to it."""
    return " ".join(visible(text).replace("\r", "\n").split()).lstrip("'").lstrip()


def _rows(file: Path) -> Iterator[tuple[str, object]]:
    if _is_csv(file):
        yield from _csv_rows(file)
    else:
        yield from ((f"{file}:{number}", row) for number, row in read_rows(file))


def _csv_rows(file: Path) -> Iterator[tuple[str, object]]:
    """Rows and the lines they begin at; cells that are empty are left out, but for the texts."""
    text = read_text(file)
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)  # some spreadsheets save with another one
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))  # answers may be longer than csv thinks
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begin = 2
    try:
        for row in reader:
            where, begin = f"{file}:{begin}", reader.line_num + 1
            if None in row:
                message = f"{where}: has more cells than the header"
                raise RecordError(message)
            if any(row.values()):
                yield where, {name: cell for name, cell in row.items() if cell}
    except csv.Error as error:
        message = f"{file}:{begin}: not valid CSV: {error}"
        raise RecordError(message) from error


def _is_csv(file: Path) -> bool:
    return file.suffix.lower() == ".csv"
