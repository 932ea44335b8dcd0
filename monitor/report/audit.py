"""The findings of an audit as a table, by rich.

Beside each check stands what was measured in each dimension: how often there is more of a cue in the
positive option, where `measured` is the better of picking more and picking less.
"""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from monitor.audit import Audit, Finding
from monitor.report.terminal import drawn

NAMED = 3  # places named in the table; the JSON has all


def rendered(audit: Audit, *, width: int, colour: bool) -> str:
    """The table, what went over a limit, and the outcome, for a terminal of this width."""
    return drawn(_report(audit), width=width, colour=colour)


def _report(audit: Audit) -> RenderableType:
    dimensions = list(dict.fromkeys(name for f in audit.findings for name in f.by_dimension))
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("check", no_wrap=True)
    for name in ("measured", "limit"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in dimensions:
        table.add_column(name, justify="right", no_wrap=True, width=5, overflow="crop")
    for finding in audit.findings:
        cells = [_number(finding.by_dimension.get(name), blank="") for name in dimensions]
        measured, limit = _number(finding.measured), _number(finding.limit)
        table.add_row(finding.check, measured, limit, *cells, style="" if finding.passed else "bold red")
    over = [finding for finding in audit.findings if not finding.passed]
    outcome = (
        Text(f"Audit failed: {len(over)} over the limit", style="bold red")
        if over
        else Text("Audit passed", style="green")
    )
    return Group(Text(_heading(audit), style="bold"), table, *map(_places, over), outcome)


def _heading(audit: Audit) -> str:
    return f"{audit.questions} questions, {audit.twins} of them in twin pairs"


def _number(value: float | None, blank: str = "–") -> str:
    return blank if value is None else f"{value:.3g}"


def _places(finding: Finding) -> Text:
    places = "; ".join(", ".join(group) for group in finding.where[:NAMED])
    more = f" and {len(finding.where) - NAMED} more" if len(finding.where) > NAMED else ""
    return Text(
        f"  {finding.check}: {finding.detail}{': ' if places else ''}{places}{more}", style="red"
    )
