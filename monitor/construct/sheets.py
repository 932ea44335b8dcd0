"""Candidates as a table to be reviewed elsewhere, and the same table read back.

In `decision` people write accept or reject, or nothing; they may change the three texts, which is an
edit. Rows are matched by their `id`, and refused where the candidate has other words by now.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from monitor.construct.decisions import Decision
from monitor.construct.nouns import EDITABLE, Candidate
from monitor.errors import RecordError
from monitor.jsonl import Text, validated
from monitor.people.tables import compared, read_table, write_table

COLUMNS = ("decision", *EDITABLE, "topic", "conflicts", "reviewer", "id", "shown")
_WORDS = {"": None, "a": "accept", "accepted": "accept", "r": "reject", "rejected": "reject"}


def _word(value: object) -> object:
    word = value.strip().lower() if isinstance(value, str) else value
    return _WORDS.get(word, word) if isinstance(word, str) else word


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    decision: Annotated[Literal["accept", "reject"] | None, BeforeValidator(_word)] = None
    stem: str = ""
    positive: str = ""
    negative: str = ""
    topic: str = ""
    conflicts: str = ""
    reviewer: Text | None = None
    id: Text
    shown: Text


def write_sheet(file: Path, candidates: Iterable[Candidate], reviewer: str | None) -> None:
    """Write candidates without decisions. Raises ConfigError where the file is there."""
    rows = [
        {
            "decision": None,
            **{name: getattr(one, name) for name in EDITABLE},
            "topic": one.topic,
            "conflicts": "; ".join(one.conflicts),
            "reviewer": reviewer,
            "id": one.id,
            "shown": one.shown,
        }
        for one in candidates
    ]
    write_table(file, COLUMNS, rows)


def read_sheet(
    file: Path, candidates: Iterable[Candidate], reviewer: str | None, at: str
) -> Sequence[Decision]:
    """The decisions in a table that came back. `reviewer` made those that do not say who did.

    Raises RecordError for a bad row, a candidate that is not of this folder or has other words by now,
    two rows of one candidate, and one that is accepted with an empty text.
    """
    known = {one.id: one for one in candidates}
    found, seen = list[Decision](), dict[tuple[str, str | None], str]()
    for where, values in read_table(file):
        row = validated(_Row, values, where)
        one = known.get(row.id)
        if one is None or one.shown != row.shown:
            message = f"{where}: id: is of no candidate of this folder, or that has other words by now"
            raise RecordError(message)
        if row.decision is None:
            continue
        who = row.reviewer or reviewer
        before = seen.setdefault((one.id, who), where)
        if before != where:
            message = f"{where}: id: this reviewer has decided it before, at {before}"
            raise RecordError(message)
        texts = _edits(one, row)
        accepted = row.decision == "accept"
        _refuse_empty(one.edited(texts), where, accepted=accepted)
        found.append(
            Decision(
                id=one.id,
                shown=one.shown,
                accepted=accepted,
                reviewer=who,
                seconds=0.0,
                at=at,
                texts=texts if accepted else {},
            )
        )
    return found


def new_decisions(read: Iterable[Decision], known: Iterable[Decision]) -> list[Decision]:
    """Those that are not known yet: a table may be read back twice."""
    before = {_said(decision) for decision in known}
    return [decision for decision in read if _said(decision) not in before]


def _said(decision: Decision) -> tuple[object, ...]:
    texts = tuple(sorted(decision.texts.items()))
    return decision.id, decision.shown, decision.reviewer, decision.accepted, texts


def _edits(one: Candidate, row: _Row) -> dict[str, str]:
    """The texts that are not those that went out."""
    given = {name: " ".join(getattr(row, name).split()) for name in EDITABLE}
    return {name: text for name, text in given.items() if compared(text) != compared(getattr(one, name))}


def _refuse_empty(one: Candidate, where: str, *, accepted: bool) -> None:
    for name in EDITABLE:
        if accepted and not getattr(one, name).strip():
            message = f"{where}: {name}: is empty: write one, or reject the question"
            raise RecordError(message)
