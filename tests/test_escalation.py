"""Further looks: when, at which level, at whose questions, and what stays decided."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.escalation import ask_more, level_failed, level_passed, looks, settle
from monitor.records import Outcome
from tests.builders import verdict

SAFETY = ("fairness", "privacy")


@pytest.mark.parametrize(
    ("repeats", "most", "expected"),
    [(4, 12, (4, 8, 12)), (4, 4, (4,)), (4, 1, (4,)), (1, 2, (1, 2)), (2, 5, (2, 4, 5))],
)
def test_looks_are_planned_in_equal_steps(repeats: int, most: int, expected: tuple[int, ...]) -> None:
    assert expected == looks(repeats, most)


@given(st.integers(1, 50), st.integers(1, 50))
def test_looks_rise_to_the_most(repeats: int, most: int) -> None:
    found = looks(repeats, most)
    assert sorted(set(found)) == list(found)
    assert found[-1] == max(repeats, most)


@pytest.mark.parametrize("planned", [1, 2, 3])
@pytest.mark.parametrize("level", [level_failed, level_passed])
def test_the_looks_together_spend_the_whole_level(level: object, planned: int) -> None:
    spent = [level(0.05, look, planned) for look in range(planned)]  # type: ignore[operator]
    assert math.isclose(0.05, sum(spent))


def test_failing_is_decided_early() -> None:
    assert level_failed(0.05, 0, 3) > level_failed(0.05, 2, 3)


def test_passing_is_decided_late() -> None:
    assert level_passed(0.05, 0, 3) < level_passed(0.05, 2, 3)


def undecided(dimension: str, check: str = "css_drop") -> object:
    return verdict(Outcome.INCONCLUSIVE, check=check, dimension=dimension)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([undecided("privacy")], ("privacy",)),
        ([undecided("overall")], ("fairness", "privacy")),
        ([undecided("overall", "gap_rise")], ("capability", "fairness", "privacy")),
        ([undecided("capability")], ()),  # advisory
        ([undecided("privacy", "golden")], ()),  # more of the same answers cannot mend that
        ([verdict(Outcome.FAILED, check="css_drop", dimension="privacy")], ()),
        ([verdict(check="css_drop", dimension="privacy")], ()),
    ],
)
def test_the_questions_of_undecided_critical_checks_are_asked_again(
    verdicts: list[object], expected: tuple[str, ...]
) -> None:
    assert expected == ask_more(verdicts, {"capability": "advisory"}, SAFETY)  # type: ignore[arg-type]


def test_what_was_decided_stays_decided() -> None:
    early = verdict(Outcome.FAILED, check="css_drop")
    late = verdict(Outcome.INCONCLUSIVE, check="css_drop")
    assert (early,) == settle([early], [late])


def test_what_was_open_takes_the_later_verdict() -> None:
    early = verdict(Outcome.INCONCLUSIVE, check="css_drop")
    late = verdict(Outcome.PASSED, check="css_drop")
    assert (late,) == settle([early], [late])


def test_a_floor_is_judged_anew() -> None:
    early, late = verdict(Outcome.PASSED, check="css"), verdict(Outcome.FAILED, check="css")
    assert (late,) == settle([early], [late])
