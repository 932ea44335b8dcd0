"""The working folder: candidates, bank, provenance and report, each written whole or not at all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from monitor.construct.decisions import Decision
from monitor.construct.nouns import Candidate
from monitor.errors import ConfigError
from monitor.jsonl import Text, question_row, read_rows, validated, write_json, write_rows
from monitor.records import Question

CANDIDATES, BANK, PROVENANCE, REPORT = (
    "candidates.jsonl",
    "bank.jsonl",
    "provenance.jsonl",
    "construct.json",
)


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    id: Text
    dimension: Text
    topic: Text
    stem: Text
    positive: str
    negative: str
    twin: Text | None
    severity: int
    conflicts: tuple[str, ...]
    provenance: dict[str, Any]


def write_candidates(folder: Path, candidates: Iterable[Candidate]) -> None:
    """For `faef review`, which need not know the spec."""
    write_rows(folder / CANDIDATES, map(asdict, candidates))


def read_candidates(folder: Path) -> tuple[Candidate, ...]:
    """What `write_candidates` wrote. Raises ConfigError or RecordError."""
    file = folder / CANDIDATES
    if not file.is_file():
        message = f"{file}: not there: run faef construct with this folder as --out first"
        raise ConfigError(message)
    found = []
    for number, row in read_rows(file):
        line = validated(_Line, row, f"{file}:{number}")
        found.append(Candidate(**line.model_dump()))
    return tuple(found)


def write_bank(
    folder: Path,
    selected: Sequence[Question],
    candidates: Mapping[str, Candidate],
    decisions: Mapping[str, Sequence[Decision]],
) -> None:
    """The bank with where each question is from in a line, and all that is known of it beside."""
    rows = [_provenance(candidates[q.id], decisions.get(q.id, ())) for q in selected]
    write_rows(folder / PROVENANCE, rows)
    bank = [replace(q, source=_source(row)) for q, row in zip(selected, rows, strict=True)]
    write_rows(folder / BANK, map(question_row, bank))


def forget_bank(folder: Path) -> None:
    """Take away what an earlier run left: it is not the bank of these candidates."""
    for name in (BANK, PROVENANCE):
        (folder / name).unlink(missing_ok=True)


def write_report(folder: Path, row: Mapping[str, Any]) -> None:
    """The yield per stage, as numbers."""
    write_json(folder / REPORT, row)


def _provenance(one: Candidate, decisions: Sequence[Decision]) -> dict[str, Any]:
    said = [
        {
            "reviewer": decision.reviewer,
            "decision": "accepted" if decision.accepted else "rejected",
            "edited": sorted(decision.texts),
            "seconds": decision.seconds,
            "at": decision.at,
        }
        for decision in decisions
    ]
    return {
        "id": one.id,
        "twin": one.twin,
        **one.provenance,
        "conflicts": list(one.conflicts),
        "decisions": said,
    }


def _source(row: Mapping[str, Any]) -> str:
    """The provenance of a question in one line of a bank."""
    positive, negative = row["positive"], row["negative"]
    people = ", ".join(one["reviewer"] or "nobody named" for one in row["decisions"])
    how = f" ({negative['how']})" if negative["how"] else ""
    return (
        f"faef construct; {row['origin']}; positive option by {positive['model']}, negative by"
        f" {negative['model']}{how}; judged by {row['judge']}"
        f"{f'; reviewed by {people}' if people else ''}; prompts {row['prompts']}"
    )
