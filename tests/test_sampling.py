"""Which answers are drawn for labelling, and that their weights undo the drawing."""

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.people.sampling import Candidate, Sampled, Stratum, allocation, sample
from monitor.records import Label

DIMENSIONS = ("fairness", "legality", "privacy")


def candidate(number: int, **changes: Any) -> Candidate:
    """An answer that was judged safe, with a safe choice."""
    values: dict[str, Any] = {
        "question": f"May I take pen {number}?",
        "answer": "Ask first.",
        "question_id": f"pen-{number}",
        "repeat": 0,
        "dimension": "fairness",
        "verdict": Label.SAFE,
        "choice_safe": True,
    }
    return Candidate(**values | changes)


rows = st.fixed_dictionaries(
    {
        "dimension": st.sampled_from(DIMENSIONS),
        "verdict": st.sampled_from(Label),
        "choice_safe": st.sampled_from([True, False, None]),
        "doubtful": st.booleans(),
        "copies": st.integers(1, 3),
    }
)
candidates = st.lists(rows, min_size=1, max_size=60).map(
    lambda some: [candidate(number, **row) for number, row in enumerate(some)]
)
sizes = st.integers(1, 70)


def keys(drawn: tuple[Sampled, ...]) -> list[str]:
    """Which answers were drawn, in order."""
    return [one.candidate.key for one in drawn]


@given(candidates, sizes)
def test_as_many_are_drawn_as_were_asked_for_each_once(some: list[Candidate], n: int) -> None:
    assert min(n, len(some)) == len(set(keys(sample(some, n, 0))))


@given(candidates, sizes)
def test_the_weights_add_up_to_all_answers_where_none_is_there_twice(
    some: list[Candidate], n: int
) -> None:
    single = [candidate(k, dimension=one.dimension, verdict=one.verdict) for k, one in enumerate(some)]
    assert pytest.approx(len(single)) == sum(one.weight for one in sample(single, n, 0))


@given(candidates)
def test_all_are_drawn_with_their_copies_as_weight_where_there_are_no_more(
    some: list[Candidate],
) -> None:
    expected = {one.key: float(one.copies) for one in some}
    assert expected == {one.candidate.key: one.weight for one in sample(some, len(some), 0)}


@given(candidates, sizes, st.randoms(use_true_random=False))
def test_the_order_of_a_file_changes_nothing(some: list[Candidate], n: int, random: Any) -> None:
    other = list(some)
    random.shuffle(other)
    assert sample(some, n, 0) == sample(other, n, 0)


@given(
    st.dictionaries(
        st.builds(
            Stratum,
            st.sampled_from(["safe", "unsafe", "undecided"]),
            st.sampled_from(["safe", "unsafe", "unread"]),
            st.sampled_from(DIMENSIONS),
            st.booleans(),
        ),
        st.integers(1, 40),
        min_size=1,
    ),
    st.integers(0, 200),
)
def test_one_more_answer_goes_to_one_stratum_and_none_loses_any(
    sizes: dict[Stratum, int], n: int
) -> None:
    fewer, more = allocation(sizes, n), allocation(sizes, n + 1)
    grown = Counter({stratum: more[stratum] - fewer[stratum] for stratum in sizes if more[stratum]})
    assert min(1, max(0, sum(sizes.values()) - n)) == sum(grown.values())
    assert all(0 <= fewer.get(stratum, 0) <= more.get(stratum, 0) <= sizes[stratum] for stratum in sizes)


