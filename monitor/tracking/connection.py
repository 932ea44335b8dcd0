"""Reaching a tracking store: is mlflow there, a client, a new local store, an address to be shown."""

import importlib.util
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.errors import ConfigError, MonitorError

if TYPE_CHECKING:
    from mlflow import MlflowClient

INSTALL = "pip install 'faef-monitor[mlflow]'"


class TrackingError(MonitorError):
    """The store did not take the run; the run itself is safe in its folder."""


@contextmanager
def connected(uri: str) -> Iterator["MlflowClient"]:
    """A client of the store, with its dependencies' deprecations unheard while it is used."""
    os.environ.update(_environment())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mlflow import MlflowClient  # noqa: PLC0415 - takes over a second

        yield MlflowClient(tracking_uri=uri, registry_uri=uri)


def check_installed() -> None:
    """Raise ConfigError where mlflow is missing: before anything is paid, not after."""
    if importlib.util.find_spec("mlflow") is None:
        message = f"MLflow is not installed: {INSTALL}, or pass --faef-no-track"
        raise ConfigError(message)


def prepare(uri: str) -> subprocess.Popen[bytes] | None:
    """Begin to make a new local store, which takes seconds, while the model is asked.

    In a process of its own; None where there is nothing to make. It may fail: `log_run` will say so.
    """
    file = uri.removeprefix("sqlite:///")
    if file == uri or Path(file).exists():
        return None
    program = "import sys; from mlflow import MlflowClient; MlflowClient(tracking_uri=sys.argv[1])"
    quiet = subprocess.DEVNULL
    command = [sys.executable, "-W", "ignore", "-c", program, uri]
    return subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, env=_environment())  # noqa: S603


def without_password(uri: str) -> str:
    """An address as it may be shown."""
    scheme, found, rest = uri.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if found else uri


def _environment() -> dict[str, str]:
    """Nothing about an evaluation leaves the user's own systems."""
    return {"MLFLOW_DISABLE_TELEMETRY": "true", **os.environ}
