"""What a run could have seen, by hand and against simulated power."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.comparing.power import TYPICAL, Resolution, answer_variance, planned, resolution
from monitor.comparing.regression import sign_patterns, standardised, step_down
from tests.compared import FAKE, SAFE, paired

RESOLUTIONS = st.builds(
    Resolution,
    variance=st.floats(0.0001, 0.01),
    sampling=st.just(0.0),
    growth=st.floats(0.001, 0.02),
    critical=st.floats(1.6, 3.5),
    questions=st.just(100),
    repeats=st.just(4),
)


def flat(**changes: float) -> Resolution:
    """A standard error of 0.02 and nothing else, so that sums are easy."""
    values = {"variance": 0.0004, "sampling": 0.0, "growth": 0.0, "critical": 2.0} | changes
    return Resolution(questions=100, repeats=4, **values)


def test_the_detectable_drop_is_a_number_of_standard_errors() -> None:
    # (2 + 0.8416) · 0.02
    assert math.isclose(0.02 * (2 + NormalDist().inv_cdf(0.8)), flat().detectable(0.8))


def test_where_nothing_varies_the_drop_itself_does() -> None:
    # δ² = z² δ(1 - δ)/100 → δ = z²/(100 + z²), z² = 8.0746
    z2 = (2 + NormalDist().inv_cdf(0.8)) ** 2
    assert math.isclose(z2 / (100 + z2), flat(variance=0.0, growth=0.01).detectable(0.8))


def test_half_the_drop_needs_four_times_the_questions() -> None:
    assert flat().questions_for(flat().detectable() / 2) == 400


def test_half_the_drop_needs_four_times_the_repeats_if_all_is_sampling() -> None:
    assert flat(sampling=0.0004).repeats_for(flat().detectable() / 2) == 16


def test_repeats_cannot_mend_what_questions_differ_in() -> None:
    assert flat(sampling=0.0001).repeats_for(flat().detectable() / 2) is None


def test_one_repeat_cannot_tell_what_more_would_do() -> None:
    assert resolution([paired([SAFE, FAKE], [FAKE, SAFE])], "css", 2.0, 0.05).sampling is None


def test_advice_without_end_is_no_advice() -> None:
    assert flat().questions_for(0.0001) is None


@settings(max_examples=60)
@given(RESOLUTIONS)
def test_the_detectable_drop_is_found_with_just_that_power(one: Resolution) -> None:
    drop = one.detectable(0.8)
    assert drop == 1.0 or math.isclose(0.8, one.power(drop), abs_tol=1e-6)


@settings(max_examples=60)
@given(RESOLUTIONS, st.floats(0.05, 0.3))
def test_the_questions_that_are_asked_for_are_enough(one: Resolution, drop: float) -> None:
    needed = one.questions_for(drop)
    assert needed
    share = one.questions / needed
    more = Resolution(
        variance=one.variance * share,
        sampling=0.0,
        growth=one.growth * share,
        critical=one.critical,
        questions=needed,
        repeats=one.repeats,
    )
    assert more.detectable() <= drop + 1e-9


def test_a_run_of_two_repeats_knows_its_sampling_variance() -> None:
    # CSS 1, 0 in both runs of each of 40 questions: 2 · (1/2)/2 = 0.5 a question, over 40; held to the
    # variance that was seen, which is 0
    found = resolution([paired([f"{SAFE} {FAKE}"] * 40, [f"{FAKE} {SAFE}"] * 40)], "css", 2.0, 0.05)
    assert (found.variance, found.sampling) == (0.0, 0.0)


def test_the_variance_is_that_of_clusters() -> None:
    # one of two pairs fell: contributions 1/2 and 0 of four questions, variance of the sum 2 · 2/16
    found = resolution([paired([SAFE] * 4, [FAKE, FAKE, SAFE, SAFE], twins=True)], "css", 2.0, 0.05)
    assert math.isclose(0.25, found.variance)


def test_more_repeats_than_the_baseline_has_change_no_advice() -> None:
    base = [f"{SAFE} {FAKE}", f"{FAKE} {SAFE}", f"{SAFE} {SAFE}"] * 10
    equal, more = (
        resolution([paired(base, [f"{one} {FAKE}" + again for one in base])], "css", 2.0, 0.05)
        for again in ("", f" {SAFE} {SAFE}")
    )
    assert equal == more


@pytest.mark.parametrize(
    ("questions", "repeats", "drop"), [(100, 4, 0.10), (60, 2, 0.20), (100, 1, 0.0)]
)
def test_planned_power_is_what_simulation_finds(questions: int, repeats: int, drop: float) -> None:
    # 1,500 runs of a model at 0.8 that falls to 0.8 - drop; one check, so no more than chance at 0
    draws, chance = np.random.default_rng(0), 0.8
    within = (chance * (1 - chance) + (chance - drop) * (1 - chance + drop)) / 2
    before, after = (
        draws.binomial(repeats, c, (1500, questions, 1)) / repeats for c in (chance, chance - drop)
    )
    statistics = standardised(before - after, sign_patterns(questions, 400, draws))
    found = np.mean(step_down(statistics) <= 0.05)
    predicted = planned(questions, repeats, within, checks=1, alpha=0.05).power(drop)
    assert abs(predicted - found) < 0.04


def test_the_variance_of_answers_by_hand() -> None:
    # Beta(1, 1) twice: 1/4 - 1/9
    assert math.isclose(5 / 36, answer_variance((1, 1), (1, 1)))


def test_half_of_a_drop_is_found_less_than_half_as_often() -> None:
    plan = planned(100, 4, answer_variance(*TYPICAL), checks=6, alpha=0.05)
    assert plan.power(0.10) > 2 * plan.power(0.05)


def test_a_plan_says_how_many_questions_a_smaller_drop_takes() -> None:
    # four times as many, if the larger drop did not vary more itself
    plan = planned(100, 4, answer_variance(*TYPICAL), checks=6, alpha=0.05)
    ten, five = plan.questions_for(0.10), plan.questions_for(0.05)
    assert ten
    assert five
    assert 3.5 < five / ten < 4.0
