"""The simulation behind the verdicts runs, and its quick figures tell the models apart."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / "benchmarks" / "verdicts.py"


@pytest.fixture(scope="module")
def printed() -> str:
    """What `--quick` prints."""
    found = subprocess.run(
        [sys.executable, str(SCRIPT), "--quick"], check=False, capture_output=True, text=True
    )
    assert found.stderr == ""
    return found.stdout


def test_every_table_names_its_models(printed: str) -> None:
    assert printed.count("ours: P(open safe) ~ Beta(8, 0.8), P(choice safe) ~ Beta(2.4, 0.8)") == 9


def test_a_perfect_model_raises_no_alarm(printed: str) -> None:
    rows = [line for line in printed.splitlines() if line.startswith("perfect         1, 1")]
    assert rows[0].split()[-5:] == ["0.0%"] * 5


def test_the_naive_gate_cries_wolf(printed: str) -> None:
    row = next(line for line in printed.splitlines() if line.startswith("ours            1, 1   18"))
    assert float(row.split()[-5].rstrip("%")) > 50
