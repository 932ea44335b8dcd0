"""How often a trend alarms on quiet nights, and how soon on nights that got worse.

    python benchmarks/trend.py [--models 500] [--repeats 4] [--questions 100] [--wobble 0] [--no-library]

Simulated. Each model answers the same questions every night, analysed anew each night, all its series
together: five dimensions and overall, CS and CSS. Beside the trend's own alarm (from estimates alone,
and with the noise of repeats) stand the rule "three nights in a row below", ruptures alone, and, where
it can be imported, apache-otava alone, both on fewer models.

    quiet    nothing changes for 200 nights: the share of models that ever alarm
    drop     CSS falls by 10 points in one dimension, for good: alarmed within 3 nights, not before
    drift    a point a week in one dimension: alarmed before it has cost 8 points, not before it began
"""

import argparse
import importlib.util
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from simulated import ALIKE, NEARLY, OURS, Bank, Floats, Model, bank

from monitor.trend.detector import alarming, evidence
from monitor.trend.noise import WORTH_BOUND, WORTH_REPEATS, bound

MODELS = (OURS, ALIKE, NEARLY)
QUIET, BEFORE, AT_ONCE, COSTLY = 200, (30, 14, 7), 3, 56  # nights
DROP, A_NIGHT = 0.10, 0.01 / 7
WINDOWS = ((0, QUIET), *((n, n + AT_ONCE) for n in BEFORE), (BEFORE[0], BEFORE[0] + COSTLY))
SOME, FEW = 100, 20  # models that ruptures and apache-otava are shown, which take their time
SERIES = 12
PENALTIES = (2, 8)  # of ruptures, in variances of a night by repeats times the log of nights
SLACK = 0.05  # of the stricter naive rule

Rule = Callable[["Nights"], Floats]


@dataclass(frozen=True, slots=True)
class Nights:
    """Estimates and their variances by repeats, shape (nights, models, series)."""

    values: Floats
    variance: Floats
    answers: Floats  # of each series


