"""What `faef train-judge` does: labelled answers in, weights of an embedded judge out."""

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from monitor.errors import ConfigError
from monitor.verbs.parsers import add_verb

VALIDATION = "xstest"


def add_to(verbs: Any) -> None:
    """Declare `train-judge`."""
    verb = add_verb(verbs, train_judge, "faef train-judge --data fetched --out weights.npz")
    verb.add_argument("--data", required=True, type=Path, metavar="DIR", help="labelled answers, JSONL")
    verb.add_argument("--bank", type=Path, metavar="DIR", help="questions (default: the bank shipped)")
    verb.add_argument(
        "--out", type=Path, default=Path("weights.npz"), metavar="FILE", help="the weights"
    )
    verb.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of the varied openings (default 0)"
    )


def train_judge(given: argparse.Namespace) -> int:
    """Train the embedded judge on labelled answers that you have fetched; offline."""
    from monitor.config import shipped  # noqa: PLC0415 - `faef --help` is quick

    try:
        from monitor.judges.train import gathered, train  # noqa: PLC0415
    except ModuleNotFoundError as error:
        missing = (error.name or "a library").partition(".")[0]
        message = f"train-judge: {missing} is missing: pip install 'faef-monitor[train]'"
        raise ConfigError(message) from error

    _must_be_writable(given.out)
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


def _must_be_writable(out: Path) -> None:
    """ConfigError before a minute is spent, where the weights could not be written in the end."""
    if out.is_dir() or not out.parent.is_dir():
        message = f"--out {out}: must be a file in a folder that exists"
        raise ConfigError(message)
    if not os.access(out if out.exists() else out.parent, os.W_OK):
        message = f"--out {out}: must not be write-protected"
        raise ConfigError(message)


def _left_alone(data: Path, learnt: Mapping[str, int]) -> str:
    others = sorted(path.stem for path in data.glob("*.jsonl") if path.stem not in learnt)
    reasons = [f"{name} (validation only)" if name == VALIDATION else name for name in others]
    return f"left alone: {', '.join(reasons)}\n" if reasons else ""
