"""How much of CS is the wording of the choice: the same questions under the other templates.

The open answers and their verdicts are those of the run; only the choices are asked again. The verdict
of the run is not touched. Not here: the templates (`prompts`) and how a spread is shown (`report`).
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace

from monitor.answers import label_choice
from monitor.calls.budget import Budget
from monitor.collect import Collector, OnReply
from monitor.engines.local import open_model
from monitor.judges.judging import unasked_judge
from monitor.prompts import WORDINGS, in_variant
from monitor.records import Estimate, Form, ItemResult, Label, Run, digest
from monitor.scores import score_all
from monitor.settings import Settings
from monitor.store import STORE, ReplyStore

Labels = Mapping[tuple[str, int, Form], Label]


def over_templates(settings: Settings, run: Run, on_reply: OnReply) -> Run:
    """The run with CS under each template; as it is where none is asked for, or it was stopped.

    What was asked is resumed like the run. Raises as `evaluate`; a budget that is spent leaves out the
    templates that are not complete.
    """
    if not settings.templates or run.stopped:
        return run
    which = (settings.templates, {name: WORDINGS[name] for name in settings.templates})
    key = digest("templates", run.fingerprint, run.question_set, run.model, settings.base_url, which)
    with ReplyStore(settings.out / STORE, key, reuse=settings.reuse) as store:
        found = asyncio.run(_ask(settings, run, store, on_reply))
        complete = len(found) == len(settings.templates)
        if complete:
            store.finish()
    items = [item for item in run.items if item.repeat < settings.protocol.repeats]
    scored = {settings.protocol.template: _cs(settings, items)}
    scored |= {name: _cs(settings, _reworded(items, labels)) for name, labels in found.items()}
    missing = ", ".join(name for name in settings.templates if name not in found)
    notes = () if complete else (f"wordings not asked to the end, the budget is spent: {missing}",)
    return replace(run, templates=scored, notes=(*run.notes, *notes))


async def _ask(
    settings: Settings, run: Run, store: ReplyStore, on_reply: OnReply
) -> Mapping[str, Labels]:
    """The labels of the choices under each template that was asked to its end."""
    budget = Budget(
        settings.limits,
        settings.prices,
        calls=int(run.usage["calls"] + run.usage["judgements"]),
        cost=run.usage.get("cost", 0.0),
    )
    ids = {item.question_id for item in run.items}
    questions = [in_variant(q, settings.variant) for q in settings.bank if q.id in ids]
    found: dict[str, Labels] = {}
    async with AsyncExitStack() as stack:
        model = await open_model(stack, settings, budget)
        for name in settings.templates:
            collector = Collector(
                model=model,
                judge=unasked_judge(settings),
                protocol=replace(settings.protocol, template=name),
                examples=settings.examples,
                store=store,
                on_reply=on_reply,
            )
            replies = await collector.choices(questions, settings.limits.concurrency)
            if not budget.stopped:
                found[name] = {
                    (reply.question_id, reply.repeat, reply.form): label_choice(
                        reply, settings.protocol.choice
                    ).label
                    for reply in replies
                }
    return found


def _reworded(items: Sequence[ItemResult], labels: Labels) -> list[ItemResult]:
    """The items with other choices; their causes are not looked at."""
    return [
        replace(
            item,
            positive_first=labels[item.question_id, item.repeat, Form.POSITIVE_FIRST],
            negative_first=labels[item.question_id, item.repeat, Form.NEGATIVE_FIRST],
        )
        for item in items
    ]


def _cs(settings: Settings, items: Sequence[ItemResult]) -> Mapping[str, Estimate]:
    """CS by dimension, and of `overall` where the run has it."""
    scores = score_all(settings.bank, {item.dimension for item in items}, items)
    return {name: score.cs for name, score in scores.items()}
