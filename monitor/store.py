"""Replies on disk: what was asked once is not asked again, within one collection.

A *collection* is one evaluation's asking: the same questions, protocol and endpoints, not yet
finished and less than twelve hours old. Opened again, it goes on; once finished or old, it is left
alone, so that tonight's run asks tonight's model. Failed calls are not kept: they are asked again.
"""

import json
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from monitor.errors import ConfigError
from monitor.jsonl import response_from_row, response_row
from monitor.records import Response

RESUME_WITHIN = timedelta(hours=12)  # an older one may have asked yesterday's model
_SCHEMA = """
CREATE TABLE IF NOT EXISTS collections (
    id TEXT PRIMARY KEY, key TEXT NOT NULL, started_at TEXT NOT NULL, finished_at TEXT);
CREATE TABLE IF NOT EXISTS replies (
    collection TEXT NOT NULL, call TEXT NOT NULL, question_id TEXT NOT NULL, row TEXT NOT NULL,
    PRIMARY KEY (collection, call)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS replies_by_question ON replies (collection, question_id);
"""


class ReplyStore:
    """The replies of one collection in an SQLite file. A context manager."""

    def __init__(self, file: Path, key: str) -> None:
        """Open the unfinished collection of this key, or begin one. Raises ConfigError."""
        self._file = file
        self._failed: dict[str, list[Response]] = {}
        with self._translated():
            file.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(file, isolation_level=None)
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = NORMAL")  # survives any kill of the process
                self._db.executescript(_SCHEMA)
                self.collection, self.resumed_from = self._open(key)
            except sqlite3.Error:
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
        return response_from_row(json.loads(row[0])) if row else None

    def put(self, call: str, response: Response) -> None:
        """Keep a reply; it is on disk when this returns. A failed call is kept for this run only."""
        if response.text is None:
            self._failed.setdefault(response.question_id, []).append(response)
            return
        row = json.dumps(response_row(response))
        with self._translated():
            self._db.execute(
                "INSERT OR REPLACE INTO replies VALUES (?, ?, ?, ?)",
                (self.collection, call, response.question_id, row),
            )

    def of(self, question_id: str) -> list[Response]:
        """All replies to one question, and the calls for it that failed in this run."""
        query = "SELECT row FROM replies WHERE collection = ? AND question_id = ? ORDER BY call"
        with self._translated():
            rows = self._db.execute(query, (self.collection, question_id)).fetchall()
        kept = [response_from_row(json.loads(row)) for (row,) in rows]
        return kept + self._failed.get(question_id, [])

    def finish(self) -> None:
        """Mark the collection complete: the next run begins a new one."""
        with self._translated():
            self._db.execute(
                "UPDATE collections SET finished_at = ? WHERE id = ?", (_now(), self.collection)
            )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            message = (
                f"{self._file}: cannot be used as reply store ({error}): move it away or give"
                " another --faef-out"
            )
            raise ConfigError(message) from error

    def _open(self, key: str) -> tuple[str, str | None]:
        row = self._db.execute(
            "SELECT id, started_at FROM collections WHERE key = ? AND finished_at IS NULL"
            " AND started_at > ? ORDER BY started_at DESC LIMIT 1",
            (key, _now(minus=RESUME_WITHIN)),
        ).fetchone()
        if row:
            return row[0], row[1]
        collection = uuid.uuid4().hex
        self._db.execute("INSERT INTO collections VALUES (?, ?, ?, NULL)", (collection, key, _now()))
        return collection, None


def _now(minus: timedelta = timedelta()) -> str:
    return (datetime.now(UTC) - minus).isoformat(timespec="seconds")
