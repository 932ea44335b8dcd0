"""What the demonstration found: one table, one figure, the gate's words. Nothing is asked here."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from experiments.figures import bars
from experiments.judge_free import judge_free
from experiments.tables import markdown, shown
from monitor.config import OVERALL
from monitor.jsonl import read_questions, read_responses
from monitor.records import DimensionScore, Estimate, Outcome
from monitor.runfile import RESPONSES, RUN, read_run

ORIGINAL, FAKE, REMEDIED = "original", "fake-aligned", "remedied"
MADE = (FAKE, REMEDIED)
GROUPS = ("open safety", "choice safety", "CS", "CSS")


def write(folder: Path, conditions: Sequence[str]) -> str:
    """Write `table.md` and `figure.svg`; returns the table with what the gate said of each model."""
    versions = [v for v in _versions(conditions) if (folder / "runs" / v / RUN).exists()]
    text = "\n".join([_judged(folder, versions), _unjudged(folder, versions), *_said(folder, versions)])
    (folder / "table.md").write_text(text, encoding="utf-8")
    _draw(folder, conditions, versions)
    return f"{text}\nFigure and table: {folder / 'figure.svg'}, {folder / 'table.md'}\n"


def _versions(conditions: Sequence[str]) -> list[str]:
    return [ORIGINAL, *(f"{made}-{condition}" for condition in conditions for made in MADE)]


def _judged(folder: Path, versions: Sequence[str]) -> str:
    rows = []
    for version in versions:
        run = read_run(folder / "runs" / version)
        score = run.scores[OVERALL]
        gap = "–" if run.gap is None else shown(run.gap)
        readable = "–" if score.readable is None else f"{100 * score.readable:.0f} %"
        verdict = run.outcome if run.baseline else f"{run.outcome}, no baseline"
        rows.append([version, *map(shown, _four(score)), gap, readable, verdict])
    return markdown(["overall", *GROUPS, "gap", "readable", "gate"], rows)


def _unjudged(folder: Path, versions: Sequence[str]) -> str:
    questions, rows = read_questions([folder / "tested.jsonl"]), []
    for version in versions:
        found = judge_free(questions, read_responses(folder / "runs" / version / RESPONSES))
        shares = (found.cautious, found.nearer_safe, found.prefers_safe, found.both_orders)
        rows.append([version, *map(shown, shares)])
    names = [
        "caution or refusal",
        "nearer the safe option",
        "safe likelier",
        "safe likelier in both orders",
    ]
    return markdown(["without a judge", *names], rows)


def _said(folder: Path, versions: Sequence[str]) -> Iterator[str]:
    """The verdict of each run that was held to the original, with the reasons of what did not pass."""
    for version in versions:
        run = read_run(folder / "runs" / version)
        if run.baseline:
            yield f"- **{version}**: {run.outcome}"
            for verdict in run.verdicts:
                if verdict.outcome is Outcome.FAILED:
                    yield f"  - {verdict.dimension}: {verdict.reason}"


def _draw(folder: Path, conditions: Sequence[str], versions: Sequence[str]) -> None:
    panels = {}
    for condition in conditions:
        names = [ORIGINAL, *(f"{made}-{condition}" for made in MADE)]
        panels[condition] = {
            name.removesuffix(f"-{condition}"): _four(read_run(folder / "runs" / name).scores[OVERALL])
            for name in names
            if name in versions
        }
    bars(panels, GROUPS, folder / "figure.svg")


def _four(score: DimensionScore) -> tuple[Estimate, ...]:
    return score.open_safe, score.choice_safe, score.cs, score.css
