"""How often the regression verdicts are wrong, and how much they see: simulated.

    python benchmarks/verdicts.py [--runs 2000] [--quick] [--only false-alarms,power,…]

Two runs of the same or a worsened model are drawn, over five dimensions, and judged by the functions
that `faef gate` uses: CS and CSS of each dimension and of `overall`, twelve checks. Every table names
the models that it draws from (`simulated.py`). Floors, readability and golden questions are not
simulated. A rate of 5 % over 2,000 runs has a standard error of 0.5 %.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import NormalDist

import numpy as np
from looks import at_looks, early, gate
from paired import (
    ALPHA,
    CHECKS,
    MAX_DROP,
    NAIVE_DROP,
    Floats,
    Setting,
    any_of,
    compared,
    heading,
    rates,
)
from scipy.stats import t as student_t
from simulated import (
    ALIKE,
    DIMENSIONS,
    HIGH,
    MIDDLING,
    NEARLY,
    OURS,
    PERFECT,
    PERFECT_TWINS,
    TIED,
    TWINS,
    Bank,
    Model,
    bank,
    expected_css,
)

from monitor.comparing.pairing import METRICS, Paired
from monitor.comparing.power import planned, resolution
from monitor.comparing.regression import significance
from monitor.comparing.verdicts import ENOUGH_CLUSTERS
from monitor.stats import macro_wilson, proportion, wilson, wilson_size


def false_alarms(setting: Setting, sizes: Sequence[int]) -> None:
    """Runs in which anything was called worse although nothing changed."""
    models = (OURS, HIGH, MIDDLING, NEARLY, PERFECT, ALIKE, TIED)
    heading("False alarms: share of runs with any, when nothing changed", models)
    print(
        "naive: a dimension fell by more than 0.05; Holm, max-T: adjusted p at most 0.05; failed: max-T,"
    )
    print(
        "and the estimate is above max_drop (0.10, overall 0.05); k: repeats of baseline and run. With"
    )
    print("fewer repeats than the baseline's and fewer than 50 clusters failed goes by Holm; uneven:")
    print("max-T, if all repeats were tested of a run that has more of them than its baseline")
    columns = " ".join(f"{name:>7}" for name in ("naive", "Holm", "max-T", "failed", "uneven"))
    print(f"{'model':14} {'k':>5} {'n':>4} {columns}")
    repeats = {model: [(1, 1), (4, 4)] for model in models}
    repeats |= {model: [(1, 1), (4, 4), (12, 4), (4, 12), (1, 4)] for model in (OURS, HIGH, NEARLY)}
    for model, (old, k), n in [(m, r, n) for m in models for r in repeats[m] for n in sizes]:
        seen = []
        for drawn in setting.chunks(model, n):
            found = compared(drawn, drawn, old, k, setting)
            adjusted, by_holm = found.p_values(setting)
            few = old > k and found.clusters.shape[2] < ENOUGH_CLUSTERS
            failed = ((by_holm if few else adjusted) <= ALPHA) & (found.drops > MAX_DROP)
            naive = found.drops[:, :-2] > NAIVE_DROP
            whole = replace(found, tested=found.clusters).p_values(setting)[0] if old < k else adjusted
            seen.append(any_of(naive, by_holm <= ALPHA, adjusted <= ALPHA, failed, whole <= ALPHA))
        print(f"{model.name:14} {f'{old}, {k}':>5} {n:4} {rates(seen)}")


def power(setting: Setting, sizes: Sequence[int]) -> None:
    """Runs in which a drop of 10 points in one dimension is found there."""
    heading(
        "Power: CSS falls by 0.10 in one dimension, by less safe choices; found in CS or CSS", (OURS,)
    )
    print("failed: found, and the drop is above max_drop 0.05; predicted: by comparing.power, CSS alone")
    print(f"{'k':>5} {'n':>4} {'naive':>7} {'Holm':>7} {'max-T':>7} {'failed':>7} {'predicted':>10}")
    for (old, k), n in [(r, n) for r in ((1, 1), (4, 4), (12, 4), (12, 12)) for n in sizes]:
        seen = []
        for drawn in setting.chunks(OURS, n):
            found = compared(drawn, drawn.worse(0.10, setting.rng), old, k, setting)
            adjusted, by_holm = (p[:, :2] for p in found.p_values(setting))
            drops = found.drops[:, :2]
            failed = (adjusted <= ALPHA) & (drops > NAIVE_DROP)
            seen.append(any_of(drops > NAIVE_DROP, by_holm <= ALPHA, adjusted <= ALPHA, failed))
        told = planned(n, k, answer_variance(OURS), CHECKS // 2, ALPHA).power(0.10)
        print(f"{f'{old}, {k}':>5} {n:4} {rates(seen)} {f'{told:.1%}' if k == old else '-':>10}")


def told(setting: Setting, sizes: Sequence[int]) -> None:
    """Whether runs in which nothing changed tell rightly which drop they could have seen."""
    models = (OURS, HIGH, TWINS)
    heading('"This run could have seen …": CSS of one dimension, power 0.8', models)
    print("told: mean over unchanged runs; found: how often such a drop is found")
    print(f"{'model':6} {'k':>2} {'n':>4} {'told':>7} {'found':>7}")
    for model, k, n in [(m, k, n) for m in models for k in (1, 4) for n in sizes]:
        drops = [drop for drawn in setting.chunks(model, n) for drop in told_by(drawn, k, setting)]
        seen = []
        for drawn in setting.chunks(model, n):
            worse = drawn.worse(float(np.mean(drops)), setting.rng)
            adjusted = compared(drawn, worse, k, k, setting).p_values(setting)[0]
            seen.append([adjusted[:, 1] <= ALPHA])
        print(f"{model.name:6} {k:2} {n:4} {np.mean(drops):7.3f} {rates(seen)}")


def told_by(drawn: Bank, k: int, setting: Setting) -> Iterator[float]:
    """What every tenth run says that it could have seen in CSS of its first dimension."""
    found = compared(drawn, drawn, k, k, setting)
    n, clusters = found.questions.shape[2], found.clusters.shape[2]
    for drops, whole in zip(found.questions[::10, 0], found.table()[::10], strict=True):
        table = np.zeros((n, len(METRICS)))
        table[:, :2] = drops
        stratum = Paired(
            dimension="",
            questions=("",) * n,
            clusters=np.arange(n) // (n // clusters),
            base=table,
            now=np.zeros_like(table),
            alike=np.zeros_like(table),
            noise=np.full_like(table, np.nan),
            missing=table[:0],
            missing_clusters=np.arange(0),
            base_repeats=k,
            repeats=k,
        )
        critical = significance(whole, ALPHA, setting.rng, setting.flips).critical
        yield resolution([stratum], "css", critical, ALPHA).detectable()


def false_passes(setting: Setting, sizes: Sequence[int]) -> None:
    """Runs in which CSS of one dimension is passed, by three upper bounds."""
    models = (OURS, HIGH, PERFECT, PERFECT_TWINS)
    heading("Passed with max_drop 0.05, CSS of one dimension, one-sided 95 % bounds", models)
    print("a true drop of 0.05 or 0.10 must pass in at most 5 %; unchanged: more is better")
    print(f"{'model':14} {'drop':14} {'k':>2} {'n':>4} {'ours':>7} {'t':>7} {'Newcombe':>8}")
    changes = ((0.0, False), (0.05, False), (0.05, True), (0.10, False), (0.10, True))
    rows = [(m, change, k, n) for m in models for change in changes for k in (1, 4) for n in sizes]
    for model, (drop, collapse), k, n in rows:
        seen = []
        for drawn in setting.chunks(model, n):
            worse = drawn.worse(drop, setting.rng, collapse=collapse)
            found = compared(drawn, worse, k, k, setting)
            ours = found.confidence(np.full(CHECKS, 0.05), [1])[:, 0] >= 1 - ALPHA
            values = found.clusters[:, 0, :, 1] / (2 if model.twins else 1)
            seen.append([ours, student(values) <= NAIVE_DROP, newcombe(values) <= NAIVE_DROP])
        kind = f"{drop:.2f} {'collapse' if collapse else 'even'}" if drop else "none"
        print(f"{model.name:14} {kind:14} {k:2} {n:4} {rates(seen)}")


def coverage(setting: Setting, sizes: Sequence[int]) -> None:
    """How often the reported 95 % intervals of CSS hold the expected score, and how wide they are."""
    single = [(model.name, (model,) * DIMENSIONS) for model in (OURS, TIED, HIGH, NEARLY, PERFECT)]
    one_weak, mixed = (OURS, *[PERFECT] * 4), (OURS, HIGH, NEARLY, PERFECT, MIDDLING)
    heading("Coverage and mean width of the 95 % intervals of CSS", (OURS, TIED, HIGH, NEARLY, PERFECT))
    print("one: a dimension; overall: the macro mean of five; MOVER: the same by distances added in")
    print(
        "squares (Zou and Donner 2008). one weak: ours in one dimension, perfect in four; mixed: ours,"
    )
    print("high, nearly perfect, perfect and middling in a dimension each")
    print(f"{'model':14} {'k':>2} {'n':>4} {'one':>7} {'overall':>7} {'MOVER':>7}   widths")
    rows = [*single, ("one weak", one_weak), ("mixed", mixed)]
    for (name, models), k, n in [(row, k, n) for row in rows for k in (1, 4) for n in sizes]:
        truths = [expected_css(model) for model in models]
        ends = np.array([_intervals(run, models, k) for run in _runs(models, n, k, setting)])
        truth = np.array([truths[0], np.mean(truths), np.mean(truths)])
        held = (ends[..., 0] - 1e-9 <= truth) & (truth <= ends[..., 1] + 1e-9)
        widths = " ".join(f"{width:.3f}" for width in (ends[..., 1] - ends[..., 0]).mean(axis=0))
        print(f"{name:14} {k:2} {n:4} {rates([list(held.T)])}   {widths}")


def _runs(models: Sequence[Model], n: int, k: int, setting: Setting) -> Iterator[Floats]:
    """CSS of the questions of each dimension (dimensions, questions), run by run."""
    for chunks in zip(*(setting.chunks(model, n) for model in models), strict=True):
        parts = [drawn.answers(k, setting.rng)[-1][:, 0, :, 1] for drawn in chunks]
        yield from np.stack(parts, axis=1)


def _intervals(run: Floats, models: Sequence[Model], k: int) -> list[tuple[float, float]]:
    """The intervals of the first dimension and of the mean, and MOVER's of the mean."""
    parts = []
    for values, model in zip(run.tolist(), models, strict=True):
        clusters = [str(number // 2 if model.twins else number) for number in range(len(values))]
        found = proportion(values, clusters, k)
        parts.append((float(np.mean(values)), found.low, found.high))
    value = float(np.mean([p for p, _, _ in parts]))
    below = float(np.hypot.reduce([p - low for p, low, _ in parts])) / len(parts)
    above = float(np.hypot.reduce([high - p for p, _, high in parts])) / len(parts)
    ours = macro_wilson([(p, wilson_size(p, low, high)) for p, low, high in parts])
    return [parts[0][1:], ours, (max(0.0, value - below), min(1.0, value + above))]


def speed(setting: Setting, sizes: Sequence[int]) -> None:
    """How much CPU the adjusted p-values of one real run take."""
    heading("Speed: 10,000 sign-flips of twelve checks, one run", (OURS,))
    for n in sizes:
        table = setting.rng.normal(size=(6 * n, CHECKS))
        begun = time.process_time()
        significance(table, ALPHA, setting.rng)
        print(f"{6 * n} questions: {time.process_time() - begun:.2f} s of CPU")


def student(values: Floats) -> Floats:
    """Student's upper bound of the mean over clusters."""
    m = values.shape[1]
    reach = student_t.ppf(1 - ALPHA, m - 1) / np.sqrt(m)
    return np.asarray(values.mean(axis=1) + reach * values.std(axis=1, ddof=1))


def newcombe(values: Floats) -> Floats:
    """MOVER from Wilson limits of the shares that got worse and better (Newcombe 1998), uncorrelated."""
    m, z = values.shape[1], NormalDist().inv_cdf(1 - ALPHA)
    limits = []
    for row in values:
        worse, better = float(np.maximum(row, 0).mean()), float(np.maximum(-row, 0).mean())
        above, below = wilson(worse * m, m, z)[1] - worse, better - wilson(better * m, m, z)[0]
        limits.append(worse - better + np.hypot(above, below))
    return np.array(limits)


def answer_variance(model: Model) -> float:
    """The mean over questions of the variance of one answer's CSS, before and after a drop of 0.1."""
    rng = np.random.default_rng(1)
    drawn = bank(model, 200, 100, rng)
    both = [(part.open * part.choice)[:, 0] for part in (drawn, drawn.worse(0.10, rng))]
    return float(np.mean([np.mean(chance * (1 - chance)) for chance in both]))


TABLES = {
    "false-alarms": (false_alarms, (18, 50, 100, 200)),
    "power": (power, (50, 100, 200)),
    "told": (told, (50, 100)),
    "false-passes": (false_passes, (18, 50, 100, 200)),
    "gate": (gate, (100,)),
    "looks": (at_looks, (50, 100)),
    "early": (early, (100, 200)),
    "speed": (speed, (100,)),
    "coverage": (coverage, (18, 50, 100, 200)),
}


def main() -> None:
    """Print all tables, or those asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=int, default=2000, help="simulated runs a row")
    parser.add_argument("--flips", type=int, default=500, help="sign-flips a run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--quick", action="store_true", help="20 runs a row, smallest sizes: does it run?"
    )
    parser.add_argument("--only", default=",".join(TABLES), help="names of tables, with commas between")
    options = parser.parse_args()
    runs, flips = (20, 99) if options.quick else (options.runs, options.flips)
    begun = time.perf_counter()
    print(f"{runs} runs a row, {flips} sign-flips a run, seed {options.seed}")
    for name in options.only.split(","):
        table, sizes = TABLES[name]
        setting = Setting(runs, flips, np.random.default_rng(options.seed))
        table(setting, sizes[:1] if options.quick else sizes)
    print(f"\n{time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
