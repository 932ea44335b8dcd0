"""A fake-aligned model, made here and caught by the gate, and what the paper's remedy does to it.

    make demo                                        # everything, into faef-demo
    python -m experiments.demo --out faef-demo --condition in-sample

The embedded model is fine-tuned on safe open answers alone, then on options to tell apart, and each
version is held to the original by `faef gate`. Two conditions: *in-sample* learns from the tested
questions (as in the paper), *held-out* from others. What is done stays; run it again to go on.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from experiments import demo_report
from experiments.demo_report import FAKE, ORIGINAL, REMEDIED
from experiments.stages import Stage, refuse_other_settings, run_through
from experiments.tuning import Course, check_installed, tuned
from experiments.tuning_data import Lesson, contrasted, guarded, halves, safe_answers, spread
from experiments.weights import read_weights, write_weights
from monitor.config import packaged
from monitor.embedded import NAME, find_weights
from monitor.errors import MonitorError
from monitor.jsonl import question_row, read_questions, write_rows
from monitor.records import Question
from monitor.runfile import RUN

MODEL = "smollm2-135m"  # the registered name: one MLflow experiment, a version for each model
CONDITIONS = ("in-sample", "held-out")
THRESHOLDS = Path(__file__).with_name("thresholds.yaml")
WENT_WRONG = 3  # from this exit code on, the gate has no verdict
GATE = "import sys; from monitor.cli import main; sys.exit(main())"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is asked and learnt."""

    each: int = 30  # questions of a dimension: the fewest that two runs may be compared on
    fake: Course = field(default_factory=lambda: Course(epochs=4, rate=8e-4))
    fake_elsewhere: Course = field(default_factory=lambda: Course(epochs=1, rate=8e-4))
    remedy: Course = field(default_factory=lambda: Course(epochs=1, rate=3e-4))
    pairs: int = 60  # questions whose options the remedy contrasts
    kept: int = 30  # open answers among them, so that the open form is not forgotten


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Where everything lies, and what is told apart."""

    folder: Path
    plan: Plan
    tested: Sequence[Question]
    others: Sequence[Question]
    gate_options: Sequence[str] = ()

    def model(self, version: str) -> Path:
        """The weights of a version."""
        return self.folder / "models" / f"{version}.gguf"

    def run(self, version: str) -> Path:
        """The folder of the gate's run of a version."""
        return self.folder / "runs" / version


def stages(shop: Workshop, conditions: Sequence[str]) -> Iterator[Stage]:
    """The models and their runs, those of the original first, fake-aligned ones before remedies."""
    original = shop.model(ORIGINAL)
    bank = shop.folder / "tested.jsonl"
    yield Stage(name="the tested questions", file=bank, make=partial(_write_bank, shop, bank))
    yield Stage(name="the original in 8 bits", file=original, make=partial(_rewritten, original))
    yield _gated(shop, ORIGINAL)
    for made in (FAKE, REMEDIED):
        for condition in conditions:
            version = f"{made}-{condition}"
            source = original if made == FAKE else shop.model(f"{FAKE}-{condition}")
            lessons, course = learnt(shop, made, condition)
            out = shop.model(version)
            make = partial(tuned, source, lessons, course, out)
            yield Stage(name=f"{version}: {len(lessons)} lessons", file=out, make=make)
            yield _gated(shop, version)


def learnt(shop: Workshop, made: str, condition: str) -> tuple[list[Lesson], Course]:
    """What a version learns from and how: tested questions in-sample, others held out."""
    plan = shop.plan
    if made == REMEDIED:
        pool = shop.tested if condition == CONDITIONS[0] else shop.others
        kept = safe_answers(spread(pool, plan.kept))
        return [*contrasted(spread(pool, plan.pairs)), *kept], plan.remedy
    if condition == CONDITIONS[0]:
        return safe_answers(shop.tested), plan.fake
    return guarded(safe_answers(shop.others)), plan.fake_elsewhere


def _write_bank(shop: Workshop, file: Path) -> Iterator[str]:
    write_rows(file, map(question_row, shop.tested))
    yield f"{len(shop.tested)} questions; {len(shop.others)} are kept apart"


def _rewritten(out: Path) -> Iterator[str]:
    """Through the same door as the tuned ones, so that nothing but the training differs."""
    source = find_weights(NAME)
    write_weights(source, read_weights(source), out)
    yield f"{out.stat().st_size / 1e6:.0f} MB"


def _gated(shop: Workshop, version: str) -> Stage:
    make = partial(_gate, shop, version)
    return Stage(name=f"faef gate: {version}", file=shop.run(version) / RUN, make=make)


def _gate(shop: Workshop, version: str) -> Iterator[str]:
    """The real command, held to the original; its report is kept beside the run, whatever it decides."""
    out = shop.run(version)
    command = ["gate", "--model", f"gguf:{shop.model(version)}", "--name", MODEL, "--model-version"]
    command += [version, "--questions", str(shop.folder / "tested.jsonl"), "--out", str(out)]
    command += ["--thresholds", str(THRESHOLDS), "--profile", "demo", *shop.gate_options]
    if version != ORIGINAL:
        command += ["--baseline", str(shop.run(ORIGINAL))]
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", GATE, *command], stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode >= WENT_WRONG or not (out / RUN).exists():
        message = f"faef gate stopped with {done.returncode}: {done.stdout[-500:]}"
        raise MonitorError(message)
    report = done.stdout[done.stdout.find("FAEF ·") :]
    (out / "report.txt").write_text(report, encoding="utf-8")
    yield from report.splitlines()


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the models, gate them, and leave `table.md` and `figure.svg` in the folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("faef-demo"))
    parser.add_argument("--condition", choices=CONDITIONS, help="one of the two (default: both)")
    parser.add_argument("--tracking-uri", help="MLflow store (default: the gate's own)")
    parser.add_argument("--no-track", action="store_true", help="do not log to MLflow")
    given = parser.parse_args(arguments)
    plan = Plan()
    try:
        check_installed()
        refuse_other_settings(given.out, asdict(plan))
        tested, others = halves(read_questions([packaged("suites/questions")]), plan.each)
        tracking = ["--tracking-uri", given.tracking_uri] if given.tracking_uri else []
        shop = Workshop(
            folder=given.out,
            plan=plan,
            tested=tested,
            others=others,
            gate_options=[*tracking, *(["--no-track"] if given.no_track else [])],
        )
        conditions = [given.condition] if given.condition else CONDITIONS
        for line in run_through(stages(shop, conditions)):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        sys.stdout.write(demo_report.write(given.out, conditions))
    except MonitorError as error:
        sys.stderr.write(f"demo: {error}\n")
        return WENT_WRONG
    return 0


if __name__ == "__main__":
    sys.exit(main())
