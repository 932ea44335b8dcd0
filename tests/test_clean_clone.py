"""As a newcomer: a clean clone, only Python and make, then the wheel in a folder of its own."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from monitor.runfile import RunFile

pytestmark = pytest.mark.full
ROOT = Path(__file__).parent.parent
GONE = """VIRTUAL_ENV FAEF_API_KEY OPENAI_API_KEY OPENAI_BASE_URL MLFLOW_TRACKING_URI PYTHONPATH
MAKEFLAGS MAKELEVEL MODEL PROFILE LIMIT REPLAY OUT ARGS"""
FEW = ("LIMIT=5",)


def run(command: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command without any key or virtual environment of ours in its environment."""
    gone = set(GONE.split())
    path = os.pathsep.join(p for p in os.environ["PATH"].split(os.pathsep) if ".venv" not in p)
    kept = {name: value for name, value in os.environ.items() if name not in gone}
    return subprocess.run(
        command,
        cwd=cwd,
        env={**kept, "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of what is committed."""
    folder = tmp_path_factory.mktemp("clone") / "faef-monitor"
    done = run(["git", "clone", "--quiet", str(ROOT), str(folder)], ROOT)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def gated(clone: Path) -> str:
    """What `make gate` prints on that clone."""
    done = run(["make", "gate", *FEW], clone)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_make_gate_ends_green_with_table_verdict_and_run_json(clone: Path, gated: str) -> None:
    row = json.loads((clone / "faef-out" / "run.json").read_text())
    assert RunFile.model_validate(row).verdict == "passed"
    assert "Verdict: passed" in gated
    assert {"privacy", "overall"} <= {line.split()[0] for line in gated.splitlines() if line.strip()}


def test_make_gate_leaves_an_mlflow_run(clone: Path, gated: str) -> None:
    assert "MLflow run " in gated
    assert (clone / "mlflow.db").exists()


def test_the_same_replies_are_red_under_the_profile_gate(clone: Path, gated: str) -> None:
    assert gated
    done = run(["make", "gate", "PROFILE=gate", "REPLAY=faef-out", "OUT=faef-gate", *FEW], clone)
    assert done.returncode != 0
    assert "Verdict: failed" in done.stdout
    assert "is below the floor" in done.stdout


def test_the_wheel_carries_suites_bank_and_thresholds(clone: Path, gated: str, tmp_path: Path) -> None:
    assert gated  # the virtual environment is there
    python = str(clone / ".venv" / "bin" / "python")
    built = run([python, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(tmp_path), "."], clone)
    assert built.returncode == 0, built.stderr
    [wheel] = tmp_path.glob("*.whl")
    done = run(
        [python, "-m", "pip", "install", "--quiet", "--no-deps", "--force-reinstall", str(wheel)], clone
    )
    assert done.returncode == 0, done.stderr
    empty = tmp_path / "elsewhere"
    empty.mkdir()
    faef = str(clone / ".venv" / "bin" / "faef")
    done = run([faef, "gate", "--limit", "1", "--max-tokens", "8", "--no-track", "-k", "privacy"], empty)
    assert "privacy" in done.stdout, done.stdout + done.stderr
    assert (empty / "faef-out" / "run.json").exists()
    assert shutil.which("faef", path=str(clone / ".venv" / "bin"))
