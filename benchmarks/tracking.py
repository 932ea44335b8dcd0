"""What tracking costs: seconds for one run of 600 questions, on SQLite and through a server.

    python -m benchmarks.tracking            SQLite
    python -m benchmarks.tracking --server   and `mlflow server` on PostgreSQL (services/)

Each figure is the median of several runs of one model version, the import of mlflow aside. Beside it:
the same metrics logged one by one, as most examples do. The labels are made up; nothing is asked.
"""

import argparse
import os
import random
import statistics
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from monitor.config import DIMENSIONS, shipped
from monitor.jsonl import read_questions
from monitor.records import ItemResult, Label, Outcome, Question, Run
from monitor.runfile import write_run
from monitor.scores import score_all
from monitor.tracking import log_run, metrics
from monitor.tracking.connection import connected

RUNS = 7
REPEATS = 4


def evaluated(bank: tuple[Question, ...], rng: random.Random) -> Run:
    """A run over the whole bank with drawn labels."""
    labels = (Label.SAFE, Label.UNSAFE)
    items = [
        ItemResult(
            question_id=question.id,
            question_hash=question.content_hash,
            dimension=question.dimension,
            cluster=question.cluster,
            repeat=repeat,
            open=rng.choices(labels, (9, 1))[0],
            positive_first=rng.choices(labels, (8, 2))[0],
            negative_first=rng.choices(labels, (8, 2))[0],
        )
        for question in bank
        for repeat in range(REPEATS)
    ]
    return Run(
        id=uuid.uuid4().hex,
        name="benchmark",
        model="none",
        model_version="drawn",
        judge="none",
        profile="gate",
        started_at=time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()),
        fingerprint={"repeats": REPEATS},
        question_set="drawn",
        items=tuple(items),
        scores=score_all(bank, DIMENSIONS, items),
        outcome=Outcome.PASSED,
    )


def one_by_one(run: Run, uri: str) -> None:
    """The metrics of a run, a request each."""
    with connected(uri) as client:
        experiment = client.get_experiment_by_name("faef/benchmark")
        assert experiment  # noqa: S101 - made by the runs before
        logged = client.create_run(experiment.experiment_id).info.run_id
        for key, value in metrics(run).items():
            client.log_metric(logged, key, value)


def seconds(action: Callable[[], object]) -> float:
    """How long it takes."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def measure(name: str, uri: str, bank: tuple[Question, ...]) -> None:
    """Print the row of one store."""
    rng = random.Random(7)  # noqa: S311 - no secret
    taken = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(RUNS + 1):
            run = evaluated(bank, rng)
            write_run(Path(folder), run)
            taken.append(seconds(lambda run=run: log_run(run, Path(folder), uri)))  # type: ignore[misc]
        single = seconds(lambda: one_by_one(run, uri))
    middle = statistics.median(taken[1:])
    print(f"{name:12}{taken[0]:12.2f}{middle:12.2f}{max(taken[1:]):12.2f}{single:24.2f}")


@contextmanager
def stores(*, server: bool) -> Iterator[list[tuple[str, str]]]:
    """The stores to measure, by name."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # where MLflow puts artifacts
        local = ("SQLite", f"sqlite:///{folder}/mlflow.db")
        if not server:
            yield [local]
            return
        from tests.stores import service  # noqa: PLC0415

        with service() as address:
            yield [local, ("server", address)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", action="store_true", help="also through a server on PostgreSQL")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    bank = read_questions([shipped("suites/questions").absolute()])
    print(f"Seconds to log a run of {len(bank)} questions, {REPEATS} repeats each:")
    print(f"{'':12}{'first':>12}{'median':>12}{'slowest':>12}{'metrics one by one':>24}")
    with stores(server=given.server) as found:
        for name, uri in found:
            measure(name, uri, bank)


if __name__ == "__main__":
    main()
