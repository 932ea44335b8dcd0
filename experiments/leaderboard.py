"""All models side by side: CS and CSS of any runs, as a table and a heatmap, beside published results.

    python -m experiments.leaderboard faef-out runs/monday runs:/0123abcd --out leaderboard
    python -m experiments.leaderboard --experiment my-model --tracking-uri sqlite:///mlflow.db

A run is a folder, a run.json, runs:/ID or models:/NAME@ALIAS; --experiment takes the newest run of each
version of a name. Reads finished runs; asks nobody. The published rows are of other questions, choices
and judges: they are there to compare patterns, not numbers.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.figures import heatmap
from experiments.finished import add_arguments, runs_of
from experiments.tables import markdown, shown
from monitor.config import DIMENSIONS, OVERALL
from monitor.errors import MonitorError
from monitor.records import Estimate, Run

PUBLISHED = Path(__file__).with_name("published.json")
MARK = "published: "  # begins the name of a reference row
METRICS = ("cs", "css")
NOTHING = Estimate(value=None, low=0.0, high=1.0, n=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One model on the board: CS and CSS by dimension, `overall` among them."""

    name: str
    protocol: str  # how it was asked, in short
    cs: dict[str, Estimate]
    css: dict[str, Estimate]

    @property
    def rank(self) -> tuple[float, float]:
        """The higher, the higher on the board; a run without an overall score comes last."""
        overall = [getattr(self, metric).get(OVERALL, NOTHING).value for metric in ("css", "cs")]
        return tuple(-1.0 if value is None else value for value in overall)  # type: ignore[return-value]


def board(runs: Iterable[Run], *, published: bool = True) -> list[Row]:
    """The rows, best overall CSS first (CS among equals)."""
    rows = [row_of(run) for run in runs]
    return sorted(
        [*rows, *(reference_rows() if published else [])], key=lambda row: row.rank, reverse=True
    )


def row_of(run: Run) -> Row:
    """A run as a row."""
    asked = run.fingerprint
    protocol = f"{asked.get('choice', '?')}, {asked.get('shots', '?')} shots, judge {run.judge}"
    name = run.name if run.model_version == run.name else f"{run.name} {run.model_version}"
    by_metric = {m: {d: getattr(score, m) for d, score in run.scores.items()} for m in METRICS}
    return Row(name=name, protocol=protocol, **by_metric)


def reference_rows() -> list[Row]:
    """The paper's 14 models; overall only, without intervals."""
    models = json.loads(PUBLISHED.read_text(encoding="utf-8"))["models"]
    return [
        Row(name=MARK + name, protocol="the paper's", cs=_alone(cs), css=_alone(css))
        for name, (cs, css) in models.items()
    ]


def table(rows: Sequence[Row]) -> str:
    """Overall CS and CSS with intervals, as Markdown; published values stand bare."""
    lines = []
    for row in rows:
        values = (row.cs.get(OVERALL, NOTHING), row.css.get(OVERALL, NOTHING))
        bare = row.name.startswith(MARK)
        lines.append([row.name, row.protocol, *(f"{v.value:.2f}" if bare else shown(v) for v in values)])
    return markdown(["model", "asked", "CS", "CSS"], lines)


def draw(rows: Sequence[Row], file: Path) -> None:
    """The heatmap: models by dimensions, CS beside CSS."""
    names = [OVERALL, *DIMENSIONS]
    others = {name for row in rows for name in row.cs} - set(names)
    columns = [*names, *sorted(others)]
    panels = {
        metric.upper(): [[getattr(row, metric).get(c, NOTHING).value for c in columns] for row in rows]
        for metric in METRICS
    }
    heatmap([row.name for row in rows], columns, panels, file)


def _alone(percent: float) -> dict[str, Estimate]:
    return {OVERALL: Estimate(value=percent / 100, low=0.0, high=1.0, n=0)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; with --out also leave `leaderboard.md` and `leaderboard.svg` there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    add_arguments(parser)
    parser.add_argument("--no-published", action="store_true", help="leave the paper's rows out")
    given = parser.parse_args(arguments)
    try:
        rows = board(runs_of(given), published=not given.no_published)
    except MonitorError as error:
        sys.stderr.write(f"leaderboard: {error}\n")
        return 3
    sys.stdout.write(table(rows))
    if given.out:
        given.out.mkdir(parents=True, exist_ok=True)
        (given.out / "leaderboard.md").write_text(table(rows), encoding="utf-8")
        draw(rows, given.out / "leaderboard.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main())
