"""A labels file as it grows: each label is on disk before the next question is asked.

What is in a line, and how it is read, is in `labels`; how it is appended and taken back, in `journal`.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from monitor.errors import ConfigError
from monitor.jsonl import read_rows, write_rows
from monitor.people.journal import Journal
from monitor.people.labels import LabelledAnswer, answer_key, label_row, read_lines


class LabelsFile:
    """One labels file. The labels added by this object can be taken back, the last one first."""

    def __init__(self, path: Path) -> None:
        """The file need not be there yet. Raises ConfigError where its folder is not."""
        self.path = path
        self._journal = Journal(path, "label")
        if not path.parent.is_dir():
            message = f"--labels: {path}: its folder is not there"
            raise ConfigError(message)

    def lines(self) -> tuple[LabelledAnswer, ...]:
        """What is in it; nothing while it is not there. Raises RecordError."""
        return read_lines(self.path) if self.path.exists() else ()

    def add(self, answers: Iterable[LabelledAnswer]) -> None:
        """Append labels in one piece; they are on disk when this returns."""
        self._journal.add(map(label_row, answers))

    def take_back(self) -> None:
        """Remove the last addition. Raises ConfigError where someone else has written since."""
        self._journal.take_back()

    def reweigh(self, source: str, weights: Mapping[str, float]) -> None:
        """Bring the weights of a sample's labels up to date: it may have grown since."""
        if not self.path.exists():
            return
        rows = [row for _, row in read_rows(self.path) if isinstance(row, dict)]
        changed = False
        for row in rows:
            weight = weights.get(answer_key(row["question"], row.get("answer") or row["response"]))
            if row.get("source") == source and weight not in {None, row.get("weight", 1.0)}:
                row["weight"], changed = weight, True
        if changed:
            write_rows(self.path, rows)
