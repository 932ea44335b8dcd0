"""What `faef compare` does with two finished runs; nothing is asked."""

import argparse
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from monitor.options import OPTIONS


def compare(given: argparse.Namespace) -> int:
    """Hold a run to another one, as the gate would: the verdicts, and what flipped, by topic."""
    from monitor.baselines import read_baseline  # noqa: PLC0415 - `faef --help` is quick
    from monitor.comparison import compared, flips, refuse_unlike  # noqa: PLC0415
    from monitor.evaluate import safety_of  # noqa: PLC0415
    from monitor.gate import combine, exit_code, waived  # noqa: PLC0415
    from monitor.report.comparison import by_topic  # noqa: PLC0415
    from monitor.report.terminal import rendered  # noqa: PLC0415
    from monitor.runfile import read_items, read_run  # noqa: PLC0415
    from monitor.settings import resolve  # noqa: PLC0415

    run, items = read_run(Path(given.run)), read_items(Path(given.run))
    options = {
        option.dest.removeprefix("faef_"): getattr(given, option.dest, None) for option in OPTIONS
    }
    profile = given.faef_profile or run.profile
    settings = resolve({**options, "model": run.model, "profile": profile})
    baseline = read_baseline(given.baseline, settings.tracking_uri, run.name)
    if baseline is None:
        return 2
    refuse_unlike(baseline, run.fingerprint, run.judge_check)
    found = compared(baseline, items, settings.thresholds, sorted(safety_of(settings.bank)))
    verdicts = tuple(waived(verdict, settings.thresholds.waivers) for verdict in found)
    floors = {verdict.dimension: settings.thresholds.floor(verdict.dimension) for verdict in verdicts}
    known = {"id": baseline.run.id, "source": baseline.source}
    known |= {"model": baseline.run.model, "model_version": baseline.run.model_version}
    shown = replace(
        run,
        verdicts=verdicts,
        outcome=combine(verdicts, floors),
        baseline=known,
        flips=flips(baseline, items),
        profile=profile,
        notes=(),
    )
    width = max(80, shutil.get_terminal_size((100, 24)).columns)
    note = settings.thresholds.note
    sys.stdout.write(rendered(shown, floors, note, width=width, colour=sys.stdout.isatty()))
    sys.stdout.writelines(line + "\n" for line in by_topic(shown, settings.bank))
    return exit_code(shown.outcome, verdicts, floors)
