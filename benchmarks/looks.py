"""Several looks at a run, for `verdicts.py`: early stopping and further repeats, errors and price."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from paired import (
    ALPHA,
    CHECKS,
    MAX_DROP,
    NAIVE_DROP,
    Flags,
    Floats,
    Pairs,
    Setting,
    heading,
    p_values,
    pairs,
    rates,
)
from simulated import DIMENSIONS, HIGH, OURS, TIED, TWINS, Bank, Model

from monitor.comparing.escalation import Look, looks

Old = tuple[int, ...]  # repeats of the baseline at each look
WHOLE = (Look(1.0, 4),)
PLAN, EARLY = looks(4, 12), looks(4, sequential=True)
BOTH = looks(4, 12, sequential=True)
OLD: tuple[Old, ...] = ((4, 4, 4), (4, 8, 12), (12, 12, 12))


def gate(setting: Setting, sizes: Sequence[int]) -> None:
    """How runs end under the profile `gate`, with and without further looks."""
    models = (OURS, TWINS)
    heading("The profile `gate`: max_drop 0.10 in dimensions, 0.05 overall", models)
    print(
        "passed: every check; part: a dimension not proven; open: overall not proven; the profile gate"
    )
    print(
        "exits 2 on both, nightly warns and exits 0 on both; failed: exit 1. repeats: of the new model,"
    )
    print("mean over dimensions; old: repeats of the baseline at looks 4, 8, 12")
    columns = " ".join(f"{name:>7}" for name in ("naive", "passed", "part", "open", "failed", "repeats"))
    print(f"{'model':6} {'drop':5} {'old':9} {'n':>4} {'look':>5} {columns}")
    rows = [(m, drop, old, n) for m in models for drop in (0.0, 0.10) for old in OLD for n in sizes]
    for model, drop, old, n in rows:
        ends = [looked(drawn, drop, PLAN, old, setting) for drawn in setting.chunks(model, n)]
        label = f"{model.name:6} {drop:<5.2f} {named(old):9} {n:4}"
        for place, look in ((0, "first"), (-1, "last")):
            repeats = 4 * np.mean([part[place].asked for part in ends])
            print(f"{label} {look:>5} {rates([part[place].flags for part in ends])} {repeats:7.1f}")


def early(setting: Setting, sizes: Sequence[int]) -> None:
    """How runs end that ask a part of the questions first, and what they ask."""
    models = (OURS, HIGH)
    heading("Early stopping (--faef-sequential): the drop is in one dimension", models)
    print(
        "whole: one look; early: looks at 50, 75 and 100 %; late: further repeats up to 12; both: all of"
    )
    print(
        "these; baseline with 4 repeats, with 12 where there are late looks. asked: calls to the model,"
    )
    print("as a share of asking everything four times; floors are not simulated")
    columns = " ".join(f"{name:>7}" for name in ("naive", "passed", "part", "open", "failed", "asked"))
    print(f"{'model':6} {'drop':5} {'plan':5} {'n':>4} {columns}")
    plans = (("whole", WHOLE, 4), ("early", EARLY, 4), ("late", PLAN, 12), ("both", BOTH, 12))
    rows = [
        (m, drop, plan, n) for m in models for drop in (0.0, 0.1, 0.2) for n in sizes for plan in plans
    ]
    for model, drop, (name, plan, old), n in rows:
        ends = [
            looked(drawn, drop, plan, (old,) * len(plan), setting)[-1]
            for drawn in setting.chunks(model, n)
        ]
        asked = np.mean([end.asked for end in ends])
        label = f"{model.name:6} {drop:<5.2f} {name:5} {n:4}"
        print(f"{label} {rates([end.flags for end in ends])} {asked:7.1%}")


@dataclass(frozen=True, slots=True)
class End:
    """How runs stand after a look: naively failed, passed, part, open, failed; and what was asked."""

    flags: list[Flags]
    asked: float


def looked(drawn: Bank, drop: float, plan: Sequence[Look], old: Old, setting: Setting) -> list[End]:
    """How each run stands after each look. It ends when a check has failed, or none is open."""
    base = drawn.answers(max(old), setting.rng)
    worse = drawn.worse(drop, setting.rng) if drop else drawn
    now = worse.answers(plan[-1].repeats, setting.rng)
    runs, _, n = drawn.open.shape
    at, status = np.zeros((runs, DIMENSIONS), dtype=int), np.full((runs, CHECKS), "open")
    ends = []
    for number, look in enumerate(plan):
        undecided = (status == "open") & ~(status == "fail").any(axis=1, keepdims=True)
        asked = undecided[:, :-2].reshape(runs, DIMENSIONS, 2).any(axis=2)
        at = np.where(asked | undecided[:, -2:].any(axis=1, keepdims=True), number, at)
        table, drops = contributions(base, now, (at, plan, old), drawn.model)
        adjusted = p_values(table, setting)[0]
        failed = (adjusted <= ALPHA * look.failing) & (drops > MAX_DROP)
        here = seen(base, now, (look, old[number]), drawn.model)
        passed = here.confidence(MAX_DROP) >= 1 - ALPHA * look.passing
        decided = np.where(failed, "fail", np.where(passed, "pass", "open"))
        status = np.where(undecided, decided, status)
        naive = np.asarray((drops[:, :-2] > NAIVE_DROP).any(axis=1))
        share = np.array([part(one, n, drawn.model) / n * one.repeats / plan[0].repeats for one in plan])
        ends.append(End([naive, *_ends(status)], float(np.mean(share[at]))))
    return ends


def part(look: Look, n: int, model: Model) -> int:
    """How many of n questions a look sees; twins stay together."""
    size = 2 if model.twins else 1
    return size * int(np.ceil(look.share * n / size))


def seen(base: Floats, now: Floats, at: tuple[Look, int], model: Model) -> Pairs:
    """What a look would see if all dimensions had come to it: questions are in random order.

    `at` is the look and the repeats of the baseline then.
    """
    look, old = at
    count = part(look, base.shape[3], model)
    asked = (base[old - 1], now[look.repeats - 1], now[min(old, look.repeats) - 1])
    before, after, alike = (answers[:, :, :count] for answers in asked)
    return pairs(before, after, alike, model)


def contributions(
    base: Floats, now: Floats, state: tuple[NDArray[np.intp], Sequence[Look], Old], model: Model
) -> tuple[Floats, Floats]:
    """Of clusters to checks, (runs, clusters, checks), each dimension at its own look; the drops."""
    at, plan, old = state
    n = base.shape[3]
    before = np.choose(at[..., None, None], [base[count - 1] for count in old])
    after = np.choose(at[..., None, None], [now[look.repeats - 1] for look in plan])
    fewer = [min(count, look.repeats) for count, look in zip(old, plan, strict=True)]
    alike = np.choose(at[..., None, None], [now[count - 1] for count in fewer])
    counts = np.array([part(look, n, model) for look in plan])[at]
    asked = np.arange(n) < counts[..., None]
    before, after, alike = (
        np.where(asked[..., None], answers * (n / counts)[..., None, None], 0)
        for answers in (before, after, alike)
    )
    table = pairs(before, after, alike, model)
    return table.table(), table.drops


def _ends(status: NDArray[np.str_]) -> list[Flags]:
    fails = (status == "fail").any(axis=1)
    passes = (status == "pass").all(axis=1)
    opens = (status[:, -2:] == "open").any(axis=1) & ~fails
    return [passes, ~(fails | passes | opens), opens, fails]


def at_looks(setting: Setting, sizes: Sequence[int]) -> None:
    """Whether the error rates hold over all looks together."""
    models = (OURS, HIGH, TIED)
    heading("Several looks: errors over all of them", models)
    print(
        "alarm: any check significant at any look, unchanged; pass: CSS of the dimension passes max_drop"
    )
    print(
        "0.10 at any look, and it fell by that; collapse: in some clusters to nothing. late: 4, 8 and 12"
    )
    print("repeats; early: 50, 75 and 100 % of the questions; both; old: repeats of the baseline")
    print(f"{'model':10} {'plan':5} {'old':>10} {'n':>4} {'alarm':>7} {'pass':>7} {'collapse':>8}")
    plans: list[tuple[str, Sequence[Look], Old]] = [("late", PLAN, old) for old in OLD]
    plans += [("early", EARLY, (4, 4, 4)), ("both", BOTH, (12,) * 5)]
    for model, (name, plan, old), n in [(m, p, n) for m in models for p in plans for n in sizes]:
        rows = []
        for drawn in setting.chunks(model, n):
            collapsed = drawn.worse(0.10, setting.rng, collapse=True)
            rows.append(
                [
                    alarmed(drawn, plan, old, setting),
                    ever_passed((drawn, drawn.worse(0.10, setting.rng)), plan, old, setting),
                    ever_passed((drawn, collapsed), plan, old, setting),
                ]
            )
        label = named(old) if len(set(old)) > 1 else f"{old[0]}"
        print(f"{model.name:10} {name:5} {label:>10} {n:4} {rates(rows)}")


def _each(both: tuple[Bank, Bank], plan: Sequence[Look], old: Old, setting: Setting) -> list[Pairs]:
    """What each look would see if nothing stopped."""
    drawn, worse = both
    base = drawn.answers(max(old), setting.rng)
    now = worse.answers(plan[-1].repeats, setting.rng)
    return [
        seen(base, now, (look, of_base), drawn.model) for of_base, look in zip(old, plan, strict=True)
    ]


def alarmed(drawn: Bank, plan: Sequence[Look], old: Old, setting: Setting) -> Flags:
    """Whether any check is significant at any look, although nothing changed."""
    found = [
        (pairs.p_values(setting)[0] <= ALPHA * look.failing).any(axis=1)
        for look, pairs in zip(plan, _each((drawn, drawn), plan, old, setting), strict=True)
    ]
    return np.asarray(np.any(found, axis=0))


def ever_passed(both: tuple[Bank, Bank], plan: Sequence[Look], old: Old, setting: Setting) -> Flags:
    """Whether CSS of the first dimension passes at any look."""
    found = [
        pairs.confidence(MAX_DROP, [1])[:, 0] >= 1 - ALPHA * look.passing
        for look, pairs in zip(plan, _each(both, plan, old, setting), strict=True)
    ]
    return np.asarray(np.any(found, axis=0))


def named(old: Old) -> str:
    """Repeats of the baseline at each look."""
    return "/".join(map(str, old))
