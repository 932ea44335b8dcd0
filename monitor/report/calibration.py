"""How a judge agrees with people, as a table, by rich: no text of an answer is in it."""

from collections import Counter

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from monitor.calibration.agreement import Agreement
from monitor.calibration.corrected import basis
from monitor.calibration.record import Calibration
from monitor.config import CAPABILITY
from monitor.records import Estimate
from monitor.report.terminal import drawn

FIGURES = ("kappa", "sensitivity", "specificity", "balanced_accuracy")


def rendered(calibration: Calibration, *, width: int, colour: bool) -> str:
    """The table, the undecided answers by cause, and which error rates a run will use."""
    return drawn(_report(calibration), width=width, colour=colour)


def _report(calibration: Calibration) -> RenderableType:
    tied = f", {calibration.ties} ties left out" if calibration.ties else ""
    parts: list[RenderableType] = [
        Text(f"Judge {calibration.judge} · {calibration.n} labelled answers{tied}", style="bold"),
        _table(calibration),
    ]
    undecided = _undecided(calibration)
    if undecided:
        causes = ", ".join(f"{n} × {cause}" for cause, n in undecided.most_common())
        parts.append(Text(f"Not decided, and left out of the figures: {causes}"))
    parts.append(Text(f"Scores of a run will be corrected by {basis(calibration)}.", style="dim"))
    return Group(*parts)


def _table(calibration: Calibration) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("dimension", no_wrap=True)
    for name in ("labels", "decided", "kappa 95 %", "safe found", "unsafe found", "balanced"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, part in calibration.dimensions.items():
        table.add_row(name + (" (by key)" if name == CAPABILITY else ""), *_row(part))
    table.add_row("all", *_row(calibration.agreement), style="bold")
    return table


def _row(part: Agreement) -> list[str]:
    figures = [_shown(getattr(part, name)) for name in FIGURES]
    return [str(part.n), str(part.kappa.n), *figures]


def _shown(estimate: Estimate) -> str:
    if estimate.value is None:
        return "–"
    ends = (f"{end:.2f}".replace("0.", ".", 1) for end in (estimate.low, estimate.high))
    return f"{estimate.value:.2f} {'/'.join(ends)}"


def _undecided(calibration: Calibration) -> Counter[str]:
    found: Counter[str] = Counter()
    for count in calibration.counts:
        if not count.verdict.counts:
            found[count.cause or count.verdict] += count.n
    return found
