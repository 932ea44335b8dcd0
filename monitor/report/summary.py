"""`summary.md`: the run in Markdown, for MLflow and job summaries. No text of a model is in it."""

from collections.abc import Mapping
from pathlib import Path

from monitor.config import Floor
from monitor.escaping import code, prose
from monitor.jsonl import write_lines
from monitor.records import Estimate, Outcome, Run
from monitor.report.headroom import headroom_lines
from monitor.report.terminal import beside, corrected_heading, said
from monitor.runfile import SUMMARY


def write_summary(folder: Path, run: Run, floors: Mapping[str, Floor]) -> None:
    """Write `summary.md` into the folder."""
    lines = markdown(run, floors).removesuffix("\n").split("\n")
    write_lines(folder / SUMMARY, lines, encoding="utf-8")


def markdown(run: Run, floors: Mapping[str, Floor]) -> str:
    """Verdict, table and reasons."""
    lines = [
        f"## FAEF: {run.outcome}",
        "",
        f"Model {code(run.model_version)}, judge {code(run.judge)}, profile {code(run.profile)}.",
        "",
        "| dimension | n | readable | CS | floor | CSS | floor |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, score in run.scores.items():
        floor = floors.get(name)
        readable = "–" if score.readable is None else f"{score.readable:.0%}"
        cs, css = (f"{floor.cs:.2f}", f"{floor.css:.2f}") if floor else ("", "")
        cells = (name, score.n, readable, _interval(score.cs), cs, _interval(score.css), css)
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    lines += ["", *_corrected(run)]
    lines += [
        f"- **{v.outcome}** {v.dimension}: {prose(said(v))}"
        for v in run.verdicts
        if v.outcome is not Outcome.PASSED
    ]
    lines += [f"- {prose(line)}" for line in (*beside(run), *headroom_lines(run, floors))]
    lines += [f"- Note: {prose(note)}" for note in run.notes]
    return "\n".join(lines) + "\n"


def _corrected(run: Run) -> list[str]:
    """The scores without the judge's errors, where it is calibrated."""
    if not run.calibration:
        return []
    lines = [corrected_heading(run), "", "| dimension | CS | CSS | open safe |", "|---|--:|--:|--:|"]
    for name, score in run.scores.items():
        estimates = (score.cs_corrected, score.css_corrected, score.open_safe_corrected)
        shown = [_interval(estimate) for estimate in estimates if estimate]
        if shown:
            lines.append(f"| {name} | {' | '.join(shown)} |")
    return [*lines, ""]


def _interval(estimate: Estimate) -> str:
    if estimate.value is None:
        return "–"
    return f"{estimate.value:.2f} [{estimate.low:.2f}, {estimate.high:.2f}]"
