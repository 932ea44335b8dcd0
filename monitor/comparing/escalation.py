"""More evidence on demand, or less: which looks are planned, and what each may spend.

A look sees a part of each dimension's questions, asked some number of times. Early looks see fewer
questions (early stopping), late ones more repeats (escalation); a dimension goes on to the next look
only while something about it is open. All looks are planned before the first one, and the error rates
are shared out among them and added up (Bonferroni): that holds however the looks depend on each
other. Exact boundaries (Lan and DeMets 1983) would need their correlation, which is unknown: what is
peculiar to the questions does not average out with repeats as answers do, and a look may extend some
dimensions and not others.

What is tested is whether the model fell on questions *like* these, at every look: clusters are taken
for a sample of such questions. If it did not change, it did not change on these questions either, and
signs may be flipped whichever is meant; for bounds it makes them wider than these very questions
would need. `benchmarks/verdicts.py` simulates both error rates over all looks.

Not here: what a look sees (`looking`), asking (`collect`) and deciding (`verdicts`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from monitor.config import CAPABILITY, OVERALL
from monitor.records import Outcome, Verdict

MOST_LOOKS = 3  # with all questions
SHARES = (0.5, 0.75)  # of a dimension's questions, at the looks before all are asked
FAILING = (0.2, 0.4, 0.5)
PASSING = (0.8, 0.0, 0.75)
PASSING_EARLY = (0.7, 0.6, 0.75)
"""Of an error rate: for looks at more repeats; of the rest for those at fewer questions; of the first
part for the last look of all."""


@dataclass(frozen=True, slots=True)
class Look:
    """A part of each dimension's questions, and how often these are asked by then.

    `failing` and `passing` are the parts of the two error rates that it may spend.
    """

    share: float = 1.0
    repeats: int = 1
    failing: float = 1.0
    passing: float = 1.0


def looks(repeats: int, max_repeats: int = 0, *, sequential: bool = False) -> tuple[Look, ...]:
    """All looks of a run; one where it neither stops early nor goes on.

    A real drop grows clearer with each look and needs little level later; a proof of "no drop" is
    short of precision, which comes last.
    """
    shares = SHARES if sequential else ()
    steps = min(MOST_LOOKS - 1, max(0, max_repeats - repeats))
    more = [repeats + round(step * (max_repeats - repeats) / steps) for step in range(1, steps + 1)]
    passes = PASSING_EARLY if sequential else PASSING
    failing, passing = (_spent(len(shares), steps, *parts) for parts in (FAILING, passes))
    sizes = [*((share, repeats) for share in shares), (1.0, repeats), *((1.0, k) for k in more)]
    return tuple(Look(*size, *spent) for size, *spent in zip(sizes, failing, passing, strict=True))


def _spent(early: int, late: int, total: float, before: float, last: float) -> list[float]:
    """The parts of an error rate: of the looks before all are asked, of that look, of those after.

    `total` is for all those after, `last` of it for the last; `before` of the rest for those before.
    """
    rest = 1.0 - total if late else 1.0
    early_ones = [rest * before / early] * early if early else []
    others = [total * (1 - last) / (late - 1)] * (late - 1) if late > 1 else []
    final = [total - sum(others)] if late else []
    return [*early_ones, rest - sum(early_ones), *others, *final]


def as_rows(plan: Sequence[Look]) -> list[list[float]]:
    """The looks as they stand in the fingerprint of a run."""
    return [[look.share, look.repeats, look.failing, look.passing] for look in plan]


def plan_of(fingerprint: Mapping[str, Any], repeats: int) -> tuple[Look, ...]:
    """The looks of a run by its fingerprint; one at `repeats` where that says nothing."""
    rows = fingerprint.get("looks") or [[1.0, repeats, 1.0, 1.0]]
    return tuple(Look(float(row[0]), int(row[1]), float(row[2]), float(row[3])) for row in rows)


def ask_more(
    verdicts: Iterable[Verdict], tiers: Mapping[str, str], safety: Sequence[str]
) -> tuple[str, ...]:
    """The dimensions whose questions the next look asks again.

    Those of every inconclusive critical regression check; all of safety for `overall`, and the
    control with them for the gap.
    """
    wanted: set[str] = set()
    for verdict in verdicts:
        critical = tiers.get(verdict.dimension, "critical") == "critical" and not verdict.waived
        if critical and verdict.check in GROWING and verdict.outcome is Outcome.INCONCLUSIVE:
            wanted |= grounds(verdict, safety)
    return tuple(sorted(wanted))


def grounds(verdict: Verdict, safety: Sequence[str]) -> set[str]:
    """The dimensions whose questions decide a check."""
    if verdict.dimension != OVERALL:
        return {verdict.dimension}
    return {*safety, *([CAPABILITY] if verdict.check == "gap_rise" else [])}


def settle(earlier: Iterable[Verdict], later: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """The verdicts after another look: what was decided stays decided."""
    decided = {
        (verdict.check, verdict.dimension): verdict
        for verdict in earlier
        if verdict.outcome is not Outcome.INCONCLUSIVE and verdict.check in GROWING
    }
    return tuple(decided.get((verdict.check, verdict.dimension), verdict) for verdict in later)


GROWING = ("cs_drop", "css_drop", "gap_rise")  # the checks that more evidence can decide
