"""MLflow: the only package that imports mlflow, and only when it is asked for something there.

`connection` reaches a store, `runs` and `versions` put a run into it, `fetching` brings one back,
`promotion` moves an alias, and in `waiting` are the runs that could not be delivered yet. Not here:
verdicts, which are made before and whatever happens to the tracking store.
"""

from monitor.tracking.connection import (
    PATIENCE,
    TrackingError,
    await_store,
    check_installed,
    prepare,
)
from monitor.tracking.fetching import Wanted, fetch_run
from monitor.tracking.fields import Origin, metrics
from monitor.tracking.runs import log_run

__all__ = (
    "PATIENCE",
    "Origin",
    "TrackingError",
    "Wanted",
    "await_store",
    "check_installed",
    "fetch_run",
    "log_run",
    "metrics",
    "prepare",
)
