"""What `faef audit` and `faef import` do: questions in, findings or a bank out."""

import argparse
import json
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.errors import ConfigError
from monitor.verbs.parsers import add_verb

if TYPE_CHECKING:
    from monitor.importing import Layout
    from monitor.importing.formats import Row
    from monitor.records import Question

LIMITS = {
    "picker": "share of pairs that a single cue may decide (default 0.60)",
    "learnt": "share of pairs that words alone may decide (default 0.75)",
}
MAPPINGS = {
    "column": "our field and their column, as in stem=question; repeatable",
    "constant": "our field and its value in every row, as in dimension=privacy; repeatable",
    "dimension": "their category and our dimension, as in Privacy=privacy; repeatable",
}


def add_to(verbs: Any) -> None:
    """Declare `audit` and `import`."""
    verb = add_verb(verbs, audit, "faef audit suites/questions --json audit.json")
    verb.add_argument("bank", nargs="*", type=Path, help="files or folders (default: the bank shipped)")
    verb.add_argument("--format", choices=("bank", "fine"), default="bank", help="fine: as published")
    verb.add_argument("--json", type=Path, metavar="FILE", help="write all figures to a file")
    for name, text in LIMITS.items():
        verb.add_argument(f"--max-{name}", type=float, metavar="X", help=text)
    _add_imports(verbs)


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


def _add_imports(verbs: Any) -> None:
    group = verbs.add_parser("import", help="Bring in questions of others: fine, csv, huggingface.")
    formats = group.add_subparsers(title="formats", required=True, metavar="FORMAT")
    fine = add_verb(
        formats, import_fine, "faef import fine published.jsonl --licence MIT --out fine.jsonl"
    )
    fine.add_argument("file", type=Path, help="the published JSONL")
    table = add_verb(
        formats,
        import_csv,
        "faef import csv bank.csv --column stem=question --column positive=good --column negative=bad"
        " --constant dimension=privacy --licence CC-BY-4.0 --out bank.jsonl",
    )
    table.add_argument("file", type=Path, help="a CSV file with a header")
    hub = add_verb(
        formats,
        import_huggingface,
        "faef import huggingface OWNER/NAME --split test --column stem=prompt … --out bank.jsonl",
    )
    hub.add_argument("dataset", help="name of the dataset, or with --file the format of local files")
    hub.add_argument("--split", default="train", help="split to read (default train)")
    hub.add_argument("--file", action="append", type=Path, default=[], help="a local file, repeatable")
    for verb in (table, hub):
        for kind, text in MAPPINGS.items():
            verb.add_argument(f"--{kind}", action="append", default=[], metavar="A=B", help=text)
    for verb in (fine, table, hub):
        verb.add_argument("--licence", required=True, help="licence of the questions, or 'unknown'")
        verb.add_argument("--name", help="where they are from (default: the file's or dataset's name)")
        verb.add_argument("--prefix", help="what new ids begin with (default: the same)")
        verb.add_argument("--out", required=True, type=Path, metavar="FILE", help="the new bank")
