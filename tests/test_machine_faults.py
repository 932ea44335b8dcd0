"""What the machine may do to a collection: a disk without room, a clock that jumps."""

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from email.utils import formatdate
from pathlib import Path

import pytest

from monitor.cli import main
from tests.conftest import Faef, bank_rows, write_jsonl
from tests.scripted import KEY, Answer, Request, Wire, honest, serving

SMALL_DISK = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))
"""
# The wall clock is set an hour forward, then an hour back, five times a second.
JUMPING_CLOCK = """
import datetime, time
wall, begun = time.time, time.monotonic()
def jump():
    return 3600 * (int((time.monotonic() - begun) * 5) % 3 - 1)
class Jumping(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(wall() + jump(), tz)
time.time = lambda: wall() + jump()
datetime.datetime = Jumping
"""
FULL = Path("/dev/full")


def machine(folder: Path, text: str) -> dict[str, str]:
    """An environment in which every Python begins with this."""
    (folder / "machine").mkdir()
    (folder / "machine" / "sitecustomize.py").write_text(text, encoding="utf-8")
    return {"PYTHONPATH": str(folder / "machine")}


class Counting:
    """An honest model that counts how often it answered each request."""

    def __init__(self) -> None:
        self.answered = Counter[str]()
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Answer:
        """Answer."""
        with self._lock:
            self.answered[request.text] += 1
        return honest(request)


def test_a_disk_that_fills_up_while_asking_is_one_line_and_only_the_rest_is_asked_again(
    faef: Faef, tmp_path: Path
) -> None:
    write_jsonl(tmp_path / "bank.jsonl", bank_rows(per_dimension=8))
    model, at_once = Counting(), 2
    with serving(model) as script:
        limited = ("--concurrency", str(at_once))
        full = faef(script, *limited, **machine(tmp_path, SMALL_DISK))
        paid = len(model.answered)
        (tmp_path / "machine" / "sitecustomize.py").unlink()
        roomy = faef(script, *limited)
    lines = [line for line in full.text.splitlines() if "replies.sqlite: cannot be used" in line]
    assert (3, 0) == (full.code, roomy.code), full.text + roomy.text
    assert "make room on its disk and run again: what was collected is kept" in lines[0]
    assert "Traceback" not in full.text
    assert 10 < paid < 160
    assert model.answered.total() <= 160 + 2 * (2 * at_once)  # to model and judge, and to be retried


@pytest.mark.skipif(not FULL.exists(), reason="has no /dev/full")
def test_replies_that_cannot_be_written_out_are_one_line_and_not_asked_again(
    bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FAEF_API_KEY", KEY)
    out = tmp_path / "out"
    out.mkdir()
    (out / "responses.jsonl.partial").symlink_to(FULL)
    model = Counting()
    with serving(model) as script:
        command = ["collect", "--model", "tested", "--judge", "judge", "--base-url", script.url]
        command += ["--questions", str(bank), "--out", str(out), "--profile", "nightly"]
        full, said = main(command), capsys.readouterr().err
        roomy = main(command)
    assert (3, 0) == (full, roomy)
    assert f"{out}/responses.jsonl: cannot be written: No space left on device: make room" in said
    assert {1} == set(model.answered.values())


@pytest.mark.skipif(not FULL.exists(), reason="has no /dev/full")
def test_a_run_that_cannot_be_written_keeps_its_verdict_says_so_and_its_replay_asks_nothing(
    faef: Faef, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "run.json.partial").symlink_to(FULL)
    model = Counting()
    with serving(model) as script:
        full = faef(script)
        roomy = faef(None, "--replay", "out", "--out", "again")
    assert (0, 0) == (full.code, roomy.code), full.text + roomy.text
    assert "WARNING: out/run.json: cannot be written: No space left on device" in full.text
    assert "the verdict stands, but the run is not kept" in full.text
    assert "Traceback" not in full.text
    assert {1} == set(model.answered.values())


def test_a_clock_that_jumps_changes_nothing(faef: Faef, tmp_path: Path) -> None:
    model, seen = Counting(), set[str]()
    soon = formatdate(time.time() + 10, usegmt=True)  # by the clock of the endpoint
    faults: list[Answer] = [
        Wire(status=429, headers={"Retry-After": soon}, body=b"{}"),
        Wire(status=429, headers={"Retry-After": "0.2"}, body=b"{}"),
        Wire(wait=30),
        500,
    ]

    def flaky(request: Request) -> Answer:
        if request.text in seen or not faults:
            return model(request)
        seen.add(request.text)
        return faults.pop()

    with serving(flaky) as script:
        limits = ("--timeout", "2", "--deadline", "60", "--rpm", "6000", "--tpm", "600000")
        result = faef(script, *limits, **machine(tmp_path, JUMPING_CLOCK))
    assert (0, {1}, 40) == (result.code, set(model.answered.values()), len(model.answered)), result.text


def test_on_that_clock_an_hour_passes_in_less_than_a_second(tmp_path: Path) -> None:
    program = (
        "import time, datetime\n"
        "begun, seen = datetime.datetime.now().timestamp(), []\n"
        "for _ in range(8): time.sleep(0.1); seen.append(time.time())\n"
        "print(max(abs(one - begun) for one in seen) > 3000)"
    )
    environment = {**os.environ, **machine(tmp_path, JUMPING_CLOCK)}
    command = [sys.executable, "-c", program]
    assert b"True\n" == subprocess.run(command, env=environment, capture_output=True, check=True).stdout
