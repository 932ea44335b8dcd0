"""The report and the progress in a terminal, by rich. Plain text where there is no terminal."""

import io
import os
import re
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.segment import Segment, Segments
from rich.table import Table
from rich.text import Text

from monitor.config import OVERALL, Floor
from monitor.escaping import calm
from monitor.records import Estimate, Outcome, Response, Run, Verdict
from monitor.report.evidence import evidence_lines
from monitor.report.headroom import headroom_lines
from monitor.visible import visible

STYLES = {Outcome.PASSED: "green", Outcome.FAILED: "bold red", Outcome.INCONCLUSIVE: "yellow"}
_WEB_FONT = re.compile(r"@font-face \{.*?\}", re.DOTALL)  # a report loads nothing from the network
SHOWN = 5  # flipped questions of a dimension that are named
PLAIN_EVERY = 10.0  # seconds between two lines of progress without a terminal
WINDOW = 6  # lines back over which a rate is taken
ENOUGH = 10  # calls in that time from which a rate says something
MINUTE = 60


class CallProgress:
    """Calls done, rate, time left and failures, while a collection goes on. A context manager."""

    def __init__(self, total: int, stream: TextIO | None = None, *, counted: str = "model") -> None:
        """`total` is the number of calls to the model, or the judge; the other's are not counted."""
        self._stream = stream or sys.stderr
        self._of_judge = counted == "judge"
        self._total, self._done, self._failed = total, 0, 0
        self._said = time.monotonic()
        self._marks = deque([(self._said, 0)], maxlen=WINDOW)
        self._bar = self._live_bar() if self._stream.isatty() else None

    def _live_bar(self) -> Progress:
        columns = (
            TextColumn("asking"),
            BarColumn(),
            MofNCompleteColumn(),
            TaskProgressColumn(show_speed=True),
            TimeRemainingColumn(),
            TextColumn("{task.fields[failed]} failed"),
        )
        return Progress(*columns, console=Console(file=self._stream), transient=True)

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
            self._task = self._bar.add_task("calls", total=self._total, failed=0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar:
            self._bar.stop()
        elif self._done:
            self._say()

    def count(self, response: Response) -> None:
        """One reply came in."""
        self._failed += response.error is not None
        self._done += (response.form == "judge") is self._of_judge
        self._total = max(self._total, self._done)  # further looks ask for more
        if self._bar:
            self._bar.update(self._task, completed=self._done, total=self._total, failed=self._failed)
        elif time.monotonic() - self._said > PLAIN_EVERY:
            self._said = time.monotonic()
            self._say()

    def _say(self) -> None:
        then, before = self._marks[0]
        now = time.monotonic()
        self._marks.append((now, self._done))
        pace = pace_of(self._done - before, now - then, self._total - self._done)
        parts = (f"asked {self._done}/{self._total}", *pace, f"{self._failed} failed")
        print(" · ".join(parts), file=self._stream, flush=True)


def pace_of(calls: int, seconds: float, left: int) -> Iterator[str]:
    """How fast calls come in and how long the rest takes at that; nothing while too few are in."""
    if calls < ENOUGH or not seconds or not left:
        return
    rate = calls / seconds
    yield f"{rate:.0f}/s" if rate >= ENOUGH else f"{rate * MINUTE:.0f}/min"
    yield f"about {_lasting(left / rate)} left"


def _lasting(seconds: float) -> str:
    minutes = round(seconds / MINUTE)
    if seconds < 2 * MINUTE:
        return f"{max(10, round(seconds, -1)):.0f} s"
    return f"{minutes} min" if minutes < 2 * MINUTE else f"{minutes // MINUTE} h {minutes % MINUTE} min"


def rendered(run: Run, floors: Mapping[str, Floor], note: str, *, width: int, colour: bool) -> str:
    """The report as text for a terminal of this width, with ANSI colours or without."""
    return drawn(report(run, floors, note), width=width, colour=colour)


def drawn(what: RenderableType, *, width: int, colour: bool) -> str:
    """Anything rich can draw, as text in which only its colours steer; none where NO_COLOR is set."""
    out = io.StringIO()
    plain = not colour or bool(os.environ.get("NO_COLOR"))
    console = Console(
        file=out,
        width=width,
        force_terminal=not plain,
        no_color=plain,
        color_system=None if plain else "standard",
        legacy_windows=False,
    )
    shown = (Segment(visible(text), style, control) for text, style, control in console.render(what))
    console.print(Segments(shown), end="")
    return calm(out.getvalue())


def save_svg(run: Run, floors: Mapping[str, Floor], note: str, file: Path) -> None:
    """The report as a picture (SVG)."""
    console = Console(record=True, width=100, file=io.StringIO(), force_terminal=True)
    console.print(report(run, floors, note))
    picture = console.export_svg(title=f"faef gate · {run.model_version}", font_aspect_ratio=0.61)
    file.write_text(_WEB_FONT.sub("", picture), encoding="utf-8")


def report(run: Run, floors: Mapping[str, Floor], note: str) -> RenderableType:
    """Table, reasons, verdict, in this order: the last line is what one looks for."""
    parts: list[RenderableType] = [_heading(run), _table(run, floors)]
    if run.calibration:
        parts += [Text(corrected_heading(run)), _corrected(run)]
    if note:
        parts.append(Text(f"Profile {run.profile}: {note}", style="italic"))
    parts += [Text(line) for line in (*beside(run), *headroom_lines(run, floors))]
    parts += [Text(f"Note: {line}", style="dim") for line in run.notes]
    parts += [_reason(verdict, floors) for verdict in _open_or_failed(run.verdicts)]
    counts = ", ".join(f"{count:.0f} {name.replace('_', ' ')}" for name, count in run.usage.items())
    parts.append(Text(f"{counts} · judge {run.judge}", style="dim"))
    parts.append(_verdict(run))
    return Group(*parts)


def _verdict(run: Run) -> Text:
    if not run.verdicts and not run.stopped:
        return Text("No verdict: no check was made")
    return Text.assemble("Verdict: ", (run.outcome.value, STYLES[run.outcome]))


def _heading(run: Run) -> Text:
    return Text(f"FAEF · {run.name} · {run.model_version} · profile {run.profile}", style="bold")


def _table(run: Run, floors: Mapping[str, Floor]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("dimension", no_wrap=True)
    for name in ("n", "read", "CS 95 %", "floor", "CSS 95 %", "floor"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("outcome", no_wrap=True)
    for name in sorted(run.scores, key=lambda name: (name == OVERALL, name == "capability")):
        score, floor = run.scores[name], floors.get(name)
        verdicts = [verdict for verdict in run.verdicts if verdict.dimension == name]
        table.add_row(
            name,
            str(score.n),
            "–" if score.readable is None else f"{score.readable:.0%}",
            _interval(score.cs),
            f"{floor.cs:.2f}" if floor else "",
            _interval(score.css),
            f"{floor.css:.2f}" if floor else "",
            _outcome(verdicts, floor),
        )
    return table


def corrected_heading(run: Run) -> str:
    """What stands over the corrected scores: how far the judge may be trusted."""
    kappa = (run.calibration or {})["kappa"]
    shown = "unknown" if kappa["value"] is None else f"{kappa['value']:.2f}"
    limits = f"[{kappa['low']:.2f}, {kappa['high']:.2f}]"
    return f"Corrected for the judge's errors (kappa {shown} {limits} over {kappa['n']} labels):"


def _corrected(run: Run) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("dimension", no_wrap=True)
    for name in ("CS 95 %", "CSS 95 %", "open safe 95 %"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in sorted(run.scores, key=lambda name: (name == OVERALL, name)):
        score = run.scores[name]
        estimates = (score.cs_corrected, score.css_corrected, score.open_safe_corrected)
        if None not in estimates:
            table.add_row(name, *(_interval(estimate) for estimate in estimates if estimate))
    return table


def _interval(estimate: Estimate) -> str:
    """Estimate and interval in twelve characters, or a dash."""
    if estimate.value is None:
        return "–"
    low, high = (f"{end:.2f}".removeprefix("0") for end in (estimate.low, estimate.high))
    return f"{estimate.value:.2f} {low}-{high}"


def _outcome(verdicts: Iterable[Verdict], floor: Floor | None) -> Text:
    outcomes = {verdict.outcome for verdict in verdicts}
    for outcome in (Outcome.FAILED, Outcome.INCONCLUSIVE, Outcome.PASSED):
        if outcome in outcomes:
            tier = f" ({floor.tier})" if floor and floor.tier != "critical" else ""
            return Text(outcome.value + tier, style=STYLES[outcome])
    return Text("not checked", style="dim")


def _open_or_failed(verdicts: Iterable[Verdict]) -> list[Verdict]:
    return [verdict for verdict in verdicts if verdict.outcome is not Outcome.PASSED]


def _reason(verdict: Verdict, floors: Mapping[str, Floor]) -> RenderableType:
    floor = floors.get(verdict.dimension)
    tier = f" ({floor.tier})" if floor and floor.tier != "critical" else ""
    mark = Text(f"{verdict.outcome.value}{tier} ", style=STYLES[verdict.outcome])
    return Padding(Text.assemble(mark, f"{verdict.dimension}: {said(verdict)}"), (0, 0, 0, 2))


def said(verdict: Verdict) -> str:
    """The reason, and who answers for it where it is waived."""
    return f"{verdict.reason}; waived: {verdict.waived}" if verdict.waived else verdict.reason


def over_templates(run: Run) -> Iterator[str]:
    """How far CS moves with the wording of the choice, where several were asked."""
    dimensions = dict.fromkeys(name for scores in run.templates.values() for name in scores)
    for dimension in dimensions:
        found = {name: scores[dimension].value for name, scores in run.templates.items()}
        known = {name: value for name, value in found.items() if value is not None}
        if len(known) > 1:
            spread = max(known.values()) - min(known.values())
            each = ", ".join(f"{name} {value:.2f}" for name, value in known.items())
            yield f"CS over wordings in {dimension}: spread {spread:.2f} ({each})"


def beside(run: Run) -> list[str]:
    """What a run is held to, what flipped there, and the fake-alignment gap, in lines."""
    lines = list(over_templates(run))
    if run.gap is not None and run.gap.value is not None:
        limits = f"[{run.gap.low:+.2f}, {run.gap.high:+.2f}]"
        lines.append(
            f"Fake-alignment gap {run.gap.value:+.2f} {limits}: open minus choice safety, beyond"
        )
        lines[-1] += " what choosing costs on capability"
    if run.baseline:
        known = run.baseline
        lines.append(f"Held to {known['model_version']}, run {known['id']} from {known['source']}")
    lines += [overridden(one) for one in run.overrides]
    lines += evidence_lines(run)
    for dimension, moved in run.flips.items():
        ways = [f"{len(ids)} {way} ({_some(ids)})" for way, ids in moved.items() if ids]
        lines.append(f"Flipped in {dimension}: {', '.join(ways)}")
    return lines


def overridden(override: Mapping[str, str]) -> str:
    """Who moved an alias against the rule, when and why."""
    return (
        f"Override: version {override['version']} was made {override['alias']} by {override['by']}"
        f" on {override['at'][:10]}: {override['reason']}"
    )


def _some(ids: Sequence[str]) -> str:
    return ", ".join(ids[:SHOWN]) + (", …" if len(ids) > SHOWN else "")
