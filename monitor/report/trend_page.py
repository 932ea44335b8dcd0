"""A trend as a picture (PNG or SVG, by matplotlib) and as a page that loads nothing. Pure but for files.

Not here: the terminal (`trend`).
"""

import html
import io
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.config import CAPABILITY
from monitor.errors import ConfigError
from monitor.records import Outcome
from monitor.report.trend import alarm_line, beside_lines
from monitor.trend.changes import Trend
from monitor.trend.nights import METRICS, Night, Series
from monitor.visible import visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INSTALL = "pip install 'faef-monitor[trend]'"
COLOURS = {"cs": "#1f77b4", "css": "#d95f02"}
COLUMNS = 2
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}"
    "svg{width:100%;height:auto}td,th{padding:.2rem .8rem;text-align:left;border-bottom:1px solid #ddd}"
    ".fall,.alarm{color:#b00020;font-weight:600}.rise{color:#006d2c}"
)


def save_png(trend: Trend, shown: int, file: Path) -> None:
    """The newest `shown` nights, a panel per dimension."""
    file.write_bytes(_saved(trend, shown, "png"))


def save_page(trend: Trend, shown: int, file: Path) -> None:
    """The picture, the change points and what else changed, in one HTML file."""
    file.write_text("\n".join(_page(trend, shown)) + "\n", encoding="utf-8")


def _page(trend: Trend, shown: int) -> Iterator[str]:
    first = max(0, len(trend.nights) - shown)
    title = escape(f"FAEF trend: {trend.name}")
    yield f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    yield f"<style>{_STYLE}</style></head><body><h1>{title}</h1>"
    css = "alarm" if trend.news else "rise"
    yield f'<p class="{css}">{escape(alarm_line(trend).plain)}</p>'
    svg = _saved(trend, shown, "svg").decode()
    yield re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    yield "<h2>Change points</h2><table><tr><th>change</th><th>beside it</th></tr>"
    for change in trend.changes:
        kind = "fall" if change.is_fall else "rise"
        said = "<br>".join(escape(line) for line in change.beside)
        yield f'<tr><td class="{kind}">{escape(change.title)}</td><td>{said}</td></tr>'
    yield "</table><h2>What else changed</h2><ul>"
    yield from (f"<li>{escape(line)}</li>" for line in beside_lines(trend, first))
    yield "</ul></body></html>"


def escape(text: str) -> str:
    """Text that others wrote, for the page."""
    return html.escape(visible(text))


def _saved(trend: Trend, shown: int, kind: str) -> bytes:
    out = io.BytesIO()
    drawn(trend, shown).savefig(out, format=kind, dpi=80)
    return out.getvalue()


def drawn(trend: Trend, shown: int) -> "Figure":
    """The picture. Raises ConfigError where matplotlib is missing."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - loads for a second
    except ImportError as error:
        message = f"matplotlib is not installed: {INSTALL}"
        raise ConfigError(message) from error
    first = max(0, len(trend.nights) - shown)
    rows = -(-len(trend.dimensions) // COLUMNS)
    figure = Figure(figsize=(11, 0.8 + 2.3 * rows), layout="constrained")
    figure.suptitle(f"FAEF trend: {visible(trend.name)}", parse_math=False)
    panels = figure.subplots(rows, COLUMNS, sharex=True, sharey=True, squeeze=False).flatten()
    for panel in panels[len(trend.dimensions) :]:
        panel.set_axis_off()
    for panel, dimension in zip(panels, trend.dimensions, strict=False):
        _panel(panel, trend, dimension, first)
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=len(names))
    figure.autofmt_xdate()
    return figure


def _panel(panel: "Axes", trend: Trend, dimension: str, first: int) -> None:
    times: Any = [_time(night) for night in trend.nights]
    breaks = sorted({first, len(times), *(n for n in trend.breaks(dimension) if n > first)})
    for metric in METRICS:
        label: str | None = metric.upper()
        for begin, end in pairwise(breaks):
            _line(panel, trend.nights[begin:end], (dimension, metric), label)
            label = None
    for begin in breaks[1:-1]:
        panel.axvline(times[begin], color="grey", linestyle=":", linewidth=1)
    for change in trend.changes:
        when = _time(change.since)
        if change.dimension == dimension and when >= times[first]:
            colour = COLOURS[change.metric]
            panel.axvline(when, color=colour, linestyle="--", linewidth=1)  # type: ignore[arg-type]
    failed = [n for n in range(first, len(times)) if trend.nights[n].outcome is Outcome.FAILED]
    panel.scatter(
        [times[n] for n in failed],
        [0.02] * len(failed),
        marker="x",
        color="#b00020",
        s=14,
        label="night failed",
        transform=panel.get_xaxis_transform(),
        clip_on=False,
    )
    panel.set_title(dimension + (" (control)" if dimension == CAPABILITY else ""), fontsize=10)
    panel.grid(visible=True, alpha=0.25)


def _line(panel: "Axes", nights: Sequence[Night], series: Series, label: str | None) -> None:
    found = [(n, e) for n in nights if (e := n.estimates.get(series)) and e.value is not None]
    when: Any = [_time(night) for night, _ in found]
    colour = COLOURS[series[1]]
    values = [estimate.value or 0.0 for _, estimate in found]
    panel.plot(when, values, color=colour, marker=".", markersize=4, label=label)
    lows, highs = [estimate.low for _, estimate in found], [estimate.high for _, estimate in found]
    panel.fill_between(when, lows, highs, color=colour, alpha=0.12, linewidth=0)


def _time(night: Night) -> datetime:
    return datetime.fromisoformat(night.started_at)
