"""A dask cluster on this machine: scheduler and workers started by their own commands."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import environment

READY = 30.0  # seconds that a process may take to start


def installed(command: str) -> list[str]:
    """A console script of the environment, wherever it was installed."""
    beside = Path(sys.executable).parent / command
    return [str(beside)] if beside.exists() else [sys.executable, "-m", command]


def without_key() -> dict[str, str]:
    """The environment of whoever must not need a key."""
    return {name: value for name, value in environment().items() if not name.endswith("API_KEY")}


@dataclass
class Cluster:
    """The processes and what they log; `workers` in the order they were started."""

    folder: Path
    address: str = ""
    scheduler: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def logs(self) -> str:
        """All that the processes have said."""
        return "".join(file.read_text() for file in sorted(self.folder.glob("*.log")))

    def start(self) -> None:
        """A scheduler on a free port, without dashboard and without any key."""
        file = self.folder / "scheduler.json"
        self.scheduler = self._spawn(
            "scheduler",
            ["--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file)],
            without_key(),
        )
        wait_for(lambda: file.exists() and file.read_text().endswith("}"))  # written in full
        self.address = json.loads(file.read_text())["address"]

    def add_worker(self, env: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        """One more worker process, which has the key."""
        name = f"worker-{len(self.workers)}"
        arguments = [self.address, "--no-nanny", "--nthreads", "1", "--name", name]
        worker = self._spawn("worker", arguments, env or environment(), name)
        self.workers.append(worker)
        log = self.folder / f"{name}.log"
        wait_for(lambda: "Starting established connection" in log.read_text())
        return worker

    def _spawn(
        self, verb: str, arguments: list[str], env: dict[str, str], name: str = "scheduler"
    ) -> subprocess.Popen[bytes]:
        command = [*installed("dask"), verb, *arguments, "--no-dashboard"]
        with (self.folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                command, cwd=self.folder, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )


@contextmanager
def cluster(folder: Path, workers: int = 2) -> Iterator[Cluster]:
    """A scheduler and some workers until the context ends."""
    folder.mkdir(parents=True, exist_ok=True)
    started = Cluster(folder)
    try:
        started.start()
        for _ in range(workers):
            started.add_worker()
        yield started
    finally:
        for process in [*started.workers, *([started.scheduler] if started.scheduler else [])]:
            if process.poll() is None:
                os.kill(process.pid, signal.SIGCONT)
                process.kill()
            process.wait(READY)


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until it holds."""
    end = time.monotonic() + READY
    while not condition():
        assert time.monotonic() < end, "not ready in time"
        time.sleep(0.05)
