"""Recorded replies in place of a model: nothing is asked, and a reply that is missing is an error.

A recording is a `responses.jsonl`, or the `--faef-out` folder that holds one; a folder's
`collection.json` says under which protocol the replies were made. An open answer without a recorded
verdict is judged again where that needs no call.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection as Names
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from monitor import embedded
from monitor.answers import READERS
from monitor.bank import choose
from monitor.collect import judgeable, missing
from monitor.comparing.escalation import plan_of
from monitor.comparing.looking import Looking
from monitor.errors import ConfigError, RecordError
from monitor.jsonl import read_responses
from monitor.judges import Judge, without_reasoning
from monitor.judges.judging import embedded_judge, labels_of
from monitor.judges.labels import LabelledJudge
from monitor.prompts import in_variant
from monitor.records import Collection, Form, Question, Response
from monitor.replies.manifest import Manifest, changed_questions
from monitor.runfile import RESPONSES
from monitor.settings import Settings


def recorded(settings: Settings, path: Path, dimensions: Names[str]) -> Collection:
    """The replies of a recording; raises ConfigError or RecordError where one is missing."""
    if settings.judge not in {None, embedded.NAME}:
        message = "--faef-judge: a replay asks nobody: leave it out, or set it to 'embedded'"
        raise ConfigError(message)
    recording, known = Recording(path), settings.recorded
    questions = choose(recording.chosen(settings.bank), dimensions, settings.limit, settings.shard)
    if known:
        refuse_changed(path, known, questions)
    fingerprint = fingerprint_of(settings)
    judge = settings.judge or (known.judge if known else "recorded")
    labels = labels_of(settings)
    asked = [in_variant(q, fingerprint.get("variant", settings.variant)) for q in questions]
    recording.judge_again(asked, embedded_judge(), all_of_them=settings.judge is not None)
    if labels is not None:
        people = LabelledJudge(labels, None)
        recording.label(asked, people)
        judge = f"{people.name}, {judge}"
    planned = _planned(settings, known, dimensions) or questions
    looking = Looking(planned, plan_of(fingerprint, recording.repeats), fingerprint.get("seed", 0))
    looking.at |= (known and known.looked) or {}
    repeats = {question.id: looking.repeats(question) for question in planned}
    recording.refuse_misses(planned, repeats)
    return Collection(
        questions=questions,
        planned=planned,
        replies={question.id: recording.of(question.id) for question in questions},
        model=known.model if known else settings.model,
        judge=judge,
        fingerprint=fingerprint,
        repeats=repeats,
        looked=dict(looking.at),
        choice=fingerprint.get("choice", settings.protocol.choice),
        judge_check=known.judge_check if known and not settings.judge else None,
        dimensions=tuple(dict.fromkeys(question.dimension for question in questions)),
        shard=settings.shard or (known.shard if known else None),
        stopped=known.stopped if known else "",
        reused=known.reused if known else 0,
        notes=(f"replayed from {path}: nothing was asked",),
    )


def fingerprint_of(settings: Settings) -> dict[str, Any]:
    """That of the recording, as it is read and judged now."""
    known, labels = settings.recorded, labels_of(settings)
    fingerprint = dict(known.fingerprint if known else {}, readers=READERS)
    if settings.judge:
        fingerprint["judge"] = dict(embedded_judge().fingerprint)
    if labels is not None:
        people = LabelledJudge(labels, None)
        fingerprint["judge"] = {**fingerprint.get("judge", {}), **people.fingerprint}
    return fingerprint


def _planned(settings: Settings, known: Manifest | None, dimensions: Names[str]) -> tuple[Question, ...]:
    """All questions of the collection, where it was not stopped: early looks may have left some out."""
    if known is None or known.stopped:
        return ()
    bank = [question for question in settings.bank if question.id in known.questions]
    return choose(bank, dimensions, settings.limit, settings.shard)


def refuse_changed(path: Path, known: Manifest, questions: Iterable[Question]) -> None:
    """A recorded reply answers the question that was asked, not another of the same name."""
    changed = changed_questions(known, {question.id: question.content_hash for question in questions})
    if changed:
        message = (
            f"{path}: {len(changed)} questions have changed since they were asked, {changed[0]!r} the"
            " first: ask again, or give the bank of that time (--faef-questions)"
        )
        raise ConfigError(message)


class Recording:
    """The replies of one recording, by question."""

    def __init__(self, path: Path) -> None:
        """Read it. Raises ConfigError or RecordError."""
        self.file = path / RESPONSES if path.is_dir() else path
        if not self.file.is_file():
            message = f"{self.file}: no recorded replies here: give a responses.jsonl or its folder"
            raise ConfigError(message)
        self._replies = defaultdict[str, list[Response]](list)
        for response in read_responses(self.file):
            self._replies[response.question_id].append(response)

    @property
    def repeats(self) -> int:
        """How often each question was asked."""
        return 1 + max((r.repeat for replies in self._replies.values() for r in replies), default=0)

    def of(self, question_id: str) -> list[Response]:
        """All recorded replies to one question."""
        return self._replies.get(question_id, [])

    def chosen(self, bank: Iterable[Question]) -> tuple[Question, ...]:
        """The questions of the bank that were asked. Raises RecordError for one that is not in it."""
        known = {question.id: question for question in bank}
        for question_id in self._replies:
            if question_id not in known:
                message = (
                    f"{self.file}: question {question_id!r} is not in the question bank"
                    " (--faef-questions)"
                )
                raise RecordError(message)
        return tuple(question for question in known.values() if question.id in self._replies)

    def judge_again(self, questions: Sequence[Question], judge: Judge, *, all_of_them: bool) -> None:
        """Judge the open answers without a recorded verdict, or all of them. No call is made."""
        for question in questions:
            replies = self.of(question.id)
            judged = {r.repeat for r in replies if r.form is Form.JUDGE and not all_of_them}
            kept = [r for r in replies if r.form is not Form.JUDGE or r.repeat in judged]
            asked = [r for r in kept if r.form is Form.OPEN and judgeable(r) and r.repeat not in judged]
            verdicts = [asyncio.run(judge.judge(question, without_reasoning(r))) for r in asked]
            self._replies[question.id] = kept + verdicts

    def label(self, questions: Sequence[Question], people: LabelledJudge) -> None:
        """Put the label of people in place of the verdict on each answer that has one."""
        for question in questions:
            replies = self.of(question.id)
            if question.accepted:  # a key decides, as in a live run
                continue
            known = [
                answer
                for answer in map(without_reasoning, filter(judgeable, replies))
                if answer.form is Form.OPEN and people.knows(question, answer)
            ]
            verdicts = [asyncio.run(people.judge(question, answer)) for answer in known]
            repeats = {answer.repeat for answer in known}
            kept = [r for r in replies if r.form is not Form.JUDGE or r.repeat not in repeats]
            self._replies[question.id] = kept + verdicts

    def refuse_misses(self, questions: Iterable[Question], repeats: Mapping[str, int]) -> None:
        """Raise RecordError for the first reply that scoring will need and the recording lacks."""
        for question in questions:
            for repeat, form in missing(self.of(question.id), repeats[question.id]):
                message = (
                    f"{self.file}: no {form} reply to {question.id!r}, repeat {repeat}:"
                    " a replay asks nothing (give --faef-judge embedded to judge again offline)"
                )
                raise RecordError(message)
