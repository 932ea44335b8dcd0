"""`--engine dask`: scheduler and workers are processes of their own, the endpoint is scripted."""

import json
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from monitor.calls.limits import Limits
from monitor.engines.handing import Purse
from monitor.engines.orders import shares_of
from tests.cluster import Cluster, cluster, without_key
from tests.conftest import BIN, Faef, bank_rows, environment, run_command, write_jsonl
from tests.scripted import KEY, Answer, Request, Script, honest, serving
from tests.test_docs import commands

QUESTIONS = 5 * 8
CALLS = QUESTIONS * 4  # three forms and a judgement each
SAID: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}


@dataclass
class Watched:
    """An honest model of some latency that counts what it is asked, by text."""

    latency: float = 0.05
    answered: Counter[str] = field(default_factory=Counter)
    in_flight: Counter[str] = field(default_factory=Counter)  # by kind of endpoint
    most: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)
    enough: threading.Event = field(default_factory=threading.Event)  # a third of all calls are made

    def __call__(self, request: Request) -> Answer:
        """Answer it after a while."""
        endpoint = "judge" if request.kind == "judge" else "model"
        with self.lock:  # a judge is asked for JSON until it has shown that it knows none
            self.answered[request.text.rpartition("<question-")[2].partition("</answer-")[0]] += 1
            self.in_flight[endpoint] += 1
            self.most[endpoint] = max(self.most[endpoint], self.in_flight[endpoint])
            if len(self.answered) == CALLS // 3:
                self.enough.set()
        time.sleep(self.latency)
        with self.lock:
            self.in_flight[endpoint] -= 1
        return honest(request)


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster that the tests do no harm to."""
    with cluster(tmp_path_factory.mktemp("cluster")) as started:
        yield started


def on(started: Cluster) -> list[str]:
    """The options that choose it."""
    return ["--engine", "dask", "--scheduler", started.address]


def gate(script: Script, out: str, *more: str) -> list[str]:
    """The command of a whole run over `bank.jsonl`."""
    command = [str(BIN / "faef"), "gate", "--model", "tested", "--judge", "judge"]
    command += ["--base-url", script.url, "--questions", "bank.jsonl", "--out", out]
    return [*command, "--profile", "nightly", "--no-track", "-k", "not capability", *more]


def run(command: list[str], folder: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return subprocess.run(
        command,
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )


def kept(folder: Path) -> dict[str, Any]:
    """`run.json` without what no two runs share."""
    row: dict[str, Any] = json.loads((folder / "run.json").read_text())
    return {name: value for name, value in row.items() if name not in {"id", "started_at", "notes"}}


def test_a_run_on_a_cluster_is_the_local_run(tmp_path: Path, two_workers: Cluster) -> None:
    write_jsonl(tmp_path / "bank.jsonl", bank_rows(per_dimension=8))
    watched = Watched()
    with serving(honest) as script:
        here = run(gate(script, "here"), tmp_path, environment())
    with serving(watched) as script:
        there = run(
            gate(script, "there", "--concurrency", "6", *on(two_workers)), tmp_path, without_key()
        )
    assert (0, 0) == (here.returncode, there.returncode), there.stdout
    assert kept(tmp_path / "here") == kept(tmp_path / "there")
    assert (CALLS, {1}) == (len(watched.answered), set(watched.answered.values()))
    assert max(watched.most.values()) <= 6
    assert KEY not in two_workers.logs
    assert "About" not in two_workers.logs


@pytest.mark.full
def test_no_key_leaves_the_environment_of_a_worker(tmp_path: Path, two_workers: Cluster) -> None:
    """The driver's own key is another: it must not get to the endpoint either."""
    write_jsonl(tmp_path / "bank.jsonl", bank_rows())
    with serving(honest) as script:
        command = gate(script, "out", *on(two_workers))
        done = run(command, tmp_path, {**environment(), "FAEF_API_KEY": "sk-driver-canary-987"})
    written = b"".join(file.read_bytes() for file in (tmp_path / "out").iterdir())
    assert 0 == done.returncode, done.stdout
    for key in (KEY, "sk-driver-canary-987"):
        assert key not in two_workers.logs
        assert key not in done.stdout
        assert key.encode() not in written


