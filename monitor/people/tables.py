"""Tables that people fill in elsewhere, JSON lines or CSV, written and read back.

In a CSV file no cell can act as a formula, and control characters are made visible: a text that comes
back is compared with the one that went out by `compared`. Not here: what the columns mean.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from monitor.errors import ConfigError, RecordError
from monitor.jsonl import read_rows, read_text, write_rows
from monitor.visible import visible

_FORMULA = tuple("=+-@＝＋－＠")  # noqa: RUF001 - full-width ones act in some spreadsheets


def write_table(file: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows: CSV where the name ends in .csv, else JSON lines.

    Raises ConfigError where the file is there: somebody's work may be in it.
    """
    if file.exists():
        message = f"--to: {file}: is there already: read it back with --from, or give another name"
        raise ConfigError(message)
    if _is_csv(file):
        _write_csv(file, columns, rows)
    else:
        write_rows(file, rows)


def read_table(file: Path) -> Iterator[tuple[str, object]]:
    """Each row and where it stands; empty cells are left out. Raises RecordError."""
    if _is_csv(file):
        yield from _csv_rows(file)
    else:
        yield from ((f"{file}:{number}", row) for number, row in read_rows(file))


def compared(text: str) -> str:
    """A text without what a CSV file and a spreadsheet do to it."""
    return " ".join(visible(text).replace("\r", "\n").split()).lstrip("'").lstrip()


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
