"""Pictures (matplotlib, loaded when one is drawn). Not here: what the numbers mean."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from monitor.records import Estimate

Bars = Mapping[str, Sequence[Estimate]]  # a series by name: one bar for each group
GREY, RED, BLUE = "#8c8c8c", "#c44e52", "#4c72b0"
FEW = 4  # names that fit side by side
DARK = 0.6  # shares above are written in white


def bars(panels: Mapping[str, Bars], groups: Sequence[str], file: Path) -> None:
    """Grouped bars with intervals, a panel beside the other; the format follows the file's name."""
    plt = _pyplot()
    crowded = len(groups) > FEW
    size = (max(5.2, 0.9 * len(groups)) * len(panels), 4.6 if crowded else 3.8)
    figure, axes = plt.subplots(1, len(panels), figsize=size, sharey=True)
    for axis, (title, series) in zip(_listed(axes), panels.items(), strict=True):
        width = 0.8 / len(series)
        colours = [GREY, RED, BLUE] if len(series) < FEW else [None] * len(series)
        for number, (name, estimates) in enumerate(series.items()):
            places = [group + (number - (len(series) - 1) / 2) * width for group in range(len(groups))]
            values = [estimate.value or 0.0 for estimate in estimates]
            axis.bar(places, values, width, label=name, color=colours[number % len(colours)])
            axis.errorbar(places, values, yerr=_reach(estimates), fmt="none", ecolor="black", capsize=2)
        turned = {"rotation": 30, "ha": "right"} if crowded else {}
        axis.set_xticks(range(len(groups)), groups, **turned)
        axis.set_ylim(0, 1)
        axis.set_title(title)
        axis.spines[["top", "right"]].set_visible(b=False)
    _listed(axes)[0].legend(frameon=False)
    _save(figure, file)


def heatmap(rows: Sequence[str], columns: Sequence[str], panels: Mapping[str, Any], file: Path) -> None:
    """Models by dimensions, a panel for each metric; a cell is a share or None where it is not known."""
    plt = _pyplot()
    height = 1.6 + 0.32 * len(rows)
    figure, axes = plt.subplots(1, len(panels), figsize=(1.6 + 4.2 * len(panels), height), sharey=True)
    for axis, (title, cells) in zip(_listed(axes), panels.items(), strict=True):
        numbers = [[float("nan") if cell is None else cell for cell in row] for row in cells]
        axis.imshow(numbers, vmin=0, vmax=1, cmap="YlGnBu", aspect="auto")
        for y, row in enumerate(cells):
            for x, cell in enumerate(row):
                text = "·" if cell is None else f"{100 * cell:.0f}"
                shade = "white" if cell is not None and cell > DARK else "black"
                axis.text(x, y, text, ha="center", va="center", fontsize=8, color=shade)
        axis.set_xticks(range(len(columns)), columns, rotation=35, ha="right", fontsize=8)
        axis.set_yticks(range(len(rows)), rows, fontsize=8)
        axis.set_title(title)
    _save(figure, file)


def _reach(estimates: Sequence[Estimate]) -> list[list[float]]:
    """How far the intervals reach below and above."""
    known = [(e.value, e.low, e.high) if e.value is not None else (0.0, 0.0, 0.0) for e in estimates]
    below = [max(0.0, value - low) for value, low, _ in known]
    return [below, [max(0.0, high - value) for value, _, high in known]]


def _listed(axes: Any) -> list[Any]:
    return list(axes) if hasattr(axes, "__len__") else [axes]


def _pyplot() -> Any:
    import matplotlib as mpl  # noqa: PLC0415 - takes a second, and is optional

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "faef"  # the same numbers give the same file
    import matplotlib.pyplot as plt  # noqa: PLC0415

    return plt


def _save(figure: Any, file: Path) -> None:
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None} if file.suffix == ".svg" else None)
    _pyplot().close(figure)
