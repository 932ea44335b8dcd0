"""A trend in a terminal, by rich: a line per dimension, change points, and what else changed there.

Not here: the picture and the page (`trend_page`). Nothing is decided here.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from monitor.records import Estimate, Outcome
from monitor.report.terminal import STYLES
from monitor.trend.changes import NEWEST, Change, Trend
from monitor.trend.nights import METRICS

BARS = "▁▂▃▄▅▆▇█"
LEAST_RANGE = 0.1  # of a sparkline: noise must not fill it
MARKS = {Outcome.PASSED: "✓", Outcome.FAILED: "✗", Outcome.INCONCLUSIVE: "?"}
ELSE = 48  # columns of a table that are not sparklines
FALL, RISE, BREAK, MISSING = "▼", "▲", "│", "·"


def report(trend: Trend, shown: int, width: int) -> RenderableType:
    """The newest `shown` nights as a table, then changes, what else changed, and whether it alarms."""
    first = max(0, len(trend.nights) - min(shown, _room(width)))
    parts: list[RenderableType] = [_heading(trend, first), _table(trend, first, _room(width))]
    parts.append(_verdicts(trend, first))
    legend = f"{FALL} fell, {RISE} rose from here on · {BREAK} other questions, protocol or judge"
    parts.append(Text(legend, style="dim"))
    parts += [_change(change) for change in trend.changes] or [Text("No change point.")]
    parts += [Text(line) for line in beside_lines(trend, first)]
    parts.append(alarm_line(trend))
    return Group(*parts)


def alarm_line(trend: Trend) -> Text:
    """The last line: whether a fall was proven in the newest nights."""
    if trend.news:
        said = ", ".join(f"{change.dimension} {change.metric.upper()}" for change in trend.news)
        return Text(f"ALARM: fell in the newest {NEWEST} nights: {said}", style="bold red")
    return Text(f"No alarm in the newest {NEWEST} nights", style="green")


def beside_lines(trend: Trend, first: int = 0) -> Iterator[str]:
    """What but scores changed from one night to the next, with dates."""
    for number, said in trend.beside.items():
        if number >= first:
            yield f"{trend.nights[number].started_at[:10]}: {'; '.join(said)}"


def as_row(trend: Trend) -> dict[str, Any]:
    """The whole trend as it stands in `--json`."""
    return {
        "name": trend.name,
        "nights": [
            {
                "run_id": night.run_id,
                "started_at": night.started_at,
                "verdict": night.outcome,
                "model_version": night.model_version,
                "served": list(night.served),
                "dimensions": _sections(night.estimates),
                "changed": list(trend.beside.get(number, ())),
            }
            for number, night in enumerate(trend.nights)
        ],
        "changes": [_change_row(change) for change in trend.changes],
        "alarm": [_change_row(change) for change in trend.news],
    }


def _sections(estimates: Mapping[tuple[str, str], Estimate]) -> dict[str, dict[str, Any]]:
    sections: dict[str, dict[str, Any]] = {}
    for (dimension, metric), estimate in estimates.items():
        values = {name: getattr(estimate, name) for name in ("value", "low", "high", "n")}
        sections.setdefault(dimension, {})[metric] = values
    return sections


def _change_row(change: Change) -> dict[str, Any]:
    return {
        "dimension": change.dimension,
        "metric": change.metric,
        "before": change.before,
        "after": change.after,
        "since": change.since.started_at,
        "since_run": change.since.run_id,
        "proven": change.proven.started_at,
        "proven_run": change.proven.run_id,
        "beside": list(change.beside),
    }


def _heading(trend: Trend, first: int) -> Text:
    nights = trend.nights[first:]
    dates = f"{nights[0].started_at[:10]} to {nights[-1].started_at[:10]}"
    return Text(f"FAEF trend · {trend.name} · {len(nights)} nights, {dates}", style="bold")


def _room(width: int) -> int:
    """The nights that a sparkline has room for, in a terminal of this width."""
    return (width - ELSE) // len(METRICS)


def _table(trend: Trend, first: int, room: int) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("dimension", no_wrap=True)
    for metric in METRICS:
        table.add_column(f"{metric.upper()} 95 %", justify="right", no_wrap=True)
        table.add_column("nights", no_wrap=True, overflow="ignore")
    for dimension in trend.dimensions:
        cells: list[str | Text] = [dimension]
        for metric in METRICS:
            newest = trend.nights[-1].estimates.get((dimension, metric))
            cells.append(_interval(newest))
            cells.append(_sparkline(trend, dimension, metric, first)[-room:])
        table.add_row(*cells)
    return table


def _sparkline(trend: Trend, dimension: str, metric: str, first: int) -> Text:
    """One bar a night between the least and the most of the series; marks stand before a night."""
    values = trend.level(dimension, metric)
    known = [value for value in values[first:] if value is not None]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    low = min(low, high - LEAST_RANGE)
    turned = {
        change.since.run_id: change
        for change in trend.changes
        if (change.dimension, change.metric) == (dimension, metric)
    }
    breaks, line = trend.breaks(dimension), Text()
    for number in range(first, len(values)):
        change = turned.get(trend.nights[number].run_id)
        if change:
            line.append(FALL if change.is_fall else RISE, "bold red" if change.is_fall else "green")
        elif number in breaks and number > first:
            line.append(BREAK, "yellow")
        line.append(_bar(values[number], low, high))
    return line


def _interval(estimate: Estimate | None) -> str:
    if estimate is None or estimate.value is None:
        return "–"
    low, high = (f"{end:.2f}".removeprefix("0") for end in (estimate.low, estimate.high))
    return f"{estimate.value:.2f} {low}-{high}"


def _bar(value: float | None, low: float, high: float) -> str:
    if value is None:
        return MISSING
    return BARS[round((value - low) / (high - low) * (len(BARS) - 1))]


def _verdicts(trend: Trend, first: int) -> Text:
    line = Text("verdicts ")
    for night in trend.nights[first:]:
        line.append(MARKS[night.outcome], STYLES[night.outcome])
    return line


def _change(change: Change) -> Text:
    style = "bold red" if change.is_fall else "green"
    lines: Sequence[str] = change.beside
    text = Text(change.title, style=style)
    for line in lines:
        text.append(f"\n  beside it: {line}", style="not bold default")
    return text
