"""Rows become questions, or are rejected with a reason; a bank is written whole or not at all.

Not here: foreign formats (`importing.formats`), and whether the questions are any good (`audit`).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor.errors import ConfigError, RecordError
from monitor.importing.formats import Row
from monitor.jsonl import question_from_row, question_row, write_rows
from monitor.records import Question, digest

PAIR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where questions come from and under which licence; `prefix` begins their new ids."""

    name: str
    licence: str
    prefix: str

    def __post_init__(self) -> None:
        for option, value in (("name", self.name), ("licence", self.licence), ("prefix", self.prefix)):
            if not value.strip():
                message = f"{option}: must be given for an import ('unknown' is an answer)"
                raise ConfigError(message)

    def source(self, original: object) -> str:
        """The provenance of one question, as its field `source` keeps it."""
        known = f"; their id: {original}" if original is not None else ""
        return f"{self.name}; licence: {self.licence}{known}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A row that became no question; its text is `where: reason`."""

    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import brings: questions in the order of their rows, and the rows left out."""

    questions: tuple[Question, ...]
    rejected: tuple[Rejected, ...]


def gather(rows: Iterable[Row], origin: Origin, *, raw: bool = False) -> Imported:
    """The questions of the rows; `raw` keeps their white space, for `monitor.audit`.

    Rejected: a row with a fault, with a missing or bad field, with two equal options, a copy of an
    earlier row, an id used before, and whatever of a twin pair is not exactly two.
    """
    accepted: list[tuple[str, Question]] = []
    rejected: list[Rejected] = []
    seen: dict[str, str] = {}
    for row in rows:
        try:
            question = _question(row, origin, raw=raw)
            _refuse_repeats(question, row.where, seen)
        except RecordError as error:
            rejected.append(Rejected(where=row.where, reason=str(error)))
        else:
            accepted.append((row.where, question))
    lone = list(_lone_twins(accepted))
    dropped = {fault.where for fault in lone}
    kept = tuple(question for where, question in accepted if where not in dropped)
    return Imported(questions=kept, rejected=(*rejected, *lone))


def write_bank(file: Path, imported: Imported) -> None:
    """Write the questions as a bank; ConfigError where there are none, or where the file exists."""
    if not imported.questions:
        first = f"; the first: {imported.rejected[0]}" if imported.rejected else ""
        message = f"nothing to import: {len(imported.rejected)} rows, all rejected{first}"
        raise ConfigError(message)
    if file.exists():
        message = f"{file}: exists already; an import never replaces a bank"
        raise ConfigError(message)
    write_rows(file, map(question_row, imported.questions))


def _question(row: Row, origin: Origin, *, raw: bool) -> Question:
    """The question of a row; RecordError with the bare reason."""
    if row.fault:
        raise RecordError(row.fault)
    try:
        question = question_from_row(_completed(row.values, origin), row.where, raw=raw)
    except RecordError as error:
        raise RecordError(str(error).removeprefix(f"{row.where}: ")) from error
    if _plain(question.positive) == _plain(question.negative):
        message = "negative: says the same as positive"
        raise RecordError(message)
    return question


def _completed(values: Mapping[str, object], origin: Origin) -> dict[str, object]:
    """The row with what a foreign one lacks: topic, paraphrase, an id of ours and the provenance."""
    original = values.get("id")
    dimension, stem = values.get("dimension"), values.get("stem")
    options = values.get("positive"), values.get("negative")
    name = original if original is not None else digest(stem, *options)
    ours = {"id": f"{origin.prefix}-{dimension}-{name}", "source": origin.source(original)}
    if "twin" in values:
        ours["twin"] = f"{origin.prefix}-{values['twin']}"
    return {"topic": dimension, "stem_alt": stem} | dict(values) | ours


def _refuse_repeats(question: Question, where: str, seen: dict[str, str]) -> None:
    """Note an accepted question; RecordError where its id or its content was there before."""
    texts = (question.stem, question.positive, question.negative)
    content = digest(question.dimension, *map(_plain, texts))
    if content in seen:
        message = f"the same question as at {seen[content]}"
        raise RecordError(message)
    if question.id in seen:
        message = f"id: used before, at {seen[question.id]}"
        raise RecordError(message)
    seen[content] = seen[question.id] = where


def _lone_twins(accepted: Iterable[tuple[str, Question]]) -> Iterator[Rejected]:
    pairs = [(where, question.twin) for where, question in accepted if question.twin is not None]
    sizes = Counter(twin for _, twin in pairs)
    for where, twin in pairs:
        if sizes[twin] != PAIR:
            reason = f"twin: {sizes[twin]} usable rows name {twin!r}, not two"
            yield Rejected(where=where, reason=reason)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
