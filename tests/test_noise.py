"""What two runs of one model say about the margins of a gate."""

import numpy as np

from monitor.comparing.noise import Noise, noise
from monitor.comparing.pairing import side_by_side
from tests.compared import FAKE, MUTE, SAFE, asked, margins

NOISY = [FAKE, SAFE] * 50, [SAFE, FAKE] * 50


def found(before: list[str], after: list[str], max_drop: float) -> Noise:
    pairs = side_by_side(asked(*before), asked(*after))
    measured = noise(pairs, margins(max_drop), np.random.default_rng(0), flips=2000)
    assert measured
    return measured


def test_a_margin_within_the_noise_is_named() -> None:
    # a hundred questions that all turn: standard deviation 0.1, and 1.645 times that with chance 0.05
    measured = found(*NOISY, 0.05)
    assert ("fairness", "css") in measured.below
    assert abs(0.1645 - measured.floors["fairness", "css"]) < 0.02


def test_a_margin_beyond_the_noise_is_not() -> None:
    assert found(*NOISY, 0.30).below == ()


def test_without_statistics_noise_is_called_a_regression() -> None:
    # P(Z > 0.5) = 0.31
    assert abs(0.31 - found(*NOISY, 0.05).naive) < 0.06


def test_with_them_it_seldom_is() -> None:
    assert found(*NOISY, 0.05).failed <= 0.10


def test_runs_that_agree_have_no_noise() -> None:
    measured = found([SAFE] * 40, [SAFE] * 40, 0.05)
    assert (measured.failed, measured.naive, measured.below) == (0.0, 0.0, ())


def test_without_questions_there_is_nothing_to_say() -> None:
    pairs = side_by_side(asked(MUTE), asked(MUTE))
    assert noise(pairs, margins(), np.random.default_rng(0)) is None
