"""Replies on disk: what was asked once is not asked again, within one collection.

A *collection* is one evaluation's asking: the same questions, protocol and endpoints, not yet
finished and less than twelve hours old. Opened again, it goes on; once finished or old, it is left
alone, so that tonight's run asks tonight's model. Failed calls are not kept: they are asked again.
Replies of earlier collections are given only where reuse was asked for, and counted.

A reply is written before `put` returns and survives any end of the process; after a loss of power the
last ones may have to be asked again. Several processes may use a file at once.
"""

import json
import sqlite3
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from monitor.errors import ConfigError
from monitor.jsonl import response_from_row, response_row
from monitor.records import Response

RESUME_WITHIN = timedelta(hours=12)  # an older one may have asked yesterday's model
STORE = "replies.sqlite"  # its name in an out folder
FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE})
LOCKED = 30.0  # seconds to wait for another process that writes
_OURS, _VERSION = 0x46414546, 1  # "FAEF", as SQLite's application_id; the schema's version
_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS collections (
    id TEXT PRIMARY KEY, key TEXT NOT NULL, started_at TEXT NOT NULL, finished_at TEXT);
CREATE TABLE IF NOT EXISTS replies (
    collection TEXT NOT NULL, call TEXT NOT NULL, question_id TEXT NOT NULL, row TEXT NOT NULL,
    PRIMARY KEY (collection, call)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS replies_by_question ON replies (collection, question_id);
CREATE INDEX IF NOT EXISTS replies_by_call ON replies (call);
PRAGMA application_id = {_OURS};
PRAGMA user_version = {_VERSION};
COMMIT;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One collection in a store, for whoever looks after the file."""

    id: str
    key: str
    started_at: str  # ISO 8601, UTC
    finished_at: str | None
    replies: int


def open_database(file: Path, *, create: bool) -> sqlite3.Connection:
    """The store's file, made where `create` says so. Raises ConfigError for a foreign or broken one."""
    with translated(file):
        if create:
            file.parent.mkdir(parents=True, exist_ok=True)
        elif not file.is_file():
            message = f"{file}: no reply store here (--faef-out)"
            raise ConfigError(message)
        db = sqlite3.connect(file, isolation_level=None, timeout=LOCKED)
        try:
            _prepare(file, db)
        except (sqlite3.Error, ConfigError):
            db.close()
            raise
    return db


def _prepare(file: Path, db: sqlite3.Connection) -> None:
    (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if tables and (application, version) != (_OURS, _VERSION):
        message = (
            f"{file}: is a database of something else, or of another version: move it away or give"
            " another --faef-out"
        )
        raise ConfigError(message)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    if not tables:
        db.executescript(_SCHEMA)


@contextmanager
def translated(file: Path) -> Iterator[None]:
    """Whatever goes wrong with the file, in one line."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        is_full = getattr(error, "sqlite_errorcode", None) in FULL
        mend = "make room on its disk and run again: what was collected is kept, only the rest is asked"
        mend = mend if is_full else "move it away or give another --faef-out"
        message = f"{file}: cannot be used as reply store ({error}): {mend}"
        raise ConfigError(message) from error


def finish_all(file: Path) -> None:
    """Mark the collections of a store complete: the next run begins new ones. Raises ConfigError."""
    with closing(open_database(file, create=False)) as db, translated(file):
        db.execute("UPDATE collections SET finished_at = ? WHERE finished_at IS NULL", (_now(),))


class ReplyStore:
    """The replies of one collection in an SQLite file. A context manager."""

    def __init__(self, file: Path, key: str, *, reuse: bool = False) -> None:
        """Open the unfinished collection of this key, or begin one. Raises ConfigError.

        With `reuse`, a call that another collection has a reply to is not made again.
        """
        self._file = file
        self._reuse = reuse
        self._failed: dict[str, list[Response]] = {}
        self.reused = 0
        self._db = open_database(file, create=True)
        try:
            with self._translated():
                self.collection, self.started_at, self.resumed_from = self._open(key)
        except ConfigError:
            self._db.close()
            raise

    def __enter__(self) -> Self:
        """The store itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file; an unfinished collection stays open for the next run."""
        self._db.close()

    def get(self, call: str) -> Response | None:
        """The reply to a call (its key is made in `collect`), if this collection has it."""
        query = "SELECT row FROM replies WHERE collection = ? AND call = ?"
        with self._translated():
            row = self._db.execute(query, (self.collection, call)).fetchone()
            if row is None and self._reuse:
                row = self._taken_over(call)
        return response_from_row(json.loads(row[0])) if row else None

    def _taken_over(self, call: str) -> tuple[str] | None:
        """The newest reply to the same call in any collection, from now on one of this collection."""
        query = (
            "SELECT replies.row, replies.question_id FROM replies JOIN collections ON collection = id"
            " WHERE call = ? ORDER BY started_at DESC LIMIT 1"
        )
        found = self._db.execute(query, (call,)).fetchone()
        if found is None:
            return None
        self._keep(call, found[1], found[0])
        self.reused += 1
        return (found[0],)

    def put(self, call: str, response: Response) -> None:
        """Keep a reply; it is on disk when this returns. A failed call is kept for this run only."""
        if response.text is None:
            self._failed.setdefault(response.question_id, []).append(response)
            return
        with self._translated():
            self._keep(call, response.question_id, json.dumps(response_row(response)))

    def _keep(self, call: str, question_id: str, row: str) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO replies VALUES (?, ?, ?, ?)",
            (self.collection, call, question_id, row),
        )

    def of(self, question_id: str) -> list[Response]:
        """All replies to one question, and the calls for it that failed in this run."""
        kept = [response_from_row(json.loads(row)) for row in self._rows(question_id)]
        return kept + self._failed.get(question_id, [])

    def lines(self, question_id: str) -> Iterator[str]:
        """The same as lines of `responses.jsonl`."""
        yield from self._rows(question_id)
        yield from (json.dumps(response_row(one)) for one in self._failed.get(question_id, []))

    def replies(self, question_ids: Sequence[str]) -> Mapping[str, Sequence[Response]]:
        """The replies by question, each read when it is looked up: they need not fit in memory."""
        return _Replies(self, tuple(question_ids))

    def _rows(self, question_id: str) -> list[str]:
        query = "SELECT row FROM replies WHERE collection = ? AND question_id = ? ORDER BY call"
        with self._translated():
            return [row for (row,) in self._db.execute(query, (self.collection, question_id))]

    def finish(self) -> None:
        """Mark the collection complete: the next run begins a new one."""
        with self._translated():
            self._db.execute(
                "UPDATE collections SET finished_at = ? WHERE id = ?", (_now(), self.collection)
            )

    def _translated(self) -> AbstractContextManager[None]:
        return translated(self._file)

    def _open(self, key: str) -> tuple[str, str, str | None]:
        """Id and beginning of the collection, and its beginning again if it goes on."""
        row = self._db.execute(
            "SELECT id, started_at FROM collections WHERE key = ? AND finished_at IS NULL"
            " AND started_at BETWEEN ? AND ? ORDER BY started_at DESC LIMIT 1",
            (key, _now(-RESUME_WITHIN), _now(RESUME_WITHIN)),  # later than now: the clock was set back
        ).fetchone()
        if row:
            return row[0], row[1], row[1]
        collection, begun = uuid.uuid4().hex, _now()
        self._db.execute("INSERT INTO collections VALUES (?, ?, ?, NULL)", (collection, key, begun))
        return collection, begun, None


@dataclass(frozen=True)
class _Replies(Mapping[str, Sequence[Response]]):
    store: ReplyStore
    ids: tuple[str, ...]

    def __getitem__(self, question_id: str) -> Sequence[Response]:
        return self.store.of(question_id)

    def __iter__(self) -> Iterator[str]:
        return iter(self.ids)

    def __len__(self) -> int:
        return len(self.ids)


def _now(plus: timedelta = timedelta()) -> str:
    return (datetime.now(UTC) + plus).isoformat(timespec="seconds")
