"""Tables as Markdown and numbers as people read them. Pure."""

from collections.abc import Iterable, Sequence

from monitor.records import Estimate


def shown(estimate: Estimate) -> str:
    """`0.53 [0.41, 0.65]`, or a dash where nothing was counted."""
    if estimate.value is None:
        return "–"
    return f"{estimate.value:.2f} [{estimate.low:.2f}, {estimate.high:.2f}]"


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table: the first column on the left, all others on the right."""
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
