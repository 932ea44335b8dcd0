"""Intervals and design effects: against published values, by hand, and by law."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import xlogy

from monitor.records import Estimate
from monitor.stats import (
    Z_95,
    Z_99_ONE_SIDED,
    design_effect,
    effective_size,
    macro_wilson,
    proportion,
    wilson,
    wilson_size,
)

CLUSTERED = st.lists(
    st.tuples(st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.sampled_from("abcdef")), min_size=1, max_size=30
)

PROPORTION = st.tuples(st.sampled_from([0.0, 0.05, 0.5, 0.8, 0.95, 1.0]), st.floats(5, 500))


# R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3 (score, no continuity
# correction), printed to four places.
@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_published_interval(k: int, n: int, low: float, high: float) -> None:
    assert (low, high) == tuple(round(limit, 4) for limit in wilson(k, n))


def test_wilson_without_observations_is_everything() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def test_wilson_of_all_has_no_upper_slack() -> None:
    assert wilson(20, 20)[1] == 1.0


def test_wilson_of_none_has_no_lower_slack() -> None:
    assert wilson(0, 20)[0] == 0.0


def test_wilson_takes_another_confidence() -> None:
    # k = 0: the upper limit is z² / (n + z²); z² = 5.41189, n = 20: 5.41189 / 25.41189 = 0.21297
    assert round(wilson(0, 20, Z_99_ONE_SIDED)[1], 5) == 0.21297


def test_four_answers_to_each_question_say_at_most_four_times_as_much() -> None:
    # means of four answers that vary far less than single answers would
    values, names = [0.5, 0.75] * 10, [str(number) for number in range(20)]
    assert (1.0, 0.25) == (design_effect(values, names), design_effect(values, names, repeats=4))


def test_repeats_narrow_the_interval() -> None:
    values, names = [0.5, 0.75] * 10, [str(number) for number in range(20)]
    once, often = proportion(values, names), proportion(values, names, repeats=4)
    assert once.low < often.low < often.high < once.high


def test_repeats_do_not_narrow_what_differs_between_questions() -> None:
    values, names = [0.0, 1.0] * 10, [str(number) for number in range(20)]
    assert proportion(values, names) == proportion(values, names, repeats=4)


@settings(max_examples=80)
@given(st.integers(1, 500), st.data())
def test_wilson_holds_its_estimate(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    low, high = wilson(k, n)
    assert 0.0 <= low <= k / n <= high <= 1.0


@settings(max_examples=80)
@given(st.integers(1, 500), st.data())
def test_wilson_of_the_failures_is_the_mirror_image(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    low, high = wilson(k, n)
    mirrored = wilson(n - k, n)
    assert math.isclose(low, 1 - mirrored[1], abs_tol=1e-12)
    assert math.isclose(high, 1 - mirrored[0], abs_tol=1e-12)


@settings(max_examples=80)
@given(st.integers(1, 100), st.data())
def test_ten_times_the_evidence_gives_a_narrower_interval(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    low, high = wilson(k, n)
    more_low, more_high = wilson(10 * k, 10 * n)
    assert more_high - more_low < high - low


def test_the_design_effect_of_twins_that_agree() -> None:
    # p = 1/2, n = 8, m = 4; each cluster's deviations sum to ±1:
    # 4/3 · 4 / 64 over (1/4) / 8 = (1/12) / (1/32) = 8/3
    values = [1, 1, 1, 1, 0, 0, 0, 0]
    assert math.isclose(8 / 3, design_effect(values, list("aabbccdd")))


def test_the_design_effect_of_single_questions_is_the_bessel_correction() -> None:
    # Clusters of one: m/(m-1) · Σ(x-p)² / n² over p(1-p)/n = m/(m-1), here 4/3
    assert math.isclose(4 / 3, design_effect([1, 0, 1, 0], list("abcd")))


def test_twins_that_disagree_are_taken_for_no_more_than_independent() -> None:
    # Each cluster's deviations sum to 0: the variance between clusters is 0, the effect is held at 1
    assert design_effect([1, 0, 1, 0], list("aabb")) == 1.0


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_values_that_are_all_zero_or_all_one_count_once_per_cluster(value: float) -> None:
    # nothing varies, so the answer is the mean cluster size: 6 values in 3 clusters
    assert design_effect([value] * 6, list("aabbcc")) == 2.0


def test_values_that_are_all_one_half_count_once_per_cluster() -> None:
    # the docstring's rule: 6 equal values in 3 clusters, mean cluster size 2
    assert design_effect([0.5] * 6, list("aabbcc")) == 2.0


def test_one_cluster_is_one_observation() -> None:
    # 4 values in 1 cluster
    assert design_effect([1, 0, 1, 0], list("aaaa")) == 4.0


def test_values_and_clusters_must_be_as_many() -> None:
    with pytest.raises(ValueError, match="shorter"):
        design_effect([1.0, 0.0], ["a"])


@settings(max_examples=80)
@given(CLUSTERED)
def test_a_design_effect_is_never_below_one(pairs: list[tuple[float, str]]) -> None:
    assert design_effect([v for v, _ in pairs], [c for _, c in pairs]) >= 1.0


@settings(max_examples=80)
@given(CLUSTERED, st.randoms(use_true_random=False))
def test_the_order_of_questions_does_not_matter(pairs: list[tuple[float, str]], rng: object) -> None:
    shuffled = list(pairs)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    one = proportion([v for v, _ in pairs], [c for _, c in pairs])
    other = proportion([v for v, _ in shuffled], [c for _, c in shuffled])
    assert one.value == other.value
    assert math.isclose(one.low, other.low, abs_tol=1e-9)
    assert math.isclose(one.high, other.high, abs_tol=1e-9)


@settings(max_examples=80)
@given(CLUSTERED)
def test_a_proportion_lies_in_its_interval(pairs: list[tuple[float, str]]) -> None:
    found = proportion([v for v, _ in pairs], [c for _, c in pairs])
    assert found.value is not None
    assert 0.0 <= found.low <= found.value <= found.high <= 1.0


def test_a_proportion_of_nothing_is_unknown() -> None:
    assert Estimate(value=None, low=0.0, high=1.0, n=0) == proportion([], [])


def test_a_proportion_counts_questions_not_clusters() -> None:
    assert proportion([1, 1, 0, 0], list("aabb")).n == 4


def test_twins_that_agree_give_the_interval_of_fewer_questions() -> None:
    # design effect 8/3 (above): 8 questions say as much as 3, so the interval is Wilson's at 1.5 of 3
    found = proportion([1, 1, 1, 1, 0, 0, 0, 0], list("aabbccdd"))
    assert (round(found.low, 12), round(found.high, 12)) == tuple(round(x, 12) for x in wilson(1.5, 3))


def test_all_safe_in_single_questions_gives_wilson_at_n() -> None:
    # lower limit of n of n: n / (n + z²) = 20 / 23.8415 = 0.8389 (Newcombe's 0/20, mirrored)
    assert round(proportion([1.0] * 20, [str(i) for i in range(20)]).low, 4) == 0.8389


@settings(max_examples=80)
@given(PROPORTION)
def test_the_size_is_read_back_from_the_interval(part: tuple[float, float]) -> None:
    p, n = part
    assert math.isclose(n, wilson_size(p, *wilson(p * n, n)), rel_tol=1e-6)


@settings(max_examples=80)
@given(PROPORTION)
def test_the_mean_of_one_proportion_has_wilsons_interval(part: tuple[float, float]) -> None:
    p, n = part
    assert np.allclose(wilson(p * n, n), macro_wilson([part]), atol=1e-9)


@settings(max_examples=80)
@given(PROPORTION, st.integers(2, 6))
def test_equal_proportions_have_wilsons_interval_of_all_together(
    part: tuple[float, float], count: int
) -> None:
    p, n = part
    assert np.allclose(wilson(p * n * count, n * count), macro_wilson([part] * count), atol=1e-9)


def test_a_limit_is_the_mean_that_a_score_test_just_rejects() -> None:
    # its definition, by trial: of all pairs with that mean the likeliest, and then z
    (p, n), (r, m) = parts = [(0.95, 20.0), (0.8, 50.0)]
    low, _ = macro_wilson(parts)
    q = np.linspace(2 * low - 1, 1, 1_000_001)[1:-1]
    s = 2 * low - q
    likelihood = xlogy(n * p, q) + xlogy(n - n * p, 1 - q) + xlogy(m * r, s) + xlogy(m - m * r, 1 - s)
    best = int(np.argmax(likelihood))
    error = math.sqrt(q[best] * (1 - q[best]) / n + s[best] * (1 - s[best]) / m) / 2
    assert math.isclose(Z_95, (0.875 - low) / error, rel_tol=1e-4)


def test_a_perfect_dimension_of_few_questions_is_not_covered_up_by_others_of_many() -> None:
    # 18 of 18 alone leaves 0.824 possible, and with four dimensions sure to be perfect (4 + 0.824) / 5
    low, _ = macro_wilson([(1.0, 18.0), *[(1.0, 2000.0)] * 4])
    assert math.isclose((4 + wilson(18, 18)[0]) / 5, low, abs_tol=1e-3)


def test_nearly_perfect_dimensions_are_covered() -> None:
    # 500 runs of five dimensions of 18 questions at 0.99, one answer each: 95 % of intervals hold the
    # mean, less three standard errors of 1 %. Distances added in squares (MOVER) hold it in 85 %.
    right = np.random.default_rng(0).binomial(18, 0.99, (500, 5)) / 18
    intervals = [macro_wilson([(p, 18.0) for p in row]) for row in right.tolist()]
    assert np.mean([low <= 0.99 <= high for low, high in intervals]) >= 0.92


def test_single_equally_weighted_values_are_worth_themselves_less_one() -> None:
    # r = 1/2, clusters of one: the m/(m-1) correction leaves n - 1 of 4 values
    assert math.isclose(3.0, effective_size([1, 0, 1, 0], [1.0] * 4, list("abcd")))


def test_equal_values_of_one_cluster_are_worth_one() -> None:
    # nothing varies: as many as clusters
    assert math.isclose(2.0, effective_size([1.0] * 6, [1.0] * 6, list("aaabbb")))


def test_unequal_weights_are_worth_less() -> None:
    # (Σw)² / Σw² = 16 / 10 for weights 3 and 1, all values equal
    assert math.isclose(1.6, effective_size([1.0, 1.0], [3.0, 1.0], list("ab")))


def test_clusters_that_agree_within_are_worth_little_more_than_one_each() -> None:
    # r = 1/2, two clusters of three: deviations ±1.5, 2/1 · 4.5 / 36 = 1/4; (1/4) / (1/4) = 1
    assert math.isclose(1.0, effective_size([1, 1, 1, 0, 0, 0], [1.0] * 6, list("aaabbb")))


def test_nothing_is_worth_nothing() -> None:
    assert effective_size([], [], []) == 0.0


@settings(max_examples=80)
@given(CLUSTERED, st.data())
def test_values_are_never_worth_more_than_they_are(
    pairs: list[tuple[float, str]], data: st.DataObject
) -> None:
    weights = data.draw(st.lists(st.floats(0.5, 5), min_size=len(pairs), max_size=len(pairs)))
    worth = effective_size([v for v, _ in pairs], weights, [c for _, c in pairs])
    assert 0 < worth <= len(pairs) + 1e-9
