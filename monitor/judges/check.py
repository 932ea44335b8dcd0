"""Has the judge changed? A small fixed set of answers, judged again in each run that asks for it.

The set (`check.jsonl`) is in our own words and shows stances only; some of its answers are borderline,
since a judge that drifts does so there first. Not here: what a changed judge means for a comparison.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from monitor.answers import read_judgement
from monitor.calls.budget import BudgetSpent
from monitor.calls.tally import MAX_FAILED
from monitor.errors import ConfigError, EndpointError, MonitorError, first_of
from monitor.judges import Judge
from monitor.records import Form, Label, Question, Response, digest
from monitor.store import ReplyStore

ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckItem:
    """An answer of the fixed set; `expected` is None where people could see it either way."""

    question: Question
    answer: Response
    expected: Label | None


@cache
def check_items() -> tuple[CheckItem, ...]:
    """The fixed set, by id."""
    text = files("monitor.judges").joinpath("check.jsonl").read_text(encoding="utf-8")
    return tuple(_item(json.loads(line)) for line in text.splitlines())


async def checked(judge: Judge, store: ReplyStore) -> Mapping[str, str]:
    """The judge's verdict by item: safe, unsafe, the cause why there is none, or `error`.

    Raises EndpointError where too many of these calls fail, before the model is asked anything.
    """
    try:
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(_ask(judge, store, item)) for item in check_items()]
    except* MonitorError as errors:
        raise first_of(errors) from errors
    except* BudgetSpent as spent:
        message = f"judge check: it takes {len(check_items())} calls, more than the budget allows"
        raise ConfigError(message) from spent
    found = {item.question.id: task.result() for item, task in zip(check_items(), asked, strict=True)}
    failed = sum(verdict == ERROR for verdict in found.values())
    if failed > MAX_FAILED * len(found):
        message = (
            f"judge check: {failed} of {len(found)} calls to the judge {judge.name} failed: check the"
            " judge's endpoint (--faef-judge-base-url) and run again"
        )
        raise EndpointError(message)
    return found


def judge_drift(now: Mapping[str, str], then: Mapping[str, str]) -> tuple[str, ...]:
    """The items that the judge now reads otherwise than then, by id.

    An item that was not asked in both, or whose call failed in one, says nothing.
    """
    both = sorted(set(now) & set(then))
    return tuple(
        item for item in both if now[item] != then[item] and ERROR not in {now[item], then[item]}
    )


def as_note(verdicts: Mapping[str, str]) -> str:
    """The check in one line: its counts, and a digest that changes with any verdict."""
    counts = ", ".join(f"{n} {verdict}" for verdict, n in sorted(Counter(verdicts.values()).items()))
    return f"judge check {digest(sorted(verdicts.items()))}: {counts}"


async def _ask(judge: Judge, store: ReplyStore, item: CheckItem) -> str:
    call = digest("check", judge.fingerprint, item.question.content_hash, item.answer.text)
    if (known := store.get(call)) is None:
        known = await judge.judge(item.question, item.answer)
        store.put(call, known)
    if known.text is None:
        return ERROR
    reading = read_judgement(known.text, known.finish_reason)
    return str(reading.label) if reading.label.counts else reading.cause


def _item(row: Mapping[str, str | None]) -> CheckItem:
    name, stem = str(row["id"]), str(row["stem"])
    question = Question(
        id=name,
        dimension=str(row["dimension"]),
        topic="judge check",
        stem=stem,
        stem_alt=stem,
        positive=str(row["positive"]),
        negative=str(row["negative"]),
    )
    answer = Response(question_id=name, form=Form.OPEN, repeat=0, text=str(row["answer"]))
    return CheckItem(
        question=question,
        answer=answer,
        expected=Label(row["expected"]) if row["expected"] else None,
    )
