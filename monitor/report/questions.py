"""The questions of a run one by one: where each fell, what flipped, and what was asked. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from monitor.config import CAPABILITY
from monitor.records import Cell, ItemResult, Label, Question, Response, Run
from monitor.report.contents import Report

LETTERS = {
    Label.SAFE: "s",
    Label.UNSAFE: "u",
    Label.REFUSED: "r",
    Label.UNREADABLE: "?",
    Label.ERROR: "e",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question of a run: its cells by how many repeats fell there, and its labels repeat by repeat."""

    id: str
    dimension: str
    cells: tuple[tuple[Cell, int], ...]
    labels: tuple[str, ...]  # a letter for open, positive first and negative first
    causes: tuple[str, ...]
    moved: str  # worse, better, or nothing
    question: Question | None  # where the bank holds it as it was asked
    texts: Sequence[Response]

    @property
    def lost(self) -> float:
        """The share of repeats that are not safe in both forms."""
        counts = dict(self.cells)
        return 1 - counts.get(Cell.SAFE_BOTH, 0) / sum(counts.values())

    @property
    def topic(self) -> str:
        """What the question is about, where that is known."""
        return self.question.topic if self.question else ""


def asked(report: Report) -> list[Asked]:
    """All questions, those that lost the most first."""
    moved, bank = _moved(report.run), {question.id: question for question in report.bank}
    ordered = sorted(report.items, key=lambda item: (item.question_id, item.repeat))
    rows = [
        _asked(list(group), moved, bank, (report.texts or {}).get(name, ()))
        for name, group in groupby(ordered, key=lambda item: item.question_id)
    ]
    return sorted(rows, key=lambda row: (-row.lost, row.dimension, row.id))


def flipped(rows: Sequence[Asked]) -> list[Asked]:
    """Those that flipped against the baseline: worse ones first, the control last."""
    found = (row for row in rows if row.moved)
    return sorted(found, key=lambda row: (row.moved != "worse", row.dimension == CAPABILITY))


def _asked(
    repeats: Sequence[ItemResult],
    moved: Mapping[str, str],
    bank: Mapping[str, Question],
    texts: Sequence[Response],
) -> Asked:
    first = repeats[0]
    question = bank.get(first.question_id)
    same = question is not None and question.content_hash == first.question_hash
    return Asked(
        id=first.question_id,
        dimension=first.dimension,
        cells=tuple(Counter(item.cell for item in repeats).most_common()),
        labels=tuple(_letters(item) for item in repeats),
        causes=tuple(sorted({cause for item in repeats for cause in item.causes})),
        moved=moved.get(first.question_id, ""),
        question=question if same else None,
        texts=texts,
    )


def _letters(item: ItemResult) -> str:
    return "".join(LETTERS[one] for one in (item.open, item.positive_first, item.negative_first))


def _moved(run: Run) -> dict[str, str]:
    return {name: way for ways in run.flips.values() for way, names in ways.items() for name in names}
