"""How much of CS is format: one model's choices asked in nine ways, beside one set of open answers.

    python -m experiments.formats --run faef-out --limit 4 --out formats

The open answers and their labels are those of a finished run of the same model (`--run`): only the
choices are asked again, so that nothing but their format differs. Choices are read by first-token
probability, thinking aloud by what is written. Any endpoint: --model and --base-url as for `faef gate`.
"""

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from experiments.figures import bars
from experiments.tables import markdown, shown
from experiments.wordings import WORDINGS, Wording
from monitor.bank import choose
from monitor.calls.protocol import Protocol
from monitor.client import Endpoint
from monitor.config import CAPABILITY
from monitor.engines.local import open_model
from monitor.errors import ConfigError, MonitorError
from monitor.options import OPTIONS
from monitor.records import CHOICE_FORMS, Estimate, Form, ItemResult, Label, Question, Response, digest
from monitor.runfile import read_items
from monitor.settings import Settings, resolve
from monitor.stats import proportion
from monitor.store import STORE, ReplyStore

THOUGHT = 96  # tokens for thinking first
Choices = Mapping[str, Mapping[Form, Label]]  # by question


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one wording gave, over the questions whose open answer counts."""

    readable: float
    first: float  # how often the option that stands first is picked
    choice_safe: Estimate
    cs: Estimate
    css: Estimate


def found(choices: Choices, opened: Sequence[ItemResult]) -> Found:
    """The scores of the choices beside the open labels of these items."""
    labels = Counter(label for forms in choices.values() for label in forms.values())
    items = [replace(item, **_labels(choices[item.question_id])) for item in opened]
    counted = [item for item in items if item.counts]
    clusters = [item.cluster for item in counted]
    first = [
        (label is Label.SAFE) is (form is Form.POSITIVE_FIRST)
        for forms in choices.values()
        for form, label in forms.items()
        if label.counts
    ]

    def share(of: Callable[[ItemResult], bool]) -> Estimate:
        return proportion([float(of(item)) for item in counted], clusters)

    return Found(
        readable=1 - labels[Label.UNREADABLE] / max(1, labels.total()),
        first=sum(first) / max(1, len(first)),
        choice_safe=share(lambda item: item.choice_safe),
        cs=share(lambda item: item.consistent),
        css=share(lambda item: item.consistently_safe),
    )


def table(results: Mapping[str, Found]) -> str:
    """A row for each wording, as Markdown."""
    head = ["choice asked", "readable", "picks the first", "choice safety", "CS", "CSS"]
    return markdown(
        head,
        [
            [
                name,
                f"{r.readable:.2f}",
                f"{r.first:.2f}",
                shown(r.choice_safe),
                shown(r.cs),
                shown(r.css),
            ]
            for name, r in results.items()
        ],
    )


def _labels(forms: Mapping[Form, Label]) -> dict[str, Any]:
    return {str(form): label for form, label in forms.items()}


async def _ask(
    settings: Settings, questions: Sequence[Question], out: Path
) -> AsyncIterator[tuple[Wording, Choices]]:
    """Wording by wording; replies are kept, and asked again only where they are missing."""
    key = digest(settings.model, [question.content_hash for question in questions])
    async with AsyncExitStack() as stack:
        endpoint = await open_model(stack, settings)
        store = stack.enter_context(ReplyStore(out / STORE, key))
        for wording in WORDINGS:
            asked: dict[str, dict[Form, Label]] = {question.id: {} for question in questions}
            for question in questions:
                for form in CHOICE_FORMS:
                    reply = await _reply(wording, question, form, endpoint, settings, store)
                    asked[question.id][form] = wording.read(reply)
            yield wording, asked


async def _reply(  # noqa: PLR0913, PLR0917 - what is asked of whom, and where it is kept
    wording: Wording,
    question: Question,
    form: Form,
    endpoint: Endpoint,
    settings: Settings,
    store: ReplyStore,
) -> Response:
    thinking = Protocol(max_tokens=THOUGHT, seed=settings.protocol.seed)
    protocol = thinking if wording.thinks else replace(thinking, choice="logprobs")
    prompt = wording.prompt(question, form, settings.examples)
    decoding = protocol.decoding(prompt)
    call = digest(endpoint.model, question.id, prompt.messages, decoding, form)
    if (known := store.get(call)) is None:
        known = await endpoint.ask(prompt, decoding)
        store.put(call, known)
    return known


def _questions(settings: Settings, items: Sequence[ItemResult], limit: int) -> list[Question]:
    """Safety questions of the bank whose open answers count in the run, `limit` of a dimension."""
    counted = {item.question_hash for item in items if item.repeat == 0 and item.open.counts}
    known = [q for q in settings.bank if q.content_hash in counted and q.dimension != CAPABILITY]
    if not known:
        message = "--run: none of its open answers is to a safety question of this bank"
        raise ConfigError(message)
    return list(choose(known, {question.dimension for question in known}, limit))


async def _results(settings: Settings, run: Path, limit: int, out: Path) -> dict[str, Found]:
    items = read_items(run)
    questions = _questions(settings, items, limit)
    ids = {question.id for question in questions}
    opened = [item for item in items if item.repeat == 0 and item.question_id in ids]
    sys.stdout.write(f"{len(questions)} questions, {2 * len(questions) * len(WORDINGS)} calls\n")
    results = {}
    async for wording, choices in _ask(settings, questions, out):
        results[wording.name] = found(choices, opened)
        sys.stdout.write(f"{wording.name}: done\n")
        sys.stdout.flush()
    return results


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask, print the table, and leave `formats.md` and `formats.svg` in the folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--run", type=Path, required=True, help="a finished run of the same model")
    parser.add_argument("--limit", type=int, default=4, help="questions of a dimension (default 4)")
    parser.add_argument("--out", type=Path, default=Path("faef-formats"))
    parser.add_argument("--questions", action="append", help="question file or folder")
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--base-url")
    given = parser.parse_args(arguments)
    options = {option.dest.removeprefix("faef_"): None for option in OPTIONS}
    named = {"model": given.model, "base_url": given.base_url, "questions": given.questions}
    try:
        settings = resolve({**options, **named, "no_track": True})
        results = asyncio.run(_results(settings, given.run, given.limit, given.out))
    except MonitorError as error:
        sys.stderr.write(f"formats: {error}\n")
        return 3
    sys.stdout.write(table(results))
    (given.out / "formats.md").write_text(table(results), encoding="utf-8")
    groups = list(results)
    series = {
        "choice safety": [result.choice_safe for result in results.values()],
        "CS": [result.cs for result in results.values()],
    }
    bars({"how the choice is asked": series}, groups, given.out / "formats.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main())
