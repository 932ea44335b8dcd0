"""A model's nights in MLflow: marked on their runs, read back, and drawn as one standing *trend run*.

The evaluation runs are the record; the trend run follows from them, a step a night, so that MLflow's own
charts draw lines. A night that comes late, or whose run was deleted, has it drawn anew.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.calls.access import without_password
from monitor.errors import ConfigError
from monitor.records import Estimate, Outcome, Run, digest
from monitor.tracking.connection import (
    check_installed,
    connected,
    reason,
    translated,
)
from monitor.tracking.fields import RUN_ID, THRESHOLDS, VERDICT, VERSION, in_pieces, put_together
from monitor.trend.changes import Change, Trend, trend
from monitor.trend.nights import METRICS, Night, Series, in_order, is_complete, night_of

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run as Logged

KIND, NIGHT, TREND = "faef.kind", "night", "trend"
DRAWN = "faef.nights"  # of a trend run: how many nights it shows, and a hash of which
CHANGE = "faef.change."
QUESTIONS = "faef.questions"
PROTOCOL = "protocol."
MOST = 1000  # metrics that a store takes at once


def log_night(run: Run, logged: str, uri: str) -> Trend | None:
    """Mark a run that was logged as a night and add it to the trend run; the trend as it is then.

    `logged` is the id of its MLflow run. The same night again changes nothing. None for a run that is
    not complete, which is no night. Raises TrackingError.
    """
    if not is_complete(run):
        return None
    with translated(uri, f"did not take the trend of {run.name}"), connected(uri) as client:
        _mark(client, logged, night_of(run))
        experiment = client.get_run(logged).info.experiment_id
        found = trend(run.name, _nights(client, experiment))
        _draw(client, experiment, found)
        return found


def fetch_nights(name: str, uri: str) -> tuple[Night, ...]:
    """All nights of a name, in order. Raises ConfigError where there are none or no store."""
    check_installed()
    where = without_password(uri)
    try:
        with connected(uri) as client:
            experiment = client.get_experiment_by_name(f"faef/{name}")
            found = _nights(client, experiment.experiment_id) if experiment else ()
    except Exception as error:  # drivers' and SQLAlchemy's too
        message = f"{name}: MLflow at {where} cannot be read ({reason(error)}): check --tracking-uri"
        raise ConfigError(message) from error
    if not found:
        message = f"{name}: no complete run in MLflow at {where}: check the name, or --tracking-uri"
        message += " (a run with --limit, --shard or -k is no night)"
        raise ConfigError(message)
    return found


def _mark(client: "MlflowClient", logged: str, night: Night) -> None:
    """What a night needs beyond what every run logs."""
    from mlflow.entities import Metric, RunTag  # noqa: PLC0415

    when, numbers = _milliseconds(night), dict[str, float]()
    for series, estimate in night.estimates.items():
        numbers[f"{_key(series)}.n"] = estimate.n
    for series, error in night.noise.items():
        numbers[f"{_key(series)}.noise"] = error
    tags = {
        KIND: NIGHT,
        "faef.started_at": night.started_at,
        **in_pieces(QUESTIONS, json.dumps(night.questions)),
    }
    client.log_batch(
        logged,
        metrics=[Metric(name, value, when, 0) for name, value in numbers.items()],
        tags=[RunTag(name, value) for name, value in tags.items()],
    )


def _nights(client: "MlflowClient", experiment: str) -> tuple[Night, ...]:
    of_kind = f"tags.`{KIND}` = '{NIGHT}' and status = 'FINISHED'"
    return in_order(_night(run) for run in _search(client, experiment, of_kind))


def _search(client: "MlflowClient", experiment: str, wanted: str) -> Iterator["Logged"]:
    token = None
    while True:
        page = client.search_runs([experiment], wanted, max_results=MOST, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def _night(run: "Logged") -> Night:
    """A tag without a value was not set."""
    tags, numbers = run.data.tags, run.data.metrics
    keys = [tuple(name.rpartition(".")[::2]) for name in numbers]
    measured = [(name, metric) for name, metric in keys if metric in METRICS]
    return Night(
        run_id=tags[RUN_ID],
        started_at=tags["faef.started_at"],
        outcome=Outcome(tags[VERDICT]),
        estimates={series: _estimate(numbers, _key(series)) for series in measured},
        noise={s: numbers[key] for s in measured if (key := f"{_key(s)}.noise") in numbers},
        questions=json.loads(put_together(QUESTIONS, tags)),
        protocol={
            name.removeprefix(PROTOCOL): value
            for name, value in run.data.params.items()
            if name.startswith(PROTOCOL)
        },
        model_version=tags[VERSION],
        judge=tags.get("faef.judge", ""),
        served=tuple(filter(None, tags.get("faef.served", "").split(", "))),
        thresholds=tags.get(THRESHOLDS, ""),
        git_sha=tags.get("faef.git_sha", ""),
    )


def _estimate(numbers: Mapping[str, float], key: str) -> Estimate:
    return Estimate(
        value=numbers[key],
        low=numbers[f"{key}.low"],
        high=numbers[f"{key}.high"],
        n=round(numbers[f"{key}.n"]),
    )


def _draw(client: "MlflowClient", experiment: str, found: Trend) -> None:
    """Add to the trend run what it lacks; where what it shows is no longer so, draw it anew."""
    from mlflow.entities import Metric, RunTag  # noqa: PLC0415

    ids = [night.run_id for night in found.nights]
    drawn, begin = _drawn(client, experiment, ids)
    if drawn is None:
        tags = {KIND: TREND, "faef.name": found.name}
        begun = _milliseconds(found.nights[0])
        drawn = client.create_run(experiment, start_time=begun, tags=tags, run_name=TREND).info.run_id
    points = [
        Metric(key, value, _milliseconds(night), step)
        for step, night in enumerate(found.nights)
        if step >= begin
        for key, value in _points(night)
    ]
    for first in range(0, len(points), MOST):
        client.log_batch(drawn, metrics=points[first : first + MOST])
    tags = {
        DRAWN: _which(ids),
        "faef.alarm": "; ".join(change.title for change in found.news),
        "mlflow.note.content": _note(found),
        **{_change_key(change): _said(change) for change in found.changes},
    }
    stale = [name for name in client.get_run(drawn).data.tags if name.startswith(CHANGE)]
    for name in set(stale) - set(tags):
        client.delete_tag(drawn, name)
    client.log_batch(drawn, tags=[RunTag(name, value) for name, value in tags.items()])
    client.set_terminated(drawn, end_time=_milliseconds(found.nights[-1]))


def _drawn(client: "MlflowClient", experiment: str, ids: Sequence[str]) -> tuple[str | None, int]:
    """The trend run and how many nights it shows; None where it is not there or no longer right."""
    right = None
    for run in list(_search(client, experiment, f"tags.`{KIND}` = '{TREND}'")):
        count = int(run.data.tags.get(DRAWN, "0").partition(" ")[0])
        if right is None and count and run.data.tags[DRAWN] == _which(ids[:count]):
            right = str(run.info.run_id), count
        else:
            client.delete_run(run.info.run_id)
    return right or (None, 0)


def _which(ids: Sequence[str]) -> str:
    return f"{len(ids)} {digest(list(ids))}"


def _points(night: Night) -> Iterator[tuple[str, float]]:
    """The values alone: each of them is a chart of its own, and intervals are with the runs."""
    for series, estimate in night.estimates.items():
        if estimate.value is not None:
            yield _key(series), estimate.value


def _key(series: Series) -> str:
    return ".".join(series)


def _change_key(change: Change) -> str:
    return f"{CHANGE}{change.since.started_at[:10]}.{change.dimension}.{change.metric}"


def _said(change: Change) -> str:
    return "; ".join([change.title, *change.beside])


def _note(found: Trend) -> str:
    lines = [f"- {_said(change)}" for change in found.changes] or ["No change point so far."]
    return "\n".join([f"**{found.name}**: {len(found.nights)} nights, one step each.", "", *lines])


def _milliseconds(night: Night) -> int:
    return round(datetime.fromisoformat(night.started_at).timestamp() * 1000)
