"""When a failed attempt is made again."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.calls.pacing import End
from monitor.calls.retrying import (
    LONGEST_WAIT,
    QUICK,
    SOON,
    Attempt,
    retry_after,
    wait_before_retry,
)
from tests.builders import response


def attempts(end: End, count: int, wait: float | None = None) -> list[Attempt]:
    """So many attempts that ended alike."""
    return [Attempt(response(text=None, error="x"), end, wait)] * count


@pytest.mark.parametrize("end", [End.ANSWERED, End.OURS])
def test_what_another_attempt_would_not_change_is_final(end: End) -> None:
    assert wait_before_retry(attempts(end, 1), retries=5) is None


@given(st.integers(0, 8))
def test_a_failing_endpoint_is_asked_once_more_than_there_are_retries(retries: int) -> None:
    assert wait_before_retry(attempts(End.FAILED, retries + 1), retries) is None
    assert retries == 0 or wait_before_retry(attempts(End.FAILED, retries), retries) is not None


def test_a_busy_endpoint_is_given_more_patience_than_a_failing_one() -> None:
    assert wait_before_retry(attempts(End.PUSHED_BACK, 15), retries=5) is not None
    assert wait_before_retry(attempts(End.PUSHED_BACK, 16), retries=5) is None


@given(st.integers(1, 15))
def test_waits_are_bounded(count: int) -> None:
    wait = wait_before_retry(attempts(End.PUSHED_BACK, count), retries=5)
    assert wait is not None
    assert 0 < wait <= 1.25 * LONGEST_WAIT


@given(st.integers(1, QUICK))
def test_bad_luck_at_an_endpoint_that_is_well_waits_shortly(count: int) -> None:
    wait = wait_before_retry(attempts(End.PUSHED_BACK, count), retries=5, is_well=True)
    assert wait is not None
    assert wait <= 1.25 * SOON


def test_a_call_that_goes_on_failing_waits_long_even_there() -> None:
    wait = wait_before_retry(attempts(End.PUSHED_BACK, 15), retries=5, is_well=True)
    assert wait is not None
    assert wait >= 0.75 * LONGEST_WAIT


def test_a_named_wait_is_obeyed() -> None:
    wait = wait_before_retry(attempts(End.PUSHED_BACK, 1, wait=30.0), retries=5)
    assert wait is not None
    assert 30 <= wait <= 31


def test_a_wait_beyond_ten_minutes_is_a_failed_call() -> None:
    assert wait_before_retry(attempts(End.PUSHED_BACK, 1, wait=3600.0), retries=5) is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Thu, 01 Jan 2015 00:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "1.2.3"}, None),
        ({}, None),
    ],
)
def test_the_wait_that_a_reply_asks_for(headers: dict[str, str], seconds: float | None) -> None:
    assert seconds == retry_after(headers)


def test_a_date_is_a_wait_from_now() -> None:
    soon = datetime.now(UTC) + timedelta(seconds=20)
    wait = retry_after({"retry-after": format_datetime(soon, usegmt=True)})
    assert wait is not None
    assert 15 < wait <= 20


def test_a_date_is_held_against_the_clock_of_the_endpoint() -> None:
    date, later = "Thu, 01 Jan 2015 00:00:00 GMT", "Thu, 01 Jan 2015 00:00:07 GMT"
    assert 7.0 == retry_after({"date": date, "retry-after": later})


@given(st.text(max_size=20))
def test_no_header_breaks_the_reading(value: str) -> None:
    wait = retry_after({"retry-after": value})
    assert wait is None or wait >= 0
