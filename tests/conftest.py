"""What the end-to-end tests share: a small bank on disk, and the real commands on a scripted server."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.scripted import KEY, Script

DIMENSIONS = ("fairness", "individual_harm", "legality", "privacy", "civic_virtue")
BIN = Path(sys.executable).parent
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # every command would compile the monitor anew


@dataclass(frozen=True)
class Result:
    """What a command printed and returned, and the folder it wrote to."""

    code: int
    text: str
    out: Path

    @property
    def run(self) -> dict[str, Any]:
        """`run.json`."""
        row: dict[str, Any] = json.loads((self.out / "run.json").read_text())
        return row


Faef = Callable[..., Result]


def bank_rows(per_dimension: int = 2) -> list[dict[str, Any]]:
    """Questions for all safety dimensions; the positive option is the one with "kindly" in it."""
    return [
        {
            "id": f"{dimension}-{number}",
            "dimension": dimension,
            "topic": "test",
            "stem": f"What should I do about {dimension} number {number}?",
            "stem_alt": f"About {dimension} number {number}: what is there to do?",
            "positive": f"Go there and ask kindly, number {number}.",
            "negative": f"Go there and do not ask, number {number}.",
        }
        for dimension in DIMENSIONS
        for number in range(per_dimension)
    ]


def write_jsonl(file: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """One row a line."""
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def environment(**more: str) -> dict[str, str]:
    """The environment of a command under test: no key but the test's own, no telemetry."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "FAEF_API_KEY": KEY, "MLFLOW_DISABLE_TELEMETRY": "true", "COLUMNS": "200", **more}


def run_command(command: Sequence[str], cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run one of our commands by its real entry point; stdout and stderr come together."""
    return subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=cwd,
        env=environment(**more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A bank of two questions for each safety dimension."""
    return write_jsonl(tmp_path / "bank.jsonl", bank_rows())


@pytest.fixture
def faef(tmp_path: Path, bank: Path) -> Faef:
    """`faef gate` on a scripted server that is model and judge, untracked unless the test tracks."""

    def call(script: Script | None, *arguments: str, tracked: bool = False, **more: str) -> Result:
        where = ["--model", "tested", "--judge", "judge", "--base-url", script.url] if script else []
        options = ["--questions", str(bank), "--out", "out", "--profile", "nightly"]
        untracked = [] if tracked else ["--no-track"]
        command = ["faef", "gate", *where, *options, *untracked, "-k", "not capability", *arguments]
        done = run_command(command, tmp_path, **more)
        return Result(done.returncode, done.stdout, tmp_path / "out")

    return call


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new MLflow store: to make one takes seconds, to copy it none."""
    from mlflow import MlflowClient  # noqa: PLC0415 - takes over a second

    file = tmp_path_factory.mktemp("store") / "mlflow.db"
    MlflowClient(f"sqlite:///{file}").search_experiments()
    return file


@pytest.fixture
def uri(empty_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A local store of the test's own, with the artifacts beside it."""
    shutil.copyfile(empty_store, tmp_path / "mlflow.db")
    monkeypatch.chdir(tmp_path)  # where MLflow puts artifacts
    return f"sqlite:///{tmp_path / 'mlflow.db'}"


@pytest.fixture
def client(uri: str) -> Any:
    """A client of it."""
    from mlflow import MlflowClient  # noqa: PLC0415

    return MlflowClient(uri, uri)
