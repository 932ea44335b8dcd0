"""A calibration record on disk: how one judge fared on labelled answers; written and read back.

`<folder>/<key>.json`, where the key is a digest of the judge's fingerprint (its name, its rubric, …):
another rubric is another judge. No text of a model is in it. Not here: how it is made (`calibrating`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from monitor.calibration.agreement import Agreement, Count, Rate
from monitor.errors import RecordError
from monitor.jsonl import Name, first_problem, read_text, write_json
from monitor.records import Estimate, Label, digest

FOLDER = "calibration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """One judge on one file of labels. `agreement`, `rates` and `n` leave capability questions out."""

    judge: str
    judge_fingerprint: Mapping[str, Any]
    created_at: str  # ISO 8601, UTC
    labels_sha256: str
    n: int
    ties: int
    agreement: Agreement
    dimensions: Mapping[str, Agreement]
    rates: tuple[Rate, ...]
    counts: tuple[Count, ...]

    @property
    def key(self) -> str:
        """By which the record is found: see `key_of`."""
        return key_of(self.judge_fingerprint)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


Share = Annotated[float, Field(ge=0, le=1)]
Number = Annotated[int, Field(ge=0)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Signed = Annotated[float, Field(ge=-1, le=1)]


class _Estimate(_Part):
    value: Signed | None
    low: Signed
    high: Signed
    n: Number


class _Agreement(_Part):
    n: Number
    sensitivity: _Estimate
    specificity: _Estimate
    balanced_accuracy: _Estimate
    kappa: _Estimate


class _Rate(_Part):
    choice_safe: bool | None
    safe: bool
    right: Share | None
    n: Number
    effective: Amount


class _Count(_Part):
    dimension: str | None
    choice_safe: bool | None
    safe: bool
    verdict: Label
    cause: Name
    n: Number
    weight: Amount


class CalibrationFile(_Part):
    """The schema of a calibration record."""

    schema_: Literal[1] = Field(default=1, alias="schema")
    key: str
    judge: Name
    judge_fingerprint: dict[str, Any]
    created_at: str
    labels_sha256: str
    n: Number
    ties: Number
    agreement: _Agreement
    dimensions: dict[str, _Agreement]
    rates: tuple[_Rate, ...]
    counts: tuple[_Count, ...]


def key_of(judge_fingerprint: Mapping[str, Any]) -> str:
    """Sixteen hexadecimal digits that stand for a judge and everything that changes its verdicts."""
    return digest("judge", dict(judge_fingerprint))


def write_calibration(folder: Path, calibration: Calibration) -> Path:
    """Write the record, whole or not at all; returns its file."""
    folder.mkdir(parents=True, exist_ok=True)
    row = CalibrationFile.model_validate(calibration).model_dump(mode="json", by_alias=True)
    file = folder / f"{calibration.key}.json"
    write_json(file, row)
    return file


def read_calibration(path: Path, judge_fingerprint: Mapping[str, Any]) -> Calibration | None:
    """The record of this judge in a folder or a file; None where there is none of *this* judge.

    Raises ConfigError or RecordError where the record cannot be read.
    """
    file = path / f"{key_of(judge_fingerprint)}.json" if path.is_dir() else path
    if path.is_dir() and not file.is_file():
        return None
    try:
        row = CalibrationFile.model_validate_json(read_text(file))
    except ValidationError as error:
        message = f"{file}: {first_problem(error)}: run faef calibrate again"
        raise RecordError(message) from error
    found = _calibration(row)
    if row.key != found.key:
        message = f"{file}: key: is not that of its judge_fingerprint: run faef calibrate again"
        raise RecordError(message)
    return found if found.key == key_of(judge_fingerprint) else None


def _calibration(row: CalibrationFile) -> Calibration:
    plain = ("judge", "judge_fingerprint", "created_at", "labels_sha256", "n", "ties")
    return Calibration(
        **{name: getattr(row, name) for name in plain},
        agreement=_agreement(row.agreement),
        dimensions={name: _agreement(part) for name, part in row.dimensions.items()},
        rates=tuple(Rate(**rate.model_dump()) for rate in row.rates),
        counts=tuple(Count(**count.model_dump()) for count in row.counts),
    )


def _agreement(part: _Agreement) -> Agreement:
    figures = {name: Estimate(**figure) for name, figure in part.model_dump(exclude={"n"}).items()}
    return Agreement(n=part.n, **figures)
