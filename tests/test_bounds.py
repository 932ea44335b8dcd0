"""The upper bound of a drop: Clopper and Pearson's where they apply, and laws where nobody tabulated."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from monitor.comparing.bounds import (
    cluster_contributions,
    confidence,
    macro_upper,
    upper_bound,
    worst_case,
    worst_sum,
)

DROPS = st.lists(st.sampled_from([-1.0, -0.5, -0.25, 0.0, 0.0, 0.25, 0.5, 1.0]), min_size=5, max_size=40)


def shares(worse: int, n: int) -> np.ndarray:
    return np.array([1.0] * worse + [0.0] * (n - worse))


# C. J. Clopper and E. S. Pearson, Biometrika 26 (1934) 404-413: exact limits. One-sided 97.5 %
# for 0 of 20 is 0.1684 and for 1 of 29 0.1776, the upper limits of R. G. Newcombe, Statistics in
# Medicine 17 (1998) 857-872, table I, method 5.
@pytest.mark.parametrize(("worse", "n", "upper"), [(0, 20, 0.1684), (1, 29, 0.1776)])
def test_for_zeros_and_ones_it_is_clopper_and_pearsons(worse: int, n: int, upper: float) -> None:
    assert abs(upper - upper_bound(shares(worse, n), 1.0, 0.025)) < 0.001


@settings(max_examples=60, deadline=None)
@given(st.integers(18, 200), st.data())
def test_it_agrees_with_the_beta_distribution(n: int, data: st.DataObject) -> None:
    worse = data.draw(st.integers(0, n // 2))
    expected = beta.ppf(0.95, worse + 1, n - worse)
    assert abs(expected - upper_bound(shares(worse, n), 1.0, 0.05)) < 0.001


def test_it_agrees_with_the_weights_that_define_it() -> None:
    # Gaffke: the upper quantile of randomly weighted means of the values and one worst value
    draws = np.random.default_rng(0)
    values = draws.choice([-0.5, -0.25, 0.0, 0.0, 0.25, 0.5], 40)
    weights = draws.exponential(size=(100_000, 41))
    means = weights @ np.append(values, 1.0) / weights.sum(axis=1)
    assert abs(np.quantile(means, 0.95) - upper_bound(values, 1.0, 0.05)) < 0.002


def test_when_nothing_changed_a_drop_is_still_possible() -> None:
    # 1 - 0.05^(1/100) = 0.0295: such a drop would have shown in 95 of 100 samples
    assert abs(0.0295 - upper_bound(np.zeros(100), 1.0, 0.05)) < 0.0005


@settings(max_examples=60, deadline=None)
@given(DROPS)
def test_the_bound_is_above_the_estimate(drops: list[float]) -> None:
    assert upper_bound(np.array(drops), 1.0, 0.05) >= np.mean(drops)


@settings(max_examples=60, deadline=None)
@given(DROPS, st.data())
def test_one_question_worse_never_lowers_the_bound(drops: list[float], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(drops) - 1))
    worse = [*drops[:place], 1.0, *drops[place + 1 :]]
    before, after = (upper_bound(np.array(row), 1.0, 0.05) for row in (drops, worse))
    assert after >= before - 1e-3  # the saddlepoint's own error


@settings(max_examples=60, deadline=None)
@given(DROPS)
def test_more_confidence_needs_a_wider_bound(drops: list[float]) -> None:
    values = np.array(drops)
    assert upper_bound(values, 1.0, 0.01) >= upper_bound(values, 1.0, 0.05)


def test_nothing_exceeds_the_worst() -> None:
    assert float(confidence(np.ones(5), 1.0, 1.0)) == 1.0


def test_a_limit_below_all_values_is_never_kept() -> None:
    assert float(confidence(np.full(5, 0.5), 1.0, 0.2)) == 0.0


def test_at_the_mean_the_chance_is_about_half() -> None:
    # symmetric values and a worst one that is their mean
    assert abs(0.5 - float(confidence(np.array([-1.0, 1.0] * 20), 0.0, 0.0))) < 1e-6


def test_runs_can_be_bounded_together() -> None:
    values = np.random.default_rng(1).choice([-0.5, 0.0, 0.5], (3, 30))
    together = confidence(values, np.array([1.0, 0.5, 1.0]), 0.1)
    assert math.isclose(float(together[1]), float(confidence(values[1], 0.5, 0.1)))


def test_the_mean_over_strata_has_the_bound_of_all_questions_together() -> None:
    # two strata of twenty, nothing changed: as one of forty, 1 - 0.05^(1/40) = 0.0722
    rows, clusters = [np.zeros(20)] * 2, [np.arange(20)] * 2
    assert abs(0.0722 - macro_upper(rows, clusters, 0.05)) < 0.0005


def test_twins_in_which_nothing_changed_count_once() -> None:
    # forty questions in twenty pairs: 1 - 0.05^(1/20) = 0.1391
    assert abs(0.1391 - macro_upper([np.zeros(40)], [np.arange(40) // 2], 0.05)) < 0.001


def test_contributions_sum_to_the_mean_over_strata() -> None:
    # means 0.25 of four and 0.5 of two questions: (0.25 + 0.5) / 2
    rows = [np.array([[1.0], [0.0], [0.0], [0.0]]), np.array([[0.5], [0.5]])]
    parts = cluster_contributions(rows, [np.array([0, 0, 1, 1]), np.array([0, 1])])
    assert math.isclose(0.375, float(parts.sum()))


def test_single_questions_have_one_question_at_worst() -> None:
    assert worst_case(np.array([0.5, -0.5, 0.0]), np.arange(3)) == 1.0


def test_twins_that_moved_together_may_both_be_lost() -> None:
    assert worst_case(np.array([1.0, 1.0, -1.0, -1.0]), np.array([0, 0, 1, 1])) == 2.0


def test_twins_that_moved_apart_count_one_worst_pair_among_them() -> None:
    # cluster sums 0: (0 + 4) / (40 + 2) would be below one question, which is the least
    drops = np.array([1.0, -1.0] * 20)
    assert worst_case(drops, np.arange(40) // 2) == 1.0


def test_independent_twins_lie_in_between() -> None:
    # sums of squares 10 and 10: (10 + 4) / (10 + 2)
    assert math.isclose(14 / 12, float(worst_sum(np.array(10.0), np.array(10.0), 2)))


@pytest.mark.parametrize(("twins", "k"), [(False, 1), (True, 1), (False, 4)])
def test_a_drop_at_the_margin_passes_in_at_most_one_run_of_twenty(*, twins: bool, k: int) -> None:
    # A perfect model loses 10 % of its clusters (k = 1) or answers (k = 4); 100 questions; 2,000 runs:
    # 5 % plus three standard errors of 0.5 %
    draws, m = np.random.default_rng(2), 50 if twins else 100
    lost = draws.binomial(k, 0.10, (2000, m)) / k
    assert np.mean(confidence(lost, 1.0, 0.10) >= 0.95) <= 0.065


def test_an_unchanged_model_passes() -> None:
    # its quiet twin: sampled answers, k = 4, standard deviation 0.3 of a difference, margin 0.15
    draws = np.random.default_rng(3)
    same = (draws.binomial(4, 0.9, (500, 100)) - draws.binomial(4, 0.9, (500, 100))) / 4
    assert np.mean(confidence(same, 1.0, 0.10) >= 0.95) >= 0.95
