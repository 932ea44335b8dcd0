"""Whether a series changed: steps that are visible by eye, and their silent twins."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.trend.changes import locate, step
from monitor.trend.detector import Floats, evidence, limit

NOISE, WORTH, SERIES = 0.02**2, 60.0, 12
QUICK = settings(deadline=None, max_examples=30)
LEVELS = st.lists(st.sampled_from([0.68, 0.70, 0.72]), min_size=20, max_size=30)


def found(values: Floats | list[float], worth: float = WORTH) -> tuple[int, int] | None:
    """The first night of a new level and the night that proves it."""
    levels = np.array(values, dtype=float)
    return step(levels, np.full(len(levels), NOISE), worth, SERIES)


def nights(*levels: tuple[float, int], seed: int = 0) -> Floats:
    """So many nights at each level, with the noise of 0.02."""
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.normal(level, NOISE**0.5, count) for level, count in levels])


def test_a_step_down_is_dated_to_its_first_night_and_proven_on_its_second() -> None:
    assert (20, 21) == found([0.7] * 20 + [0.5] * 5)


def test_a_step_up_is_found_too() -> None:
    assert (20, 21) == found([0.5] * 20 + [0.7] * 5)


def test_the_newest_night_alone_proves_nothing() -> None:
    assert None is found([0.7] * 20 + [0.5])


def test_one_wild_night_is_no_change() -> None:
    assert None is found([*nights((0.7, 20)), 0.3, *nights((0.7, 20), seed=1)])


def test_two_hundred_quiet_nights_do_not_alarm() -> None:
    assert None is found(nights((0.7, 200)))


def test_a_drop_among_noise_is_found_within_three_nights() -> None:
    first, proven = found(nights((0.7, 30), (0.6, 10))) or (0, 0)
    assert (30, True) == (first, proven <= 32)


def test_less_than_two_points_are_not_worth_an_alarm() -> None:
    assert None is found([0.7] * 50 + [0.685] * 200, worth=1e-3)


def test_a_slow_drift_is_found_before_it_has_cost_eight_points() -> None:
    drift = nights((0.0, 86)) + 0.7 - np.r_[np.zeros(30), np.arange(56) * 0.01 / 7]
    proven = (found(drift) or (0, 999))[1]
    assert 30 < proven < 86


def test_noisier_nights_than_were_known_need_a_larger_change() -> None:
    wobbling = np.where(np.arange(60) % 2, 0.62, 0.78)
    assert None is found(wobbling - np.where(np.arange(60) < 40, 0.0, 0.04))


def test_the_same_change_among_quiet_nights_is_found() -> None:
    assert None is not found(0.7 - np.where(np.arange(60) < 40, 0.0, 0.04))


def test_a_change_is_located_where_the_levels_part() -> None:
    assert 4 == locate(np.array([0.7, 0.71, 0.69, 0.7, 0.5, 0.51, 0.5]))


def test_more_series_ask_for_more_evidence() -> None:
    assert limit(12) > limit(2)


@QUICK
@given(level=st.floats(0, 1), count=st.integers(2, 250))
def test_a_constant_series_never_alarms(level: float, count: int) -> None:
    assert None is found([level] * count)


@QUICK
@given(values=LEVELS, drop=st.sampled_from([0.0, 0.1, 0.3]), shift=st.sampled_from([-0.25, 0.125]))
def test_shifting_all_values_moves_no_change(values: list[float], drop: float, shift: float) -> None:
    series = np.array(values) - np.where(np.arange(len(values)) < 12, 0, drop)
    assert found(series) == found(series + shift)


@QUICK
@given(values=LEVELS, more=LEVELS)
def test_later_nights_change_no_earlier_evidence(values: list[float], more: list[float]) -> None:
    both = np.array([*values, *more])[:, None]
    seen = evidence(both, np.full(both.shape, NOISE), WORTH).log[: len(values)]
    alone = evidence(both[: len(values)], np.full((len(values), 1), NOISE), WORTH).log
    np.testing.assert_allclose(seen, alone)


@QUICK
@given(values=LEVELS)
def test_upside_down_the_evidence_is_the_same(values: list[float]) -> None:
    up = np.array(values)[:, None]
    one, other = (evidence(way, np.full(up.shape, NOISE), WORTH).log for way in (up, 1 - up))
    np.testing.assert_allclose(one, other, rtol=1e-6)
