"""What a collection was: `collection.json` beside its `responses.jsonl`, without any model text.

It makes recorded replies a recording: who was asked, under which protocol, which questions, and which
part of a whole this is. A replay and a merge go by it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from monitor.errors import RecordError
from monitor.jsonl import first_problem, make_folder, read_text, write_json

MANIFEST = "collection.json"


class Manifest(BaseModel):
    """The schema of `collection.json`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_: Literal[1] = Field(default=1, alias="schema")
    name: str | None  # as given, or None: the model id
    model: str
    model_version: str | None
    judge: str
    fingerprint: dict[str, Any]
    started_at: str  # ISO 8601, UTC
    dimensions: tuple[str, ...]
    questions: dict[str, str]  # content hash by id, in the order asked
    limit: int | None = None
    shard: Annotated[str, Field(pattern=r"^\d+/\d+$")] | None = None
    stopped: str = ""  # why not everything was asked
    reused: int = 0  # replies taken over from earlier collections
    notes: tuple[str, ...] = ()
    judge_check: dict[str, str] | None = None
    looked: dict[str, int] | None = None  # the number of the last look, by dimension; None: all asked


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it, whole or not at all."""
    make_folder(folder)
    write_json(folder / MANIFEST, manifest.model_dump(mode="json", by_alias=True))


def read_manifest(folder: Path) -> Manifest | None:
    """That of a folder; None where there is none. Raises ConfigError or RecordError."""
    file = folder / MANIFEST
    if not file.is_file():
        return None
    try:
        return Manifest.model_validate_json(read_text(file))
    except ValidationError as error:
        message = f"{file}: {first_problem(error)}"
        raise RecordError(message) from error


def changed_questions(manifest: Manifest, now: Mapping[str, str]) -> list[str]:
    """The ids whose wording or key is another now than when they were asked."""
    return [name for name, then in manifest.questions.items() if now.get(name, then) != then]
