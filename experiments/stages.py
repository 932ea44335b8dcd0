"""Work in stages, each of which leaves a file: what is there is not made again."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from monitor.errors import ConfigError
from monitor.jsonl import write_json

SETTINGS = "settings.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What it is called, the file that shows it is done, and how it is made (yielding what to say)."""

    name: str
    file: Path
    make: Callable[[], Iterable[str]]


def run_through(stages: Iterable[Stage]) -> Iterator[str]:
    """Make what is missing, in order; a line for each stage and for what it says meanwhile."""
    for stage in stages:
        if stage.file.exists():
            yield f"{stage.name}: is there ({stage.file})"
            continue
        yield f"{stage.name} …"
        stage.file.parent.mkdir(parents=True, exist_ok=True)
        begun = monotonic()
        yield from (f"  {line}" for line in stage.make())
        yield f"{stage.name}: {monotonic() - begun:.0f} s"


def refuse_other_settings(folder: Path, settings: Mapping[str, object]) -> None:
    """Note the settings of a folder; ConfigError where what is in it was made with others."""
    file = folder / SETTINGS
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_json(file, settings)
    elif json.loads(file.read_text(encoding="utf-8")) != settings:
        message = f"{folder}: was begun with other settings: remove it, or give another --out"
        raise ConfigError(message)
