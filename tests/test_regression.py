"""Sign-flips, step-down, Holm: published values of exact tests, other libraries, and laws."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from monitor.comparing.regression import (
    holm,
    sign_patterns,
    significance,
    standardised,
    step_down,
)

DROPS = st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.0, 0.5, 1.0]), min_size=1, max_size=10)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def alone(*drops: float) -> float:
    """The p-value of one check, a drop for each cluster."""
    return float(significance(np.array(drops)[:, None], 0.05, rng()).alone[0])


# R. A. Fisher, The Design of Experiments (1935), section 21: Darwin's fifteen pairs of maize plants,
# differences in eighths of an inch. Of the 2^15 sign patterns 863 give at least the sum that was seen.
DARWIN = (49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48)


def test_the_flips_give_fishers_p_for_darwins_maize() -> None:
    assert math.isclose(863 / 2**15, alone(*DARWIN))


def test_thirteen_of_darwins_fifteen_pairs_by_the_sign_test() -> None:
    # (C(15,13) + C(15,14) + C(15,15)) / 2^15 = 121 / 32,768
    assert math.isclose(121 / 32768, alone(*[1.0] * 13, *[-1.0] * 2))


# J. H. McDonald, Handbook of Biological Statistics, 3rd ed. (2014), exact test of goodness-of-fit: a cat
# uses its right paw 8 times and its left paw 2 times; one-tailed P = 0.055.
def test_the_sign_test_gives_the_published_value_of_the_cat() -> None:
    assert round(alone(*[1.0] * 8, *[-1.0] * 2), 3) == 0.055


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 9), st.integers(0, 6))
def test_with_one_repeat_and_no_twins_the_flips_are_the_sign_test(worse: int, better: int) -> None:
    # McNemar's exact test: only the questions that changed matter
    drops = [1.0] * worse + [-1.0] * better + [0.0] * 20
    expected = binomtest(worse, worse + better, alternative="greater").pvalue if worse + better else 1.0
    assert math.isclose(expected, alone(*drops), rel_tol=1e-9)


def test_few_clusters_are_enumerated() -> None:
    # 2^3 patterns of (3, 2, 1), by hand: only +++ gives at least 6
    assert alone(3.0, 2.0, 1.0) == 1 / 8


def test_many_clusters_are_sampled_with_the_seen_pattern_first() -> None:
    assert np.all(sign_patterns(16, 50, rng())[0] == 1)


def test_no_p_value_is_zero() -> None:
    assert alone(*[1.0] * 40) == 1 / 10_000


def test_a_drop_stands_out_of_a_family() -> None:
    table = np.zeros((40, 3))
    table[:, 0] = 1.0
    table[::2, 1:], table[1::2, 1:] = 1.0, -1.0
    assert significance(table, 0.05, rng()).adjusted[0] < 0.05


def test_where_nothing_changed_no_check_stands_out() -> None:
    assert np.all(significance(np.zeros((40, 3)), 0.05, rng()).adjusted == 1)


def test_an_adjusted_p_is_never_below_the_one_alone() -> None:
    found = significance(rng(1).normal(0.1, 1, (50, 6)), 0.05, rng())
    assert np.all(found.adjusted >= found.alone)


def test_two_equal_checks_cost_no_more_than_one() -> None:
    # the correlation is used: Holm would double the p-value
    one = rng(2).normal(0.2, 1, (50, 1))
    both = significance(np.hstack([one, one]), 0.05, rng())
    assert both.adjusted[0] == both.alone[0]


def test_step_down_by_hand() -> None:
    # Checks with 3 and 2 seen, four patterns. Largest of both reaches 3 in two of four (itself and
    # (0, 3)); the second check alone reaches 2 in three of four, which is more.
    statistics = np.array([[3.0, 2.0], [0.0, 3.0], [-3.0, 2.0], [1.0, -2.0]])
    assert [2 / 4, 3 / 4] == list(step_down(statistics))


def test_adjusted_p_values_keep_the_order_of_the_statistics() -> None:
    # alone the second would reach 1/3, below the first one's 2/3
    statistics = np.array([[3.0, 2.0], [4.0, 0.0], [0.0, 1.0]])
    assert [2 / 3, 2 / 3] == list(step_down(statistics))


# S. Holm, Scandinavian Journal of Statistics 6 (1979) 65-70: the i-th smallest of m p-values times
# m - i + 1, never below the one before.
def test_holm_by_hand() -> None:
    expected = [0.03, 0.06, 0.06, 0.02]
    assert np.allclose(expected, holm(np.array([0.01, 0.03, 0.04, 0.005])))


def test_holm_is_at_most_one() -> None:
    assert [1.0, 1.0] == list(holm(np.array([0.7, 0.9])))


@settings(max_examples=40, deadline=None)
@given(st.lists(DROPS, min_size=2, max_size=3).filter(lambda rows: len({len(r) for r in rows}) == 1))
def test_the_order_of_checks_does_not_matter(rows: list[list[float]]) -> None:
    table = np.array(rows).T
    forwards = significance(table, 0.05, rng()).adjusted
    backwards = significance(table[:, ::-1], 0.05, rng()).adjusted
    assert np.allclose(forwards, backwards[::-1])


@settings(max_examples=40, deadline=None)
@given(DROPS, st.randoms(use_true_random=False))
def test_the_order_of_few_clusters_does_not_matter(drops: list[float], random: object) -> None:
    shuffled = list(drops)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert math.isclose(alone(*drops), alone(*shuffled))


@settings(max_examples=40, deadline=None)
@given(DROPS)
def test_a_larger_drop_in_every_changed_cluster_is_no_less_significant(drops: list[float]) -> None:
    raised = [abs(drop) for drop in drops]
    assert alone(*raised) <= alone(*drops)


def test_the_same_seed_gives_the_same_p_values() -> None:
    table = rng(3).normal(0.1, 1, (60, 4))
    one, other = (significance(table, 0.05, rng(7)).adjusted for _ in range(2))
    assert np.array_equal(one, other)


def test_standardising_removes_the_unit() -> None:
    table, patterns = rng(4).normal(0, 1, (20, 2)), sign_patterns(20, 30, rng())
    assert np.allclose(standardised(table, patterns), standardised(1000 * table, patterns), atol=1e-5)


def test_runs_can_be_tested_together() -> None:
    tables, patterns = rng(5).normal(0, 1, (3, 20, 2)), sign_patterns(20, 30, rng())
    together = step_down(standardised(tables, patterns))
    assert np.array_equal(together[1], step_down(standardised(tables[1], patterns)))


@pytest.mark.parametrize("shift", [0.0, 0.5])
def test_false_alarms_are_rare_and_real_drops_are_found(shift: float) -> None:
    # 300 runs of 6 correlated checks over 60 clusters. Unchanged: at most 5 % of runs with any, plus
    # three standard errors of 1.3 %. A drop of half a standard deviation in one: z = 3.9, nearly all.
    draws, hits = rng(6), 0
    for _ in range(300):
        table = 0.7 * draws.normal(0, 1, (60, 1)) + 0.7 * draws.normal(0, 1, (60, 6))
        table[:, 0] += shift
        statistics = standardised(table, sign_patterns(60, 300, draws))
        hits += bool(np.any(step_down(statistics) <= 0.05))
    assert hits / 300 > 0.8 if shift else hits / 300 < 0.09
