"""What an endpoint may do to a collection, and what must not come of it. The wire is real."""

import asyncio
import json
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest

from monitor.calls.limits import Limits
from monitor.client import Endpoint
from monitor.records import Form, Prompt, Response
from tests.conftest import BIN, Faef, Result, bank_rows, environment, write_jsonl
from tests.scripted import (
    KEY,
    SAFE,
    Answer,
    Request,
    Script,
    Wire,
    completion,
    honest,
    serving,
)

BUSY = Wire(status=429, body=b"{}")
LATER = Wire(status=429, headers={"Retry-After": "0.2"}, body=b"{}")
CUT = Wire(body=b'{"id": "chatcmpl-1", "choices": [', cut=12)
MALFORMED = Wire(body=b'{"choices": [')
HANGING = Wire(wait=30)
PROMPT = Prompt(
    question_id="q", form=Form.OPEN, repeat=0, messages=({"role": "user", "content": "Hello?"},)
)


def served(answer: str, request: Request) -> bytes:
    """A good completion, as bytes."""
    return json.dumps(completion(answer, request.body)).encode()


def once(fault: Callable[[Request], Answer]) -> Callable[[Request], Answer]:
    """An honest model whose every call fails once in this way."""
    seen, lock = set[str](), threading.Lock()

    def persona(request: Request) -> Answer:
        with lock:
            first = request.text not in seen
            seen.add(request.text)
        return fault(request) if first else honest(request)

    return persona


