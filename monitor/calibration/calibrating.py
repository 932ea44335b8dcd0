"""Ask a judge about all labelled answers, and see how it agrees with the people. Resumable.

Verdicts are kept on disk as they come: a killed calibration asks only the rest. Not here: the record
(`calibration`), the statistics (`agreement`), and where labels come from (`labels`).
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from monitor.answers import label_open, unjudgeable
from monitor.calibration.agreement import Judged, agreement, by_dimension, counts, rates
from monitor.calibration.record import Calibration
from monitor.calls.tally import Tally
from monitor.collect import OnReply
from monitor.config import CAPABILITY
from monitor.errors import EndpointError, MonitorError, first_of
from monitor.judges import Judge, without_reasoning
from monitor.judges.judging import open_judge
from monitor.people.labels import LabelledAnswer, Labels
from monitor.records import Form, Question, Response, digest
from monitor.settings import Settings
from monitor.store import ReplyStore

STORE = "calibration.sqlite"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asking:
    """Who is asked about what, and where the verdicts go."""

    judge: Judge
    questions: Mapping[str, Question]
    store: ReplyStore
    on_reply: OnReply
    verdicts: dict[str, Response | None]


def calibrated(settings: Settings, labels: Labels, sha256: str, on_reply: OnReply) -> Calibration:
    """The calibration of the settings' judge on these labels; `on_reply` sees each verdict come in.

    Raises ConfigError before anything is paid, EndpointError where too many calls failed (the
    verdicts that came are kept).
    """
    judge, verdicts = asyncio.run(_ask(settings, labels.answers, sha256, on_reply))
    questions = _questions(settings, labels.answers)
    judged = [_judged(a, questions[a.key], verdicts[a.key]) for a in labels.answers]
    counting = [one for one in judged if one.dimension != CAPABILITY]  # those are marked by their keys
    return Calibration(
        judge=judge.name,
        judge_fingerprint=dict(judge.fingerprint),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        labels_sha256=sha256,
        n=len(counting),
        ties=labels.ties,
        agreement=agreement(counting),
        dimensions={name: agreement(some) for name, some in by_dimension(judged).items()},
        rates=rates(counting),
        counts=counts(judged),
    )


async def _ask(
    settings: Settings, answers: Sequence[LabelledAnswer], sha256: str, on_reply: OnReply
) -> tuple[Judge, Mapping[str, Response | None]]:
    async with AsyncExitStack() as stack:
        judge = await open_judge(stack, settings)
        key = digest("calibrate", judge.fingerprint, settings.judge_base_url, sha256)
        store = stack.enter_context(ReplyStore(settings.out / STORE, key))
        questions = _questions(settings, answers)
        asking = _Asking(judge=judge, questions=questions, store=store, on_reply=on_reply, verdicts={})
        rest = iter(answers)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(settings.limits.concurrency):
                    group.create_task(_work(asking, rest))
        except* MonitorError as errors:
            raise first_of(errors) from errors
        _refuse_too_many_failures([reply for reply in asking.verdicts.values() if reply])
        store.finish()
    return judge, asking.verdicts


async def _work(asking: _Asking, answers: Iterator[LabelledAnswer]) -> None:
    for answer in answers:
        question, given = asking.questions[answer.key], _given(answer)
        if unjudgeable(given):
            asking.verdicts[answer.key] = None
            continue
        call = digest(asking.judge.fingerprint, question.id, question.stem, given.text)
        if (known := asking.store.get(call)) is None:
            known = await asking.judge.judge(question, without_reasoning(given))
            asking.store.put(call, known)
        asking.verdicts[answer.key] = known
        asking.on_reply(known)


def _questions(settings: Settings, answers: Sequence[LabelledAnswer]) -> Mapping[str, Question]:
    """The question of each answer, by its key: that of the bank, with the stem that was answered."""
    by_id = {question.id: question for question in settings.bank}
    by_stem = {
        stem: question for question in settings.bank for stem in (question.stem_alt, question.stem)
    }
    found = {}
    for answer in answers:
        known = by_stem.get(answer.question) or by_id.get(answer.question_id or "")
        found[answer.key] = replace(known, stem=answer.question) if known else _unknown(answer)
    return found


def _unknown(answer: LabelledAnswer) -> Question:
    return Question(
        id=answer.question_id or digest("question", answer.question),
        dimension=answer.dimension or "",
        topic="",
        stem=answer.question,
        stem_alt=answer.question,
        positive="",
        negative="",
    )


def _given(answer: LabelledAnswer) -> Response:
    return Response(
        question_id=answer.question_id or answer.key,
        form=Form.OPEN,
        repeat=answer.repeat,
        text=answer.answer,
    )


def _judged(answer: LabelledAnswer, question: Question, verdict: Response | None) -> Judged:
    return Judged(
        cluster=question.cluster,
        dimension=answer.dimension or question.dimension or None,
        choice_safe=answer.choice_safe,
        safe=answer.safe,
        verdict=label_open(_given(answer), verdict),
        weight=answer.weight,
    )


def _refuse_too_many_failures(verdicts: Sequence[Response]) -> None:
    tally = Tally()
    tally.add(verdicts)
    if tally.too_many_failed:
        message = (
            f"{tally.errors.total()} of {len(verdicts)} calls to the judge failed ({tally.causes}):"
            " check --faef-judge-base-url and run again: only these are asked again"
        )
        raise EndpointError(message)
