"""What `faef audit` and `faef import` do: questions in, findings or a bank out."""

import argparse
import json
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.errors import ConfigError

if TYPE_CHECKING:
    from monitor.importing import Layout
    from monitor.importing.formats import Row
    from monitor.records import Question


def audit(given: argparse.Namespace) -> int:
    """Measure a bank: can its key be found without reading the questions? Exit 1 over a limit."""
    from monitor.audit import Limits  # noqa: PLC0415 - `faef --help` is quick
    from monitor.audit import audit as measured  # noqa: PLC0415
    from monitor.config import shipped  # noqa: PLC0415
    from monitor.report.audit import rendered  # noqa: PLC0415

    paths = given.bank or [shipped("suites/questions")]
    asked = {"picker": given.max_picker, "learnt": given.max_learnt}
    limits = replace(Limits(), **{name: x for name, x in asked.items() if x is not None})
    found = measured(_fine_bank(paths) if given.format == "fine" else _bank(paths), limits)
    width = max(80, shutil.get_terminal_size((100, 24)).columns)
    sys.stdout.write(rendered(found, width=width, colour=sys.stdout.isatty()))
    if given.json:
        given.json.write_text(json.dumps(found.as_row(), indent=1) + "\n", encoding="utf-8")
    return 0 if found.passed else 1


def import_fine(given: argparse.Namespace) -> int:
    """Import questions from the published format of the paper."""
    from monitor.importing import fine  # noqa: PLC0415

    return _import(given, fine(given.file), given.file.stem)


def import_csv(given: argparse.Namespace) -> int:
    """Import questions from a CSV file whose columns are named on the command line."""
    from monitor.importing import comma_separated  # noqa: PLC0415

    return _import(given, comma_separated(given.file, _layout(given)), given.file.stem)


def import_huggingface(given: argparse.Namespace) -> int:
    """Import questions from a dataset, through the `datasets` package."""
    from monitor.importing import huggingface  # noqa: PLC0415

    rows = huggingface(given.dataset, _layout(given), split=given.split, files=given.file)
    return _import(given, rows, given.dataset.replace("/", "-"))


def _import(given: argparse.Namespace, rows: "Iterable[Row]", name: str) -> int:
    from monitor.importing import Origin, gather, write_bank  # noqa: PLC0415

    name = given.name or name
    origin = Origin(name=name, licence=given.licence, prefix=given.prefix or name)
    imported = gather(rows, origin)
    for rejected in imported.rejected:
        sys.stderr.write(f"rejected: {rejected}\n")
    write_bank(given.out, imported)
    sys.stdout.write(
        f"{len(imported.questions)} questions in {given.out}, {len(imported.rejected)} rows rejected\n"
    )
    return 0


def _bank(paths: Sequence[Path]) -> "Sequence[Question]":
    from monitor.jsonl import read_questions  # noqa: PLC0415

    return read_questions(paths, raw=True)


def _fine_bank(paths: Sequence[Path]) -> "Sequence[Question]":
    from monitor.importing import Origin, fine, gather  # noqa: PLC0415

    origin = Origin(name="fine", licence="unknown", prefix="fine")
    rows = (row for path in paths for row in fine(path))
    return gather(rows, origin, raw=True).questions


def _layout(given: argparse.Namespace) -> "Layout":
    from monitor.importing import Layout  # noqa: PLC0415

    return Layout(
        columns=_pairs("column", given.column),
        constants=_pairs("constant", given.constant),
        dimensions=_pairs("dimension", given.dimension),
    )


def _pairs(option: str, texts: Sequence[str]) -> Mapping[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        ours, equals, theirs = text.partition("=")
        if not equals:
            message = f"--{option} {text}: must be two names with = between them"
            raise ConfigError(message)
        pairs[ours] = theirs
    return pairs
