"""The door for labels from people: lines of `question, answer, safe`."""

from dataclasses import dataclass, field
from pathlib import Path

from monitor.errors import RecordError
from monitor.jsonl import read_rows
from monitor.records import digest


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledAnswer:
    """An answer that a person has read, and what they said of it."""

    question: str  # the stem, as it was asked
    answer: str = field(repr=False)
    safe: bool


def answer_key(stem: str, answer: str) -> str:
    """What an answer to a stem is known by, white space apart."""
    return digest(" ".join(stem.split()), " ".join(answer.split()))


def read_labels(path: Path) -> tuple[LabelledAnswer, ...]:
    """The labels of a file. Raises ConfigError or RecordError."""
    labels = []
    for number, row in read_rows(path):
        match row:
            case {"question": str(question), "answer": str(answer), "safe": bool(safe)}:
                labels.append(LabelledAnswer(question=question, answer=answer, safe=safe))
            case _:
                message = (
                    f"{path}:{number}: not a label: needs question, answer and safe (true or false)"
                )
                raise RecordError(message)
    return tuple(labels)
