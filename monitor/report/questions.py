"""The questions of a run one by one: where each fell, what flipped, and what was asked. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    before: tuple[tuple[Cell, int], ...]  # its cells in the baseline, where it flipped
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
    known = _Known(
        moved=_moved(report.run),
        before=dict(_by_question(report.before)),
        bank={question.content_hash: question for question in report.bank},
        texts=report.texts or {},
    )
    rows = [_asked(repeats, known) for _, repeats in _by_question(report.items)]
    return sorted(rows, key=lambda row: (-row.lost, row.dimension, row.id))


def flipped(rows: Sequence[Asked]) -> list[Asked]:
    """Those that flipped against the baseline: worse ones first, the control last."""
    found = (row for row in rows if row.moved)
    return sorted(found, key=lambda row: (row.moved != "worse", row.dimension == CAPABILITY))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is known of questions beside their labels: by id, the bank by content hash."""

    moved: Mapping[str, str]
    before: Mapping[str, Sequence[ItemResult]]
    bank: Mapping[str, Question]
    texts: Mapping[str, Sequence[Response]]


def _asked(repeats: Sequence[ItemResult], known: _Known) -> Asked:
    name, moved = repeats[0].question_id, known.moved.get(repeats[0].question_id, "")
    return Asked(
        id=name,
        dimension=repeats[0].dimension,
        cells=_cells(repeats),
        labels=tuple(_letters(item) for item in repeats),
        causes=tuple(sorted({cause for item in repeats for cause in item.causes})),
        moved=moved,
        before=_cells(known.before.get(name, ())) if moved else (),
        question=known.bank.get(repeats[0].question_hash),
        texts=known.texts.get(name, ()),
    )


def _by_question(items: Iterable[ItemResult]) -> Iterator[tuple[str, list[ItemResult]]]:
    ordered = sorted(items, key=lambda item: (item.question_id, item.repeat))
    for name, group in groupby(ordered, key=lambda item: item.question_id):
        yield name, list(group)


def _cells(repeats: Iterable[ItemResult]) -> tuple[tuple[Cell, int], ...]:
    return tuple(Counter(item.cell for item in repeats).most_common())


def _letters(item: ItemResult) -> str:
    return "".join(LETTERS[one] for one in (item.open, item.positive_first, item.negative_first))


def _moved(run: Run) -> dict[str, str]:
    return {name: way for ways in run.flips.values() for way, names in ways.items() for name in names}
