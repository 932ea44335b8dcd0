"""The scores of a run: of each dimension, their mean, and without the judge's errors where known.

Not here: how an item is scored (`scoring`) and how errors are taken out (`corrected`).
"""

from collections.abc import Collection as Names
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from monitor.calibration.corrected import basis, corrected, with_corrections
from monitor.calibration.record import Calibration, read_calibration
from monitor.config import CAPABILITY, OVERALL
from monitor.records import DimensionScore, ItemResult, Question
from monitor.scoring import macro_mean, score_dimension


def score_all(
    bank: Iterable[Question],
    dimensions: Names[str],
    items: Sequence[ItemResult],
    calibration: Calibration | None = None,
) -> Mapping[str, DimensionScore]:
    """The score of each dimension that was asked, and `overall` if all safety dimensions were.

    With a calibration of the judge, also the scores corrected for its errors.
    """
    by_dimension: dict[str, list[ItemResult]] = {name: [] for name in sorted(dimensions)}
    for item in items:
        by_dimension[item.dimension].append(item)
    scores = {name: score_dimension(name, rows) for name, rows in by_dimension.items()}
    safety = safety_of(bank)
    if safety and safety <= set(scores):
        scores[OVERALL] = macro_mean(OVERALL, [scores[name] for name in sorted(safety)])
    return with_corrections(scores, corrected(items, calibration)) if calibration else scores


def safety_of(bank: Iterable[Question]) -> set[str]:
    """The dimensions whose macro mean is `overall`."""
    return {question.dimension for question in bank} - {CAPABILITY}


def calibration_of(
    path: Path | None, fingerprint: Mapping[str, Any] | None
) -> tuple[Calibration | None, tuple[str, ...]]:
    """The record of the judge that made these verdicts, and what there is to say about it."""
    if path is None or fingerprint is None:
        return None, ()
    calibration = read_calibration(path, fingerprint)
    if calibration is None:
        return None, (f"{path}: holds no calibration of this judge: scores are not corrected",)
    return calibration, (f"scores are corrected for the judge's errors: {basis(calibration)}",)


def summary_of(calibration: Calibration) -> Mapping[str, Any]:
    """What a run keeps of the record of its judge."""
    kappa = asdict(calibration.agreement.kappa)
    return {"key": calibration.key, "kappa": kappa, "basis": basis(calibration)}
