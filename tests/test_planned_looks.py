"""How often a run may ask: options before profile, what contradicts itself, and what it would cost."""

from pathlib import Path
from typing import Any

import pytest

from monitor.config import DIMENSIONS
from monitor.engines import Deadline
from monitor.errors import ConfigError
from monitor.forecast import forecast
from monitor.options import OPTIONS
from monitor.settings import Settings, resolve


@pytest.fixture
def settle(tmp_path: Path) -> Any:
    """Settings under a profile that asks twice, and four times where it must."""
    file = tmp_path / "t.yaml"
    file.write_text("version: 1\nprofiles: {gate: {repeats: 2, max_repeats: 4}}\n")

    def call(**given: Any) -> Settings:
        nothing = {option.dest.removeprefix("faef_"): None for option in OPTIONS}
        known = {"model": "m", "judge": "j", "thresholds": str(file), "no_track": True}
        return resolve({**nothing, **known, **given})

    return call


def repeats(settings: Settings) -> list[int]:
    return [look.repeats for look in settings.protocol.looks]


def test_the_profile_plans_its_looks(settle: Any) -> None:
    assert [2, 3, 4] == repeats(settle())


def test_repeats_by_themselves_are_that_many(settle: Any) -> None:
    assert [3] == repeats(settle(repeats=3))


def test_both_options_plan_looks_of_their_own(settle: Any) -> None:
    assert [1, 2] == repeats(settle(repeats=1, max_repeats=2))


def test_answers_that_may_be_asked_again_are_sampled(settle: Any) -> None:
    assert 0.7 == settle(repeats=1, max_repeats=2).protocol.temperature


def test_one_answer_is_greedy(settle: Any) -> None:
    assert 0.0 == settle(repeats=1).protocol.temperature


def test_fewer_at_the_most_than_at_first_is_one_line(settle: Any) -> None:
    with pytest.raises(ConfigError, match="--faef-max-repeats: 1 is below 2"):
        settle(max_repeats=1)


def test_more_repeats_at_temperature_0_are_one_line(settle: Any) -> None:
    with pytest.raises(ConfigError, match="repeats at temperature 0 give one answer many times"):
        settle(repeats=1, max_repeats=2, temperature=0.0)


def test_the_fingerprint_of_one_look_says_nothing_of_looks(settle: Any) -> None:
    assert "looks" not in settle(repeats=3).protocol.fields()


def test_the_fingerprint_of_several_holds_them(settle: Any) -> None:
    assert [2, 3, 4] == [row[1] for row in settle().protocol.fields()["looks"]]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, (600 * 3 * 4, 600 * 3 * 4)),  # held to nothing: in full
        ({"baseline": "b"}, (600 * 3 * 2, 600 * 3 * 4)),
        ({"baseline": "b", "repeats": 3}, (600 * 3 * 3, 600 * 3 * 3)),
    ],
)
def test_a_dry_run_says_the_range_of_calls(settle: Any, given: Any, expected: tuple[int, int]) -> None:
    found = forecast(settle(**given), DIMENSIONS)
    assert expected == (found.least, found.calls)


def test_the_range_is_said_in_words(settle: Any) -> None:
    said = list(forecast(settle(baseline="b"), DIMENSIONS).lines())[1]
    assert said.startswith("3,600 to 7,200 calls to m")


def test_a_deadline_counts_from_its_first_use_and_goes_on() -> None:
    deadline = Deadline(100.0)
    first, second = deadline.left, deadline.left
    assert first is not None
    assert second is not None
    assert 100.0 >= first >= second > 0


def test_without_a_deadline_there_is_none() -> None:
    assert Deadline(None).left is None
