"""Parts of one collection, asked by several jobs, joined into the whole; nothing is decided here."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from monitor.bank import part_of
from monitor.errors import ConfigError
from monitor.jsonl import read_responses, response_row, write_rows
from monitor.replies.manifest import MANIFEST, Manifest, read_manifest, write_manifest
from monitor.runfile import RESPONSES, forget_run

ALIKE = ("name", "model", "model_version", "judge", "limit", "judge_check")
"""What all parts must have in common, beside the fingerprint."""


def merge(folders: Sequence[Path], out: Path) -> Manifest:
    """Join the collections of some folders in `out`; its manifest.

    Raises ConfigError for parts that differ in protocol, overlap, or leave a gap.
    """
    parts = {folder: _part(folder) for folder in folders}
    if len(parts) < len(folders):
        message = f"{_double(folders)}: is given twice"
        raise ConfigError(message)
    _refuse_unlike(parts)
    _refuse_overlap(parts)
    _refuse_gaps(parts)
    whole = _joined(list(parts.values()))
    out.mkdir(parents=True, exist_ok=True)
    forget_run(out)
    write_rows(out / RESPONSES, _rows(parts))
    write_manifest(out, whole)
    return whole


def _part(folder: Path) -> Manifest:
    manifest = read_manifest(folder)
    if manifest is None or not (folder / RESPONSES).is_file():
        message = (
            f"{folder}: no collection here: {MANIFEST} and {RESPONSES} are what faef collect leaves"
        )
        raise ConfigError(message)
    return manifest


def _double(folders: Sequence[Path]) -> Path:
    return next(folder for folder in folders if folders.count(folder) > 1)


def _refuse_unlike(parts: Mapping[Path, Manifest]) -> None:
    (first, one), *others = parts.items()
    for folder, other in others:
        for name, mine, theirs in _fields(one, other):
            if mine != theirs:
                message = (
                    f"{folder}: {name} is not that of {first}: parts of one collection are asked alike"
                )
                raise ConfigError(message)


def _fields(one: Manifest, other: Manifest) -> Iterator[tuple[str, object, object]]:
    for name in ALIKE:
        yield name, getattr(one, name), getattr(other, name)
    for name in sorted({*one.fingerprint, *other.fingerprint}):
        yield f"protocol {name}", one.fingerprint.get(name), other.fingerprint.get(name)


def _refuse_overlap(parts: Mapping[Path, Manifest]) -> None:
    seen: dict[str, Path] = {}
    for folder, part in parts.items():
        for question in part.questions:
            if question in seen:
                message = f"{folder}: question {question!r} is in {seen[question]} too"
                raise ConfigError(message)
            seen[question] = folder


def _refuse_gaps(parts: Mapping[Path, Manifest]) -> None:
    """Parts of the same dimensions must be all of them: 1/3, 2/3 and 3/3."""
    found: dict[tuple[tuple[str, ...], int], set[int]] = {}
    for part in parts.values():
        if part.shard:
            number, of = part_of(part.shard)
            found.setdefault((part.dimensions, of), set()).add(number)
    for (dimensions, of), numbers in found.items():
        absent = sorted(set(range(1, of + 1)) - numbers)
        if absent:
            gap = ", ".join(f"{number}/{of}" for number in absent)
            message = f"part {gap} of {', '.join(dimensions)} is not there: collect it, then merge"
            raise ConfigError(message)


def _joined(parts: Sequence[Manifest]) -> Manifest:
    first = parts[0]
    return first.model_copy(
        update={
            "started_at": min(part.started_at for part in parts),
            "dimensions": tuple(dict.fromkeys(name for part in parts for name in part.dimensions)),
            "questions": {name: key for part in parts for name, key in part.questions.items()},
            "looked": _looked(parts),
            "shard": None,
            "stopped": next((part.stopped for part in parts if part.stopped), ""),
            "reused": sum(part.reused for part in parts),
            "notes": tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        }
    )


def _looked(parts: Sequence[Manifest]) -> dict[str, int] | None:
    """The last look that all parts of a dimension have had."""
    looked: dict[str, int] = {}
    for part in parts:
        for name, number in (part.looked or {}).items():
            looked[name] = min(number, looked.get(name, number))
    return looked or None


def _rows(folders: Iterable[Path]) -> Iterator[Mapping[str, object]]:
    for folder in folders:
        yield from map(response_row, read_responses(folder / RESPONSES))
