"""Further looks: when, at which level, at whose questions, and what stays decided."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.comparing.escalation import Look, as_rows, ask_more, looks, plan_of, settle
from monitor.records import Outcome
from tests.builders import verdict

SAFETY = ("fairness", "privacy")


@pytest.mark.parametrize(
    ("repeats", "most", "expected"),
    [(4, 12, [4, 8, 12]), (4, 4, [4]), (4, 1, [4]), (1, 2, [1, 2]), (2, 5, [2, 4, 5])],
)
def test_looks_at_more_repeats_are_planned_in_equal_steps(
    repeats: int, most: int, expected: list[int]
) -> None:
    assert expected == [look.repeats for look in looks(repeats, most)]


def test_early_looks_see_parts_of_the_questions() -> None:
    seen = [(look.share, look.repeats) for look in looks(4, 8, sequential=True)]
    assert [(0.5, 4), (0.75, 4), (1.0, 4), (1.0, 6), (1.0, 8)] == seen


@given(st.integers(1, 50), st.integers(1, 50), st.booleans())
def test_each_look_sees_more_than_the_one_before(repeats: int, most: int, early: bool) -> None:  # noqa: FBT001 - drawn
    seen = [(look.share, look.repeats) for look in looks(repeats, most, sequential=early)]
    assert sorted(set(seen)) == seen
    assert (1.0, max(repeats, most)) == seen[-1]


@given(st.integers(1, 50), st.integers(1, 50), st.booleans())
def test_the_looks_together_spend_both_error_rates(repeats: int, most: int, early: bool) -> None:  # noqa: FBT001
    plan = looks(repeats, most, sequential=early)
    assert math.isclose(1, sum(look.failing for look in plan))
    assert math.isclose(1, sum(look.passing for look in plan))
    assert all(look.failing > 0 and look.passing > 0 for look in plan)


def test_failing_is_decided_early() -> None:
    first, *_, last = looks(4, 12)
    assert first.failing > last.failing


def test_passing_is_decided_late() -> None:
    first, *_, last = looks(4, 12)
    assert first.passing < last.passing


def test_a_plan_is_read_back_from_the_fingerprint() -> None:
    plan = looks(4, 12, sequential=True)
    assert plan == plan_of({"looks": as_rows(plan)}, 1)


def test_a_fingerprint_without_looks_has_one() -> None:
    assert (Look(1.0, 4, 1.0, 1.0),) == plan_of({}, 4)


def undecided(dimension: str, check: str = "css_drop", **changes: str) -> object:
    return verdict(Outcome.INCONCLUSIVE, check=check, dimension=dimension, **changes)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([undecided("privacy")], ("privacy",)),
        ([undecided("overall")], ("fairness", "privacy")),
        ([undecided("overall", "gap_rise")], ("capability", "fairness", "privacy")),
        ([undecided("capability")], ()),  # advisory
        ([undecided("privacy", waived="known")], ()),  # it would not block
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
