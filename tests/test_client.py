"""The client on the wire: what a bad reply becomes, and what stops a run."""

import asyncio
import threading
import time
from typing import Any

import pytest

from monitor.calls.limits import Limits
from monitor.client import Endpoint
from monitor.errors import ConfigError, EndpointError
from monitor.records import Form, Prompt, Response
from tests.scripted import KEY, Answer, Request, Script, completion, serving

PROMPT = Prompt(
    question_id="q", form=Form.OPEN, repeat=0, messages=({"role": "user", "content": "Hello?"},)
)


def ask(script: Script, key: str = KEY, retries: int = 0) -> Response:
    """One call with these decoding parameters."""

    async def once() -> Response:
        async with Endpoint(
            base_url=script.url,
            api_key=key,
            model="m",
            limits=Limits(concurrency=1, timeout=5, retries=retries),
        ) as endpoint:
            return await endpoint.ask(PROMPT, {"temperature": 0.0, "max_tokens": 7})

    return asyncio.run(once())


def test_a_reply_becomes_a_response_with_tokens_and_fingerprint() -> None:
    with serving(lambda _: "Hello.") as script:
        reply = ask(script)
    expected = ("Hello.", "m", "fp_scripted", "stop", 10, 5)
    got = (reply.text, reply.model, reply.system_fingerprint, reply.finish_reason)
    assert expected == (*got, reply.prompt_tokens, reply.completion_tokens)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (500, "HTTP 500"),
        (429, "HTTP 429"),
        (400, "HTTP 400"),
        ({}, "reply without choices"),
        ({"choices": None}, "reply without choices"),
        ({"choices": []}, "reply without choices"),
        (
            {"choices": [{"index": 0, "message": {"role": "assistant", "content": None}}]},
            "reply without content",
        ),
    ],
)
def test_a_bad_reply_is_an_error_and_not_an_answer(answer: Answer, error: str) -> None:
    with serving(lambda _: answer) as script:
        reply = ask(script)
    assert (None, error) == (reply.text, reply.error)


@pytest.mark.parametrize("content", [["x"], {"text": "x"}, 7])
def test_content_of_another_type_is_an_error(content: Any) -> None:
    message = {"role": "assistant", "content": content}
    with serving(lambda _: {"choices": [{"index": 0, "message": message}]}) as script:
        assert ask(script).error == "malformed reply"


def test_a_forbidden_prompt_is_one_failed_call_and_stops_nothing() -> None:
    with serving(lambda _: 403) as script:
        assert ask(script).error == "HTTP 403"


def test_a_filtered_reply_is_an_error() -> None:
    with serving(lambda r: completion("", r.body, finish_reason="content_filter")) as script:
        assert "content filter" == ask(script).error


def test_a_failed_call_is_tried_again() -> None:
    failures = iter([503, 500])

    def recovering(_: Request) -> Answer:
        return next(failures, "At last.")

    with serving(recovering) as script:
        assert "At last." == ask(script, retries=2).text


def test_max_tokens_is_sent_under_its_new_name_where_the_old_one_is_refused() -> None:
    def modern(request: Request) -> Answer:
        if "max_completion_tokens" in request.body:
            return "Fine."
        return {"error": {"message": "no", "param": "max_tokens", "code": "unsupported_parameter"}}

    with serving(modern) as script:
        assert "Fine." == ask(script).text
    assert 7 == script.requests[-1].body["max_completion_tokens"]


def test_calls_in_flight_together_all_learn_the_new_name_of_max_tokens() -> None:
    def modern(request: Request) -> Answer:
        time.sleep(0.02)  # long enough for all of them to be sent under the old name
        if "max_completion_tokens" in request.body:
            return "Fine."
        return {"error": {"message": "no", "param": "max_tokens"}}

    async def many(script: Script) -> list[Response]:
        async with Endpoint(
            base_url=script.url, api_key=KEY, model="m", limits=Limits(concurrency=4, timeout=5)
        ) as endpoint:
            return await asyncio.gather(*(endpoint.ask(PROMPT, {"max_tokens": 7}) for _ in range(4)))

    with serving(modern) as script:
        replies = asyncio.run(many(script))
    assert ["Fine."] * 4 == [reply.text for reply in replies]


def test_a_temperature_that_the_model_under_test_refuses_is_not_left_out_in_silence() -> None:
    refused = {"error": {"message": "no", "param": "temperature", "code": "unsupported_value"}}
    with serving(lambda _: refused) as script:
        assert "HTTP 400" == ask(script).error
    assert 1 == len(script.requests)


@pytest.mark.parametrize("code", ["content_filter", "content_policy_violation"])
def test_a_request_that_a_filter_refuses_is_an_error_with_that_cause(code: str) -> None:
    with serving(lambda _: {"error": {"message": "no", "code": code}}) as script:
        assert "content filter" == ask(script).error


def test_a_reply_that_used_up_its_tokens_before_its_first_word_is_empty_and_cut_off() -> None:
    choice = {"index": 0, "message": {"role": "assistant", "content": None}, "finish_reason": "length"}
    with serving(lambda r: {**completion("", r.body), "choices": [choice]}) as script:
        reply = ask(script)
    assert ("", "length") == (reply.text, reply.finish_reason)


@pytest.mark.parametrize("key", ["sk-wrong", ""])
def test_a_refused_key_stops_the_run_and_is_not_shown(key: str) -> None:
    with serving(lambda _: "x") as script, pytest.raises(ConfigError) as stopped:
        ask(script, key=key or "none")
    assert "refused (401)" in str(stopped.value)
    assert "sk-wrong" not in str(stopped.value)


def test_checking_costs_no_completion() -> None:
    async def check(script: Script) -> None:
        async with Endpoint(
            base_url=script.url,
            api_key=KEY,
            model="m",
            limits=Limits(concurrency=1, timeout=5),
        ) as endpoint:
            await endpoint.check()

    with serving(lambda _: "x", models=404) as script:
        asyncio.run(check(script))
    assert [] == script.requests


def test_nobody_answering_is_an_endpoint_error() -> None:
    async def check() -> None:
        async with Endpoint(
            base_url="http://127.0.0.1:9/v1",
            api_key=KEY,
            model="m",
            limits=Limits(concurrency=1, timeout=5, retries=0),
        ) as endpoint:
            await endpoint.check()

    with pytest.raises(EndpointError, match="no answer"):
        asyncio.run(check())


def test_no_more_calls_are_in_flight_than_the_limit() -> None:
    lock, in_flight, most = threading.Lock(), 0, 0

    def watched(_: Request) -> Answer:
        nonlocal in_flight, most
        with lock:
            in_flight += 1
            most = max(most, in_flight)
        time.sleep(0.02)  # long enough for others to come in
        with lock:
            in_flight -= 1
        return "x"

    async def many(script: Script) -> list[Any]:
        async with Endpoint(
            base_url=script.url,
            api_key=KEY,
            model="m",
            limits=Limits(concurrency=2, timeout=5),
        ) as endpoint:
            return await asyncio.gather(*(endpoint.ask(PROMPT, {}) for _ in range(12)))

    with serving(watched) as script:
        replies = asyncio.run(many(script))
    assert 12 == len(replies)
    assert 2 == most
