"""Looking after a reply store: what is in it, what may go, and a collection as recorded replies."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.errors import ConfigError
from monitor.store import RESUME_WITHIN, Kept, open_database, translated


def collections(file: Path) -> tuple[Kept, ...]:
    """All collections of a store, the newest first. Raises ConfigError."""
    query = (
        "SELECT id, key, started_at, finished_at,"
        " (SELECT count(*) FROM replies WHERE collection = id) FROM collections"
        " ORDER BY started_at DESC, id"
    )
    with closing(open_database(file, create=False)) as db, translated(file):
        rows = db.execute(query).fetchall()
    names = Kept.__slots__
    return tuple(Kept(**dict(zip(names, row, strict=True))) for row in rows)


def prune(file: Path, older_than: timedelta) -> int:
    """Forget the collections begun longer ago than that, and give their space back; how many."""
    return _forget(file, "started_at < ?", older_than)


def forget_finished(file: Path) -> int:
    """Forget all collections but those that the next run may go on with; how many."""
    return _forget(file, "finished_at IS NOT NULL OR started_at < ?", RESUME_WITHIN)


def _forget(file: Path, which: str, older_than: timedelta) -> int:
    before = (datetime.now(UTC) - older_than).isoformat(timespec="seconds")
    with closing(open_database(file, create=False)) as db, translated(file):
        db.execute("BEGIN IMMEDIATE")
        found = db.execute(f"SELECT id FROM collections WHERE {which}", (before,))  # noqa: S608 - ours
        old = [row[0] for row in found]
        for collection in old:
            db.execute("DELETE FROM replies WHERE collection = ?", (collection,))
            db.execute("DELETE FROM collections WHERE id = ?", (collection,))
        db.execute("COMMIT")
        db.execute("VACUUM")
    return len(old)


def exported(file: Path, collection: str) -> Iterator[Mapping[str, Any]]:
    """The replies of a collection, as lines of `responses.jsonl`; the start of its id will do.

    Raises ConfigError where it is not there or the start fits several.
    """
    found = [kept.id for kept in collections(file) if kept.id.startswith(collection)]
    if len(found) != 1:
        many = "several collections begin" if found else "no collection begins"
        message = f"{file}: {many} with {collection!r}: see faef cache list"
        raise ConfigError(message)
    with closing(open_database(file, create=False)) as db, translated(file):
        yield from map(_row, _rows(db, found[0]))


def _rows(db: sqlite3.Connection, collection: str) -> Iterator[tuple[str]]:
    query = "SELECT row FROM replies WHERE collection = ? ORDER BY question_id, call"
    return iter(db.execute(query, (collection,)))


def _row(stored: tuple[str]) -> Mapping[str, Any]:
    row: dict[str, Any] = json.loads(stored[0])
    return row
