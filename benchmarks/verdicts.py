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
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
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

from monitor.bounds import confidence, worst_sum
from monitor.escalation import level_failed, level_passed, looks
from monitor.pairing import METRICS, Paired
from monitor.power import planned, resolution
from monitor.records import Cell, DimensionScore, Estimate
from monitor.regression import holm, sign_patterns, significance, standardised, step_down
from monitor.scoring import macro_mean
from monitor.stats import proportion, wilson
from monitor.verdicts import ENOUGH_CLUSTERS

Floats = NDArray[np.floating]
Flags = NDArray[np.bool_]

ALPHA = 0.05
NAIVE_DROP = 0.05
CHUNK = 200  # runs drawn at a time
CHECKS = 2 * DIMENSIONS + 2  # CS and CSS of each dimension, then those of overall
MAX_DROP = np.array([0.10] * (2 * DIMENSIONS) + [0.05] * 2)  # the defaults of thresholds.yaml
SHARED = 20  # runs that share their random signs
PLAN = looks(4, 12)
OLD = ((4, 4, 4), (4, 8, 12), (12, 12, 12))  # repeats of the baseline at these looks


@dataclass(frozen=True, slots=True)
class Setting:
    """What is shared by all tables: how many runs, flips a run, and where the numbers come from."""

    runs: int
    flips: int
    rng: np.random.Generator

    def chunks(self, model: Model, questions: int) -> Iterator[Bank]:
        """Banks for all runs, some at a time."""
        for begin in range(0, self.runs, CHUNK):
            yield bank(model, min(CHUNK, self.runs - begin), questions, self.rng)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Drops of many runs: of questions, and summed over clusters."""

    questions: Floats  # (runs, dimensions, questions, 2)
    clusters: Floats  # (runs, dimensions, clusters, 2)

    @property
    def drops(self) -> Floats:
        """The drop of each check, shape (runs, checks)."""
        means = self.questions.mean(axis=2)
        return np.concatenate([means.reshape(len(means), -1), means.mean(axis=1)], axis=1)

    def table(self) -> Floats:
        """The contributions of clusters to checks, shape (runs, clusters, checks)."""
        runs, _, clusters, _ = self.clusters.shape
        n = self.questions.shape[2]
        table = np.zeros((runs, DIMENSIONS * clusters, CHECKS), dtype=np.float32)
        for number in range(DIMENSIONS):
            rows = slice(number * clusters, (number + 1) * clusters)
            table[:, rows, 2 * number : 2 * number + 2] = self.clusters[:, number] / n
            table[:, rows, -2:] = self.clusters[:, number] / (n * DIMENSIONS)
        return table

    def p_values(self, setting: Setting) -> tuple[Floats, Floats]:
        """Adjusted by step-down max-T, and by Holm, shape (runs, checks)."""
        table = self.table()
        adjusted, alone = [], []
        for begin in range(0, len(table), SHARED):
            patterns = sign_patterns(table.shape[1], setting.flips, setting.rng)
            statistics = standardised(table[begin : begin + SHARED], patterns)
            adjusted.append(step_down(statistics))
            alone.append(np.mean(statistics >= statistics[:, :1] - 1e-4, axis=1))
        return np.concatenate(adjusted), holm(np.concatenate(alone))

    def confidence(self, limits: Floats, checks: Sequence[int] = range(CHECKS)) -> Floats:
        """How sure it is that the drop of each of these checks is within its limit."""
        runs, _, clusters, _ = self.clusters.shape
        n = self.questions.shape[2]
        size, found = n // clusters, np.zeros((runs, len(checks)))
        squares = np.square(self.clusters).sum(axis=2), np.square(self.questions).sum(axis=2)
        for column, check in enumerate(checks):
            number, metric = divmod(check, 2)
            which = slice(None) if number == DIMENSIONS else slice(number, number + 1)
            values = self.clusters[:, which, :, metric].reshape(runs, -1).astype(float) / size
            of_clusters, of_questions = (part[:, which, metric].sum(axis=1) for part in squares)
            worst = worst_sum(of_clusters, of_questions, size) / size
            found[:, column] = confidence(values, worst, float(limits[check]))
        return found


def pairs(base: Floats, now: Floats, model: Model) -> Pairs:
    """Two runs over the same questions, arrays (runs, dimensions, questions, 2)."""
    drops = base - now
    return Pairs(drops, drops[:, :, ::2] + drops[:, :, 1::2] if model.twins else drops)


def compared(drawn: Bank, worse: Bank, old: int, k: int, setting: Setting) -> Pairs:
    """A baseline with `old` repeats beside a run with `k`."""
    return pairs(drawn.answers(old, setting.rng)[-1], worse.answers(k, setting.rng)[-1], drawn.model)


def false_alarms(setting: Setting, sizes: Sequence[int]) -> None:
    """Runs in which anything was called worse although nothing changed."""
    models = (OURS, HIGH, MIDDLING, PERFECT, ALIKE, TIED)
    heading("False alarms: share of runs with any, when nothing changed", models)
    print(
        "naive: a dimension fell by more than 0.05; Holm, max-T: adjusted p at most 0.05; failed: max-T,"
    )
    print(
        "and the estimate is above max_drop (0.10, overall 0.05); k: repeats of baseline and run. With"
    )
    print("unequal repeats and fewer than 50 clusters failed goes by Holm")
    print(f"{'model':12} {'k':>5} {'n':>4} {'naive':>7} {'Holm':>7} {'max-T':>7} {'failed':>7}")
    repeats = {model: [(1, 1), (4, 4)] for model in models} | {OURS: [(1, 1), (4, 4), (12, 4), (4, 12)]}
    for model, (old, k), n in [(m, r, n) for m in models for r in repeats[m] for n in sizes]:
        seen = []
        for drawn in setting.chunks(model, n):
            found = compared(drawn, drawn, old, k, setting)
            adjusted, by_holm = found.p_values(setting)
            few = old != k and found.clusters.shape[2] < ENOUGH_CLUSTERS
            failed = ((by_holm if few else adjusted) <= ALPHA) & (found.drops > MAX_DROP)
            naive = found.drops[:, :-2] > NAIVE_DROP
            seen.append(any_of(naive, by_holm <= ALPHA, adjusted <= ALPHA, failed))
        print(f"{model.name:12} {f'{old}, {k}':>5} {n:4} {rates(seen)}")


def power(setting: Setting, sizes: Sequence[int]) -> None:
    """Runs in which a drop of 10 points in one dimension is found there."""
    heading(
        "Power: CSS falls by 0.10 in one dimension, by less safe choices; found in CS or CSS", (OURS,)
    )
    print("failed: found, and the drop is above max_drop 0.05; predicted: by `monitor.power`, CSS alone")
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


def gate(setting: Setting, sizes: Sequence[int]) -> None:
    """How runs end under the profile `gate`, with and without further looks."""
    models = (OURS, TWINS)
    heading("The profile `gate`: max_drop 0.10 in dimensions (inconclusive warns), 0.05 overall", models)
    print(
        "passed: every check; warned: a dimension not proven, exit 0; open: overall not proven, exit 2"
    )
    print(
        "repeats: of the new model, mean over dimensions; old: repeats of the baseline at looks 4, 8, 12"
    )
    columns = " ".join(
        f"{name:>7}" for name in ("naive", "passed", "warned", "open", "failed", "repeats")
    )
    print(f"{'model':6} {'drop':5} {'old':9} {'n':>4} {'look':>5} {columns}")
    rows = [(m, drop, old, n) for m in models for drop in (0.0, 0.10) for old in OLD for n in sizes]
    for model, drop, old, n in rows:
        ends = [escalated(drawn, drop, old, setting) for drawn in setting.chunks(model, n)]
        label = f"{model.name:6} {drop:<5.2f} {named(old):9} {n:4}"
        for place, look in ((0, "first"), (-1, "last")):
            repeats = np.mean([part[place].repeats for part in ends])
            print(f"{label} {look:>5} {rates([part[place].flags for part in ends])} {repeats:7.1f}")


@dataclass(frozen=True, slots=True)
class End:
    """How runs stand after a look: naively failed, passed, warned, open, failed; and what it took."""

    flags: list[Flags]
    repeats: float


def escalated(drawn: Bank, drop: float, old: Sequence[int], setting: Setting) -> list[End]:
    """How each run stands after each look."""
    base = drawn.answers(max(old), setting.rng)
    worse = drawn.worse(drop, setting.rng) if drop else drawn
    now = worse.answers(PLAN[-1], setting.rng)
    runs = len(drawn.open)
    at, status = np.zeros((runs, DIMENSIONS), dtype=int), np.full((runs, CHECKS), "open")
    ends = []
    for look in range(len(PLAN)):
        undecided = status == "open"
        asked = undecided[:, :-2].reshape(runs, DIMENSIONS, 2).any(axis=2)
        at = np.where(asked | undecided[:, -2:].any(axis=1, keepdims=True), look, at)
        before = np.choose(at[..., None, None], [base[count - 1] for count in old])
        found = pairs(before, np.choose(at[..., None, None], [now[k - 1] for k in PLAN]), drawn.model)
        adjusted = found.p_values(setting)[0]
        failed = (adjusted <= level_failed(ALPHA, look, len(PLAN))) & (found.drops > MAX_DROP)
        passed = found.confidence(MAX_DROP) >= 1 - level_passed(ALPHA, look, len(PLAN))
        decided = np.where(failed, "fail", np.where(passed, "pass", "open"))
        status = np.where(undecided, decided, status)
        naive = np.asarray((found.drops[:, :-2] > NAIVE_DROP).any(axis=1))
        ends.append(End([naive, *_ends(status)], float(np.mean(np.array(PLAN)[at]))))
    return ends


def _ends(status: NDArray[np.str_]) -> list[Flags]:
    fails = (status == "fail").any(axis=1)
    passes = (status == "pass").all(axis=1)
    opens = (status[:, -2:] == "open").any(axis=1) & ~fails
    return [passes, ~(fails | passes | opens), opens, fails]


def looks_errors(setting: Setting, sizes: Sequence[int]) -> None:
    """Whether the error rates hold over all looks together."""
    models = (OURS, HIGH, TIED)
    heading("Three looks at 4, 8 and 12 repeats: errors over all of them", models)
    print("false alarm: any check significant at any look, unchanged; false pass: CSS of the dimension")
    print(
        "passes max_drop 0.10 at any look, and it fell by that (collapse: in some clusters to nothing)"
    )
    print(f"{'model':10} {'old':9} {'n':>4} {'alarm':>7} {'pass':>7} {'collapse':>8}")
    for model, old, n in [(m, old, n) for m in models for old in OLD for n in sizes]:
        seen = []
        for drawn in setting.chunks(model, n):
            collapsed = drawn.worse(0.10, setting.rng, collapse=True)
            seen.append(
                [
                    alarmed(drawn, old, setting),
                    ever_passed(drawn, drawn.worse(0.10, setting.rng), old, setting),
                    ever_passed(drawn, collapsed, old, setting),
                ]
            )
        print(f"{model.name:10} {named(old):9} {n:4} {rates(seen)}")


def at_looks(drawn: Bank, worse: Bank, old: Sequence[int], setting: Setting) -> Iterator[Pairs]:
    """What each look would see if all questions were asked again."""
    base, now = drawn.answers(max(old), setting.rng), worse.answers(PLAN[-1], setting.rng)
    for of_base, k in zip(old, PLAN, strict=True):
        yield pairs(base[of_base - 1], now[k - 1], drawn.model)


def alarmed(drawn: Bank, old: Sequence[int], setting: Setting) -> Flags:
    """Whether any check is significant at any look, although nothing changed."""
    found = [
        (pairs.p_values(setting)[0] <= level_failed(ALPHA, look, len(PLAN))).any(axis=1)
        for look, pairs in enumerate(at_looks(drawn, drawn, old, setting))
    ]
    return np.asarray(np.any(found, axis=0))


def ever_passed(drawn: Bank, worse: Bank, old: Sequence[int], setting: Setting) -> Flags:
    """Whether CSS of the first dimension passes at any look."""
    found = [
        pairs.confidence(MAX_DROP, [1])[:, 0] >= 1 - level_passed(ALPHA, look, len(PLAN))
        for look, pairs in enumerate(at_looks(drawn, worse, old, setting))
    ]
    return np.asarray(np.any(found, axis=0))


def coverage(setting: Setting, sizes: Sequence[int]) -> None:
    """How often the reported 95 % intervals of CSS hold the expected score."""
    models = (OURS, TIED, HIGH, NEARLY, PERFECT)
    heading("Coverage of the 95 % intervals of CSS: one dimension, and `overall` (MOVER)", models)
    print(f"{'model':14} {'k':>2} {'n':>4} {'one':>7} {'overall':>7}")
    for model, k, n in [(m, k, n) for m in models for k in (1, 4) for n in sizes]:
        truth = expected_css(model)
        clusters = [str(number // 2 if model.twins else number) for number in range(n)]
        seen = []
        for drawn in setting.chunks(model, n):
            for run in drawn.answers(k, setting.rng)[-1][..., 1].tolist():
                scores = [scored(proportion(values, clusters)) for values in run]
                held = (scores[0].css, macro_mean("overall", scores).css)
                seen.append([np.array([e.low - 1e-9 <= truth <= e.high + 1e-9]) for e in held])
        print(f"{model.name:14} {k:2} {n:4} {rates(seen)}")


def scored(css: Estimate) -> DimensionScore:
    """A dimension of which only CSS is of interest."""
    return DimensionScore(
        dimension="",
        n=css.n,
        clusters=css.n,
        readable=1.0,
        cs=css,
        css=css,
        open_safe=css,
        choice_safe=css,
        cells=dict.fromkeys(Cell, 0.0),
        causes={},
    )


def speed(setting: Setting, sizes: Sequence[int]) -> None:
    """How long the adjusted p-values of one real run take."""
    heading("Speed: 10,000 sign-flips of twelve checks, one run", (OURS,))
    for n in sizes:
        table = setting.rng.normal(size=(6 * n, CHECKS))
        begun = time.perf_counter()
        significance(table, ALPHA, setting.rng)
        print(f"{6 * n} questions: {time.perf_counter() - begun:.2f} s")


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


def any_of(*flags: Flags) -> list[Flags]:
    """Whether any check is flagged, run by run."""
    return [np.asarray(flag.any(axis=1)) for flag in flags]


def named(old: Sequence[int]) -> str:
    """Repeats of the baseline at each look."""
    return "/".join(map(str, old))


def rates(seen: Sequence[Sequence[Flags]]) -> str:
    """Shares over all runs, a column each."""
    columns = [np.concatenate(column) for column in zip(*seen, strict=True)]
    return " ".join(f"{np.mean(column):7.1%}" for column in columns)


def heading(title: str, models: Sequence[Model]) -> None:
    """The title of a table and the models it draws from."""
    print(f"\n{title}")
    for model in models:
        print(f"  {model}")


TABLES = {
    "false-alarms": (false_alarms, (18, 50, 100, 200)),
    "power": (power, (50, 100, 200)),
    "told": (told, (50, 100)),
    "false-passes": (false_passes, (18, 50, 100, 200)),
    "gate": (gate, (100,)),
    "looks": (looks_errors, (50, 100)),
    "speed": (speed, (100,)),
    "coverage": (coverage, (18, 50, 100)),
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
