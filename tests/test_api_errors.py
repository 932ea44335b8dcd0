"""What an endpoint refuses, from the error it sends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.calls.api_errors import is_filtered, refused_parameter

SENT = {"max_tokens", "temperature", "response_format", "seed"}


@pytest.mark.parametrize(
    ("status", "param", "message", "expected"),
    [
        (400, "temperature", "", "temperature"),
        (400, "response_format.json_schema", "", "response_format"),
        (400, "max_tokens", "", "max_tokens"),
        (400, None, "4096 tokens at most: reduce the prompt or max_tokens", None),
        (400, None, "Unsupported parameter: 'temperature' is not supported.", "temperature"),
        (422, None, "guided_json: no backend", "response_format"),
        (500, None, 'response_format type must be one of "text" or "json_object"', "response_format"),
        (400, "messages", "the temperature is too high", None),
        (400, "seed", "", None),
        (400, None, "max_completion_tokens is too large", None),
        (429, "temperature", "", None),
        (400, None, "bad request", None),
    ],
)
def test_the_parameter_that_an_error_names(
    status: int, param: str | None, message: str, expected: str | None
) -> None:
    assert expected == refused_parameter(status, param, message, SENT)


def test_what_was_not_sent_cannot_be_refused() -> None:
    assert refused_parameter(400, "temperature", "", {"seed"}) is None


@pytest.mark.parametrize(
    "body",
    [
        {"code": "content_filter"},
        {"code": "content_policy_violation"},
        {"type": "content_filter", "code": None},
        {"code": "400", "innererror": {"code": "ResponsibleAIPolicyViolation"}},
        {"inner_error": {"code": "ResponsibleAIPolicyViolation"}},
    ],
)
def test_an_error_of_a_content_filter(body: object) -> None:
    assert is_filtered(body)


@pytest.mark.parametrize(
    "body", [None, "content_filter", {}, {"code": 400}, {"message": "content_filter"}]
)
def test_any_other_error(body: object) -> None:
    assert not is_filtered(body)


@given(st.recursive(st.none() | st.text() | st.integers(), lambda c: st.dictionaries(st.text(), c)))
def test_no_body_makes_it_raise(body: object) -> None:
    assert is_filtered(body) in {True, False}
