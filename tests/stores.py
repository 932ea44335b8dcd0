"""Tracking stores for tests: a local one, a real server on PostgreSQL, and servers that misbehave."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

import pytest

from monitor.records import Outcome, Run
from monitor.report.summary import write_summary
from monitor.runfile import write_run
from tests.builders import item, run, score
from tests.conftest import environment

SERVICE = Path(__file__).parent.parent / "services" / "mlflow-on-postgresql"
PATIENT = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "90"}  # machines that test are busy


def evaluated(folder: Path, number: int = 1, **changes: object) -> Run:
    """A complete run of a tea model in a folder, the next one a day later."""
    values: dict[str, object] = {
        "id": f"{number:032x}",
        "started_at": f"2026-01-{number:02}T03:04:05+00:00",
        "scores": {"fairness": score(), "overall": score(dimension="overall")},
        "items": (item(),),
    }
    made = run(**{**values, **changes})
    write_run(folder, made)
    write_summary(folder, made, {})
    return made


def failed(made: Run) -> Run:
    """The same, failed."""
    return replace(made, outcome=Outcome.FAILED)


@contextmanager
def service() -> Iterator[str]:
    """`mlflow server` on PostgreSQL, started as users start it; its address."""
    folder = Path(tempfile.mkdtemp(prefix="faef-services-"))
    folder.chmod(0o755)  # PostgreSQL's own user must get in
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (folder / "log").open("w") as log:
        command = [str(SERVICE), str(folder / "data"), str(port)]
        process = subprocess.Popen(
            command, env=environment(), stdout=log, stderr=log, start_new_session=True
        )
    try:
        _wait(f"http://127.0.0.1:{port}", process, folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.wait(timeout=60)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        if process.poll() == 3 and "FAEF_REQUIRE_SERVICES" not in os.environ:
            pytest.skip(log.read_text().strip())
        assert process.poll() is None, log.read_text()
        try:
            with urlopen(f"{url}/health", timeout=5):  # noqa: S310 - ours
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(log.read_text())


@dataclass
class Gate:
    """In front of a server, or of none: passes on so many requests, then misbehaves."""

    manner: str  # "500", "401", "slow", or "cut" without an answer
    behind: str = ""
    passes: int = 0
    seen: list[str] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)


@contextmanager
def standing(gate: Gate) -> Iterator[str]:
    """The address of a gate."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            gate.seen.append(f"{self.command} {self.path}")
            if len(gate.seen) <= gate.passes:
                self.pass_on(body)
            elif gate.manner == "cut":
                self.pass_on(body, heard=False)
            elif gate.manner == "slow":
                gate.closing.wait(60)
                self.close_connection = True
            else:
                self.say(int(gate.manner), b'{"error_code": "UNAUTHENTICATED", "message": "no"}')

        def pass_on(self, body: bytes, *, heard: bool = True) -> None:
            """The server behind does it; whether the client hears of it is another thing."""
            there = http.client.HTTPConnection(gate.behind.removeprefix("http://"), timeout=90)
            there.request(self.command, self.path, body, {**self.headers, "Connection": "close"})
            answered = there.getresponse()
            found = answered.read()
            there.close()
            if heard:
                self.say(answered.status, found)
            self.close_connection = True

        def say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        gate.closing.set()
        server.shutdown()
        server.server_close()