@pytest.mark.full
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_worker_that_is_lost_loses_nothing(tmp_path: Path, how: signal.Signals) -> None:
    write_jsonl(tmp_path / "bank.jsonl", bank_rows(per_dimension=8))
    watched = Watched()
    with cluster(tmp_path / "cluster") as started, serving(watched) as script:
        command = gate(script, "out", "--concurrency", "8", *on(started))
        driver = subprocess.Popen(command, cwd=tmp_path, env=without_key(), **SAID)
        assert watched.enough.wait(60)
        started.workers[0].send_signal(how)
        said, _ = driver.communicate(timeout=100)
    assert (0, CALLS) == (driver.returncode, len(watched.answered)), said
    in_flight = 4 + 4  # of one worker's share, to the model and to the judge
    assert watched.answered.total() <= CALLS + in_flight


@pytest.mark.full
def test_a_driver_that_is_killed_goes_on_and_asks_only_the_rest(
    tmp_path: Path, two_workers: Cluster
) -> None:
    write_jsonl(tmp_path / "bank.jsonl", bank_rows(per_dimension=8))
    watched = Watched()
    with serving(watched) as script:
        command = gate(script, "out", "--concurrency", "8", *on(two_workers))
        with subprocess.Popen(command, cwd=tmp_path, env=without_key()) as driver:
            assert watched.enough.wait(60)
            driver.kill()
        done = run(command, tmp_path, without_key())
    assert (0, CALLS) == (done.returncode, len(watched.answered)), done.stdout
    in_flight = 8 + 8
    assert watched.answered.total() <= CALLS + in_flight
    assert "resumed a collection begun at" in done.stdout


@pytest.mark.full
@pytest.mark.parametrize("first", ["local", "dask"])
def test_what_one_engine_began_the_other_finishes(
    tmp_path: Path, two_workers: Cluster, first: str
) -> None:
    write_jsonl(tmp_path / "bank.jsonl", bank_rows(per_dimension=8))
    watched = Watched(latency=0.01)
    with serving(watched) as script:
        local, dask = gate(script, "out"), gate(script, "out", *on(two_workers))
        begun, finished = (local, dask) if first == "local" else (dask, local)
        one = run([*begun, "--max-calls", "50"], tmp_path, environment())
        asked = watched.answered.total()
        two = run(finished, tmp_path, environment())
    assert (2, 50, 0) == (one.returncode, asked, two.returncode), one.stdout
    assert {1} == set(watched.answered.values())
    assert CALLS == watched.answered.total()


@pytest.mark.full
@pytest.mark.parametrize("most", [0, 1, 7, 50])
def test_a_budget_of_calls_is_kept_to_the_call(tmp_path: Path, two_workers: Cluster, most: int) -> None:
    write_jsonl(tmp_path / "bank.jsonl", bank_rows(per_dimension=8))
    watched = Watched(latency=0.01)
    with serving(watched) as script:
        command = gate(script, "out", "--max-calls", str(most), *on(two_workers))
        done = run(command, tmp_path, without_key())
    assert (2, most) == (done.returncode, watched.answered.total()), done.stdout
    assert f"budget: {most} calls are made (max-calls)" in done.stdout


@pytest.mark.full
def test_a_deadline_stops_a_run_on_a_cluster(tmp_path: Path, two_workers: Cluster) -> None:
    write_jsonl(tmp_path / "bank.jsonl", bank_rows(per_dimension=8))
    with serving(Watched(latency=0.5)) as script:
        command = gate(script, "out", "--deadline", "2", "--concurrency", "2", *on(two_workers))
        done = run(command, tmp_path, without_key())
    assert (2, True) == (done.returncode, "deadline: 2 seconds are over" in done.stdout), done.stdout


@pytest.mark.full
@pytest.mark.parametrize(("answer", "code"), [(404, 3), (500, 4)])
def test_what_stops_a_local_run_stops_it_with_the_same_line(
    tmp_path: Path, two_workers: Cluster, answer: int, code: int
) -> None:
    write_jsonl(tmp_path / "bank.jsonl", bank_rows(per_dimension=40))

    def said(text: str) -> str:
        return next(line for line in text.splitlines() if script.url in line)

    with serving(lambda _: answer) as script:
        here = run(gate(script, "here"), tmp_path, environment())
        there = run(gate(script, "there", *on(two_workers)), tmp_path, without_key())
    assert (code, code) == (here.returncode, there.returncode), there.stdout
    assert said(here.stdout) == said(there.stdout)


@pytest.mark.full
def test_a_worker_without_a_key_is_one_line(tmp_path: Path, bank: Path, faef: Faef) -> None:
    assert bank.exists()
    with cluster(tmp_path / "cluster", workers=0) as started, serving(honest) as script:
        started.add_worker(without_key())
        result = faef(script, *on(started))
    assert 3 == result.code
    assert "no API key: set FAEF_JUDGE_API_KEY" in result.text
    assert "(worker tcp://" in result.text


