"""`faef cache`: what is in a reply store, what may go, and what can be taken out of it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from monitor.jsonl import read_responses
from monitor.replies.cache import collections
from monitor.store import ReplyStore
from tests.builders import response
from tests.conftest import run_command


def stored(tmp_path: Path) -> Path:
    """A finished collection and an unfinished one."""
    file = tmp_path / "faef-out" / "replies.sqlite"
    with ReplyStore(file, "first") as store:
        store.put("call-1", response())
        store.finish()
    with ReplyStore(file, "second") as store:
        store.put("call-1", response(text="B"))
        store.put("call-2", response(repeat=1))
    return file


def test_list_shows_each_collection_with_its_replies(tmp_path: Path) -> None:
    stored(tmp_path)
    lines = run_command(["faef", "cache", "list"], tmp_path).stdout.splitlines()
    shown = sorted((line.split()[2], "unfinished" in line) for line in lines)
    assert [("1", False), ("2", True)] == shown


def test_prune_forgets_what_is_old_and_keeps_the_rest(tmp_path: Path) -> None:
    file = stored(tmp_path)
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        db.execute("UPDATE collections SET started_at = '2020-01-01T00:00:00' WHERE key = 'first'")
    done = run_command(["faef", "cache", "prune", "--days", "30"], tmp_path)
    assert (0, "1 collection forgotten\n") == (done.returncode, done.stdout)
    assert ["second"] == [kept.key for kept in collections(file)]


def test_export_writes_recorded_replies(tmp_path: Path) -> None:
    newest = next(kept.id for kept in collections(stored(tmp_path)) if kept.key == "second")
    done = run_command(["faef", "cache", "export", newest[:8], "taken.jsonl"], tmp_path)
    assert 0 == done.returncode, done.stdout
    assert (response(text="B"), response(repeat=1)) == read_responses(tmp_path / "taken.jsonl")


def test_export_of_an_unknown_collection_is_one_line(tmp_path: Path) -> None:
    stored(tmp_path)
    done = run_command(["faef", "cache", "export", "zz", "taken.jsonl"], tmp_path)
    said = "no collection begins with 'zz': see faef cache list\n"
    assert (3, True) == (done.returncode, done.stdout.endswith(said)), done.stdout


def test_a_folder_without_a_store_is_one_line(tmp_path: Path) -> None:
    done = run_command(["faef", "cache", "list"], tmp_path)
    assert (3, "faef: faef-out/replies.sqlite: no reply store here (--out)\n") == (
        done.returncode,
        done.stdout,
    )


def test_days_below_zero_are_refused(tmp_path: Path) -> None:
    stored(tmp_path)
    done = run_command(["faef", "cache", "prune", "--days", "-1"], tmp_path)
    assert (3, "faef: --days: -1.0 is below 0\n") == (done.returncode, done.stdout)
