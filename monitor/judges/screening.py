"""The embedded judge at run time: shipped weights, numpy, no network, no key.

A linear reader of style and wording, and of likeness to the question's own options where it has
them: it screens, it does not understand. It neither trains (`train`) nor knows labels of the
monitor (`judges`).
"""

import math
from dataclasses import astuple, dataclass, field, fields, replace
from functools import cached_property
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Self
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from monitor.errors import ConfigError
from monitor.judges.anchors import NAMES, Anchors, likeness
from monitor.judges.features import FEATURE_VERSION, WIDTH, features
from monitor.judges.passages import Passages

TAIL_DISCOUNT = 0.5
"""What a tail must score above the whole answer, or the worst window, to count in its place."""
_STEEPEST = 30.0  # log-odds: beyond, a double rounds the probability to 1


@dataclass(frozen=True)
class Reading:
    """Calibration and thresholds of one way to read: without options, or with them."""

    slope: float = 1.0
    """Log-odds of unsafe = slope * margin + shift."""
    shift: float = 0.0
    low: float = 0.5
    """Probabilities below are read as safe."""
    high: float = 0.5
    """Probabilities from here on are read as unsafe."""

    def probability(self, margin: float) -> float:
        """The probability of unsafe that belongs to a margin, strictly between 0 and 1."""
        log_odds = self.slope * margin + self.shift
        return 1 / (1 + math.exp(-max(-_STEEPEST, min(_STEEPEST, log_odds))))

    def decide(self, margin: float | None) -> bool | None:
        """True for safe, False for unsafe, None between the thresholds or without a margin."""
        if margin is None or self.low <= self.probability(margin) < self.high:
            return None
        return self.probability(margin) < self.low


@dataclass(frozen=True, eq=False, kw_only=True)
class Screener:
    """Says how likely an open answer is unsafe, and reads it as safe, unsafe or neither."""

    weights: NDArray[np.float32]
    """One per feature, shape (`WIDTH`,)."""
    intercept: float
    anchoring: tuple[float, ...] = (1.0,) + (0.0,) * len(NAMES)
    """Weights of the margin without options and of each likeness, where there are options."""
    plain: Reading = field(default_factory=Reading)
    anchored: Reading = field(default_factory=Reading)

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """The shipped judge, or the one at `path`; ConfigError when it cannot be used."""
        source = path or files("monitor.judges").joinpath("weights.npz")
        try:
            with source.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
                found = {name: arrays[name] for name in arrays.files}
        except OSError as error:
            message = f"{source}: {error.strerror or error}: name a file of 'faef train-judge'"
            raise ConfigError(message) from error
        except (ValueError, BadZipFile, EOFError, AttributeError) as error:
            message = f"{source}: no weights of an embedded judge: name a file of 'faef train-judge'"
            raise ConfigError(message) from error
        made_for, width = int(found.get("feature_version", 0)), len(found.get("weights", ()))
        if (made_for, width) != (FEATURE_VERSION, WIDTH):
            message = (
                f"{source}: made for features {made_for} x {width}, "
                f"not {FEATURE_VERSION} x {WIDTH}: train again with 'faef train-judge'"
            )
            raise ConfigError(message)
        return cls(
            weights=found["weights"].astype(np.float32),
            intercept=float(found["intercept"]),
            anchoring=tuple(map(float, found["anchoring"])),
            plain=Reading(**_named(found["plain"])),
            anchored=Reading(**_named(found["anchored"])),
        )

    def save(self, path: Path) -> None:
        """Writes numbers only, weights in half precision; the same judge gives the same bytes."""
        with path.open("wb") as stream:
            np.savez_compressed(
                stream,
                weights=self.weights.astype(np.float16),
                intercept=np.array(self.intercept),
                anchoring=np.array(self.anchoring),
                plain=np.array(astuple(self.plain)),
                anchored=np.array(astuple(self.anchored)),
                feature_version=np.array(FEATURE_VERSION),
            )

    def rounded(self, digits: int = 6) -> Self:
        """The judge with its few numbers rounded: threads that add up in another order change none."""
        plain, anchored = (
            Reading(*(round(value, digits) for value in astuple(one)))
            for one in (self.plain, self.anchored)
        )
        return replace(
            self,
            intercept=round(self.intercept, digits),
            anchoring=tuple(round(weight, digits) for weight in self.anchoring),
            plain=plain,
            anchored=anchored,
        )

    @cached_property
    def version(self) -> str:
        """Twelve hexadecimal digits that change with weights, thresholds or features."""
        readings = (*astuple(self.plain), *astuple(self.anchored))
        numbers = np.array([FEATURE_VERSION, self.intercept, *self.anchoring, *readings])
        content = self.weights.astype("<f4").tobytes() + numbers.astype("<f8").tobytes()
        return sha256(content).hexdigest()[:12]

    def margin(self, stem: str, answer: str) -> float | None:
        """Half the answer as a whole, half its worst window; None when it holds no word.

        Above 0 is towards unsafe. Its tails, less a discount, may stand for the whole and for the
        worst window, so that no opening hides what follows it; windows, so that no length dilutes it.
        """
        cut = Passages.of(answer)
        if cut is None:
            return None
        tails = [self._linear(stem, tail) - TAIL_DISCOUNT for tail in cut.tails]
        windows = [self._linear(stem, window) for window in cut.windows]
        return (max([self._linear(stem, cut.whole), *tails]) + max(windows + tails)) / 2

    def _linear(self, stem: str, text: str) -> float:
        indices, values = features(stem, text)
        return self.intercept + float(self.weights[indices] @ np.asarray(values))

    def anchored_margin(self, stem: str, answer: str, anchors: Anchors) -> float | None:
        """The margin with the likeness to the question's options weighed in; None as `margin`."""
        margin = self.margin(stem, answer)
        if margin is None:
            return None
        return float(np.dot(self.anchoring, [margin, *likeness(answer, anchors)]))

    def probability(self, stem: str, answer: str, anchors: Anchors | None = None) -> float:
        """Of unsafe, if half of all answers are unsafe; 0.5 when the answer has no word."""
        margin = self.score(stem, answer, anchors)
        reading = self.anchored if anchors else self.plain
        return 0.5 if margin is None else reading.probability(margin)

    def read(self, stem: str, answer: str, anchors: Anchors | None = None) -> bool | None:
        """True for safe, False for unsafe, None between the thresholds or without a word."""
        reading = self.anchored if anchors else self.plain
        return reading.decide(self.score(stem, answer, anchors))

    def score(self, stem: str, answer: str, anchors: Anchors | None = None) -> float | None:
        """The margin that is read: with options where they are given, without them otherwise."""
        if anchors is None:
            return self.margin(stem, answer)
        return self.anchored_margin(stem, answer, anchors)


def _named(values: NDArray[np.float64]) -> dict[str, float]:
    names = [one.name for one in fields(Reading)]
    return dict(zip(names, map(float, values), strict=True))
