"""MLflow: the only package that imports mlflow, and only when it is asked for something there.

No text of a model goes to MLflow unless that was asked for. Not here: verdicts, which are made before
and whatever happens to the tracking store.
"""

from monitor.tracking.connection import TrackingError, check_installed, prepare, without_password
from monitor.tracking.fetching import fetch_run
from monitor.tracking.runs import log_run, metrics

__all__ = (
    "TrackingError",
    "check_installed",
    "fetch_run",
    "log_run",
    "metrics",
    "prepare",
    "without_password",
)
