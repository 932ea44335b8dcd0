"""What `faef calibrate` does: labelled answers in, a record of the judge out."""

import argparse
import hashlib
import shutil
import sys
from pathlib import Path
from typing import Any

from monitor.options import by_name
from monitor.verbs.parsers import add_options, add_verb

CALIBRATE_OPTIONS = frozenset(["judge", "judge-base-url", "questions", "concurrency", "timeout", "out"])


def add_to(verbs: Any) -> None:
    """Declare `calibrate`."""
    verb = add_verb(verbs, calibrate, "faef calibrate labels.jsonl --judge gpt-y")
    verb.add_argument(
        "labels", type=Path, help="JSON lines: question, answer, label (docs/calibration.md)"
    )
    text = "folder of the record (default calibration)"
    verb.add_argument("--calibration", type=Path, default=Path("calibration"), metavar="DIR", help=text)
    add_options(verb, CALIBRATE_OPTIONS)


def calibrate(given: argparse.Namespace) -> int:
    """Measure a judge on answers that people labelled, and keep the record for `faef gate`."""
    from monitor.calibration.calibrating import calibrated  # noqa: PLC0415 - `faef --help` is quick
    from monitor.calibration.record import write_calibration  # noqa: PLC0415
    from monitor.config import packaged  # noqa: PLC0415
    from monitor.people.labels import read_labels  # noqa: PLC0415
    from monitor.report.calibration import rendered  # noqa: PLC0415
    from monitor.report.terminal import CallProgress  # noqa: PLC0415
    from monitor.settings import resolve  # noqa: PLC0415

    labels = read_labels(given.labels)
    sha256 = hashlib.sha256(given.labels.read_bytes()).hexdigest()
    options = by_name(given)
    unasked = {"model": given.faef_judge, "profile": "gate", "no_track": True}
    settings = resolve(options | unasked | {"thresholds": packaged("thresholds.yaml")})
    with CallProgress(len(labels.answers), counted="judge") as progress:
        calibration = calibrated(settings, labels, sha256, progress.count)
    file = write_calibration(given.calibration, calibration)
    width = max(80, shutil.get_terminal_size((100, 24)).columns)
    sys.stdout.write(rendered(calibration, width=width, colour=sys.stdout.isatty()))
    sys.stdout.write(f"Record {file}\n")
    return 0
