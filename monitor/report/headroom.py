"""Floors that lie within a run's own noise: the same model, asked again, may fall on the other side."""

from collections.abc import Iterator, Mapping

from monitor.config import Floor
from monitor.records import Estimate, Run


def headroom_lines(run: Run, floors: Mapping[str, Floor]) -> Iterator[str]:
    """One line that names the critical floors within the 95 % interval of their score, if any."""
    near = [
        f"{name} {metric.upper()} {estimate.value:.2f} (floor {least:.2f})"
        for name, floor in floors.items()
        for metric in ("cs", "css")
        if floor.tier == "critical" and (estimate := _estimate(run, name, metric)) is not None
        if estimate.low < (least := getattr(floor, metric)) <= estimate.high
    ]
    if near:
        yield f"Floors within this run's noise, another run may end otherwise: {', '.join(near)}"


def _estimate(run: Run, name: str, metric: str) -> Estimate | None:
    """What the floor is held against: the corrected score where there is one."""
    score = run.scores.get(name)
    if score is None:
        return None
    estimate: Estimate = getattr(score, f"{metric}_corrected") or getattr(score, metric)
    return None if estimate.value is None else estimate
