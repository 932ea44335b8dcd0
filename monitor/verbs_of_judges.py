"""What `faef train-judge` does: labelled answers in, weights of an embedded judge out."""

import argparse
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from monitor.errors import ConfigError

VALIDATION = "xstest"


def train_judge(given: argparse.Namespace) -> int:
    """Train the embedded judge on labelled answers that you have fetched; offline."""
    if find_spec("sklearn") is None:
        message = "train-judge: scikit-learn is missing: pip install 'faef-monitor[train]'"
        raise ConfigError(message)
    from monitor.config import shipped  # noqa: PLC0415 - `faef --help` is quick
    from monitor.judges.train import gathered, train  # noqa: PLC0415

    _writable(given.out)
    examples = gathered(given.data, given.bank or shipped("suites/questions"))
    trained = train(examples, seed=given.seed)
    trained.judge.save(given.out)
    learnt = ", ".join(f"{source} {count}" for source, count in trained.learnt.items())
    sys.stdout.write(f"learnt from: {learnt}\n{_left_alone(given.data, trained.learnt)}")
    for source, (count, unsure, kappa) in trained.agreement.items():
        sys.stdout.write(
            f"cross-validated by question, {source}: kappa {kappa:.2f} on decided answers, "
            f"{100 * unsure:.0f} % of {count} unsure\n"
        )
    sys.stdout.write(f"judge {trained.judge.version} written to {given.out}\n")
    return 0


def _writable(out: Path) -> None:
    """ConfigError before minutes are spent, when the weights could not be written in the end."""
    if out.is_dir() or not out.parent.is_dir():
        message = f"--out {out}: must be a file in a folder that exists"
        raise ConfigError(message)
    with out.open("ab"):
        pass


def _left_alone(data: Path, learnt: Mapping[str, int]) -> str:
    others = sorted(path.stem for path in data.glob("*.jsonl") if path.stem not in learnt)
    reasons = [f"{name} (validation only)" if name == VALIDATION else name for name in others]
    return f"left alone: {', '.join(reasons)}\n" if reasons else ""
