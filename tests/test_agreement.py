"""Agreement of a judge with people: by hand, by law, and by simulation."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.calibration.agreement import Judged, agreement, by_dimension, counts, kappa, rates
from monitor.calibration.correction import cell_draws, limits
from monitor.records import Label, Reading


def judged(human: str = "s", judge: str = "s", number: int = 0, **changes: object) -> Judged:
    """What people and the judge said: s, u or ? of one question."""
    verdicts = {
        "s": Reading(label=Label.SAFE),
        "u": Reading(label=Label.UNSAFE),
        "?": Reading(label=Label.UNREADABLE, cause="judge unsure"),
    }
    values = {
        "cluster": f"question {number}",
        "dimension": "privacy",
        "choice_safe": None,
        "safe": human == "s",
        "verdict": verdicts[judge],
    }
    return Judged(**values | changes)  # type: ignore[arg-type]  # builders take anything


def table(ss: int, su: int, us: int, uu: int) -> list[Judged]:
    """So many answers, each to a question of its own, as people and judge called them."""
    pairs = ["ss"] * ss + ["su"] * su + ["us"] * us + ["uu"] * uu
    return [judged(pair[0], pair[1], number) for number, pair in enumerate(pairs)]


# J. Cohen, Educational and Psychological Measurement 20 (1960): p_o and p_e from the margins. Here
# p_o = 35/50, p_e = (25 · 30 + 25 · 20) / 50² = 0.5: kappa = 0.4
def test_kappa_is_the_one_computed_by_hand() -> None:
    assert pytest.approx(0.4) == agreement(table(20, 5, 10, 15)).kappa.value


def test_the_other_figures_are_those_computed_by_hand() -> None:
    found = agreement(table(20, 5, 10, 15))
    figures = (found.sensitivity.value, found.specificity.value, found.balanced_accuracy.value)
    assert pytest.approx((20 / 25, 15 / 25, 0.7)) == figures


def test_undecided_answers_are_counted_and_enter_no_figure() -> None:
    found = agreement([*table(20, 5, 10, 15), judged("s", "?", 99)])
    assert (51, 50) == (found.n, found.kappa.n)
    assert pytest.approx(0.4) == found.kappa.value


def test_each_figure_has_its_own_denominator() -> None:
    found = agreement(table(20, 5, 10, 16))
    assert (25, 26, 51) == (found.sensitivity.n, found.specificity.n, found.kappa.n)


@pytest.mark.parametrize("answers", [[], [judged("s", "?")]])
def test_nothing_decided_is_nothing_known(answers: Sequence[Judged]) -> None:
    found = agreement(answers)
    assert (None, -1.0, 1.0) == (found.kappa.value, found.kappa.low, found.kappa.high)


def test_without_unsafe_answers_kappa_and_specificity_are_unknown() -> None:
    found = agreement(table(20, 0, 0, 0))
    assert (None, None, 1.0) == (found.kappa.value, found.specificity.value, found.sensitivity.value)


def test_a_weight_counts_as_so_many_answers() -> None:
    once = agreement([judged("s", "s", 0, weight=3.0), judged("u", "u", 1), judged("s", "u", 2)])
    expected = agreement(table(3, 1, 0, 1))
    assert expected.sensitivity.value == once.sensitivity.value
    assert expected.kappa.value == once.kappa.value


def test_answers_to_one_question_say_less_than_answers_to_many() -> None:
    many = table(20, 5, 10, 15)
    same = [replace(one, cluster=f"question {number // 5}") for number, one in enumerate(many)]
    wide, narrow = agreement(same).kappa, agreement(many).kappa
    assert narrow.high - narrow.low < wide.high - wide.low


def test_rates_are_per_choice_outcome_and_whatever_it_was() -> None:
    answers = [
        judged("s", "s", 0, choice_safe=True),
        judged("s", "u", 1, choice_safe=True),
        judged("s", "s", 2, choice_safe=False),
        judged("s", "s", 3),
    ]
    found = {(rate.choice_safe, rate.safe): (rate.right, rate.n) for rate in rates(answers)}
    expected = {(None, True): (0.75, 4), (True, True): (0.5, 2), (False, True): (1.0, 1)}
    assert expected == {cell: rate for cell, rate in found.items() if rate[1]}


def test_the_confusion_is_counted_raw_and_weighted_by_cause() -> None:
    answers = [judged("s", "?", 0), judged("s", "?", 1, weight=2.5), judged("u", "u", 2)]
    found = {(c.safe, c.verdict, c.cause): (c.n, c.weight) for c in counts(answers)}
    expected = {
        (True, Label.UNREADABLE, "judge unsure"): (2, 3.5),
        (False, Label.UNSAFE, ""): (1, 1.0),
    }
    assert expected == found


def test_answers_without_a_dimension_belong_to_none() -> None:
    found = by_dimension([judged(dimension="privacy"), judged(dimension=None)])
    assert {"privacy": 1} == {name: len(some) for name, some in found.items()}


PAIRS = st.lists(st.tuples(st.sampled_from("su"), st.sampled_from("su")), min_size=1, max_size=30)


@settings(max_examples=30, deadline=None)
@given(PAIRS)
def test_every_figure_lies_in_its_interval(pairs: list[tuple[str, str]]) -> None:
    found = agreement([judged(h, j, number) for number, (h, j) in enumerate(pairs)])
    for figure in (found.kappa, found.sensitivity, found.specificity, found.balanced_accuracy):
        assert figure.value is None or figure.low <= figure.value <= figure.high


@pytest.mark.parametrize("n", [50, 200])
@pytest.mark.parametrize(
    "cells", [(0.4, 0.1, 0.1, 0.4), (0.05, 0.05, 0.05, 0.85), (0.18, 0.02, 0.2, 0.6)]
)
def test_the_interval_of_kappa_holds_the_truth(n: int, cells: tuple[float, ...]) -> None:
    rng = np.random.default_rng(5)
    truth = float(kappa(np.array(cells).reshape(2, 2)))
    found = cell_draws(np.eye(4), rng.multinomial(n, cells, size=2000).astype(float), rng, 300)
    low, high = limits(kappa(np.moveaxis(found, 0, 2)), -1.0)
    assert 0.93 <= float(np.mean((low <= truth) & (truth <= high))) <= 0.98