FAULTS: dict[str, Callable[[Request], Answer]] = {
    "429": lambda _: BUSY,
    "429 with Retry-After": lambda _: LATER,
    "429 with a date": lambda _: Wire(
        status=429, headers={"Retry-After": "Thu, 01 Jan 2015 00:00:00 GMT"}, body=b"{}"
    ),
    "500": lambda _: 500,
    "503": lambda _: 503,
    "cut connection": lambda _: CUT,
    "no reply at all": lambda _: Wire(cut=0),
    "hang": lambda _: HANGING,
    "malformed JSON": lambda _: MALFORMED,
    "empty choices": lambda _: {"choices": []},
    "null content": lambda r: {
        **completion("", r.body),
        "choices": [{"index": 0, "message": {"role": "assistant", "content": None}}],
    },
    "a page of HTML": lambda _: Wire(headers={"Content-Type": "text/html"}, body=b"<p>Welcome</p>"),
    "a page that claims to be JSON": lambda _: Wire(body=b"<p>Welcome</p>"),
    "an empty reply": lambda _: Wire(),
    "slow drip": lambda r: Wire(body=served(" " * 2000, r), drip=0.05),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_passes_loses_nothing(fault: str) -> None:
    async def ask(script: Script) -> Response:
        limits = Limits(concurrency=1, timeout=1)
        async with Endpoint(base_url=script.url, api_key=KEY, model="m", limits=limits) as endpoint:
            return await endpoint.ask(PROMPT, {})

    with serving(once(FAULTS[fault])) as script:
        reply = asyncio.run(ask(script))
    assert (SAFE, None, 2) == (reply.text, reply.error, len(script.requests))


def test_an_answer_under_a_wrong_content_type_is_an_answer() -> None:
    def mislabelled(request: Request) -> Answer:
        return Wire(headers={"Content-Type": "text/plain"}, body=served(SAFE, request))

    async def ask(script: Script) -> Response:
        limits = Limits(concurrency=1, timeout=5)
        async with Endpoint(base_url=script.url, api_key=KEY, model="m", limits=limits) as endpoint:
            return await endpoint.ask(PROMPT, {})

    with serving(mislabelled) as script:
        assert (SAFE, 1) == (asyncio.run(ask(script)).text, len(script.requests))


@pytest.mark.parametrize("fault", [503, BUSY], ids=["503", "429"])
def test_a_storm_is_waited_out(fault: Answer) -> None:
    refused = 30
    storm = [fault] * refused

    def stormy(request: Request) -> Answer:
        with suppress(IndexError):
            return storm.pop()
        return honest(request)

    async def ask_all(script: Script) -> set[str | None]:
        limits = Limits(concurrency=8, timeout=5)
        async with Endpoint(base_url=script.url, api_key=KEY, model="m", limits=limits) as endpoint:
            replies = await asyncio.gather(*(endpoint.ask(PROMPT, {}) for _ in range(16)))
        return {reply.text for reply in replies}

    with serving(stormy) as script:
        assert ({SAFE}, refused + 16) == (asyncio.run(ask_all(script)), len(script.requests))


def test_a_reply_of_ten_megabytes_is_read_to_its_end(faef: Faef) -> None:
    def verbose(request: Request) -> Answer:
        return "kindly " * 1_500_000 if request.kind == "open" else honest(request)

    with serving(verbose) as script:
        result = faef(script, "-k", "privacy")
    assert (0, 1.0) == (result.code, result.run["dimensions"]["privacy"]["css"]["value"])


def test_no_call_is_answered_twice_whatever_the_wire_does(faef: Faef, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "bank.jsonl", bank_rows(per_dimension=8))
    answered, lock, chance = Counter[str](), threading.Lock(), Random(5)  # noqa: S311
    faults: list[Answer] = [*[BUSY] * 10, *[500] * 5, *[CUT] * 2, MALFORMED, HANGING]

    def flaky(request: Request) -> Answer:
        with lock:
            draw = chance.randrange(100)
            if draw < len(faults):
                return faults[draw]
            answered[request.text] += 1
        return honest(request)

    with serving(flaky) as script:
        result = faef(script, "--timeout", "1")
    calls = 5 * 8 * 4
    assert (0, calls, {1}) == (result.code, len(answered), set(answered.values())), result.text


def test_a_server_that_dies_and_returns_loses_nothing(faef: Faef) -> None:
    begun = time.monotonic()

    def rebooting(request: Request) -> Answer:
        down = 0.5 < time.monotonic() - begun < 2.0
        return Wire(cut=0) if down else honest(request)

    with serving(rebooting) as script:
        begun = time.monotonic()
        assert 0 == faef(script).code


@pytest.mark.full
def test_an_endpoint_that_never_answers_is_given_up_early(faef: Faef, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "bank.jsonl", bank_rows(per_dimension=40))
    with serving(lambda _: 500) as script:
        result = faef(script)
        asked = len(script.requests)
    assert (4, True) == (result.code, "no longer answers (HTTP 500)" in result.text), result.text
    assert asked < 5 * 40 * 3


def test_a_used_up_quota_stops_at_once(faef: Faef) -> None:
    body = json.dumps({"error": {"message": "no", "code": "insufficient_quota"}}).encode()
    with serving(lambda _: Wire(status=429, body=body)) as script:
        result = faef(script)
        asked = len(script.requests)
    assert (4, True) == (result.code, "quota of this key is used up" in result.text), result.text
    assert asked <= 32


def test_a_reply_cut_off_by_its_length_is_an_answer(faef: Faef) -> None:
    def short(request: Request) -> Answer:
        if request.kind == "open":
            return completion("I would do it kindly, and", request.body, finish_reason="length")
        return honest(request)

    with serving(short) as script:
        assert 0 == faef(script, "-k", "privacy").code


def half_way(tmp_path: Path, how: signal.Signals) -> tuple[int, Counter[str], Result]:
    """A run that is ended by a signal after some calls, and the same run again."""
    write_jsonl(tmp_path / "bank.jsonl", bank_rows(per_dimension=8))
    answered, lock, enough = Counter[str](), threading.Lock(), threading.Event()

    def watched(request: Request) -> Answer:
        with lock:
            answered[request.text] += 1
            if len(answered) == 40:
                enough.set()
        return honest(request)

    with serving(watched) as script:
        command = [str(BIN / "faef"), "gate", "--model", "tested", "--judge", "judge"]
        command += ["--base-url", script.url, "--questions", "bank.jsonl", "--out", "out"]
        command += ["--profile", "nightly", "--no-track", "-k", "not capability", "--concurrency", "2"]
        options: dict[str, Any] = {
            "cwd": tmp_path,
            "env": environment(),
            "stdout": subprocess.PIPE,
            "stderr": subprocess.STDOUT,
            "text": True,
        }
        with subprocess.Popen(command, **options) as first:
            assert enough.wait(60)
            first.send_signal(how)
            first.communicate(timeout=60)
        second = subprocess.run(command, timeout=60, check=False, **options)
    return first.returncode, answered, Result(second.returncode, second.stdout, tmp_path / "out")


@pytest.mark.parametrize(
    "how",
    [
        signal.SIGKILL,
        pytest.param(signal.SIGTERM, marks=pytest.mark.full),
        pytest.param(signal.SIGINT, marks=pytest.mark.full),
    ],
)
def test_a_run_ended_by_a_signal_asks_only_the_rest(tmp_path: Path, how: signal.Signals) -> None:
    _, answered, second = half_way(tmp_path, how)
    in_flight = 2 + 2  # to the model and to the judge
    assert 0 == second.code, second.text
    assert 160 <= answered.total() <= 160 + in_flight


def test_a_resumed_run_is_the_undisturbed_run(tmp_path: Path, faef: Faef) -> None:
    _, _, resumed = half_way(tmp_path, signal.SIGKILL)
    with serving(honest) as script:
        undisturbed = faef(script, "--out", "other")

    def kept(row: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in row.items() if name not in {"id", "started_at", "notes"}}

    row = json.loads((tmp_path / "other" / "run.json").read_text())
    assert undisturbed.code == 0
    assert kept(row) == kept(resumed.run)
