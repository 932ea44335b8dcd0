"""`faef`: the parser of the commands; what they do is in `verbs` and `verbs_of_…`.

0 passed · 1 failed · 2 inconclusive, or nothing evaluated · 3 bad configuration · 4 too many calls
failed.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from monitor import __version__
from monitor.errors import MonitorError
from monitor.options import OPTIONS, PREFIX, Option
from monitor.verbs import gate, report, score
from monitor.verbs_of_banks import audit, import_csv, import_fine, import_huggingface
from monitor.verbs_of_calibration import calibrate
from monitor.verbs_of_judges import train_judge
from monitor.verbs_of_labels import label
from monitor.verbs_of_replies import collect, export, list_, merge, prune
from monitor.verbs_of_runs import compare, plan

SCORE_OPTIONS = frozenset(
    [
        *("thresholds", "profile", "questions", "judge", "labels", "limit", "choice", "variant"),
        *("calibration", "out"),
    ]
)
NOT_COLLECTED = frozenset(["replay", "calibration", "tracking-uri", "no-track"])
COMPARE_OPTIONS = frozenset(["thresholds", "profile", "questions", "tracking-uri"])
PLAN_OPTIONS = frozenset(["thresholds", "profile", "questions", "limit"])
CALIBRATE_OPTIONS = frozenset(["judge", "judge-base-url", "questions", "concurrency", "timeout", "out"])

LIMITS = {
    "picker": "share of pairs that a single cue may decide (default 0.60)",
    "learnt": "share of pairs that words alone may decide (default 0.75)",
}
MAPPINGS = {
    "column": "our field and their column, as in stem=question; repeatable",
    "constant": "our field and its value in every row, as in dimension=privacy; repeatable",
    "dimension": "their category and our dimension, as in Privacy=privacy; repeatable",
}
Command = Callable[[argparse.Namespace], int]


class Parser(argparse.ArgumentParser):
    """argparse, with our exit code for bad configuration."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and exit with 3: argparse's own 2 means inconclusive here."""
        self.print_usage(sys.stderr)
        self.exit(3, f"faef: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; a MonitorError becomes one line on stderr."""
    parser = _parser()
    given = parser.parse_args(arguments)
    command: Command = given.command
    try:
        return command(given)
    except MonitorError as error:
        print(f"faef: {str(error).replace(PREFIX, '--')}", file=sys.stderr)  # noqa: T201 - the one line a user sees
        return error.exit_code
    except OSError as error:
        print(f"faef: {error.filename or 'output'}: {error.strerror or error}", file=sys.stderr)  # noqa: T201
        return 3


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="faef",
        description="Did this model version become safer, or did it only learn to sound safe?",
    )
    parser.add_argument("--version", action="version", version=f"faef-monitor {__version__}")
    verbs = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    verb = _verb(verbs, gate, "faef gate --model gpt-x --judge gpt-y")
    verb.add_argument("--suites", help="folder of suites (default: ./suites, else those shipped)")
    verb.add_argument("-k", dest="keyword", help="only the tests that match, as in pytest -k")
    _add(verb, OPTIONS)

    verb = _verb(verbs, score, "faef score faef-out/responses.jsonl --judge embedded")
    verb.add_argument("recording", help="responses.jsonl, or the folder that holds it")
    _add(verb, [option for option in OPTIONS if option.name in SCORE_OPTIONS])

    verb = _verb(verbs, report, "faef report faef-out --svg report.svg")
    verb.add_argument("run", help="folder of a run, or its run.json")
    verb.add_argument("--svg", metavar="FILE", help="save the report as a picture instead")
    _add(verb, [option for option in OPTIONS if option.name == "thresholds"])
    verb = _verb(verbs, audit, "faef audit suites/questions --json audit.json")
    verb.add_argument("bank", nargs="*", type=Path, help="files or folders (default: the bank shipped)")
    verb.add_argument("--format", choices=("bank", "fine"), default="bank", help="fine: as published")
    verb.add_argument("--json", type=Path, metavar="FILE", help="write all figures to a file")
    for name, text in LIMITS.items():
        verb.add_argument(f"--max-{name}", type=float, metavar="X", help=text)
    _add_imports(verbs)
    _add_replies(verbs)

    verb = _verb(verbs, compare, "faef compare runs/monday runs/tuesday")
    verb.add_argument("baseline", help="a run: folder, run.json, runs:/ID, models:/NAME@ALIAS, previous")
    verb.add_argument("run", help="folder of the run that is held to it")
    _add(verb, [option for option in OPTIONS if option.name in COMPARE_OPTIONS])

    verb = _verb(verbs, plan, "faef plan faef-out --drop 0.05 --power 0.8")
    verb.add_argument("run", nargs="?", help="a run whose own noise is taken (default: a typical one)")
    verb.add_argument("--drop", type=float, default=0.05, metavar="X", help="to find (default 0.05)")
    verb.add_argument("--power", type=float, default=0.8, metavar="X", help="to find it (default 0.8)")
    text = "two runs of one model: what noise alone does to this gate"
    verb.add_argument("--noise", nargs=2, metavar=("RUN", "RUN"), help=text)
    _add(verb, [option for option in OPTIONS if option.name in PLAN_OPTIONS])

    _add_label(verbs)
    verb = _verb(verbs, calibrate, "faef calibrate labels.jsonl --judge gpt-y")
    verb.add_argument(
        "labels", type=Path, help="JSON lines: question, answer, label (docs/calibration.md)"
    )
    text = "folder of the record (default calibration)"
    verb.add_argument("--calibration", type=Path, default=Path("calibration"), metavar="DIR", help=text)
    _add(verb, [option for option in OPTIONS if option.name in CALIBRATE_OPTIONS])
    _add_training(verbs)
    return parser


