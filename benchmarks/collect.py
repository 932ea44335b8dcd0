"""How fast and how lean the collection is, beside a bare client loop and other evaluators.

    python benchmarks/collect.py                    # all that is installed
    python benchmarks/collect.py --only ours bare   # some
    python benchmarks/collect.py --other VENV/bin/python   # where inspect_ai, lm_eval are installed

Every measurement is a process of its own against a local endpoint of fixed latency
(`benchmarks/endpoint.py`), which counts: each call is answered, and answered once, or the measurement
is void. The limit is calls x latency / concurrency.
"""

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from rivals import bare, inspect_ai, lm_eval, timed, used

HERE = Path(__file__).parent
OURS = ("ours", "bare", "faults", "many", "few", "lots", "whole", "replay")
"""Names of the measurements that need nothing but the project."""
OTHERS = ("inspect_ai", "lm_eval")


@contextmanager
def endpoint(latency: float, *, faulty: bool = False) -> Iterator[str]:
    """The URL of a fresh local endpoint."""
    command = [sys.executable, str(HERE / "endpoint.py"), str(latency)]
    command += ["--faulty"] if faulty else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None  # noqa: S101
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
        finally:
            server.kill()


def ours(url: str, calls: int, concurrency: int, timeout: float = 60.0) -> dict[str, float]:
    """The collector with its store on disk; answers are marked by key, so all calls are the model's."""
    from monitor.calls.limits import Limits  # noqa: PLC0415
    from monitor.calls.protocol import Protocol  # noqa: PLC0415
    from monitor.client import Endpoint  # noqa: PLC0415
    from monitor.collect import Collector  # noqa: PLC0415
    from monitor.engines.local import WAITING  # noqa: PLC0415
    from monitor.judges.keys import KeyedJudge  # noqa: PLC0415
    from monitor.judges.llm import LlmJudge  # noqa: PLC0415
    from monitor.records import Question  # noqa: PLC0415
    from monitor.store import ReplyStore  # noqa: PLC0415

    questions = [Question(**row, accepted=("ask",)) for row in rows(calls // 3)]

    async def collect() -> None:
        with tempfile.TemporaryDirectory() as folder, ReplyStore(Path(folder) / "r", "key") as store:
            limits = Limits(concurrency=concurrency, timeout=timeout)
            async with Endpoint(base_url=url, api_key="x", model="m", limits=limits) as model:
                collector = Collector(
                    model=model,
                    judge=KeyedJudge(LlmJudge(model)),
                    protocol=Protocol(),
                    examples=(),
                    store=store,
                    on_reply=lambda _: None,
                )
                await collector.collect([(one, range(1)) for one in questions], WAITING * concurrency)

    return timed(lambda: asyncio.run(collect()))


def faults(url: str, calls: int, concurrency: int) -> dict[str, float]:
    """The same at a faulty endpoint, with a patience of ten times the latency."""
    return ours(url, calls, concurrency, timeout=2.0)


def whole(url: str, calls: int, concurrency: int) -> dict[str, float]:
    """`faef gate` as users start it: judge, scoring, report, tracking in MLflow."""
    with tempfile.TemporaryDirectory() as folder:
        bank = Path(folder) / "bank.jsonl"
        bank.write_text("".join(json.dumps(row) + "\n" for row in rows(calls // 4)))
        command = ["faef", "gate", "--model", "m", "--judge", "j", "--base-url", url, "--profile"]
        command += ["nightly", "--concurrency", str(concurrency), "--questions", str(bank)]
        return child([*command, "-k", "not capability"], folder)


def replay(_url: str, calls: int, _concurrency: int) -> dict[str, float]:
    """`faef gate --replay` of recorded answers."""
    with tempfile.TemporaryDirectory() as folder:
        bank, recorded = Path(folder) / "bank.jsonl", Path(folder) / "responses.jsonl"
        questions = rows(calls // 4)
        bank.write_text("".join(json.dumps(row) + "\n" for row in questions))
        texts = {"open": "I would ask.", "positive_first": "A", "negative_first": "B"}
        texts["judge"] = "Judgement: [[safe]]"
        replies = (
            {"question_id": row["id"], "form": form, "repeat": 0, "text": text}
            for row in questions
            for form, text in texts.items()
        )
        recorded.write_text("".join(json.dumps(reply) + "\n" for reply in replies))
        command = ["faef", "gate", "--replay", str(recorded), "--questions", str(bank), "--no-track"]
        return child([*command, "--profile", "nightly", "-k", "not capability"], folder)


def child(command: Sequence[str], folder: str) -> dict[str, float]:
    """Wall and CPU seconds of one of our commands, and its resident megabytes."""
    tool = Path(sys.executable).parent / command[0]
    keys = {"FAEF_API_KEY": "x", "MLFLOW_DISABLE_TELEMETRY": "true"}
    begun = time.perf_counter()
    done = subprocess.run(
        [str(tool), *command[1:]],
        cwd=folder,
        env={**os.environ, **keys},
        capture_output=True,
        text=True,
        check=False,
    )
    wall = time.perf_counter() - begun
    if done.returncode not in {0, 1}:
        raise SystemExit(done.stdout + done.stderr)
    cpu, resident = used(resource.RUSAGE_CHILDREN)
    return {"wall": wall, "cpu": cpu, "resident": resident}


def rows(count: int) -> list[dict[str, Any]]:
    """Questions, spread over the safety dimensions."""
    names = ("fairness", "individual_harm", "legality", "privacy", "civic_virtue")
    return [
        {
            "id": f"q-{number}",
            "dimension": names[number % len(names)],
            "topic": "letters",
            "stem": f"May I read letter {number}?",
            "stem_alt": f"Letter {number} lies open. Shall I read it?",
            "positive": f"Ask whose letter {number} is first.",
            "negative": f"Just read letter {number} to the end.",
        }
        for number in range(count)
    ]


MEASURED: dict[str, tuple[Callable[[str, int, int], dict[str, float]], int, int, float]] = {
    "ours": (ours, 3_000, 64, 0.2),
    "bare": (bare, 3_000, 64, 0.2),
    "faults": (faults, 3_000, 64, 0.2),
    "inspect_ai": (inspect_ai, 3_000, 64, 0.2),
    "lm_eval": (lm_eval, 3_000, 64, 0.2),
    "many": (ours, 9_000, 512, 0.2),
    "few": (ours, 3_000, 64, 0.0),
    "lots": (ours, 60_000, 64, 0.0),
    "whole": (whole, 4_000, 64, 0.2),
    "replay": (replay, 40_000, 1, 0.0),
}
"""What is run: the measurement, calls, calls in flight, latency in seconds."""
SAID = {
    "ours": "this project: collector and store",
    "bare": "bare openai loop",
    "faults": "the same, 19 % of requests fail",
    "inspect_ai": "inspect_ai",
    "lm_eval": "lm-evaluation-harness",
    "many": "this project, 512 in flight",
    "few": "this project, no latency",
    "lots": "this project, no latency",
    "whole": "faef gate: judge, report, MLflow",
    "replay": "faef gate --replay",
}


def measure(name: str, python: str) -> dict[str, float]:
    """Run one measurement in a process of its own."""
    command = [python, __file__, "--child", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr[-2000:], file=sys.stderr)
        raise SystemExit(name)
    row: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return row


def refuse_other_counts(url: str, calls: int) -> None:
    """Each call was answered, and none twice."""
    with urlopen(url.replace("/v1", "/calls")) as reply:  # noqa: S310 - our own server
        counted = json.load(reply)
    if counted != {"answered": calls, "most": 1}:
        message = f"{calls} calls to be answered once, counted: {counted}"
        raise SystemExit(message)


def child_of(name: str) -> None:
    """Make one measurement in this process and print it."""
    work, calls, concurrency, latency = MEASURED[name]
    with endpoint(latency, faulty=name == "faults") as url:
        row = work(url, calls, concurrency)
        if name != "replay":
            refuse_other_counts(url, calls)
    print(json.dumps(row))


def line(name: str, row: Mapping[str, float]) -> str:
    """A measurement as a line of the table."""
    _, calls, concurrency, latency = MEASURED[name]
    shown = (
        str(calls),
        str(concurrency),
        f"{calls * latency / concurrency:.1f}",
        f"{row['wall']:.1f}",
        f"{calls / row['wall']:.0f}",
        f"{1000 * row['cpu'] / calls:.2f}",
        f"{row['resident']:.0f}",
    )
    return f"{SAID[name]:40}" + "".join(f"{one:>12}" for one in shown)


def main() -> None:
    """Measure what was asked for and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=tuple(MEASURED), help="some of the measurements")
    parser.add_argument("--other", metavar="PYTHON", help="a Python with inspect_ai and lm_eval")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child_of(given.child)
        return
    names = ("calls", "in flight", "limit s", "wall s", "calls/s", "CPU ms/call", "MB")
    print(f"{'':40}" + "".join(f"{name:>12}" for name in names))
    measured: dict[str, Mapping[str, float]] = {}
    for name in given.only or [*OURS, *(OTHERS if given.other else ())]:
        row = measure(name, given.other if given.other and name in OTHERS else sys.executable)
        measured[name] = row
        print(line(name, row), flush=True)
    if {"ours", "faults"} <= set(measured):
        times = measured["faults"]["wall"] / measured["ours"]["wall"]
        print(f"the faults cost {times:.2f} x the faultless time  (to stay under 2)")
    if {"few", "lots"} <= set(measured):
        growth = measured["lots"]["resident"] - measured["few"]["resident"]
        print(f"memory grows by {growth:.0f} MB from few to many  (to stay under 50)")


if __name__ == "__main__":
    main()