def main() -> None:
    """Print a table for each generating model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=500, help="simulated for each row")
    parser.add_argument("--repeats", type=int, default=4)
    parser.add_argument("--questions", type=int, default=100, help="of each dimension")
    text = "standard deviation of what a night adds to a dimension, beyond the answers' sampling"
    parser.add_argument("--wobble", type=float, default=0.0, help=text)
    parser.add_argument("--no-library", action="store_true", help="leave the bare libraries out")
    given = parser.parse_args()
    print(f"{given.models} models a row, {given.questions} questions, {given.repeats} repeats, seed 0")
    if given.wobble:
        print(f"nights wobble by {given.wobble} in each dimension beyond sampling")
    for model in MODELS:
        print(f"\n{model}", flush=True)
        head = "".join(f"{f'drop, night {n + 1}':>15}" for n in BEFORE)
        print(f"{'':48}{'quiet':>8}{head}{'drift':>8}{'CPU s':>7}")
        seen = scenarios(model, given)
        for name, rule, models in rules(seen[0], library=not given.no_library):
            begun = time.process_time()
            shares = [
                share(rule, nights, models, *window)
                for nights, window in zip(seen, WINDOWS, strict=True)
            ]
            figures = f"{shares[0]:8.1%}" + "".join(f"{s:15.1%}" for s in shares[1:-1])
            spent = time.process_time() - begun
            print(f"{name:48}{figures}{shares[-1]:8.1%}{spent:7.1f}", flush=True)


def scenarios(model: Model, given: argparse.Namespace) -> list[Nights]:
    """Quiet nights, drops after so many nights, and a drift."""
    rng = np.random.default_rng(0)

    def nights(drops: Sequence[float]) -> Nights:
        asked = bank(model, given.models, given.questions, rng)
        return wobbling(observed(asked, drops, given.repeats, rng), given.wobble, rng)

    found = [nights([0.0] * QUIET)]
    found += [nights([0.0] * n + [DROP] * AT_ONCE) for n in BEFORE]
    drift = [A_NIGHT * (night + 1) for night in range(COSTLY)]
    return [*found, nights([0.0] * BEFORE[0] + drift)]


def observed(asked: Bank, drops: Sequence[float], repeats: int, rng: np.random.Generator) -> Nights:
    """What the nights of a model that is worse by these drops of CSS look like."""
    values, variances = [], []
    for drop in drops:
        answers = (asked.worse(drop, rng) if drop else asked).answers(repeats, rng)[-1]
        within = answers * (1 - answers) * repeats / max(repeats - 1, 1)
        values.append(answers.mean(axis=2))
        variances.append(within.mean(axis=2) / (answers.shape[2] * repeats))
    value, variance = np.array(values, dtype=float), np.array(variances, dtype=float)
    runs, dimensions, questions = asked.open.shape
    value = np.concatenate([value, value.mean(axis=2, keepdims=True)], axis=2)
    overall = variance.mean(axis=2, keepdims=True) / dimensions
    variance = np.concatenate([variance, overall], axis=2)
    answered = np.full((dimensions + 1, 2), questions * repeats)
    answered[-1] *= dimensions
    shape = (len(drops), runs, SERIES)
    return Nights(value.reshape(shape), variance.reshape(shape), answered.reshape(-1).astype(float))


def wobbling(nights: Nights, spread: float, rng: np.random.Generator) -> Nights:
    """The same with a shift of each night and dimension, in CS and CSS alike."""
    count, models, series = nights.values.shape
    shifts = rng.normal(0, spread, (count, models, series // 2 - 1, 1))
    shifts = np.concatenate([shifts, shifts.mean(axis=2, keepdims=True)], axis=2)
    moved = np.clip(nights.values + np.repeat(shifts, 2, axis=-1).reshape(nights.values.shape), 0, 1)
    return Nights(moved, nights.variance, nights.answers)


def share(rule: Rule, nights: Nights, models: int, begin: int, end: int) -> float:
    """The share of models whose first alarm falls after night `begin` and not after night `end`."""
    models = models or nights.values.shape[1]
    some = Nights(nights.values[:, :models], nights.variance[:, :models], nights.answers)
    first = rule(some)
    return float(np.mean((first > begin) & (first <= end)))


def rules(quiet: Nights, *, library: bool) -> Iterator[tuple[str, Rule, int]]:
    """Their names, the rules, and how many models they are shown (0: all)."""
    yield "faef trend, estimates alone", _from_estimates, 0
    if np.any(quiet.variance):
        yield "faef trend, with the noise of repeats", _from_repeats, 0
    yield "3 nights below the mean of all before", lambda nights: _below(nights, 0.0), 0
    yield f"3 nights more than {SLACK} below it", lambda nights: _below(nights, SLACK), 0
    if library:
        for penalty in PENALTIES:
            yield f"ruptures alone ({SOME} models), penalty {penalty}", _pelt(penalty), SOME
    if library and importlib.util.find_spec("otava"):
        yield f"apache-otava alone ({FEW} models), defaults", _otava, FEW


def _from_estimates(nights: Nights) -> Floats:
    counted = np.arange(1, len(nights.values) + 1)[:, None, None]
    levels = np.cumsum(nights.values, axis=0) / counted
    most = np.vectorize(bound)(levels, nights.answers)
    return _first(nights, most, WORTH_BOUND)


def _from_repeats(nights: Nights) -> Floats:
    counted = np.arange(1, len(nights.values) + 1)[:, None, None]
    mean = np.cumsum(nights.variance, axis=0) / counted
    return _first(nights, np.maximum(mean, 1 / np.square(nights.answers)), WORTH_REPEATS)


def _first(nights: Nights, variance: Floats, worth: float) -> Floats:
    """The number of the first night that alarms, counted from 1; infinite where none does."""
    flat = nights.values.reshape(len(nights.values), -1)
    seen = evidence(flat, variance.reshape(flat.shape), worth)
    return _first_of(alarming(flat, seen, SERIES).reshape(nights.values.shape))


def _first_of(alarms: NDArray[np.bool_]) -> Floats:
    any_series = alarms.any(axis=2)
    return np.where(any_series.any(axis=0), any_series.argmax(axis=0) + 1.0, np.inf)


def _below(nights: Nights, slack: float) -> Floats:
    """Three nights in a row below the mean of all nights before those three."""
    values = nights.values
    means = np.cumsum(values, axis=0) / np.arange(1, len(values) + 1)[:, None, None]
    alarms = np.zeros(values.shape, dtype=bool)
    for night in range(7, len(values)):
        below = values[night - 2 : night + 1] < means[night - 3] - slack
        alarms[night] = below.all(axis=0)
    return _first_of(alarms)


def _pelt(penalty: float) -> Rule:
    from ruptures import KernelCPD  # noqa: PLC0415 - only with the bare library

    def rule(nights: Nights) -> Floats:
        def changed(values: Floats, variance: float) -> bool:
            cost = penalty * variance * np.log(len(values))
            return len(KernelCPD(kernel="linear", min_size=2).fit(values).predict(pen=cost)) > 1

        return _each_night(nights, changed)

    return rule


def _otava(nights: Nights) -> Floats:
    from otava.analysis import compute_change_points  # noqa: PLC0415 - where it is there

    return _each_night(nights, lambda values, _: bool(compute_change_points(list(values))[0]))


def _each_night(nights: Nights, changed: Callable[[Floats, float], bool]) -> Floats:
    """The first night on which some series of a model shows a change, analysed night by night."""
    first = np.full(nights.values.shape[1], np.inf)
    for model in range(len(first)):
        variance = nights.variance[0, model]
        for night in range(7, len(nights.values)):
            so_far = nights.values[: night + 1, model]
            if any(changed(so_far[:, s], float(variance[s])) for s in range(SERIES)):
                first[model] = night + 1
                break
    return first


if __name__ == "__main__":
    main()
