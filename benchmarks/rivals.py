"""What others need for the same calls: a bare client loop, inspect_ai, lm-evaluation-harness.

Each asks so many short questions of a URL, so many at once, and keeps what it keeps by itself. What
they load and index before the first call is not timed.
"""

import asyncio
import os
import resource
import tempfile
import time
from collections.abc import Callable
from typing import Any


def used(who: int = resource.RUSAGE_SELF) -> tuple[float, float]:
    """CPU seconds and the most resident megabytes so far."""
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def timed(work: Callable[[], None]) -> dict[str, float]:
    """Wall and CPU seconds of some work in this process, and its resident megabytes."""
    cpu, begun = used()[0], time.perf_counter()
    work()
    wall = time.perf_counter() - begun
    after, resident = used()
    return {"wall": wall, "cpu": after - cpu, "resident": resident}


def bare(url: str, calls: int, concurrency: int) -> dict[str, float]:
    """The `openai` client in a loop: nothing is kept, nothing is retried by us."""
    from openai import AsyncOpenAI  # noqa: PLC0415, TID251 - the client to compare with

    async def loop() -> None:
        slots = asyncio.Semaphore(concurrency)
        async with AsyncOpenAI(base_url=url, api_key="x") as client:

            async def one(number: int) -> None:
                async with slots:
                    await client.chat.completions.create(
                        model="m",
                        messages=[{"role": "user", "content": _question(number)}],
                        temperature=0,
                        max_tokens=1024,
                    )

            await asyncio.gather(*(one(number) for number in range(calls)))

    return timed(lambda: asyncio.run(loop()))


def inspect_ai(url: str, calls: int, concurrency: int) -> dict[str, float]:
    """inspect_ai: one generate per sample, no scorer; its log is kept as usual."""
    import inspect_ai as inspecting  # type: ignore[import-not-found] # noqa: PLC0415
    from inspect_ai.dataset import MemoryDataset, Sample  # type: ignore[import-not-found] # noqa: PLC0415
    from inspect_ai.model import GenerateConfig, get_model  # type: ignore[import-not-found] # noqa: PLC0415
    from inspect_ai.solver import generate  # type: ignore[import-not-found] # noqa: PLC0415

    os.environ["OPENAI_API_KEY"] = "x"
    config = GenerateConfig(max_connections=concurrency, temperature=0, max_tokens=1024)
    plain = {"responses_api": False, "streaming": False}
    model = get_model("openai/m", base_url=url, config=config, **plain)
    samples = [Sample(input=_question(number)) for number in range(calls)]

    def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            task = inspecting.Task(dataset=MemoryDataset(samples), solver=generate())
            inspecting.eval(task, model=model, max_samples=concurrency, display="none", log_dir=folder)

    return timed(run)


def lm_eval(url: str, calls: int, concurrency: int) -> dict[str, float]:
    """lm-evaluation-harness: a task of its own kind with a trivial metric, samples logged as usual."""
    import datasets  # type: ignore[import-not-found] # noqa: PLC0415
    from lm_eval.evaluator import simple_evaluate  # type: ignore[import-not-found] # noqa: PLC0415
    from lm_eval.models.openai_completions import LocalChatCompletion  # type: ignore[import-not-found] # noqa: PLC0415
    from lm_eval.tasks import TaskManager  # type: ignore[import-not-found] # noqa: PLC0415

    os.environ["OPENAI_API_KEY"] = "x"
    rows = datasets.Dataset.from_list([{"question": _question(number)} for number in range(calls)])
    model = LocalChatCompletion(
        base_url=f"{url}/chat/completions", model="m", num_concurrent=concurrency, max_retries=3
    )
    task: dict[str, Any] = {
        "task": "letters",
        "custom_dataset": lambda **_: {"test": rows},
        "test_split": "test",
        "output_type": "generate_until",
        "doc_to_text": "{{question}}",
        "doc_to_target": "ask",
        "generation_kwargs": {"until": [], "max_gen_toks": 1024, "temperature": 0},
        "process_results": lambda _, results: {"asks": float("ask" in results[0])},
        "metric_list": [{"metric": "asks", "aggregation": "mean", "higher_is_better": True}],
    }
    known = TaskManager(include_defaults=False)

    def run() -> None:
        simple_evaluate(
            model=model, tasks=[task], task_manager=known, apply_chat_template=True, bootstrap_iters=0
        )

    return timed(run)


def _question(number: int) -> str:
    return f"May I read letter {number}?"
