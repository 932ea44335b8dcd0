"""A construction from its spec to its bank, on one page.

Everything is recomputed from the spec, the replies in the store and the decisions of people, so that a
run that was killed, or whose conflicts are settled by now, is the same run again and asks only the rest.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace

from monitor.audit import Limits
from monitor.calls.budget import Budget
from monitor.calls.tally import MAX_FAILED
from monitor.construct import folder
from monitor.construct.asker import Tallied
from monitor.construct.collecting import Collected, Collecting, side_by_side
from monitor.construct.crew import Crew, Opening
from monitor.construct.decisions import DECISIONS, Settled, read_decisions, settled
from monitor.construct.nouns import Candidate
from monitor.construct.options import Writer
from monitor.construct.selection import Selected, select
from monitor.construct.spec import Spec
from monitor.construct.twins import TwinWriter
from monitor.construct.yields import Stage, as_row, stages
from monitor.engines import out_of_time
from monitor.errors import EndpointError
from monitor.records import Response
from monitor.settings import Settings
from monitor.store import STORE, ReplyStore

COLLECTION = "construct"


@dataclass(frozen=True, slots=True, kw_only=True)
class Constructed:
    """What a run of the pipeline came to; `stopped` says why not everything was asked."""

    stages: tuple[Stage, ...]
    settled: Settled
    selected: Selected
    tallied: Tallied
    stopped: str


@dataclass
class Work:
    """What there is so far, stage by stage."""

    collected: Collected = field(default_factory=Collected)
    candidates: list[Candidate] = field(default_factory=list)
    failed: int = 0


def construct(
    spec: Spec, settings: Settings, adversary: Settings, on_reply: Callable[[Response], None]
) -> Constructed:
    """Ask what is not known yet, and leave candidates, bank and report in the working folder.

    `adversary` names the model of the negative options. Raises ConfigError before anything is paid,
    and EndpointError where nobody answers or too many calls failed: what came in is kept.
    """
    tallied, work = Tallied(on_reply=on_reply), Work()
    with ReplyStore(settings.out / STORE, COLLECTION, reuse=True) as store:
        opening = Opening(
            spec=spec,
            settings=settings,
            adversary=adversary,
            store=store,
            tallied=tallied,
            budget=Budget(settings.limits, settings.prices),
        )
        stopped = asyncio.run(_ask(opening, work))
    folder.forget_bank(settings.out)
    folder.write_candidates(settings.out, work.candidates)
    _refuse_too_many_failures(tallied)
    return _finished(settings, work, tallied, stopped)


async def _ask(opening: Opening, work: Work) -> str:
    """Fill `work` stage by stage; why it ended early, or ""."""
    deadline, budget = opening.settings.limits.deadline, opening.budget
    if deadline is not None:  # calls under way come in, no other is made
        clock = asyncio.get_running_loop()
        clock.call_later(deadline, setattr, budget, "stopped", out_of_time(deadline))
    async with AsyncExitStack() as stack:
        crew = await opening.open(stack)
        await _stages(opening.spec, opening.settings, crew, work)
    return budget.stopped


async def _stages(spec: Spec, settings: Settings, crew: Crew, work: Work) -> None:
    workers = settings.limits.concurrency
    known = [text for q in settings.bank for text in (q.stem, q.stem_alt)]
    collecting = Collecting(spec=spec, asker=crew.aligned, known=known, workers=workers)
    work.collected = await collecting.collect()
    writer = Writer(spec=spec, aligned=crew.aligned, adversarial=crew.adversarial, checker=crew.checker)
    found = await side_by_side(work.collected.stems, writer.candidate, workers)
    work.candidates = [one for one in found if one is not None]
    work.failed = len(found) - len(work.candidates)
    accepted = settled(work.candidates, read_decisions(settings.out / DECISIONS)).accepted
    twins = TwinWriter(spec=spec, aligned=crew.aligned, checker=crew.checker)
    others = await side_by_side(accepted, twins.other, workers)
    found_for = {other.twin: other for other in others if other is not None}
    work.candidates = [each for one in work.candidates for each in _paired(one, found_for.get(one.id))]


def _paired(one: Candidate, other: Candidate | None) -> tuple[Candidate, ...]:
    """In the words that were shown to people, whatever they made of them."""
    return (one,) if other is None else (replace(one, twin=one.id), other)


def _finished(settings: Settings, work: Work, tallied: Tallied, stopped: str) -> Constructed:
    """What people made of the candidates, and the part of these that is a bank."""
    outcome = settled(work.candidates, read_decisions(settings.out / DECISIONS))
    selected = select([one.question("") for one in outcome.accepted], Limits())
    if selected.passed and not stopped:
        accepted = {one.id: one for one in outcome.accepted}
        folder.write_bank(settings.out, selected.questions, accepted, outcome.by)
    found = stages(work.collected, work.candidates, outcome, selected, work.failed)
    folder.write_report(settings.out, as_row(found, outcome, tallied, stopped))
    return Constructed(
        stages=found, settled=outcome, selected=selected, tallied=tallied, stopped=stopped
    )


def _refuse_too_many_failures(tallied: Tallied) -> None:
    failed, calls = tallied.errors.total(), sum(tallied.asked.values())
    if failed > MAX_FAILED * calls:
        causes = ", ".join(f"{count} × {error}" for error, count in tallied.errors.most_common(3))
        message = (
            f"{failed} of {calls} calls failed ({causes}): no bank is made; check the endpoint and the"
            " judge and run again: only these are asked again"
        )
        raise EndpointError(message)
