"""Reaching a tracking store: is mlflow there, a client, a new local store, an address to be shown.

A store that is slow must not hold a verdict: a request is given up after `REQUEST_SECONDS` and not
made again, and those of a run whose verdict is waited for after
`PATIENCE` seconds.
"""

import importlib.util
import os
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from monitor.calls.access import without_password
from monitor.errors import ConfigError, MonitorError

if TYPE_CHECKING:
    from mlflow import MlflowClient

INSTALL = "pip install 'faef-monitor[mlflow]'"
REQUEST_SECONDS = 10
PATIENCE = 30.0
URIS = ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI")  # set by MLflow whenever it is told a store
MAKING = 60  # seconds to wait for a new store
DATABASES = {"postgresql": 5432, "mysql": 3306, "mssql": 1433}


class TrackingError(MonitorError):
    """The store did not take the run; the run itself is safe in its folder."""

    exit_code: ClassVar[int] = 4


class Patience:
    """Seconds that several requests may take together."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def check(self) -> None:
        """Raise TimeoutError when they are over."""
        if time.monotonic() > self._until:
            raise TimeoutError


@contextmanager
def connected(uri: str) -> Iterator["MlflowClient"]:
    """A client of the store, with its dependencies' deprecations unheard while it is used."""
    os.environ.update(_environment())
    _refuse_closed_port(uri)
    before = {name: os.environ.get(name) for name in URIS}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import mlflow  # noqa: PLC0415 - takes over a second

        mlflow.set_tracking_uri(uri)  # its local registry looks models up there
        mlflow.set_registry_uri(uri)
        try:
            yield mlflow.MlflowClient(tracking_uri=uri, registry_uri=uri)
        finally:
            mlflow.set_registry_uri(None)  # type: ignore[arg-type] # others go on with their own registry
            for name, value in before.items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value


@contextmanager
def translated(uri: str, what: str) -> Iterator[None]:
    """Whatever goes wrong with the store, SQLAlchemy's and drivers' errors too, as TrackingError."""
    try:
        yield
    except MonitorError:
        raise
    except Exception as error:  # a verdict must stand whatever it is
        message = f"MLflow at {without_password(uri)} {what} ({reason(error)})"
        raise TrackingError(message) from error


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


def await_store(preparing: subprocess.Popen[bytes] | None, uri: str) -> None:
    """Wait for a store that is being made: two that make one get in each other's way."""
    with translated(uri, "did not take the run"):
        if preparing:
            preparing.wait(timeout=MAKING)


def reason(error: BaseException) -> str:
    """What a user can do something with: a status, a cause, a kind; never an address or a key."""
    code = getattr(error, "error_code", "")
    if isinstance(error, TimeoutError) or "timed out" in str(error).lower():
        return "too slow"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    known = code and code not in {"INTERNAL_ERROR", "BAD_REQUEST"}
    return code.lower().replace("_", " ") if known else type(error).__name__


def _environment() -> dict[str, str]:
    """Nothing about an evaluation leaves the user's own systems, and nobody waits for minutes."""
    ours = {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_HTTP_REQUEST_TIMEOUT": str(REQUEST_SECONDS),
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",  # a request made twice would make two runs
        "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    }
    return {**ours, **os.environ}


def _refuse_closed_port(uri: str) -> None:
    """MLflow tries a database that is down for two minutes: knock first."""
    scheme = uri.partition("://")[0].partition("+")[0]
    if scheme in DATABASES:
        parts = urlsplit(uri)
        if parts.hostname:
            address = (parts.hostname, parts.port or DATABASES[scheme])
            socket.create_connection(address, timeout=REQUEST_SECONDS / 2).close()
