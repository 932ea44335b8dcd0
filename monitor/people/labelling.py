"""The open answers of a run that people can label, and what in a labels file belongs to them.

Capability questions are left out: a key marks them. Not here: which of them are drawn (`sampling`), how
people are asked (`report.asking`), and how a labels file is written (`label_files`).
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

from monitor.answers import after_reasoning
from monitor.calibration.agreement import Judged, agreement
from monitor.collect import judgeable
from monitor.config import CAPABILITY
from monitor.embedded import NAME as EMBEDDED
from monitor.errors import ConfigError
from monitor.judges.judging import embedded_judge
from monitor.people.label_files import LabelsFile
from monitor.people.labels import LabelledAnswer
from monitor.people.sampling import Candidate, Sampled, fineness, sample
from monitor.prompts import in_variant
from monitor.records import Estimate, Form, ItemResult, Label, Question, Reading, Response
from monitor.replies.replay import Recording, refuse_changed
from monitor.scoring import score_question
from monitor.settings import Settings

_FINENESS = set("01234")
_DOUBTFUL = 0.25  # of the answers with one verdict: those the judge was least sure of


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelable:
    """The answers of a run; `source` names the run in a labels file, `judge` is who judged it."""

    candidates: tuple[Candidate, ...]
    source: str
    judge: str


def labelable(settings: Settings, path: Path) -> Labelable:
    """What is in an out folder or a `responses.jsonl`. Answers without a verdict are screened here.

    Raises ConfigError or RecordError, also where nothing can be labelled.
    """
    recording, known = Recording(path), settings.recorded
    chosen = [q for q in recording.chosen(settings.bank) if q.dimension != CAPABILITY]
    if known:
        refuse_changed(path, known, chosen)
    fingerprint = known.fingerprint if known else {}
    asked = [in_variant(q, fingerprint.get("variant", settings.variant)) for q in chosen]
    recording.judge_again(asked, embedded_judge(), all_of_them=False)
    choice = fingerprint.get("choice", settings.protocol.choice)
    found = [
        candidate
        for question in asked
        for candidate in _of_question(question, recording.of(question.id), recording.repeats, choice)
    ]
    if not found:
        message = f"{recording.file}: no open answer in it that people could label"
        raise ConfigError(message)
    judge = known.judge if known else EMBEDDED
    sha256 = hashlib.sha256(recording.file.read_bytes()).hexdigest()
    return Labelable(
        candidates=tuple(_with_doubt(found) if judge == EMBEDDED else found),
        source=f"faef label {sha256[:16]}",
        judge=judge,
    )


def _of_question(
    question: Question, replies: Sequence[Response], repeats: int, choice: str
) -> list[Candidate]:
    """The distinct answers to a question, each with how often it was given."""
    items = {item.repeat: item for item in score_question(question, replies, repeats, choice)}
    copies = defaultdict[str, list[Candidate]](list)
    for reply in replies:
        if reply.form is Form.OPEN and judgeable(reply):
            candidate = _candidate(question, reply, items[reply.repeat])
            copies[candidate.key].append(candidate)
    return [_joined(same) for same in copies.values()]


def _candidate(question: Question, reply: Response, item: ItemResult) -> Candidate:
    read = item.positive_first.counts and item.negative_first.counts
    causes = dict(cause.split(": ", 1) for cause in item.causes)
    return Candidate(
        question=question.stem,
        answer=after_reasoning(reply.text or "") or "",
        question_id=question.id,
        repeat=reply.repeat,
        dimension=question.dimension,
        verdict=item.open,
        cause=causes.get(Form.OPEN, ""),
        choice_safe=item.choice_safe if read else None,
        model=reply.model,
    )


def _joined(same: Sequence[Candidate]) -> Candidate:
    """One of several repeats in the same words; a judge that said both did not decide."""
    verdicts, outcomes = {one.verdict for one in same}, {one.choice_safe for one in same}
    one = same[0] if len(outcomes) == 1 else replace(same[0], choice_safe=None)
    if len(verdicts) > 1:
        one = replace(one, verdict=Label.UNREADABLE, cause="judged differently in other repeats")
    return replace(one, copies=len(same))


def _with_doubt(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Marked where the embedded judge was nearest to the other verdict."""
    from monitor.judges.screening import Screener  # noqa: PLC0415 - brings numpy

    screener = Screener.load()
    unsafe = {one.key: screener.probability(one.question, one.answer) for one in candidates}
    doubtful = {*_nearest(candidates, Label.SAFE, unsafe), *_nearest(candidates, Label.UNSAFE, unsafe)}
    return [replace(one, doubtful=one.key in doubtful) for one in candidates]


