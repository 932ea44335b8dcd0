"""What of a run becomes a metric, a tag or a parameter of an MLflow run. Pure; no text of a model."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile

from monitor.records import Estimate, Run, digest, shortened

METRICS = (
    "cs",
    "css",
    "open_safe",
    "choice_safe",
    "cs_corrected",
    "css_corrected",
    "open_safe_corrected",
)
LONGEST_PARAMETER = 500
LONGEST_NOTE = 7_900  # MLflow cuts tags at 8,000 characters, in the middle of a line
COMPLETE, PARTIAL, UNCHECKED = "faef.complete", "faef.partial", "faef.unchecked"
STOPPED, FINGERPRINT = "faef.stopped", "faef.fingerprint"
HELD_TO, HELD_TO_NAME = "faef.baseline_version", "faef.baseline_name"
RUN_ID, VERSION = "faef.run_id", "faef.model_version"
THRESHOLDS, VERDICT, PROFILE = "faef.thresholds", "faef.verdict", "faef.profile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What MLflow is told of a run beside what stands in `run.json`."""

    endpoint: str = ""  # of the model; empty for a replay
    thresholds: str = ""  # the key of what was demanded
    git_sha: str = ""
    with_responses: bool = False


def metrics(run: Run) -> Mapping[str, float]:
    """The metrics of a run by name: `<dimension>.cs`, `.cs.low`, `.cs.high`, … as in `run.json`."""
    return dict(_metrics(run))


def tags(run: Run, origin: Origin) -> Mapping[str, str]:
    """Those with a value, of a run that is being logged: `COMPLETE` is set at the end."""
    known = {
        COMPLETE: "false",
        RUN_ID: run.id,
        "faef.model": run.model,
        VERSION: run.model_version,
        "faef.judge": run.judge,
        VERDICT: run.outcome,
        PROFILE: run.profile,
        THRESHOLDS: origin.thresholds,
        "faef.question_set": run.question_set,
        FINGERPRINT: digest(run.fingerprint),
        "faef.git_sha": origin.git_sha,
        "faef.limit": str(run.limit or ""),
        "faef.shard": run.shard or "",
        STOPPED: run.stopped,
        PARTIAL: partial(run),
        UNCHECKED: ", ".join(run.unchecked)[:LONGEST_PARAMETER],
        "faef.served": ", ".join(run.served),
        "faef.baseline": (run.baseline or {}).get("id", ""),
        HELD_TO: (run.baseline or {}).get("model_version", ""),
        HELD_TO_NAME: (run.baseline or {}).get("name", ""),
    }
    return {key: value for key, value in known.items() if value}


def partial(run: Run) -> str:
    """Why it may be neither a baseline nor promoted; empty if it may."""
    return run.partial or run.stopped or (f"part {run.shard}" if run.shard else "")


def parameters(run: Run) -> Mapping[str, str]:
    """Profile and protocol, one by one."""
    asked = {"profile": run.profile, **{f"protocol.{k}": v for k, v in run.fingerprint.items()}}
    return {key: shortened(str(value), LONGEST_PARAMETER) for key, value in asked.items()}


def note(summary: str) -> str:
    """The summary as a description; a long one ends with a whole line."""
    if len(summary) <= LONGEST_NOTE:
        return summary
    return summary[:LONGEST_NOTE].rpartition("\n")[0] + "\n\n… (summary.md, among the artifacts)"


def in_pieces(name: str, text: str) -> Mapping[str, str]:
    """A text of any length as tags: the first has the name, the others a number behind it."""
    pieces = [text[at : at + LONGEST_NOTE] for at in range(0, len(text), LONGEST_NOTE)]
    return {f"{name}.{number}" if number else name: piece for number, piece in enumerate(pieces)}


def put_together(name: str, tags: Mapping[str, str]) -> str:
    """The text that `in_pieces` has cut."""
    keys = [name, *(f"{name}.{number}" for number in range(1, len(tags)))]
    return "".join(tags[key] for key in takewhile(tags.__contains__, keys))


def _metrics(run: Run) -> Iterator[tuple[str, float]]:
    for name, score in run.scores.items():
        if score.readable is not None:
            yield f"{name}.readable", score.readable
            yield f"{name}.unsure", score.unsure
        for metric in METRICS:
            estimate: Estimate | None = getattr(score, metric)
            if estimate is not None and estimate.value is not None:
                yield f"{name}.{metric}", estimate.value
                yield f"{name}.{metric}.low", estimate.low
                yield f"{name}.{metric}.high", estimate.high
        for cell, count in score.cells.items():
            yield f"{name}.cells.{cell}", count
    if run.gap is not None and run.gap.value is not None:
        yield from (("gap", run.gap.value), ("gap.low", run.gap.low), ("gap.high", run.gap.high))
    for name, value in run.usage.items():
        yield f"usage.{name}", float(value)
    if run.calibration and run.calibration["kappa"]["value"] is not None:
        yield "judge.kappa", run.calibration["kappa"]["value"]
