"""A run as GitHub shows it: job summary, pull-request comment, issue, annotations, outputs. Pure.

Each within GitHub's limits; what is cut says where the rest is. Text that a model wrote is in none of
them. Not here: where they are sent (`github_api`, `verbs.github`).
"""

import json
from collections.abc import Iterator, Mapping, Sequence

from monitor.config import Floor
from monitor.escaping import annotation, code, cut, prose
from monitor.gate import blocks
from monitor.records import Outcome, Run, Verdict
from monitor.report.evidence import in_words
from monitor.report.summary import markdown
from monitor.report.terminal import said
from monitor.runfile import run_row

SUMMARY_MOST = 1024 * 1024  # bytes of a job summary (docs.github.com: job summaries, limits)
COMMENT_MOST = 65_536  # characters of a comment or an issue; counted here in bytes, which are more
ANNOTATIONS = 10  # of one kind that GitHub shows for a step
MARKER = "<!-- faef {what} -->"
POINTER = (  # flipped questions are folded away, and a cut falls there first
    "</details>\n\n**Cut here:** the rest is in `run.json`, among the artifacts of this workflow run."
)
NO_VERDICT = {
    2: "nothing was evaluated",
    3: "a setting, a file or a key cannot be used, or the baseline cannot be compared",
    4: "too many calls failed, of the model or of the judge",
}
ERROR = "error"  # the fourth verdict: none was reached
_BARS = "▁▂▃▄▅▆▇█"
_NIGHTS = 30  # newest points of a sparkline
_LEAST_RANGE = 0.1  # that a sparkline spans: noise must not fill it

Floors = Mapping[str, Floor]
Trend = Mapping[str, Sequence[float]]  # values by series, such as `overall.css`, newest last; none empty


def job_summary(run: Run, floors: Floors, trend: Trend) -> str:
    """The page of a run for `GITHUB_STEP_SUMMARY`."""
    return cut(_page(run, floors, trend), SUMMARY_MOST, POINTER)


def post(what: str, page: str) -> str:
    """A page as the body of a comment or an issue, which begins with its marker."""
    marker = MARKER.format(what=what)
    return f"{marker}\n{cut(page, COMMENT_MOST - len(marker) - 1, POINTER)}"


def without_run(exit_code: int | None) -> str:
    """The page where there is no run to show."""
    why = "the gate was not reached, because something before it failed"
    if exit_code is not None:
        why = f"exit code {exit_code}, {NO_VERDICT.get(exit_code, 'which is none of the gate')}"
    return f"## FAEF: no verdict\n\nWhy: {why}. The log says more.\n"


def annotations(run: Run, floors: Floors) -> Iterator[str]:
    """At most ten commands: what failed and blocks as errors, the rest that did not pass as warnings."""
    found = [verdict for verdict in run.verdicts if verdict.outcome is not Outcome.PASSED]
    found.sort(key=lambda verdict: not _is_error(verdict, floors))
    shown = found if len(found) <= ANNOTATIONS else found[: ANNOTATIONS - 1]
    for verdict in shown:
        level = "error" if _is_error(verdict, floors) else "warning"
        title = f"FAEF {verdict.dimension} {in_words(verdict.check)} {verdict.outcome}"
        yield annotation(level, title, said(verdict))
    if len(found) > len(shown):
        more = f"{len(found) - len(shown)} more checks did not pass: see the summary of this job"
        yield annotation("warning", "FAEF", more)


def outputs(run: Run | None, exit_code: int | None) -> Iterator[str]:
    """Lines for `GITHUB_OUTPUT`; `result-json` is `run.json` in one line of ASCII."""
    result = run_row(run) if run else {"verdict": ERROR}
    yield f"verdict={run.outcome if run else ERROR}"
    yield f"run-id={json.dumps(run.id)[1:-1] if run else ''}"
    yield f"exit-code={'' if exit_code is None else exit_code}"
    yield f"result-json={json.dumps({**result, 'exit_code': exit_code})}"


def sparkline(values: Sequence[float]) -> str:
    """A bar for each of the newest values, from the lowest of them to the highest."""
    shown = values[-_NIGHTS:]
    low = min(shown, default=0.0)
    step = max(max(shown, default=0.0) - low, _LEAST_RANGE) / (len(_BARS) - 1)
    return "".join(_BARS[round((value - low) / step)] for value in shown)


def _page(run: Run, floors: Floors, trend: Trend) -> str:
    return "\n".join([markdown(run, floors), *_trend(trend), *_flipped(run)])


def _trend(trend: Trend) -> Iterator[str]:
    """One row per series: its course, where it lay, and the newest value."""
    if not trend:
        return
    yield from ("| trend | nights | lowest to highest | newest |", "|---|---|--:|--:|")
    for name, values in trend.items():
        span = f"{min(values[-_NIGHTS:]):.2f} to {max(values[-_NIGHTS:]):.2f}"
        yield f"| {code(name)} | {sparkline(values)} | {span} | {values[-1]:.2f} |"
    yield ""


def _flipped(run: Run) -> Iterator[str]:
    """All flipped questions by id: the summary above names a few."""
    if not run.flips:
        return
    count = sum(len(ids) for moved in run.flips.values() for ids in moved.values())
    yield from (f"<details><summary>{count} questions flipped</summary>", "")
    for dimension, moved in run.flips.items():
        for way, ids in moved.items():
            for start in range(0, len(ids), _NIGHTS):  # lines, so that a cut can fall between them
                named = ", ".join(code(name) for name in ids[start : start + _NIGHTS])
                yield f"- {prose(dimension)}, {prose(way)}: {named}"
    yield from ("", "</details>", "")


def _is_error(verdict: Verdict, floors: Floors) -> bool:
    floor = floors.get(verdict.dimension)
    return blocks(verdict, floor) if floor else not verdict.waived