def _nearest(candidates: Iterable[Candidate], verdict: Label, unsafe: Mapping[str, float]) -> list[str]:
    """The keys of this verdict that were nearest to the other one."""
    keys = [one.key for one in candidates if one.verdict is verdict]
    ordered = sorted(keys, key=lambda key: (unsafe[key], key), reverse=verdict is Label.SAFE)
    return ordered[: int(_DOUBTFUL * len(ordered))]


def drawn(
    found: Labelable, known: Iterable[LabelledAnswer], n: int, seed: int, labels: Path
) -> tuple[str, tuple[Sampled, ...]]:
    """The source and the sample of a run, the same each time while its labels come in.

    Answers that were labelled otherwise than from this sample are left out before it is drawn; where it
    was begun before, its strata stay. Raises ConfigError where the file holds labels of another sample
    of this run.
    """
    known = tuple(known)
    begun = {line.source for line in known if line.source.startswith(found.source)}
    ours = {line.key for line in known if line.source in begun}
    others = {line.key for line in known if line.source not in begun}
    rest = [one for one in found.candidates if one.key in ours or one.key not in others]
    beginning = f"{found.source}, seed {seed}, strata "
    sources = begun or {f"{beginning}{fineness(rest, n)}"}
    source = min(sources)
    fine = source.removeprefix(beginning)
    if len(sources) > 1 or fine not in _FINENESS:
        raise ConfigError(_another_sample(labels))
    chosen = sample(rest, n, seed, int(fine))
    if ours - {one.candidate.key for one in chosen}:
        raise ConfigError(_another_sample(labels))
    return source, chosen


def _another_sample(labels: Path) -> str:
    return (
        f"{labels}: holds labels of another sample of this run: give the --seed and at least the"
        " --sample of that one, or other --labels"
    )


def left(
    chosen: Iterable[Sampled], known: Iterable[LabelledAnswer], annotator: str | None
) -> tuple[Sampled, ...]:
    """Those not labelled yet; with an annotator, not by this one."""
    done = {line.key for line in known if annotator is None or line.annotator == annotator}
    return tuple(one for one in chosen if one.candidate.key not in done)


def labelled(
    one: Candidate, *, safe: bool, weight: float, source: str, annotator: str | None
) -> LabelledAnswer:
    """A candidate with the label it was given."""
    return LabelledAnswer(
        question=one.question,
        answer=one.answer,
        safe=safe,
        question_id=one.question_id,
        repeat=one.repeat,
        dimension=one.dimension,
        choice_safe=one.choice_safe,
        annotator=annotator,
        weight=weight,
        source=source,
        model=one.model,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Labeller:
    """Who labels a sample, and the file that the labels go to."""

    file: LabelsFile
    source: str
    annotator: str | None

    def keep(self, one: Sampled, *, safe: bool) -> None:
        """Put a label on disk."""
        answer = labelled(
            one.candidate,
            safe=safe,
            weight=one.weight,
            source=self.source,
            annotator=self.annotator,
        )
        self.file.add([answer])

    def undo(self) -> None:
        """Take the last label back."""
        self.file.take_back()


def between_annotators(
    lines: Iterable[LabelledAnswer],
) -> Mapping[tuple[str | None, str | None], Estimate]:
    """Cohen's kappa of each two annotators over the answers that both have labelled, by weight."""
    by_annotator = defaultdict[str | None, dict[str, LabelledAnswer]](dict)
    for line in lines:
        by_annotator[line.annotator][line.key] = line
    found = {}
    for one, other in combinations(sorted(by_annotator, key=str), 2):
        first, second = by_annotator[one], by_annotator[other]
        both = [_pair(first[key], second[key]) for key in first if key in second]
        if both:
            found[one, other] = agreement(both).kappa
    return found


def _pair(one: LabelledAnswer, other: LabelledAnswer) -> Judged:
    verdict = Reading(label=Label.SAFE if other.safe else Label.UNSAFE)
    return Judged(
        cluster=one.question_id or one.question,
        dimension=one.dimension,
        choice_safe=one.choice_safe,
        safe=one.safe,
        verdict=verdict,
        weight=one.weight,
    )
