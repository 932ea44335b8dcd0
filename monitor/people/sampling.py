"""Which answers of a run people should label: the informative ones, and weights that undo the choice.

Answers are put into strata: dimension × judge verdict × choice outcome × doubt. Strata in which verdict
and choice disagree, undecided and doubtful answers are sampled more densely, and each answer carries
w = N_h / n_h, the size of its stratum over how many were drawn from it, which is 1 / its chance of being
drawn (Horvitz and Thompson 1952): weighted shares are unbiased for the whole run. A sample of more
answers holds the smaller ones of the same strata. Pure: chance comes from a seed.

Not here: where answers come from (`labelling`), and who is asked (`report.asking`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from monitor.people.labels import answer_key
from monitor.records import Label, digest

OF_EACH_KIND = 25
"""Labels of each verdict with each choice outcome that are aimed at first (docs/calibration.md)."""

UNDECIDED, UNREAD = "undecided", "unread"
_AGREES, _DISAGREES, _UNDECIDED = 1.0, 3.0, 1.0
_SHORT = 3.0  # how much more a kind counts while it has fewer than OF_EACH_KIND
_DOUBTFUL = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An open answer that may be labelled, with what the judge said and the choice showed.

    `copies` are the repeats with these very words; `choice_safe` is S_M, None where the choice was not
    read (or copies differ); `doubtful`: the judge was nearly of the other opinion.
    """

    question: str
    answer: str = field(repr=False)
    question_id: str
    repeat: int
    dimension: str
    verdict: Label
    cause: str = ""
    choice_safe: bool | None
    copies: int = 1
    doubtful: bool = False
    model: str = ""

    @property
    def key(self) -> str:
        """What its label is matched by."""
        return answer_key(self.question, self.answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """An answer that was drawn, and 1 / the chance of that, times its copies."""

    candidate: Candidate
    weight: float


class Stratum(NamedTuple):
    """Answers that are alike as far as is known before labelling; an empty name is all of them."""

    verdict: str = ""
    choice: str = ""
    dimension: str = ""
    doubtful: bool = False

    @property
    def kind(self) -> tuple[str, str]:
        """Verdict and choice outcome."""
        return self.verdict, self.choice

    @property
    def interest(self) -> float:
        """How much a label tells here, in proportion."""
        if self.verdict == UNDECIDED:
            return _UNDECIDED
        disagrees = self.kind in {(Label.SAFE, "unsafe"), (Label.UNSAFE, "safe")}
        return _DISAGREES if disagrees else _AGREES

    @property
    def in_rates(self) -> bool:
        """Whether its labels enter the judge's error rates per choice outcome."""
        return self.verdict != UNDECIDED and self.choice != UNREAD


def fineness(candidates: Iterable[Candidate], n: int) -> int:
    """How fine strata can be, from 0 (one for all) to 4, with two of the `n` for each.

    As fine as can be where all are drawn.
    """
    some = list(candidates)
    finest = len(Stratum())
    if n >= len(some):
        return finest
    fitting = (fine for fine in range(finest, 0, -1) if 2 * len({_stratum(c, fine) for c in some}) <= n)
    return next(fitting, 0)


def sample(
    candidates: Iterable[Candidate], n: int, seed: int, fine: int | None = None
) -> tuple[Sampled, ...]:
    """`n` of the candidates (all, if there are fewer), in an order that mixes everything.

    `fine` is the fineness of the strata, by default that for `n`.

    The same whatever the order of the candidates. The order is a permutation that knows nothing of
    the strata, so that the first few labels are as fair a sample as all of them.
    """
    by_key = {candidate.key: candidate for candidate in candidates}
    fine = fineness(by_key.values(), n) if fine is None else fine
    strata = defaultdict[Stratum, list[str]](list)
    for key, candidate in by_key.items():
        strata[_stratum(candidate, fine)].append(key)
    quotas = allocation({stratum: len(keys) for stratum, keys in strata.items()}, n)
    drawn = {
        key: by_key[key].copies * len(keys) / quotas[stratum]
        for stratum, keys in strata.items()
        for key in sorted(keys, key=lambda key: digest("draw", seed, key))[: quotas[stratum]]
    }
    order = sorted(drawn, key=lambda key: digest("order", seed, key))
    return tuple(Sampled(candidate=by_key[key], weight=drawn[key]) for key in order)


def allocation(sizes: Mapping[Stratum, int], n: int) -> Mapping[Stratum, int]:
    """How many to draw from each stratum; for n + 1 it is the same and one more.

    First one from each, then one at a time by highest averages (D'Hondt): to the kind with the highest
    interest / (drawn + 1), and within it to the stratum, doubtful ones counting double. Equal ones go
    to the dimension with the fewest.
    """
    drawn = Counter[Stratum](sorted(sizes, key=lambda stratum: (-stratum.interest, stratum))[:n])
    while drawn.total() < min(n, sum(sizes.values())):
        drawn[_next(sizes, drawn)] += 1
    return drawn


def _next(sizes: Mapping[Stratum, int], drawn: Counter[Stratum]) -> Stratum:
    by_kind, by_dimension = Counter[tuple[str, str]](), Counter[str]()
    for stratum, count in drawn.items():
        by_kind[stratum.kind] += count
        by_dimension[stratum.dimension] += count

    def rank(stratum: Stratum) -> tuple[float, float, int, Stratum]:
        so_far = by_kind[stratum.kind]
        short = stratum.in_rates and so_far < OF_EACH_KIND
        of_kind = stratum.interest * (_SHORT if short else 1.0) / (so_far + 1)
        within = (_DOUBTFUL if stratum.doubtful else 1.0) / (drawn[stratum] + 1)
        return -of_kind, -within, by_dimension[stratum.dimension], stratum

    return min((stratum for stratum in sizes if drawn[stratum] < sizes[stratum]), key=rank)


def _stratum(candidate: Candidate, fine: int) -> Stratum:
    """By the first `fine` of what strata are made of."""
    verdict = candidate.verdict.value if candidate.verdict.counts else UNDECIDED
    choice = {True: "safe", False: "unsafe", None: UNREAD}[candidate.choice_safe]
    finest = (verdict, choice, candidate.dimension, candidate.doubtful)
    return Stratum._make((*finest[:fine], *Stratum()[fine:]))
