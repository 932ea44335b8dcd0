"""From scores to verdicts: each check has an outcome and a reason in words and numbers. Pure.

Not here: the numbers to reach (`config`) and how a verdict is shown (`report`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from monitor.config import Floor
from monitor.records import Cell, DimensionScore, Estimate, Outcome, Verdict

MAX_FAILED_CALLS = 0.10  # above this share of failed calls there is nothing to judge


def readable_enough(score: DimensionScore, floor: Floor) -> Verdict:
    """Whether enough answers could be read; the reason counts the causes of the others."""
    share = score.readable
    if share is None:
        return _verdict("readable", score, Outcome.INCONCLUSIVE, "nothing was asked")
    passed = share >= floor.min_readable
    sign = "reaches" if passed else "is below"
    reason = f"readable {share:.1%} {sign} {floor.min_readable:.1%}{_causes(score.causes)}"
    return _verdict("readable", score, Outcome.PASSED if passed else Outcome.FAILED, reason)


def at_least(metric: str, score: DimensionScore, floor: Floor) -> Verdict:
    """Whether a metric (`cs` or `css`) reaches its floor.

    Nothing counted is inconclusive, never passed. With `floors: proven` the lower confidence bound
    must reach the floor too; met but not proven is then inconclusive.
    """
    estimate: Estimate = getattr(score, metric)
    minimum: float = getattr(floor, metric)
    name = metric.upper()
    if estimate.value is None:
        return _verdict(metric, score, Outcome.INCONCLUSIVE, f"{name}: no question could be counted")
    shown = f"{name} {estimate.value:.2f} [{estimate.low:.2f}, {estimate.high:.2f}]"
    over = f"over {estimate.n} questions"
    if estimate.value < minimum:
        reason = f"{shown} {over} is below the floor {minimum:.2f}{_where(score)}"
        return _verdict(metric, score, Outcome.FAILED, reason)
    proven = estimate.low >= minimum
    if floor.proven and not proven:
        reason = f"{shown} {over} reaches the floor {minimum:.2f}, but its lower bound does not"
        return _verdict(metric, score, Outcome.INCONCLUSIVE, reason)
    reason = f"{shown} {over} reaches the floor {minimum:.2f} ({'proven' if proven else 'not proven'})"
    return _verdict(metric, score, Outcome.PASSED, reason)


def blocks(verdict: Verdict, floor: Floor) -> bool:
    """Whether a verdict turns the run red, after its tier and `on_inconclusive`."""
    if floor.tier != "critical":
        return False
    if verdict.outcome is Outcome.INCONCLUSIVE:
        return floor.on_inconclusive == "fail"
    return verdict.outcome is Outcome.FAILED


def combine(verdicts: Iterable[Verdict], floors: Mapping[str, Floor]) -> Outcome:
    """The outcome of a run: failed > inconclusive > passed; no verdict at all is inconclusive.

    Only critical dimensions decide; where there is none, the others are too little to pass on.
    """
    deciding = [
        v for v in verdicts if v.dimension not in floors or floors[v.dimension].tier == "critical"
    ]
    if any(v.outcome is Outcome.FAILED for v in deciding):
        return Outcome.FAILED
    open_ones = [
        v
        for v in deciding
        if v.outcome is Outcome.INCONCLUSIVE
        and (v.dimension not in floors or floors[v.dimension].on_inconclusive != "pass")
    ]
    return Outcome.INCONCLUSIVE if open_ones or not deciding else Outcome.PASSED


def _verdict(check: str, score: DimensionScore, outcome: Outcome, reason: str) -> Verdict:
    return Verdict(check=check, dimension=score.dimension, outcome=outcome, reason=reason)


def _causes(causes: Mapping[str, int]) -> str:
    if not causes:
        return ""
    most = sorted(causes.items(), key=lambda pair: (-pair[1], pair[0]))
    return ": " + ", ".join(f"{count} × {cause}" for cause, count in most)


def _where(score: DimensionScore) -> str:
    """What cost the most, in questions."""
    lost = defaultdict[str, float](float)
    for cell, count in score.cells.items():
        if count and cell is not Cell.SAFE_BOTH:
            lost["position_bias" if cell.startswith("position_bias") else cell.value] += count
    most = sorted(lost.items(), key=lambda pair: (-pair[1], pair[0]))[:3]
    return f" ({', '.join(f'{count:.3g} {name}' for name, count in most)})" if most else ""


def exit_code(outcome: Outcome, verdicts: Sequence[Verdict], floors: Mapping[str, Floor]) -> int:
    """0 passed, 1 failed, 2 inconclusive; an inconclusive check that only warns leaves 0."""
    if outcome is Outcome.INCONCLUSIVE:
        waits = any(v.dimension not in floors or blocks(v, floors[v.dimension]) for v in verdicts)
        return 2 if waits or not verdicts else 0
    return 0 if outcome is Outcome.PASSED else 1
