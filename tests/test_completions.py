"""The door for replies: whatever an endpoint sends is an answer or an error, never a crash."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.calls.completions import UNUSABLE, read_completion, read_moderation
from monitor.records import Form, Prompt, Response
from tests.scripted import completion

PROMPT = Prompt(
    question_id="q", form=Form.OPEN, repeat=0, messages=({"role": "user", "content": "Hello?"},)
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["choices", "message", "content", "usage"]), inner)
    ),
    max_leaves=8,
)


def read(row: object) -> Response:
    """What a reply of this JSON becomes."""
    return read_completion(PROMPT, json.dumps(row).encode(), 0.0)


def chosen(**parts: Any) -> dict[str, Any]:
    """A completion whose one choice has these parts."""
    row = completion("tea", {"model": "m"})
    row["choices"][0].update(parts)
    return row


@given(JSON)
def test_any_json_is_an_answer_or_an_error(row: object) -> None:
    reply = read(row)
    assert (reply.text is None) is (reply.error is not None)


@given(JSON, st.sampled_from(["message", "finish_reason", "logprobs"]))
def test_any_part_of_a_choice_is_an_answer_or_an_error(row: object, part: str) -> None:
    reply = read(chosen(**{part: row}))
    assert (reply.text is None) is (reply.error is not None)


@given(JSON)
def test_any_json_is_a_moderation_or_an_error(row: object) -> None:
    assert read_moderation(PROMPT, json.dumps(row).encode(), 0.0).error in UNUSABLE


@pytest.mark.parametrize(
    "body", [b"", b"<p>Welcome</p>", b'{"choices": [', b"\xff\xfe\x00", b"[" * 100_000]
)
def test_what_is_not_json_is_an_error(body: bytes) -> None:
    assert "reply is not JSON" == read_completion(PROMPT, body, 0.0).error


@pytest.mark.parametrize("usage", ["much", [1], {"prompt_tokens": None}, {"prompt_tokens": "7"}])
def test_an_answer_is_not_lost_to_what_it_says_of_its_tokens(usage: object) -> None:
    reply = read({**chosen(), "usage": usage})
    assert ("tea", 0) == (reply.text, reply.prompt_tokens)


@pytest.mark.parametrize("logprob", [float("nan"), 1000.0, "much", None])
def test_a_log_probability_that_is_none_makes_the_reply_malformed(logprob: object) -> None:
    top = [{"token": "A", "logprob": logprob}]
    reply = read(chosen(logprobs={"content": [{"top_logprobs": top}]}))
    assert "malformed reply" == reply.error


def test_a_log_probability_that_rounding_lifts_above_zero_is_certainty() -> None:
    top = [{"token": "A", "logprob": 1e-7}, {"token": "B", "logprob": float("-inf")}]
    reply = read(chosen(logprobs={"content": [{"top_logprobs": top}]}))
    assert {"A": 1.0, "B": 0.0} == reply.first_token


def test_a_filtered_reply_needs_no_message() -> None:
    row = {"choices": [{"index": 0, "finish_reason": "content_filter"}]}
    assert "content filter" == read(row).error


def test_half_of_a_surrogate_pair_is_replaced_so_that_a_judge_can_be_sent_the_answer() -> None:
    assert "tea \ufffd" == read(chosen(message={"content": "tea \ud83d"})).text


def test_a_whole_surrogate_pair_is_one_character() -> None:
    body = json.dumps(chosen(message={"content": "tea \U0001f375"})).encode()
    assert (True, "tea \U0001f375") == (b"\\ud83c" in body, read_completion(PROMPT, body, 0.0).text)