@pytest.mark.full
def test_the_check_of_the_judge_is_made_by_a_worker(tmp_path: Path, two_workers: Cluster) -> None:
    write_jsonl(tmp_path / "bank.jsonl", bank_rows())
    with serving(honest) as script:
        run(gate(script, "here", "--judge-check"), tmp_path, environment())
        done = run(gate(script, "there", "--judge-check", *on(two_workers)), tmp_path, without_key())
    assert 0 == done.returncode, done.stdout
    assert kept(tmp_path / "here") == kept(tmp_path / "there")


@pytest.mark.full
def test_the_faef_commands_of_the_page_run(tmp_path: Path, two_workers: Cluster) -> None:
    capability = {**bank_rows()[0], "dimension": "capability", "id": "capability-0"}
    bank = write_jsonl(tmp_path / "bank.jsonl", [*bank_rows(), capability])
    shown = [words for words in commands("docs/distributed.md") if words[0] == "faef"]
    with serving(honest) as script:
        put = {"http://localhost:8000/v1": script.url, "tcp://127.0.0.1:8786": two_workers.address}
        for words in shown:
            command = [*(put.get(word, word) for word in words), "--questions", str(bank)]
            done = run_command(command, tmp_path)
            assert 0 == done.returncode, done.stdout
    assert ["gate", "collect"] == [words[1] for words in shown]


@pytest.mark.full
def test_a_scheduler_that_is_not_there_is_one_line(faef: Faef) -> None:
    with serving(honest) as script:
        result = faef(script, "--engine", "dask", "--scheduler", "tcp://127.0.0.1:9")
    assert (4, True) == (result.code, "tcp://127.0.0.1:9: no dask scheduler answers" in result.text)


@pytest.mark.full
def test_a_scheduler_that_dies_is_one_line(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "bank.jsonl", bank_rows(per_dimension=8))
    watched = Watched(latency=0.2)
    with cluster(tmp_path / "cluster") as started, serving(watched) as script:
        command = gate(script, "out", "--concurrency", "4", *on(started))
        driver = subprocess.Popen(command, cwd=tmp_path, env=without_key(), **SAID)
        assert watched.enough.wait(60)
        assert started.scheduler
        started.scheduler.kill()
        said, _ = driver.communicate(timeout=100)
    assert 4 == driver.returncode, said
    assert "the scheduler no longer answers: what was collected is kept" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--engine dask --model m --judge j", "--engine dask: no scheduler: set --scheduler"),
        ("--scheduler tcp://h:1", "--scheduler: is for the workers of a cluster: add --engine dask"),
        ("--engine dask --scheduler tcp://h:1", "--engine dask: the embedded model is served from"),
        ("--engine dask --model m --judge j --scheduler x://h", "--scheduler: 'x://h' is no address"),
    ],
)
def test_options_that_make_no_sense_together_are_one_line(
    tmp_path: Path, options: str, said: str
) -> None:
    done = run_command(["faef", "collect", *options.split()], tmp_path)
    assert (3, 1) == (done.returncode, len(done.stdout.splitlines())), done.stdout
    assert said in done.stdout


def test_a_replay_asks_nobody_on_no_engine(tmp_path: Path) -> None:
    done = run_command(["faef", "gate", "--replay", "x", "--engine", "local"], tmp_path)
    assert (3, True) == (done.returncode, "--engine: a replay asks nobody" in done.stdout)


def test_shares_of_a_limit_add_up_to_it() -> None:
    shares = shares_of(Limits(concurrency=5, rpm=60, max_calls=9), 2)
    assert [(3, 30, None), (2, 30, None)] == [(s.concurrency, s.rpm, s.max_calls) for s in shares]


def test_there_are_no_more_shares_than_calls_at_once() -> None:
    assert [1, 1] == [share.concurrency for share in shares_of(Limits(concurrency=2), 7)]


def test_what_two_holders_may_use_never_exceeds_the_limit() -> None:
    purse = Purse(10)
    assert (6, 4) == (purse.offer("a", 0, 6), purse.offer("b", 0, 6))


def test_what_a_holder_no_longer_needs_is_free_once_it_knows() -> None:
    purse = Purse(10)
    purse.offer("a", 0, 10)
    purse.offer("a", 2, 3)  # may use 5 in all, and does not know it yet
    before = purse.room("b", 0)
    purse.told("a", 5, 4)
    assert (0, 5) == (before, purse.room("b", 0))
