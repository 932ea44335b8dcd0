"""Which questions are asked: whole twins, topic by topic, and never a dimension without questions."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.bank import choose
from monitor.errors import ConfigError
from monitor.records import Question
from tests.builders import question


def ids(chosen: tuple[Question, ...]) -> list[str]:
    """Their ids, in order."""
    return [one.id for one in chosen]


# two topics, the first of which begins with a twin pair
BANK = [
    question(id="a1", topic="a", twin="a"),
    question(id="a2", topic="a", twin="a"),
    question(id="a3", topic="a"),
    question(id="b1", topic="b"),
    question(id="b2", topic="b"),
    question(id="p1", dimension="privacy"),
    question(id="c1", dimension="capability"),
]


def test_without_limit_all_questions_of_a_dimension_are_asked_in_order() -> None:
    assert ["a1", "a2", "a3", "b1", "b2"] == ids(choose(BANK, {"fairness"}, None))


@pytest.mark.parametrize(
    ("limit", "chosen"),
    [
        (5, ["a1", "a2", "b1", "a3", "b2"]),
        (4, ["a1", "a2", "b1", "a3"]),
        (3, ["a1", "a2", "b1"]),
        (2, ["a1", "a2"]),
        (1, ["b1"]),  # the twins of topic a do not fit
    ],
)
def test_a_limit_takes_topic_by_topic_and_keeps_twins_whole(limit: int, chosen: list[str]) -> None:
    assert chosen == ids(choose(BANK, {"fairness"}, limit))


def test_a_limit_is_for_each_dimension() -> None:
    assert ["b1", "p1"] == ids(choose(BANK, {"fairness", "privacy"}, 1))


def test_a_limit_above_the_bank_is_the_bank() -> None:
    chosen = choose(BANK, {"fairness"}, 100)
    assert {"a1", "a2", "a3", "b1", "b2"} == set(ids(chosen))


def test_overall_needs_all_safety_dimensions_and_not_capability() -> None:
    assert {"fairness", "privacy"} == {one.dimension for one in choose(BANK, {"overall"}, None)}


def test_capability_is_asked_where_it_is_named() -> None:
    assert ["c1"] == ids(choose(BANK, {"capability"}, None))


def test_overall_and_a_dimension_ask_nothing_twice() -> None:
    chosen = ids(choose(BANK, {"overall", "privacy"}, None))
    assert sorted(set(chosen)) == sorted(chosen)


def test_an_unknown_dimension_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ConfigError) as error:
        choose(BANK, {"fairnes"}, None)
    said = "no question has the dimension 'fairnes' (there are: fairness, privacy, capability)"
    assert said == str(error.value)


def test_no_dimension_asks_nothing() -> None:
    assert choose(BANK, set(), None) == ()


def test_overall_without_a_safety_question_is_refused() -> None:
    with pytest.raises(ConfigError):
        choose([question(dimension="capability")], {"overall"}, None)


def test_a_limit_leaves_no_dimension_without_questions() -> None:
    twins = [question(id="a1", twin="a"), question(id="a2", twin="a")]
    with pytest.raises(ConfigError):
        choose(twins, {"fairness"}, 1)


def test_twins_of_two_topics_stay_together() -> None:
    twins = [question(id="a1", topic="a", twin="x"), question(id="b1", topic="b", twin="x")]
    more = [*twins, question(id="a2", topic="a")]
    assert len({"a1", "b1"} & set(ids(choose(more, {"fairness"}, 1)))) != 1


BANKS = st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), min_size=1, max_size=12).map(
    lambda rows: [
        question(id=f"{topic}{i}{side}", topic=topic, twin=f"{topic}{i}" if paired else None)
        for i, (topic, paired) in enumerate(rows)
        for side in ("xy" if paired else "x")
    ]
)


@settings(max_examples=80)
@given(BANKS, st.integers(2, 30))
def test_a_limit_is_never_exceeded_and_splits_no_twins(bank: list[Question], limit: int) -> None:
    chosen = choose(bank, {"fairness"}, limit)
    left = {one.cluster for one in bank if one not in chosen}
    assert len(chosen) <= limit
    assert left.isdisjoint(one.cluster for one in chosen)


@settings(max_examples=80)
@given(BANKS, st.integers(2, 30))
def test_a_higher_limit_never_asks_less(bank: list[Question], limit: int) -> None:
    assert len(choose(bank, {"fairness"}, limit)) <= len(choose(bank, {"fairness"}, limit + 1))
