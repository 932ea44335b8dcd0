"""Pictures by matplotlib: intervals against floors, the heatmap, and the trend.

Importing this takes most of a second: only who draws does. Not here: the marks in the page's tables,
which are a line and a dot each (`page/report.html.jinja`).
"""

import io
import itertools
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpecBase

from monitor.config import OVERALL
from monitor.records import DimensionScore, Estimate, Run
from monitor.report.contents import SHARES, Report, share
from monitor.visible import visible

METRICS = ("cs", "css")
INK, FAINT, BLUE, RED = "#1b1f24", "#59626d", "#0b57b5", "#b3261e"
LOST = LinearSegmentedColormap.from_list("lost", ["#f5f6f8", "#eec1b0", "#d9542b"])
DPI = 110
_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_STYLE: Any = {"font.size": 9, "axes.edgecolor": FAINT, "text.color": INK, "svg.fonttype": "none"}


def png(report: Report) -> bytes:
    """Intervals, heatmap and, with earlier runs, the trend, as one picture."""
    rows = len(report.scores)
    height = 1.7 + 0.34 * rows
    with _drawing({"axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(11, height + 3 * bool(report.trend)), dpi=DPI, layout="constrained")
        title = f"{report.run.outcome}: {report.run.model_version} · profile {report.run.profile}"
        figure.suptitle(_plain(title), x=0.01, ha="left", fontweight="bold")
        ratios = [height, 3] if report.trend else [height]
        grid = figure.add_gridspec(len(ratios), 1, height_ratios=ratios)
        above = grid[0].subgridspec(1, 3)
        for column, metric in enumerate(METRICS):
            _intervals(figure.add_subplot(above[column]), report, metric, named=not column)
        _heatmap(figure.add_subplot(above[len(METRICS)]), report.scores)
        if report.trend:
            _trends(figure, grid[1].subgridspec(1, len(METRICS)), report.trend)
        out = io.BytesIO()
        figure.savefig(out, format="png")
    return out.getvalue()


def trend_svg(report: Report) -> str:
    """The trend as an SVG element for the page: its colours follow the page's theme."""
    with _drawing({"svg.hashsalt": "faef"}):
        figure = Figure(figsize=(8.5, 2.8), layout="constrained")
        _trends(figure, figure.add_gridspec(1, len(METRICS)), report.trend)
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    return _inline(out.getvalue())


@contextmanager
def _drawing(more: Any) -> Iterator[None]:
    with rc_context({**_STYLE, **more}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # a name in letters that the font lacks
        yield


def _intervals(axes: Axes, report: Report, metric: str, *, named: bool) -> None:
    """Estimate and 95 % interval by dimension, with floor and baseline."""
    scores = report.scores
    for row, score in enumerate(scores):
        estimate: Estimate = getattr(score, metric)
        floor, base = report.floors.get(score.dimension), report.baseline(score.dimension, metric)
        if estimate.value is not None:
            axes.plot([estimate.low, estimate.high], [row, row], color=BLUE, alpha=0.5, linewidth=4)
            axes.plot(estimate.value, row, "o", color=BLUE, label="estimate, 95 %" if not row else None)
        if floor:
            label = "floor" if not row else None
            axes.plot(getattr(floor, metric), row, "|", color=RED, ms=14, mew=2, label=label)
        if base is not None:
            label = "baseline" if not row else None
            axes.plot(base, row, "D", mfc="none", mec=INK, ms=5, label=label)
    axes.set(xlim=(0, 1.02), ylim=(len(scores) - 0.5, -0.5), title=metric.upper())
    axes.set_yticks(range(len(scores)), [_name(s) for s in scores] if named else [""] * len(scores))
    axes.grid(axis="x", alpha=0.25)
    if named:
        axes.legend(loc="lower left", fontsize=7, frameon=False)


def _heatmap(axes: Axes, scores: Sequence[DimensionScore]) -> None:
    """Shares by dimension: the darker, the more is lost."""
    table = [[share(score, name) for name in SHARES] for score in scores]
    lost = [[0.0 if value is None else 1 - value for value in row] for row in table]
    axes.imshow(lost, cmap=LOST, vmin=0, vmax=1, aspect="auto")
    for (row, values), column in itertools.product(enumerate(table), range(len(SHARES))):
        value = values[column]
        axes.text(column, row, "–" if value is None else f"{value:.2f}", ha="center", va="center")
    names = [name.upper() if name in METRICS else name.replace("_", "\n") for name in SHARES]
    axes.set_xticks(range(len(SHARES)), names)
    axes.set_yticks(range(len(scores)), [""] * len(scores))
    axes.tick_params(length=0)
    axes.set_title("the stronger, the more is lost")


def _trends(figure: Figure, places: GridSpecBase, runs: Sequence[Run]) -> None:
    """CS and CSS over time: each dimension a thin line, their mean a thick one with its intervals."""
    known = {name for run in runs for name in run.scores}
    names = sorted(known, key=lambda name: (name == OVERALL, name))
    for column, metric in enumerate(METRICS):
        axes = figure.add_subplot(places[column])
        for name in names:
            seen = list(_series(runs, name, metric))
            when: Any = [moment for moment, _ in seen]  # matplotlib's types know no dates
            values = [estimate.value or 0.0 for _, estimate in seen]
            label = _plain(name.replace("_", " "))
            if name == OVERALL:
                below = [(e.value or 0.0) - e.low for _, e in seen]
                above = [e.high - (e.value or 0.0) for _, e in seen]
                axes.errorbar(when, values, (below, above), color=INK, fmt="o-", ms=4, label=label)
            else:
                axes.plot(when, values, ".-", linewidth=1, label=label)
        axes.set(title=f"{metric.upper()} over time", ylim=(None, 1.02))
        axes.grid(axis="y", alpha=0.25)
        axes.tick_params(axis="x", rotation=30)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=7, frameon=False)


def _series(runs: Sequence[Run], name: str, metric: str) -> Iterator[tuple[datetime, Estimate]]:
    for run in runs:
        estimate: Estimate | None = getattr(run.scores.get(name), metric, None)
        if estimate is not None and estimate.value is not None:
            yield datetime.fromisoformat(run.started_at), estimate


def _name(score: DimensionScore) -> str:
    return _plain(score.dimension.replace("_", " "))


def _plain(text: str) -> str:
    """A name as it is drawn: nothing that steers, and no mathematics."""
    return visible(text).replace("$", r"\$")[:100]


def _inline(svg: str) -> str:
    """A figure of matplotlib fit to stand in a page under a policy without inline styles.

    Styles become attributes, black becomes the colour of the text around, and ids get a prefix.
    """
    root = ET.fromstring(svg)  # noqa: S314 - matplotlib wrote it a moment ago
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in {f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"}:
                parent.remove(child)
    for element in root.iter():
        for pair in filter(None, element.attrib.pop("style", "").split(";")):
            name, _, value = pair.partition(":")
            if name.strip() != "font":
                value = re.sub(f"{INK}|{FAINT}|#000000", "currentColor", value.strip())
                element.set(name.strip(), value)
        for name, value in element.attrib.items():
            linked = re.sub(r"url\(#", "url(#trend-", value)
            element.set(
                name, f"#trend-{value[1:]}" if value.startswith("#") and "href" in name else linked
            )
        if "id" in element.attrib:
            element.set("id", f"trend-{element.get('id')}")
    for name in ("width", "height"):
        root.attrib.pop(name, None)
    root.set("aria-hidden", "true")
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", _XLINK)
    return ET.tostring(root, encoding="unicode")
