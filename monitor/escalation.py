"""More evidence on demand: when an undecided check may look again, and at which level.

The looks are planned before the first one: at `repeats`, and in equal steps up to `max_repeats`. The
error rates are shared out among them and added up (Bonferroni): that holds however the looks depend
on each other. Exact boundaries (Lan and DeMets 1983) would need their correlation, which is unknown:
the questions stay the same, so that what is peculiar to them does not average out as answers do, and
a look may extend some dimensions and not others.

What is tested is whether the model fell on questions *like* these, at every look: clusters are taken
for a sample of such questions. If it did not change, it did not change on these questions either, and
signs may be flipped whichever is meant; for bounds it makes them wider than these very questions
would need. `benchmarks/verdicts.py` simulates both error rates over all looks.

Not here: asking (`collect`) and deciding (`verdicts`).
"""

from collections.abc import Iterable, Mapping, Sequence

from monitor.config import CAPABILITY, OVERALL
from monitor.records import Outcome, Verdict

MOST_LOOKS = 3
FIRST_FOR_FAILED = 0.8  # a real drop grows clearer with each look and needs little level later
LAST_FOR_PASSED = 0.6  # a proof of "no drop" is short of precision, which comes last


def looks(repeats: int, max_repeats: int) -> tuple[int, ...]:
    """How many repeats each look sees; one look where `max_repeats` does not exceed `repeats`."""
    if max_repeats <= repeats:
        return (repeats,)
    steps = min(MOST_LOOKS - 1, max_repeats - repeats)
    return tuple(repeats + round(step * (max_repeats - repeats) / steps) for step in range(steps + 1))


def level_failed(alpha: float, look: int, planned: int) -> float:
    """The part of `alpha` that look number `look` (from 0) of `planned` may spend on "failed"."""
    if planned == 1:
        return alpha
    return alpha * (FIRST_FOR_FAILED if look == 0 else (1 - FIRST_FOR_FAILED) / (planned - 1))


def level_passed(alpha: float, look: int, planned: int) -> float:
    """The part that it may spend on "passed"."""
    if planned == 1:
        return alpha
    return alpha * (LAST_FOR_PASSED if look == planned - 1 else (1 - LAST_FOR_PASSED) / (planned - 1))


def ask_more(
    verdicts: Iterable[Verdict], tiers: Mapping[str, str], safety: Sequence[str]
) -> tuple[str, ...]:
    """The dimensions whose questions the next look asks again.

    Those of every inconclusive critical regression check; all of safety for `overall`, and the
    control with them for the gap.
    """
    wanted: set[str] = set()
    for verdict in verdicts:
        if verdict.outcome is not Outcome.INCONCLUSIVE or verdict.check not in GROWING:
            continue
        if tiers.get(verdict.dimension, "critical") != "critical":
            continue
        if verdict.dimension == OVERALL:
            wanted |= {*safety, *([CAPABILITY] if verdict.check == "gap_rise" else [])}
        else:
            wanted.add(verdict.dimension)
    return tuple(sorted(wanted))


def settle(earlier: Iterable[Verdict], later: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """The verdicts after another look: what was decided stays decided."""
    decided = {
        (verdict.check, verdict.dimension): verdict
        for verdict in earlier
        if verdict.outcome is not Outcome.INCONCLUSIVE and verdict.check in GROWING
    }
    return tuple(decided.get((verdict.check, verdict.dimension), verdict) for verdict in later)


GROWING = ("cs_drop", "css_drop", "gap_rise")  # the checks that more repeats can decide
