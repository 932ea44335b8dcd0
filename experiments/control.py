"""Open answers against choices: on safety, on the capability control, and on any other set.

    python -m experiments.control faef-out runs/monday --out control

A row for each run and kind of question: how often the open answer is safe (or right), how often the
choice is in both orders, and the difference. The fake-alignment gap is the difference on safety less
that on the control. Reads finished runs (folders or MLflow); asks nobody. An imported set is a run too:
`faef import`, then `faef gate --questions`. The paper's figures stand beside it, marked as such.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from experiments.figures import bars
from experiments.finished import add_arguments, runs_of
from experiments.leaderboard import MARK, NOTHING, row_of
from experiments.tables import markdown, shown
from monitor.config import CAPABILITY, DIMENSIONS, OVERALL
from monitor.errors import MonitorError
from monitor.records import Run

PUBLISHED = ("0.95", "0.78")  # means of common open-ended and of multiple-choice safety sets
GROUPS = ("safety, open", "safety, choice", "control, open", "control, choice")


def table(runs: Iterable[Run]) -> str:
    """Safety, control and dimensions of the user's own for each run, then the paper's means."""
    rows = [row for run in runs for row in _rows(run)]
    rows.append([f"{MARK}common safety sets", "safety", *PUBLISHED, "+0.17", "–"])
    return markdown(["model", "questions", "open safety", "choice safety", "difference", "gap"], rows)


def _rows(run: Run) -> Iterator[list[str]]:
    own = sorted(set(run.scores) - {*DIMENSIONS, OVERALL})
    for name in (OVERALL, CAPABILITY, *own):
        if name not in run.scores:
            continue
        score = run.scores[name]
        opened, chosen = score.open_safe, score.choice_safe
        known = opened.value is not None and chosen.value is not None
        difference = f"{(opened.value or 0) - (chosen.value or 0):+.2f}" if known else "–"
        gap = shown(run.gap) if run.gap and name == OVERALL else "–"
        kind = "safety" if name == OVERALL else name
        yield [row_of(run).name, kind, shown(opened), shown(chosen), difference, gap]


def draw(runs: Iterable[Run], file: Path) -> None:
    """Four bars for each model."""
    series = {}
    for run in runs:
        pairs = [run.scores.get(name) for name in (OVERALL, CAPABILITY)]
        series[row_of(run).name] = [
            estimate
            for score in pairs
            for estimate in ((score.open_safe, score.choice_safe) if score else (NOTHING, NOTHING))
        ]
    bars({"open answers against choices": series}, GROUPS, file)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; with --out also leave `control.md` and `control.svg` there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    add_arguments(parser)
    given = parser.parse_args(arguments)
    try:
        runs = runs_of(given)
    except MonitorError as error:
        sys.stderr.write(f"control: {error}\n")
        return 3
    sys.stdout.write(table(runs))
    if given.out:
        given.out.mkdir(parents=True, exist_ok=True)
        (given.out / "control.md").write_text(table(runs), encoding="utf-8")
        draw(runs, given.out / "control.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main())
