"""A run on disk: `run.json` with a versioned schema and `items.jsonl`, written and read back.

No text of a model is in either of them. Not here: reports for people (`report`).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from monitor.config import OVERALL, Floor, OnInconclusive, Tier
from monitor.errors import ConfigError, RecordError
from monitor.jsonl import (
    first_problem,
    make_folder,
    read_rows,
    read_text,
    validated,
    write_json,
    write_rows,
)
from monitor.records import Cell, DimensionScore, Estimate, ItemResult, Label, Outcome, Run, Verdict

RUN = "run.json"
ITEMS = "items.jsonl"
RESPONSES = "responses.jsonl"
SUMMARY = "summary.md"
PAGE = "report.html"
PICTURE = "report.png"

Share = Annotated[float, Field(ge=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class _Estimate(_Part):
    value: Share | None
    low: Share
    high: Share
    n: int


class _Gap(_Part):
    value: float
    low: float
    high: float
    n: int


class _Dimension(_Part):
    n: int
    clusters: int
    readable: Share | None
    cs: _Estimate
    css: _Estimate
    open_safe: _Estimate
    choice_safe: _Estimate
    cells: dict[Cell, float]
    causes: dict[str, int]
    unsure: Share = 0.0
    cs_corrected: _Estimate | None = None
    css_corrected: _Estimate | None = None
    open_safe_corrected: _Estimate | None = None


class _Kappa(_Part):
    value: Annotated[float, Field(ge=-1, le=1)] | None
    low: Annotated[float, Field(ge=-1, le=1)]
    high: Annotated[float, Field(ge=-1, le=1)]
    n: int


class _Look(_Part):
    share: Share
    repeats: int
    dimensions: tuple[str, ...]
    settled: tuple[str, ...]
    usage: dict[str, float]


class _Evidence(_Part):
    looks: tuple[_Look, ...]
    open: tuple[str, ...]
    unasked: dict[str, int]
    why: str


class _Calibration(_Part):
    key: str
    kappa: _Kappa
    basis: str


class _Verdict(_Part):
    dimension: str
    check: str
    outcome: Outcome
    reason: str
    n: int
    waived: str = ""


class _Floor(_Part):
    dimension: str
    min_readable: Share
    max_unsure: Share
    cs: Share
    css: Share
    tier: Tier
    on_inconclusive: OnInconclusive
    proven: bool
    cs_drop: Share | None = None
    css_drop: Share | None = None


class _Item(_Part):
    question_id: str
    question_hash: str
    dimension: str
    cluster: str
    repeat: int
    open: Label
    positive_first: Label
    negative_first: Label
    causes: tuple[str, ...]
    cell: Cell


class RunFile(_Part):
    """The schema of `run.json`."""

    schema_: Literal[1] = Field(default=1, alias="schema")
    id: str
    name: str
    model: str
    model_version: str
    judge: str
    profile: str
    started_at: str
    verdict: Outcome
    fingerprint: dict[str, Any]
    question_set: str
    served: tuple[str, ...]
    dimensions: dict[str, _Dimension]
    overall: _Dimension | None
    verdicts: tuple[_Verdict, ...]
    notes: tuple[str, ...]
    usage: dict[str, float]
    judge_check: dict[str, str] | None = None
    limit: int | None = None
    shard: str | None = None
    stopped: str = ""
    partial: str = ""
    unchecked: tuple[str, ...] = ()
    templates: dict[str, dict[str, _Estimate]] = {}
    gap: _Gap | None = None
    evidence: _Evidence | None = None
    baseline: dict[str, str] | None = None
    flips: dict[str, dict[str, list[str]]] = {}
    overrides: tuple[dict[str, str], ...] = ()
    calibration: _Calibration | None = None
    baseline_scores: dict[str, dict[str, _Estimate]] = {}
    floors: dict[str, _Floor] = {}
    profile_note: str = ""


def run_row(run: Run) -> dict[str, Any]:
    """A run as it stands in `run.json`."""
    scores = {name: _Dimension.model_validate(score) for name, score in run.scores.items()}
    overall = scores.pop(OVERALL, None)
    names = set(RunFile.model_fields) - {"schema_", "verdict", "dimensions", "overall", "verdicts"}
    file = RunFile(
        **{name: getattr(run, name) for name in names},
        verdict=run.outcome,
        dimensions=scores,
        overall=overall,
        verdicts=tuple(_Verdict.model_validate(verdict) for verdict in run.verdicts),
    )
    return file.model_dump(mode="json", by_alias=True)


def write_run(folder: Path, run: Run) -> None:
    """Write `run.json` and `items.jsonl`, each whole or not at all."""
    make_folder(folder)
    write_rows(folder / ITEMS, (item_row(item) for item in run.items))
    write_json(folder / RUN, run_row(run))


def forget_run(folder: Path) -> None:
    """Remove what an earlier run left here: its verdict must not stand beside other replies."""
    for name in (RUN, ITEMS, SUMMARY, PAGE, PICTURE):
        (folder / name).unlink(missing_ok=True)


def item_row(item: ItemResult) -> Mapping[str, object]:
    """A line of `items.jsonl`: labels and causes, no text."""
    row = {name: getattr(item, name) for name in item.__slots__}
    return {**row, "cell": item.cell}


def read_run(path: Path) -> Run:
    """The run of a folder or `run.json`, without its items. Raises ConfigError or RecordError."""
    file = path / RUN if path.is_dir() else path
    try:
        row = RunFile.model_validate_json(read_text(file))
    except ValidationError as error:
        message = f"{file}: {first_problem(error)}"
        raise RecordError(message) from error
    sections = {**row.dimensions, **({OVERALL: row.overall} if row.overall else {})}
    names = set(RunFile.model_fields) - {"schema_", "verdict", "dimensions", "overall", "verdicts"}
    names -= {"calibration", "gap", "evidence", "baseline_scores", "floors", "templates"}
    return Run(
        **{name: getattr(row, name) for name in names},
        calibration=row.calibration.model_dump() if row.calibration else None,
        gap=Estimate(**row.gap.model_dump()) if row.gap else None,
        evidence=row.evidence.model_dump(mode="json") if row.evidence else None,
        baseline_scores={
            name: {metric: Estimate(**estimate.model_dump()) for metric, estimate in metrics.items()}
            for name, metrics in row.baseline_scores.items()
        },
        floors={name: floor.model_dump() for name, floor in row.floors.items()},
        templates={
            name: {dimension: Estimate(**cs.model_dump()) for dimension, cs in scores.items()}
            for name, scores in row.templates.items()
        },
        scores={name: _score(name, section) for name, section in sections.items()},
        verdicts=tuple(Verdict(**verdict.model_dump()) for verdict in row.verdicts),
        outcome=row.verdict,
    )


def floors_of(run: Run) -> dict[str, Floor]:
    """The floors that were in force when the run was judged; none where its file does not say."""
    return {name: Floor(**row) for name, row in run.floors.items()}


def read_items(path: Path) -> tuple[ItemResult, ...]:
    """The items of a run's folder, or beside its run.json. Raises ConfigError or RecordError."""
    file = (path if path.is_dir() else path.parent) / ITEMS
    if not path.exists():
        message = f"{path}: not there: give a run's folder or its run.json"
        raise ConfigError(message)
    if not file.is_file():
        message = f"{file}: the items of the run are not here: a comparison goes question by question"
        raise ConfigError(message)
    items = []
    for number, row in read_rows(file):
        line = validated(_Item, row, f"{file}:{number}")
        items.append(ItemResult(**line.model_dump(exclude={"cell"})))
    return tuple(items)


def _score(name: str, section: _Dimension) -> DimensionScore:
    values = {field: getattr(section, field) for field in _Dimension.model_fields}
    values |= {
        field: Estimate(**value.model_dump())
        for field, value in values.items()
        if isinstance(value, _Estimate)
    }
    return DimensionScore(dimension=name, **values)