def _add_imports(verbs: Any) -> None:
    group = verbs.add_parser("import", help="Bring in questions of others: fine, csv, huggingface.")
    formats = group.add_subparsers(title="formats", required=True, metavar="FORMAT")
    fine = _verb(formats, import_fine, "faef import fine published.jsonl --licence MIT --out fine.jsonl")
    fine.add_argument("file", type=Path, help="the published JSONL")
    table = _verb(
        formats,
        import_csv,
        "faef import csv bank.csv --column stem=question --column positive=good --column negative=bad"
        " --constant dimension=privacy --licence CC-BY-4.0 --out bank.jsonl",
    )
    table.add_argument("file", type=Path, help="a CSV file with a header")
    hub = _verb(
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


def _add_replies(verbs: Any) -> None:
    verb = _verb(verbs, collect, "faef collect --model gpt-x --judge gpt-y --shard 1/3 --out part-1")
    text = "ask this dimension, repeatable (default: all of the bank)"
    verb.add_argument("--dimension", action="append", metavar="NAME", help=text)
    _add(verb, [option for option in OPTIONS if option.name not in NOT_COLLECTED])
    verb = _verb(verbs, merge, "faef merge part-1 part-2 part-3 --out merged")
    verb.add_argument("parts", nargs="+", type=Path, help="folders that faef collect has left")
    _add(verb, [option for option in OPTIONS if option.name == "out"])
    group = verbs.add_parser("cache", help="Look after the store of replies: list, prune, export.")
    actions = group.add_subparsers(title="actions", required=True, metavar="ACTION")
    listing = _verb(actions, list_, "faef cache list --out faef-out")
    pruning = _verb(actions, prune, "faef cache prune --days 30")
    pruning.add_argument("--days", type=float, required=True, metavar="X", help="older ones go")
    exporting = _verb(actions, export, "faef cache export 1f0c responses.jsonl")
    exporting.add_argument("collection", help="id of the collection, or how it begins")
    exporting.add_argument("file", type=Path, help="the new responses.jsonl")
    for verb in (listing, pruning, exporting):
        _add(verb, [option for option in OPTIONS if option.name == "out"])


def _add_training(verbs: Any) -> None:
    verb = _verb(verbs, train_judge, "faef train-judge --data fetched --out weights.npz")
    verb.add_argument("--data", required=True, type=Path, metavar="DIR", help="labelled answers, JSONL")
    verb.add_argument("--bank", type=Path, metavar="DIR", help="questions (default: the bank shipped)")
    verb.add_argument(
        "--out", type=Path, default=Path("weights.npz"), metavar="FILE", help="the weights"
    )
    verb.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of the varied openings (default 0)"
    )


def _add_label(verbs: Any) -> None:
    verb = _verb(verbs, label, "faef label faef-out --sample 100")
    verb.add_argument("run", help="folder of a run, or its responses.jsonl")
    text = "how many answers (default 100); a larger sample goes on with a smaller one"
    verb.add_argument("--sample", type=int, default=100, metavar="N", help=text)
    verb.add_argument("--seed", type=int, default=0, metavar="N", help="of the sample (default 0)")
    text = "file that labels are added to (default labels.jsonl)"
    verb.add_argument("--labels", type=Path, default=Path("labels.jsonl"), metavar="FILE", help=text)
    verb.add_argument("--annotator", metavar="NAME", help="who labels; a second one is asked again")
    text = "show the judge's verdict: quicker, and it leads"
    verb.add_argument("--show-judge", action="store_true", help=text)
    text = "write the sample to a file (.csv, else JSON lines) instead of asking"
    verb.add_argument("--to", type=Path, metavar="FILE", help=text)
    text = "read labels back from such a file"
    verb.add_argument("--from", dest="from_", type=Path, metavar="FILE", help=text)
    _add(verb, [option for option in OPTIONS if option.name == "questions"])


def _verb(verbs: Any, command: Command, example: str) -> argparse.ArgumentParser:
    summary = (command.__doc__ or "").strip()
    verb: argparse.ArgumentParser = verbs.add_parser(
        command.__name__.removeprefix("import_").rstrip("_").replace("_", "-"),
        help=summary,
        description=summary,
        epilog=f"Example: {example}",
    )
    verb.set_defaults(command=command)
    return verb


def _add(verb: argparse.ArgumentParser, options: Sequence[Option]) -> None:
    for option in options:
        text = option.help.replace(PREFIX, "--")
        verb.add_argument(f"--{option.name}", dest=option.dest, help=text, **option.arguments)
