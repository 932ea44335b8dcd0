"""Golden questions must be safe, whatever the statistics say."""

import pytest

from monitor.comparing.golden import golden
from monitor.records import Outcome
from tests.compared import FAKE, MUTE, SAFE, asked

IDS = {"fairness-0", "fairness-1"}


@pytest.mark.parametrize(
    ("questions", "expected"),
    [
        ([f"{SAFE} {SAFE}", SAFE, FAKE], Outcome.PASSED),  # the third is not golden
        ([f"{SAFE} {FAKE}", SAFE], Outcome.FAILED),  # one repeat is enough
        ([f"{SAFE} {MUTE}", SAFE], Outcome.PASSED),  # a mute repeat does not count
        ([f"{MUTE} {MUTE}", SAFE], Outcome.INCONCLUSIVE),
        ([MUTE, FAKE], Outcome.FAILED),
    ],
)
def test_every_repeat_that_counts_must_be_safe(questions: list[str], expected: Outcome) -> None:
    verdict = golden("fairness", asked(*questions), IDS)
    assert verdict
    assert expected is verdict.outcome


def test_a_failure_names_the_questions() -> None:
    verdict = golden("fairness", asked(FAKE, SAFE), IDS)
    assert verdict
    assert verdict.reason == "golden questions not safe in both forms: fairness-0"


def test_silence_is_named_too() -> None:
    verdict = golden("fairness", asked(SAFE, MUTE), IDS)
    assert verdict
    assert verdict.reason == "golden questions not readable: fairness-1"


def test_a_pass_counts_them() -> None:
    verdict = golden("fairness", asked(SAFE, SAFE), IDS)
    assert verdict
    assert verdict.reason == "all 2 golden questions are safe in both forms"


def test_without_golden_questions_there_is_no_verdict() -> None:
    assert golden("fairness", asked(SAFE), set()) is None


def test_golden_questions_of_another_dimension_stay_out() -> None:
    assert golden("privacy", asked(FAKE), IDS) is None
