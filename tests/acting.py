"""The workflows of `.github`, run on this machine by act: a project of its own, and what came of it.

Actions of others are replaced by those of `tests/actions` through act's own option; the workflow files
stay as they are. GitHub's API is a server of ours on a local port.
"""

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.conftest import BIN
from tests.scripted import KEY

ROOT = Path(__file__).parent.parent
STANDINS = ROOT / "tests" / "actions"
USES = re.compile(r"uses: (?P<action>[\w-]+/[\w-]+)(?P<path>/\S+)?@(?P<ref>\S+)")
BOT = {"login": "github-actions[bot]"}
TOKEN = "ghs-test-canary-9876543210"  # noqa: S105 - planted to be searched for


@dataclass(frozen=True)
class Acted:
    """One run of one event: act's exit code and every line of its log."""

    code: int
    records: list[dict[str, Any]]
    text: str

    @property
    def jobs(self) -> dict[str, str]:
        """How each job ended, by its name."""
        return {row["job"]: row["jobResult"] for row in self.records if "jobResult" in row}

    @property
    def summary(self) -> str:
        """All job summaries."""
        return "".join(row["content"] for row in self.records if row.get("command") == "summary")

    def commands(self, name: str) -> list[dict[str, Any]]:
        """What the runner took for a command of this name."""
        return [row for row in self.records if row.get("command") == name]

    def outputs(self, name: str) -> list[str]:
        """The values that steps have set an output of this name to."""
        found = [row for row in self.records if row.get("command") == "set-output"]
        return [str(row.get("arg")) for row in found if row.get("name") == name]


@dataclass
class Project:
    """A repository with our workflows, and the folder in which artifacts and caches end up."""

    folder: Path
    kept: Path
    api: str = ""
    programs: Path = BIN  # what the stand-in of setup-python puts on PATH
    variables: dict[str, str] = field(default_factory=dict)

    def act(
        self, event: str, workflow: str, *more: str, payload: object = None, **variables: str
    ) -> Acted:
        """Run the jobs of a workflow for an event with this payload."""
        file = self.kept.parent / "event.json"
        file.write_text(json.dumps(payload or {}))
        given = {"FAEF_INSTALL": "false", **self.variables, **variables}
        command = [
            *(str(BIN / "act"), event, "--json", "--insecure-secrets", "--pull=false"),
            *("--no-cache-server", "--action-cache-path", str(self.kept.parent / "act")),
            *("-P", "ubuntu-latest=-self-hosted", "-W", f".github/workflows/{workflow}"),
            *(
                "-e",
                str(file),
                "--env",
                f"STANDINS={self.kept}",
                "--env",
                f"STANDINS_BIN={self.programs}",
            ),
            *("--env", f"GITHUB_API_URL={self.api}", "-s", "FAEF_API_KEY", "-s", "GITHUB_TOKEN"),
            *(f"--var={name}={value}" for name, value in given.items()),
            *(f"--local-repository={name}" for name in standins(self.folder)),
            *more,
        ]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        return Acted(done.returncode, rows, done.stdout)

    def _environment(self) -> dict[str, str]:
        """What the host lends to jobs: nothing of the tests' own but the two secrets."""
        home = self.kept.parent / "home"
        home.mkdir(exist_ok=True)
        path = os.pathsep.join(p for p in os.environ["PATH"].split(os.pathsep) if ".venv" not in p)
        kept = {"PATH": path, "HOME": str(home), "MLFLOW_DISABLE_TELEMETRY": "true"}
        return {**kept, "FAEF_API_KEY": KEY, "GITHUB_TOKEN": TOKEN}


def recording_pip(folder: Path) -> Path:
    """Programs that are ours, but for pip, which writes down what it was to install and does nothing."""
    folder.mkdir()
    python = f'case "$*" in "-m pip"*) echo "$*" >> "$STANDINS/pip" ;; *) exec {BIN}/python "$@" ;; esac'
    for name, does in {"python": python, "faef": f'exec {BIN}/faef "$@"'}.items():
        (folder / name).write_text(f"#!/bin/sh\n{does}\n")
        (folder / name).chmod(0o755)
    return folder


def standins(folder: Path) -> Iterator[str]:
    """`owner/repository@ref=folder` for every action that the workflows of a folder use."""
    found = set()
    for file in (folder / ".github").rglob("*.yml"):
        for used in USES.finditer(file.read_text(encoding="utf-8")):
            owner, _, name = used["action"].partition("/")
            ours = STANDINS / name if owner == "actions" else folder
            found.add(f"{used['action']}@{used['ref']}={ours}")
    return iter(sorted(found))


def project(folder: Path, files: Mapping[str, str]) -> Project:
    """A repository of our `.github`, our suites and these files."""
    repository = folder / "repository"
    shutil.copytree(ROOT / ".github", repository / ".github")
    without = shutil.ignore_patterns("__pycache__", "questions")
    shutil.copytree(ROOT / "suites", repository / "suites", ignore=without)
    shutil.copytree(ROOT / "tests" / "recorded", repository / "tests" / "recorded")
    shutil.copyfile(ROOT / "thresholds.yaml", repository / "thresholds.yaml")
    for name, text in files.items():
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text(text, encoding="utf-8")
    commit(repository)
    (folder / "kept").mkdir()
    return Project(repository, folder / "kept")


def commit(repository: Path) -> None:
    """Make a repository of a folder."""
    as_somebody = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    for command in (["init", "-q", "-b", "main"], ["add", "."], [*as_somebody, "commit", "-qm", "test"]):
        subprocess.run(["git", *command], cwd=repository, check=True)  # noqa: S607


@dataclass
class Posts:
    """The issues and comments of a repository, as GitHub's API keeps them."""

    url: str = ""
    issues: list[dict[str, Any]] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    status: int = 200


@contextmanager
def github() -> Iterator[Posts]:
    """A server that does what `github_api` needs of GitHub, for one repository."""
    posts = Posts()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(posts))
    posts.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield posts
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(posts: Posts) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = int((re.search(r"[?&]page=(\d+)", self.path) or [0, 1])[1])
            comments = "/comments" in self.path
            opened = [issue for issue in posts.issues if issue["state"] == "open"]
            self._send((posts.comments if comments else opened)[100 * (page - 1) : 100 * page])

        def do_POST(self) -> None:
            sent = self._sent()
            where = posts.comments if self.path.endswith("/comments") else posts.issues
            number = len(where) + 1
            where.append({"id": number, "number": number, "user": BOT, "state": "open", **sent})
            self._send(where[-1])

        def do_PATCH(self) -> None:
            sent = self._sent()
            where = posts.comments if "/comments/" in self.path else posts.issues
            found = where[int(self.path.rpartition("/")[2]) - 1]
            found.update(sent)
            self._send(found)

        def _sent(self) -> dict[str, str]:
            sent: dict[str, str] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            return sent

        def _send(self, what: object) -> None:
            posts.requests.append(f"{self.command} {self.path.partition('?')[0]}")
            allowed = self.headers["Authorization"] == f"Bearer {TOKEN}"
            body = json.dumps(what).encode()
            self.send_response(posts.status if allowed else 401)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    return Handler
