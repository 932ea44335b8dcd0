"""Aliases that were moved against the rule: tags of the registered model, shown in each later report."""

import json
import subprocess
from collections.abc import Mapping
from typing import TYPE_CHECKING

from monitor.tracking.connection import connected, translated

if TYPE_CHECKING:
    from mlflow import MlflowClient

OVERRIDE = "faef.override."  # and the alias; of a registered model: the last one of that alias
MAKING = 60  # seconds to wait for a new store that is being made
FIELDS = ("alias", "version", "by", "at", "reason")
ABSENT = "RESOURCE_DOES_NOT_EXIST"


def overrides(
    name: str, uri: str, preparing: subprocess.Popen[bytes] | None = None
) -> tuple[Mapping[str, str], ...]:
    """Those of a registered model, by alias: `alias, version, by, at, reason`. Raises TrackingError."""
    with translated(uri, "did not take the run"):
        if preparing:
            preparing.wait(timeout=MAKING)
        with connected(uri) as client:
            return tuple(_read(value) for value in _kept(client, name))


def record(client: "MlflowClient", name: str, override: Mapping[str, str]) -> None:
    """Keep an override, at the registered model for reports and at the version for good."""
    text = json.dumps({field: override[field] for field in FIELDS})
    client.set_model_version_tag(name, override["version"], f"{OVERRIDE}{override['alias']}", text)
    client.set_registered_model_tag(name, f"{OVERRIDE}{override['alias']}", text)


def _kept(client: "MlflowClient", name: str) -> list[str]:
    from mlflow.exceptions import MlflowException  # noqa: PLC0415

    try:
        tags = client.get_registered_model(name).tags
    except MlflowException as error:
        if error.error_code == ABSENT:
            return []
        raise
    return [value for key, value in sorted(tags.items()) if key.startswith(OVERRIDE)]


def _read(text: str) -> Mapping[str, str]:
    """What others can write into a tag is not trusted to be whole."""
    try:
        row = json.loads(text)
    except ValueError:
        row = None
    row = row if isinstance(row, dict) else {"reason": "a tag that cannot be read"}
    return {field: str(row.get(field, "?"))[:500] for field in FIELDS}
