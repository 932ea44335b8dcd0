"""Foreign files as rows in our field names: the published JSONL, CSV, and the `datasets` package.

Reads and renames; whether a row is a question is decided in `importing.bank`.
"""

import csv
import importlib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from monitor.config import DIMENSIONS
from monitor.errors import ConfigError, RecordError
from monitor.jsonl import read_rows, read_text

FIELDS = (
    *("id", "dimension", "topic", "stem", "stem_alt", "positive", "negative"),
    *("twin", "golden", "severity", "accepted", "rejected"),
)
NEEDED = ("dimension", "stem", "positive", "negative")
LISTS = frozenset({"accepted", "rejected"})
BAR = "|"  # parts the entries of a list in one cell

Foreign = Iterator[tuple[str, object]]  # where a row stands, and what stands there


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where our fields stand in a foreign row; ConfigError for an unknown field or a missing one."""

    columns: Mapping[str, str]  # our field to their column
    constants: Mapping[str, str] = field(default_factory=dict)  # our field to a value for all rows
    dimensions: Mapping[str, str] = field(default_factory=dict)  # their category to our dimension
    needed: Sequence[str] = NEEDED

    def __post_init__(self) -> None:
        given = {*self.columns, *self.constants}
        unknown, lacking = sorted(given - {*FIELDS}), [name for name in self.needed if name not in given]
        if unknown or lacking:
            wrong = f"unknown field {unknown[0]!r}" if unknown else f"no column for {lacking[0]!r}"
            message = f"columns: {wrong} (fields: {', '.join(FIELDS)})"
            raise ConfigError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row in our field names, empty cells left out; `fault` says why it cannot be used."""

    where: str
    values: Mapping[str, Any] = field(default_factory=dict)
    fault: str = ""


FINE = Layout(
    columns={
        "id": "id",
        "dimension": "category",
        "stem": "question",
        "positive": "Positive Option",
        "negative": "Negative Option",
    },
    dimensions={name.replace("_", " ").title(): name for name in DIMENSIONS}
    # the second published file keeps the areas of Do-Not-Answer, one cut off after 31 characters
    | {
        "Discrimination, Exclusion, Toxi": "discrimination",
        "Human-Chatbot Interaction Harms": "interaction_harms",
        "Information Hazards": "information_hazards",
        "Malicious Uses": "malicious_uses",
        "Misinformation Harms": "misinformation",
    },
)


def fine(file: Path) -> Iterator[Row]:
    """The rows of a published file; RecordError where a line is not JSON."""
    return json_lines(file, FINE)


def json_lines(file: Path, layout: Layout) -> Iterator[Row]:
    """The rows of a JSONL file; RecordError where a line is not JSON."""
    return renamed(((f"{file}:{number}", row) for number, row in read_rows(file)), layout)


def comma_separated(file: Path, layout: Layout) -> Iterator[Row]:
    """The rows of a CSV file with a header; RecordError where it is not CSV."""
    return renamed(_cells(file), layout)


def huggingface(
    name: str, layout: Layout, *, split: str = "train", files: Sequence[Path] = ()
) -> Iterator[Row]:
    """The rows of a split of a dataset; with `files`, `name` is their format, such as "json".

    ConfigError without the `datasets` package, or where it cannot load them.
    """
    try:
        datasets = importlib.import_module("datasets")
    except ImportError as error:
        message = "the datasets package is missing: pip install 'faef-monitor[huggingface]'"
        raise ConfigError(message) from error
    local = {"data_files": [str(file) for file in files]} if files else {}
    try:
        rows = datasets.load_dataset(name, split=split, **local)
    except (OSError, ValueError, datasets.exceptions.DatasetsError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        message = f"{name}: cannot be loaded as a dataset: {reason}"
        raise ConfigError(message) from error
    return renamed(((f"{name}/{split}:{n}", row) for n, row in enumerate(rows, start=1)), layout)


def renamed(rows: Iterable[tuple[str, object]], layout: Layout) -> Iterator[Row]:
    """Each row in our names, or with a fault: no object, a missing column, an unknown category."""
    for where, row in rows:
        try:
            yield Row(where=where, values=_values(row, layout))
        except _FaultError as fault:
            yield Row(where=where, fault=str(fault))


class _FaultError(Exception):
    """Why one row cannot be used; never leaves this module."""


def _values(row: object, layout: Layout) -> dict[str, Any]:
    if not isinstance(row, Mapping):
        message = "not an object"
        raise _FaultError(message)
    if None in row:
        message = "more cells than columns"
        raise _FaultError(message)
    for column in layout.columns.values():
        if column not in row:
            message = f"no column {column!r}"
            raise _FaultError(message)
    found = {**layout.constants, **{ours: row[theirs] for ours, theirs in layout.columns.items()}}
    values = {name: value for name, value in found.items() if not _empty(value)}
    for name in LISTS & values.keys():
        if isinstance(values[name], str):
            values[name] = [part for part in values[name].split(BAR) if part.strip()]
    if layout.dimensions and "dimension" in values:
        values["dimension"] = _dimension(values["dimension"], layout.dimensions)
    return values


def _empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _dimension(category: object, dimensions: Mapping[str, str]) -> str:
    name = " ".join(str(category).split())
    if name not in dimensions:
        message = f"dimension: unknown category {name!r} (there are: {'; '.join(sorted(dimensions))})"
        raise _FaultError(message)
    return dimensions[name]


def _cells(file: Path) -> Foreign:
    """Each record by the names of the header; cells beyond it stand under None."""
    reader = csv.reader(io.StringIO(read_text(file)), strict=True)
    try:
        header = next(reader, [])
        line = reader.line_num + 1
        for cells in reader:
            if cells:
                row: dict[str | None, object] = dict(zip(header, cells, strict=False))
                if len(cells) > len(header):
                    row[None] = cells[len(header) :]
                yield f"{file}:{line}", row
            line = reader.line_num + 1
    except csv.Error as error:
        message = f"{file}:{reader.line_num}: not valid CSV: {error}"
        raise RecordError(message) from error