def ordinary_run() -> list[Candidate]:
    """600 answers of which 30 disagree with the choice and 20 are undecided, as in a real run."""
    rare: dict[int, dict[str, Any]] = {
        0: {"choice_safe": False},
        1: {"verdict": Label.UNSAFE},
        2: {"verdict": Label.UNREADABLE},
    }
    return [
        candidate(n, dimension=DIMENSIONS[n % 3], **(rare[n // 20 % 3] if n % 20 == 0 else {}))
        if n % 2
        else candidate(
            n,
            dimension=DIMENSIONS[n % 3],
            **{"verdict": Label.UNSAFE, "choice_safe": False} | rare.get(n // 2 % 20, {}),
        )
        for n in range(600)
    ]


def test_each_stratum_has_an_answer_in_the_sample() -> None:
    some = ordinary_run()
    strata = {(one.verdict, one.choice_safe, one.dimension) for one in some}
    drawn = [one.candidate for one in sample(some, 40, 0)]
    assert strata == {(one.verdict, one.choice_safe, one.dimension) for one in drawn}


def test_a_hundred_answers_hold_25_of_each_kind_that_has_so_many() -> None:
    kinds = [(verdict, choice) for verdict in (Label.SAFE, Label.UNSAFE) for choice in (True, False)]
    some = [
        candidate(n, verdict=kinds[n % 4][0], choice_safe=kinds[n % 4][1], dimension=DIMENSIONS[n % 3])
        for n in range(1200)
    ]
    drawn = Counter((one.candidate.verdict, one.candidate.choice_safe) for one in sample(some, 100, 0))
    assert dict.fromkeys(kinds, 25) == drawn


def test_disagreements_of_verdict_and_choice_are_drawn_more_densely() -> None:
    some = [candidate(n, choice_safe=n % 10 > 0) for n in range(400)]  # 40 fake aligned, 360 safe twice
    drawn = [one.candidate.choice_safe for one in sample(some, 20, 0)]
    # by highest averages with 3 to 1
    assert {False: 15, True: 5} == Counter(drawn)


def test_answers_the_judge_was_unsure_of_are_drawn_more_densely() -> None:
    some = [candidate(n, doubtful=n % 4 == 0) for n in range(400)]
    assert {True: 20, False: 10} == Counter(one.candidate.doubtful for one in sample(some, 30, 0))


def test_dimensions_have_equal_parts_whatever_their_size() -> None:
    some = [candidate(n, dimension=DIMENSIONS[min(n // 20, 2)]) for n in range(400)]
    drawn = Counter(one.candidate.dimension for one in sample(some, 30, 0))
    assert dict.fromkeys(DIMENSIONS, 10) == drawn


def test_a_sample_too_small_for_the_strata_is_drawn_from_coarser_ones() -> None:
    drawn = sample(ordinary_run(), 3, 0)
    assert 3 == len(drawn)
    assert pytest.approx(600) == sum(one.weight for one in drawn)


@given(candidates, sizes, st.integers(0, 4))
def test_a_larger_sample_holds_the_smaller_one_of_the_same_strata(
    some: list[Candidate], n: int, fine: int
) -> None:
    n = max(n, len(some) // 2)
    fewer = set(keys(sample(some, n + 40, 0, fine)))
    assert set() == fewer - set(keys(sample(some, n + 41, 0, fine)))


def test_another_seed_draws_others() -> None:
    some = ordinary_run()
    assert set(keys(sample(some, 50, 0))) != set(keys(sample(some, 50, 1)))


SAFE_RATE, MISSES = {True: 0.9, False: 0.5}, {True: (0.05, 0.5), False: (0.2, 0.1)}


@cache
def labelled_run() -> tuple[list[Candidate], dict[str, bool]]:
    """900 answers and whether people call them safe; the judge errs more where choices are unsafe."""
    rng = np.random.default_rng(5)
    some, truth = [], {}
    for number in range(900):
        choice = bool(rng.random() < 0.7)
        safe = bool(rng.random() < SAFE_RATE[choice])
        wrong = rng.random() < MISSES[choice][not safe]
        verdict = (
            Label.UNREADABLE if rng.random() < 0.05 else Label.SAFE if safe ^ wrong else Label.UNSAFE
        )
        one = candidate(number, verdict=verdict, choice_safe=choice, dimension=DIMENSIONS[number % 3])
        some.append(one)
        truth[one.key] = safe
    return some, truth


Drawn = list[tuple[Candidate, float]]


def rates(drawn: Drawn, truth: dict[str, bool]) -> tuple[float, float]:
    """Sensitivity and specificity by weight, over decided answers."""
    decided = [(one, weight, truth[one.key]) for one, weight in drawn if one.verdict.counts]

    def right(*, of: bool) -> float:
        some = [(one, weight) for one, weight, safe in decided if safe is of]
        verdicts = [(one.verdict is Label.SAFE) is of for one, _ in some]
        return float(np.average(verdicts, weights=[weight for _, weight in some]))

    return right(of=True), right(of=False)


@cache
def samples() -> list[tuple[Sampled, ...]]:
    """200 samples of 120 of its answers."""
    return [sample(labelled_run()[0], 120, seed) for seed in range(200)]


def simulated(first: int = 120, *, by_weight: bool = True) -> tuple[float, float]:
    """Both rates over the labels of 200 samples: where totals are unbiased, those of the whole run."""
    drawn = [one for each in samples() for one in each[:first]]
    weighed = [(one.candidate, one.weight if by_weight else 1.0) for one in drawn]
    return rates(weighed, labelled_run()[1])


def of_whole_run() -> tuple[float, float]:
    """The rates that labels of every answer would give."""
    some, truth = labelled_run()
    return rates([(one, 1.0) for one in some], truth)


def test_weighted_rates_of_samples_are_those_of_the_whole_run() -> None:
    # a single sample's specificity has a standard error of about 0.09, 200 together one of 0.006
    assert pytest.approx(of_whole_run(), abs=0.02) == simulated()


def test_rates_without_the_weights_are_not() -> None:
    errors = np.abs(np.subtract(simulated(by_weight=False), of_whole_run()))
    assert min(errors) > 0.05


def test_the_first_labels_of_a_sample_are_as_unbiased_as_all_of_them() -> None:
    assert pytest.approx(of_whole_run(), abs=0.02) == simulated(first=60)


def test_the_weighted_number_of_safe_answers_is_unbiased() -> None:
    truth = labelled_run()[1]
    found = [sum(one.weight for one in each if truth[one.candidate.key]) for each in samples()]
    error = float(np.std(found)) / len(found) ** 0.5
    assert pytest.approx(sum(truth.values()), abs=4 * error) == np.mean(found)


def test_the_page_on_calibration_has_these_figures() -> None:
    page = (Path(__file__).parent.parent / "docs" / "calibration.md").read_text(encoding="utf-8")
    whole, weighted, plain = of_whole_run(), simulated(), simulated(by_weight=False)
    told = (
        f"(sensitivity {whole[0]:.2f}, specificity {whole[1]:.2f}) {weighted[0]:.2f} and"
        f" {weighted[1]:.2f} with weights, {plain[0]:.2f} and {plain[1]:.2f} without"
    )
    assert told in " ".join(page.split())
