"""How much of CS is the wording of the choice: the same questions under the other templates.

The open answers and their verdicts are those of the run; only the choices are asked again. The verdict
of the run is not touched, whatever becomes of them. Not here: the templates (`prompts`) and how a
spread is shown (`report`).
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace

from monitor.answers import label_choice
from monitor.calls.budget import Budget, after
from monitor.calls.tally import Tally
from monitor.collect import Collector, OnReply
from monitor.engines.local import open_model
from monitor.errors import told
from monitor.judges.judging import unasked_judge
from monitor.options import PREFIX
from monitor.prompts import WORDINGS, in_variant
from monitor.records import Estimate, Form, ItemResult, Label, Response, Run, digest
from monitor.scores import score_all
from monitor.settings import Settings
from monitor.store import STORE, ReplyStore

Labels = Mapping[tuple[str, int, Form], Label]


def over_templates(settings: Settings, run: Run, on_reply: OnReply) -> Run:
    """The run with CS under each template; as it is where none is asked for, or it was stopped.

    What was asked is resumed like the run. A template that is not complete (an endpoint that fails, a
    budget that is spent) is left out, and the run says why.
    """
    if not settings.templates or run.stopped:
        return run
    which = (settings.templates, {name: WORDINGS[name] for name in settings.templates})
    key = digest("templates", run.fingerprint, run.question_set, run.model, settings.base_url, which)
    found, why = dict[str, Labels](), ""
    try:
        with ReplyStore(settings.out / STORE, key, reuse=settings.reuse) as store:
            why = asyncio.run(_ask(settings, run, store, on_reply, found))
            if not why:
                store.finish()
    except Exception as error:  # noqa: BLE001 - the run is there, whatever becomes of its wordings
        why = str(told(error)).replace(PREFIX, "--")
    items = [item for item in run.items if item.repeat < settings.protocol.repeats]
    scored = {settings.protocol.template: _cs(settings, items)}
    scored |= {name: _cs(settings, _reworded(items, labels)) for name, labels in found.items()}
    missing = ", ".join(name for name in settings.templates if name not in found)
    notes = (f"the spread of CS over wordings lacks {missing}: {why}",) if missing else ()
    return replace(run, templates=scored, notes=(*run.notes, *notes))


async def _ask(
    settings: Settings, run: Run, store: ReplyStore, on_reply: OnReply, found: dict[str, Labels]
) -> str:
    """Put the labels of the choices under each template that was asked to its end into `found`.

    Returns why not all were, if so. Raises as `evaluate`.
    """
    budget = Budget(after(settings.limits, run), settings.prices)
    ids = {item.question_id for item in run.items}
    questions = [in_variant(q, settings.variant) for q in settings.bank if q.id in ids]
    why = ""
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
            tally = Tally()
            tally.add(replies)
            if budget.stopped:
                return budget.stopped
            if tally.too_many_failed:
                why = f"{tally.errors.total()} of {tally.calls.total()} calls failed ({tally.causes})"
            else:
                found[name] = _labels(replies, settings.protocol.choice)
    return why


def _labels(replies: Iterable[Response], choice: str) -> Labels:
    return {
        (reply.question_id, reply.repeat, reply.form): label_choice(reply, choice).label
        for reply in replies
    }


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
