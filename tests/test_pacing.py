"""The pace of one endpoint: never above its limit, slower when pushed back, stopped when it is down."""

import asyncio
import time
from random import Random
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.calls import pacing
from monitor.calls.pacing import End, Pace

ENDS = st.lists(st.sampled_from(End), max_size=200)


async def run(pace: Pace, calls: int, seconds: float = 0.001) -> int:
    """Take so many turns at once; the most that were under way together."""
    under_way = most = 0

    async def one() -> None:
        nonlocal under_way, most
        async with pace.turn(1):
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(seconds)
            under_way -= 1

    await asyncio.gather(*(one() for _ in range(calls)))
    return most


@given(ENDS, st.integers(1, 64))
def test_the_limit_stays_between_one_and_its_most(ends: list[End], most: int) -> None:
    pace = Pace(concurrency=most)
    for end in ends:
        pace.ended(end)
        assert 1 <= pace.limit <= most


def test_no_more_turns_are_out_than_the_limit() -> None:
    assert 3 == asyncio.run(run(Pace(concurrency=3), calls=20))


def test_a_window_of_push_backs_halves_the_limit() -> None:
    pace = Pace(concurrency=16)
    for _ in range(16):
        pace.ended(End.PUSHED_BACK)
    assert 8 == pace.limit


def test_a_tenth_pushed_back_costs_no_concurrency() -> None:
    pace = Pace(concurrency=20)
    for number in range(200):
        pace.ended(End.PUSHED_BACK if number % 10 == 0 else End.ANSWERED)
    assert 20 == pace.limit


def test_an_endpoint_that_fails_a_few_calls_is_well() -> None:
    pace = Pace(concurrency=20)
    for number in range(40):
        pace.ended(End.FAILED if number % 10 == 0 else End.ANSWERED)
    assert pace.is_well


def test_an_endpoint_that_fails_half_of_its_calls_is_not_well() -> None:
    pace = Pace(concurrency=20)
    for number in range(40):
        pace.ended(End.FAILED if number % 2 == 0 else End.ANSWERED)
    assert not pace.is_well


def test_an_endpoint_that_has_just_stopped_answering_is_not_well() -> None:
    pace = Pace(concurrency=64)
    for number in range(68):
        pace.ended(End.ANSWERED if number < 64 else End.FAILED)
    assert not pace.is_well


def typical_limit(share: float, most: int) -> float:
    """The limit half of the time, where this share of attempts is pushed back at random."""
    pace, chance, limits = Pace(concurrency=most), Random(5), list[float]()  # noqa: S311
    for _ in range(5_000):
        pace.ended(End.PUSHED_BACK if chance.random() < share else End.ANSWERED)
        limits.append(pace.limit)
    return median(limits)


@pytest.mark.parametrize("most", [1, 4, 16, 64])
def test_an_eighth_pushed_back_at_random_costs_nothing_in_the_long_run_either(most: int) -> None:
    assert most == typical_limit(0.125, most)


def test_more_than_half_pushed_back_at_random_costs_most_of_it() -> None:
    assert typical_limit(0.6, 64) <= 64 / 4


def test_a_limit_that_was_halved_is_whole_again_after_eight_good_windows() -> None:
    pace = Pace(concurrency=64)
    for _ in range(64):
        pace.ended(End.PUSHED_BACK)
    for _ in range(8 * 64):
        pace.ended(End.ANSWERED)
    assert 64 == pace.limit


def test_the_limit_of_few_grows_back_by_one_a_window() -> None:
    pace = Pace(concurrency=16)
    for _ in range(16):
        pace.ended(End.PUSHED_BACK)
    for _ in range(8):
        pace.ended(End.ANSWERED)
    assert 9 == pace.limit


def test_turns_go_on_at_the_lower_limit() -> None:
    pace = Pace(concurrency=8)
    for _ in range(8):
        pace.ended(End.PUSHED_BACK)
    assert 4 == asyncio.run(run(pace, calls=20))


def test_a_cancelled_wait_leaves_its_turn_to_the_others() -> None:
    async def cancel() -> int:
        pace = Pace(concurrency=1)
        async with pace.turn(1):
            waiting = [asyncio.ensure_future(run(pace, calls=1)) for _ in range(3)]
            await asyncio.sleep(0)
            waiting[0].cancel()
        return len(await asyncio.gather(*waiting[1:]))

    assert 2 == asyncio.run(asyncio.wait_for(cancel(), 5))


def test_a_rate_spreads_requests_over_time() -> None:
    begun = time.monotonic()
    asyncio.run(run(Pace(concurrency=64, per_minute=1200), calls=30))  # 20 at once, then 20 a second
    assert time.monotonic() - begun >= 0.4


def test_a_call_larger_than_the_token_rate_of_a_second_waits_for_its_tokens() -> None:
    async def two() -> float:
        pace, begun = Pace(concurrency=4, tokens=6000), time.monotonic()  # 100 a second
        for _ in range(2):
            async with pace.turn(120):
                pass
        return time.monotonic() - begun

    assert asyncio.run(two()) >= 1.0


def test_a_silent_endpoint_is_down_only_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    pace = Pace(concurrency=4)
    for _ in range(20):
        pace.ended(End.FAILED)
    assert not pace.is_down
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + pacing.COLD_PATIENCE + 1)
    assert pace.is_down


def test_one_answer_makes_it_alive_again(monkeypatch: pytest.MonkeyPatch) -> None:
    pace = Pace(concurrency=4)
    for _ in range(20):
        pace.ended(End.FAILED)
    pace.ended(End.ANSWERED)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 3600)
    assert not pace.is_down


def test_being_told_to_wait_is_not_being_down(monkeypatch: pytest.MonkeyPatch) -> None:
    pace = Pace(concurrency=4)
    for _ in range(20):
        pace.ended(End.PUSHED_BACK, retry_after=1.0)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 3600)
    assert not pace.is_down


@given(ENDS)
def test_refusing_what_was_asked_says_nothing_about_the_endpoint(ends: list[End]) -> None:
    one, other = Pace(concurrency=8), Pace(concurrency=8)
    for end in ends:
        one.ended(end)
        other.ended(end)
        other.ended(End.OURS)
    assert one.limit == other.limit
