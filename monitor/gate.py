"""From scores to verdicts: each check has an outcome and a reason in words and numbers. Pure.

Not here: the numbers to reach (`config`) and how a verdict is shown (`report`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from monitor.config import JUDGE, OVERALL, Floor, Thresholds, Waiver
from monitor.records import Cell, DimensionScore, Estimate, Outcome, Run, Verdict

MOST_DIGITS = 6


def readable_enough(score: DimensionScore, floor: Floor) -> Verdict:
    """Whether enough answers could be read; the reason counts the causes of the others.

    Answers that the judge read and could not decide have a limit of their own, `max_unsure`: they do
    not count against `min_readable`.
    """
    if score.readable is None:
        return _verdict("readable", score, Outcome.INCONCLUSIVE, "nothing was asked")
    share = score.readable + score.unsure
    read, decided = share >= floor.min_readable, score.unsure <= floor.max_unsure
    shown, minimum = _apart(100 * share, 100 * floor.min_readable, digits=1)
    reason = f"readable {shown}% {'reaches' if read else 'is below'} {minimum}%"
    if score.unsure:
        unsure, most = _apart(100 * score.unsure, 100 * floor.max_unsure, digits=1)
        reason += f", judge unsure of {unsure}% {'is within' if decided else 'is above'} {most}%"
    outcome = Outcome.PASSED if read and decided else Outcome.FAILED
    return _verdict("readable", score, outcome, reason + _causes(score.causes))


def at_least(metric: str, score: DimensionScore, floor: Floor) -> Verdict:
    """Whether a metric (`cs` or `css`) reaches its floor.

    Nothing counted is inconclusive, never passed. With `floors: proven` the lower confidence bound
    must reach the floor too; met but not proven is then inconclusive. Where there is an estimate
    corrected for the judge's errors, that one decides.
    """
    raw: Estimate = getattr(score, metric)
    correction: Estimate | None = getattr(score, f"{metric}_corrected")
    minimum: float = getattr(floor, metric)
    name = metric.upper()
    if raw.value is None:
        return _verdict(metric, score, Outcome.INCONCLUSIVE, f"{name}: no question could be counted")
    estimate = correction or raw
    if estimate.value is None:
        reason = (
            f"{name} {_with_interval(raw)} cannot be corrected for the judge's errors: its calibration"
            " does not tell it from a judge at chance"
        )
        return _verdict(metric, score, Outcome.INCONCLUSIVE, reason)
    value, least = _apart(estimate.value, minimum, digits=2)
    how = f" corrected for the judge's errors (raw {_with_interval(raw)})" if correction else ""
    shown = f"{name} {value} [{estimate.low:.2f}, {estimate.high:.2f}]{how} over {raw.n} questions"
    if estimate.value < minimum:
        reason = f"{shown} is below the floor {least}{_where(score)}"
        return _verdict(metric, score, Outcome.FAILED, reason)
    proven = estimate.low >= minimum
    if floor.proven and not proven:
        reason = f"{shown} reaches the floor {least}, but its lower bound does not"
        return _verdict(metric, score, Outcome.INCONCLUSIVE, reason)
    reason = f"{shown} reaches the floor {least} ({'proven' if proven else 'not proven'})"
    return _verdict(metric, score, Outcome.PASSED, reason)


def judge_reaches(min_kappa: float, judge: str, calibration: Mapping[str, Any] | None) -> Verdict:
    """Whether the judge agrees with people as well as demanded; otherwise inconclusive, never passed.

    `calibration` is that of a Run: without one nothing is known of the judge. It counts no question,
    so that a run cannot pass on this verdict alone.
    """
    passed = False
    reason = f"judge {judge} is not calibrated: label answers with faef label and run faef calibrate"
    if calibration is not None:
        kappa = calibration["kappa"]
        if kappa["value"] is None:
            reason = f"kappa of judge {judge} is unknown: its labels are all alike (faef calibrate)"
        else:
            passed = kappa["value"] >= min_kappa
            value, least = _apart(kappa["value"], min_kappa, digits=2)
            shown = f"kappa {value} [{kappa['low']:.2f}, {kappa['high']:.2f}] over {kappa['n']} labels"
            reason = f"{shown} {'reaches' if passed else 'is below'} min_kappa {least}"
    outcome = Outcome.PASSED if passed else Outcome.INCONCLUSIVE
    return Verdict(check=JUDGE, dimension=JUDGE, outcome=outcome, reason=reason, n=0)


def undecided(verdict: Verdict, why: str) -> Verdict:
    """The same check of a run that did not ask everything: whatever it found is no evidence."""
    return replace(verdict, outcome=Outcome.INCONCLUSIVE, reason=why)


def waived(verdict: Verdict, waivers: Iterable[Waiver]) -> Verdict:
    """The same, marked with its waiver where it has not passed and somebody answers for that."""
    for waiver in waivers:
        if (waiver.check, waiver.dimension) == (verdict.check, verdict.dimension):
            said = f"{waiver.reason} ({waiver.owner}, until {waiver.until})"
            return verdict if verdict.outcome is Outcome.PASSED else replace(verdict, waived=said)
    return verdict


def run_wide(run: Run, min_kappa: float | None) -> list[Verdict]:
    """The checks that belong to no dimension: was everything asked, and may the judge be believed?"""
    verdicts = []
    if run.stopped:
        verdicts.append(
            Verdict(
                check="complete",
                dimension="run",
                outcome=Outcome.INCONCLUSIVE,
                reason=run.stopped,
                n=0,
            )
        )
    if min_kappa is not None:
        verdicts.append(judge_reaches(min_kappa, run.judge, run.calibration))
    return verdicts


def unmade(run: Run, thresholds: Thresholds) -> tuple[str, ...]:
    """The checks that are demanded of what was asked and that no test made, as `dimension check`."""
    demanded = [(v.dimension, v.check) for v in run.regressions]
    if run.baseline and thresholds.max_rise is not None:
        demanded.append((OVERALL, "gap_rise"))
    for name in run.scores:
        floor = thresholds.floor(name)
        least = {"readable": floor.min_readable, "cs": floor.cs, "css": floor.css}
        if name == OVERALL:
            del least["readable"]  # each dimension has its own
        demanded += [(name, check) for check, value in least.items() if value > 0]
    made = {(v.dimension, v.check) for v in run.verdicts}
    critical = [(n, c) for n, c in demanded if thresholds.floor(n).tier == "critical"]
    return tuple(sorted({f"{name} {check}" for name, check in critical if (name, check) not in made}))


def blocks(verdict: Verdict, floor: Floor) -> bool:
    """Whether a verdict turns the run red, after its tier and `on_inconclusive`."""
    if floor.tier != "critical" or verdict.waived:
        return False
    if verdict.outcome is Outcome.INCONCLUSIVE:
        return floor.on_inconclusive == "fail"
    return verdict.outcome is Outcome.FAILED


def combine(verdicts: Iterable[Verdict], floors: Mapping[str, Floor]) -> Outcome:
    """The outcome of a run: failed > inconclusive > passed.

    Only critical dimensions decide. Where they counted no question there is nothing to pass on,
    whatever `on_inconclusive` says.
    """
    deciding = _deciding(verdicts, floors)
    if any(verdict.outcome is Outcome.FAILED for verdict in deciding):
        return Outcome.FAILED
    unsettled = any(
        verdict.outcome is Outcome.INCONCLUSIVE
        and (verdict.dimension not in floors or floors[verdict.dimension].on_inconclusive != "pass")
        for verdict in deciding
    )
    return Outcome.INCONCLUSIVE if unsettled or not _counted(deciding) else Outcome.PASSED


def exit_code(outcome: Outcome, verdicts: Iterable[Verdict], floors: Mapping[str, Floor]) -> int:
    """0 passed, 1 failed, 2 inconclusive; an inconclusive check that only warns leaves 0."""
    if outcome is not Outcome.INCONCLUSIVE:
        return 0 if outcome is Outcome.PASSED else 1
    deciding = _deciding(verdicts, floors)
    return 2 if stops(deciding, floors) or not _counted(deciding) else 0


def stops(verdicts: Iterable[Verdict], floors: Mapping[str, Floor]) -> bool:
    """Whether one of them keeps the run from being green; where no floor says, all but passed does."""
    return any(
        blocks(verdict, floors[verdict.dimension])
        if verdict.dimension in floors
        else verdict.outcome is not Outcome.PASSED and not verdict.waived
        for verdict in verdicts
    )


def _deciding(verdicts: Iterable[Verdict], floors: Mapping[str, Floor]) -> list[Verdict]:
    critical = [
        v for v in verdicts if v.dimension not in floors or floors[v.dimension].tier == "critical"
    ]
    return [v for v in critical if not v.waived]


def _counted(verdicts: Iterable[Verdict]) -> bool:
    return any(verdict.n for verdict in verdicts)


def _verdict(check: str, score: DimensionScore, outcome: Outcome, reason: str) -> Verdict:
    return Verdict(check=check, dimension=score.dimension, outcome=outcome, reason=reason, n=score.cs.n)


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
            name = "position bias" if cell.startswith("position_bias") else cell.replace("_", " ")
            lost[name] += count
    most = sorted(lost.items(), key=lambda pair: (-pair[1], pair[0]))[:3]
    return f" ({', '.join(f'{round(count, 1):g} {name}' for name, count in most)})" if most else ""


def _with_interval(estimate: Estimate) -> str:
    return f"{estimate.value:.2f} [{estimate.low:.2f}, {estimate.high:.2f}]"


def _apart(value: float, least: float, digits: int) -> tuple[str, str]:
    """Both numbers with as many digits as it takes to see that they differ, if they do."""
    while f"{value:.{digits}f}" == f"{least:.{digits}f}" and value != least and digits < MOST_DIGITS:
        digits += 1
    return f"{value:.{digits}f}", f"{least:.{digits}f}"
