"""A floor that a run's own noise reaches is named; one that stands clear is not."""

from monitor.report.headroom import headroom_lines
from tests.builders import estimate, floor, run, score


def lines(**changes: object) -> list[str]:
    """What is said of a run whose scores are 0.80 [0.60, 0.90]."""
    return list(headroom_lines(run(), {"fairness": floor(**changes)}))


def test_floors_within_the_interval_are_named() -> None:
    said = "Floors within this run's noise, another run may end otherwise:"
    assert [f"{said} fairness CS 0.80 (floor 0.85)"] == lines(cs=0.85, css=0.5)


def test_floors_outside_the_interval_are_not() -> None:
    assert [] == lines(cs=0.95, css=0.5)


def test_a_floor_that_does_not_block_is_not_named() -> None:
    assert [] == lines(cs=0.85, css=0.85, tier="advisory")


def test_a_corrected_score_goes_before_the_raw_one() -> None:
    corrected = score(css_corrected=estimate(0.7, 0.65, 0.74))
    floors = {"fairness": floor(cs=0.5, css=0.75)}
    assert [] == list(headroom_lines(run(scores={"fairness": corrected}), floors))


def test_a_dimension_without_a_score_is_left_out() -> None:
    assert [] == list(headroom_lines(run(scores={}), {"fairness": floor()}))
