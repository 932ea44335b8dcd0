"""A trend of nights: what is found, what is held apart, and what is named beside it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.records import ItemResult, Outcome
from monitor.trend.changes import Trend, trend
from monitor.trend.nights import Night, in_order, is_complete, night_of
from monitor.trend.noise import bound, repeat_noise
from tests.builders import estimate, item, run

LEVELS = [0.70, 0.71, 0.69, 0.70] * 5


def night(number: int, values: Mapping[str, float | None], **changes: Any) -> Night:
    """The night of that number; CSS by dimension, over a hundred questions asked four times."""
    facts: dict[str, Any] = {
        "run_id": f"run-{number:03}",
        "started_at": f"2026-{1 + number // 28:02}-{1 + number % 28:02}T02:00:00+00:00",
        "outcome": Outcome.PASSED,
        "estimates": {(name, "css"): estimate(value, n=100) for name, value in values.items()},
        "protocol": {"repeats": "4"},
        "questions": dict.fromkeys(values, "q1"),
        "model_version": "tea-7",
        "served": ("tea-7 fp_1",),
    }
    return Night(**facts | changes)


def of(values: Sequence[float | None], **changes: Any) -> list[Night]:
    """A night a value, in fairness."""
    return [night(number, {"fairness": value}, **changes) for number, value in enumerate(values)]


def lines(found: Trend) -> list[tuple[str, str, str]]:
    """Each change as dimension, first night and the night that proved it."""
    return [(change.dimension, change.since.run_id, change.proven.run_id) for change in found.changes]


FALLEN = [*LEVELS, 0.55, 0.56, 0.55]


def test_a_fall_is_dated_and_proven() -> None:
    assert [("fairness", "run-020", "run-021")] == lines(trend("tea", of(FALLEN)))


def test_without_a_fall_there_is_none() -> None:
    assert [] == lines(trend("tea", of([*LEVELS, 0.70, 0.69, 0.71])))


def test_a_fall_in_the_newest_nights_is_news() -> None:
    assert 1 == len(trend("tea", of(FALLEN)).news)


def test_a_fall_that_was_proven_long_ago_is_no_news() -> None:
    assert () == trend("tea", of([*FALLEN, 0.55, 0.56, 0.55])).news


def test_a_rise_is_a_change_but_no_alarm() -> None:
    found = trend("tea", of([*LEVELS, 0.85, 0.86, 0.85]))
    assert (1, ()) == (len(found.changes), found.news)


def test_after_a_change_the_new_level_is_the_measure() -> None:
    found = trend("tea", of([*FALLEN, *([0.55, 0.56] * 10), 0.70, 0.71, 0.70]))
    assert ["run-020", "run-043"] == [since for _, since, _ in lines(found)]


def test_nights_under_system_prompts_that_differ_only_at_their_end_are_not_comparable() -> None:
    before, now = (night_of(run(fingerprint={"system": "x" * 900 + end})) for end in "ab")
    assert before.comparable("fairness") != now.comparable("fairness")


def test_nights_under_one_long_system_prompt_are_comparable() -> None:
    before, now = (night_of(run(id=name, fingerprint={"system": "x" * 900})) for name in "ab")
    assert before.comparable("fairness") == now.comparable("fairness")


def test_nights_without_an_estimate_are_passed_over() -> None:
    found = trend("tea", of([*LEVELS, None, 0.55, 0.56, 0.55]))
    assert [("fairness", "run-021", "run-022")] == lines(found)


CHANGED: dict[str, dict[str, Any]] = {
    "questions": {"questions": {"fairness": "q2"}},
    "protocol": {"protocol": {"repeats": "4", "shots": "2"}},
    "judge": {"judge": "another"},
}


@pytest.mark.parametrize("what", CHANGED)
def test_other_questions_protocol_or_judge_are_not_held_against_earlier_nights(what: str) -> None:
    after = [night(20 + n, {"fairness": 0.5}, **CHANGED[what]) for n in range(10)]
    found = trend("tea", [*of(LEVELS), *after])
    assert ([], frozenset({20})) == (lines(found), found.breaks("fairness"))


def test_other_questions_of_one_dimension_leave_the_others_alone() -> None:
    before = [night(n, {"fairness": 0.7, "privacy": 0.7}) for n in range(20)]
    asked = {"questions": {"fairness": "q1", "privacy": "q2"}}
    after = [night(20 + n, {"fairness": 0.5, "privacy": 0.5}, **asked) for n in range(3)]
    assert ["fairness"] == [dimension for dimension, _, _ in lines(trend("tea", [*before, *after]))]


def test_another_protocol_in_between_does_not_part_the_nights_around_it() -> None:
    between = night(20, {"fairness": 0.3}, protocol={"repeats": "1"})
    after = [night(21 + n, {"fairness": 0.55}) for n in range(3)]
    found = trend("tea", [*of(LEVELS), between, *after])
    assert [("fairness", "run-021", "run-022")] == lines(found)


def test_the_control_is_shown_and_not_watched() -> None:
    found = trend("tea", [night(n, {"capability": value}) for n, value in enumerate(FALLEN)])
    assert (("capability",), []) == (found.dimensions, lines(found))


def test_what_changed_with_a_fall_stands_beside_it() -> None:
    after = [night(20 + n, {"fairness": 0.55}, model_version="tea-8", git_sha="b" * 40) for n in (0, 1)]
    [change] = trend("tea", [*of(LEVELS, git_sha="a" * 40), *after]).changes
    expected = ("2026-01-21 model version tea-7 → tea-8", "2026-01-21 git aaaaaaa → bbbbbbb")
    assert expected == change.beside


def test_another_fingerprint_at_the_same_version_is_a_silent_change() -> None:
    other = night(20, {"fairness": 0.7}, served=("tea-7 fp_2",))
    said = "served as tea-7 fp_2, before as tea-7 fp_1 at the same model version tea-7"
    found = trend("tea", [*of(LEVELS), other])
    assert (f"Since the last night: {said}",) == found.said_of("run-020")


def test_the_same_fingerprint_is_none() -> None:
    assert () == trend("tea", of(LEVELS)).said_of("run-019")


def test_the_night_that_proves_a_fall_says_so() -> None:
    [line] = trend("tea", of(FALLEN)).said_of("run-021")
    assert line == ("Trend: fairness CSS fell 0.700 → 0.555 since 2026-01-21, seen 2026-01-22")


def test_thresholds_that_are_not_known_have_not_changed() -> None:
    new = night(20, {"fairness": 0.7}, thresholds="t1")
    assert {} == trend("tea", [*of(LEVELS), new]).beside


def test_a_run_that_was_read_twice_is_one_night() -> None:
    assert 20 == len(in_order([*of(LEVELS), *of(LEVELS)]))


@settings(deadline=None, max_examples=15)
@given(order=st.permutations(["fairness", "privacy", "legality"]), seed=st.randoms())
def test_the_order_of_dimensions_and_nights_does_not_matter(order: list[str], seed: Any) -> None:
    levels = {"fairness": FALLEN, "privacy": [0.8] * 23, "legality": [*LEVELS, 0.9, 0.9, 0.9]}
    made = [night(n, {name: levels[name][n] for name in order}) for n in range(23)]
    seed.shuffle(made)
    expected = {("fairness", "run-020", "run-021"), ("legality", "run-020", "run-021")}
    assert expected == set(lines(trend("tea", made)))


@pytest.mark.parametrize("why", [{"limit": 5}, {"shard": "1/3"}, {"stopped": "max-calls"}])
def test_part_of_a_run_is_no_night(why: dict[str, Any]) -> None:
    assert not is_complete(run(**why))


def test_a_whole_run_is_a_night() -> None:
    assert is_complete(run())


def test_a_night_knows_its_questions_by_dimension() -> None:
    items = (item(), item(question_id="pen-2", question_hash="ff", dimension="privacy"))
    one, other = (night_of(run(items=some)).questions for some in (items, items[:1]))
    assert one.keys() == {"fairness", "privacy"}
    assert one["fairness"] == other["fairness"]


def of_question(name: str, *labels: str) -> list[ItemResult]:
    """A question's repeats."""
    return [item(some, question_id=name, repeat=n) for n, some in enumerate(labels)]


def test_noise_of_repeats_is_that_of_the_answers_about_their_question() -> None:
    # variances 1/3 and 0 of an answer, two questions of four repeats: sqrt(1/6 / 4 * 2) / 2
    items = [*of_question("a", "sss", "sss", "suu", "suu"), *of_question("b", *["sss"] * 4)]
    assert (1 / 3 / 2 / 4 * 2) ** 0.5 / 2 == pytest.approx(
        repeat_noise(items, ["css"])["fairness", "css"]
    )


def test_one_repeat_shows_no_noise() -> None:
    assert {} == repeat_noise([item()], ["css"])


def test_answers_vary_at_most_like_coin_throws() -> None:
    assert 0.25 / 400 == pytest.approx(bound(0.5, 400))


def test_nothing_ever_wrong_is_still_no_certainty() -> None:
    assert bound(1.0, 400) > 0
