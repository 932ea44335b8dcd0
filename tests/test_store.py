"""Replies on disk: kept, resumed while unfinished, never carried into the next collection."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import ConfigError
from monitor.records import Form
from monitor.replies.cache import collections
from monitor.store import ReplyStore
from tests.builders import response


def test_what_was_put_is_got(tmp_path: Path) -> None:
    with ReplyStore(tmp_path / "replies.sqlite", "tonight") as store:
        store.put("call-1", response())
        assert response() == store.get("call-1")


def test_what_was_not_put_is_none(tmp_path: Path) -> None:
    with ReplyStore(tmp_path / "replies.sqlite", "tonight") as store:
        assert store.get("call-1") is None


def test_a_second_put_replaces_the_first(tmp_path: Path) -> None:
    with ReplyStore(tmp_path / "replies.sqlite", "tonight") as store:
        store.put("call-1", response(text="A"))
        store.put("call-1", response(text="B"))
        assert [response(text="B")] == store.of("pen-1")


@pytest.fixture(scope="module")
def open_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReplyStore]:
    """One store for all examples: opening it takes longer than they do."""
    with ReplyStore(tmp_path_factory.mktemp("store") / "replies.sqlite", "tonight") as store:
        yield store


@settings(max_examples=50)
@given(text=st.text() | st.just("tea \ud800 pot"))
def test_any_text_comes_back_as_it_was(open_store: ReplyStore, text: str) -> None:
    open_store.put("call-1", response(text=text))
    assert response(text=text) == open_store.get("call-1")


def test_of_gives_the_replies_to_one_question(tmp_path: Path) -> None:
    with ReplyStore(tmp_path / "replies.sqlite", "tonight") as store:
        store.put("call-1", response(form=Form.POSITIVE_FIRST))
        store.put("call-2", response(form=Form.NEGATIVE_FIRST))
        store.put("call-3", response(question_id="cup-1"))
        forms = [one.form for one in store.of("pen-1")]
    assert [Form.POSITIVE_FIRST, Form.NEGATIVE_FIRST] == forms


def test_an_unfinished_collection_is_resumed(tmp_path: Path) -> None:
    with ReplyStore(tmp_path / "replies.sqlite", "tonight") as store:
        store.put("call-1", response())
    with ReplyStore(tmp_path / "replies.sqlite", "tonight") as store:
        assert response() == store.get("call-1")


def test_a_reply_is_on_disk_before_the_store_is_closed(tmp_path: Path) -> None:
    # killed half-way: nobody closes the first store
    first = ReplyStore(tmp_path / "replies.sqlite", "tonight")
    first.put("call-1", response())
    with ReplyStore(tmp_path / "replies.sqlite", "tonight") as second:
        assert response() == second.get("call-1")
    first.__exit__()


def test_a_resumed_collection_says_when_it_began(tmp_path: Path) -> None:
    ReplyStore(tmp_path / "replies.sqlite", "tonight").__exit__()
    with ReplyStore(tmp_path / "replies.sqlite", "tonight") as store:
        assert store.resumed_from is not None


def test_a_new_collection_resumes_nothing(tmp_path: Path) -> None:
    with ReplyStore(tmp_path / "replies.sqlite", "tonight") as store:
        assert store.resumed_from is None


def test_a_finished_collection_is_not_reopened(tmp_path: Path) -> None:
    with ReplyStore(tmp_path / "replies.sqlite", "tonight") as store:
        store.put("call-1", response())
        store.finish()
    with ReplyStore(tmp_path / "replies.sqlite", "tonight") as store:
        assert (store.get("call-1"), store.resumed_from) == (None, None)


def test_another_key_is_another_collection(tmp_path: Path) -> None:
    with ReplyStore(tmp_path / "replies.sqlite", "tonight") as store:
        store.put("call-1", response())
    with ReplyStore(tmp_path / "replies.sqlite", "tomorrow") as store:
        assert store.get("call-1") is None


def test_a_failed_call_is_seen_in_its_own_run(tmp_path: Path) -> None:
    failed = response(text=None, error="HTTP 500")
    with ReplyStore(tmp_path / "replies.sqlite", "tonight") as store:
        store.put("call-1", failed)
        assert [failed] == store.of("pen-1")


def test_a_failed_call_is_asked_again(tmp_path: Path) -> None:
    with ReplyStore(tmp_path / "replies.sqlite", "tonight") as store:
        store.put("call-1", response(text=None, error="HTTP 500"))
        assert store.get("call-1") is None


def test_a_failed_call_is_not_kept_for_the_next_run(tmp_path: Path) -> None:
    with ReplyStore(tmp_path / "replies.sqlite", "tonight") as store:
        store.put("call-1", response(text=None, error="HTTP 500"))
    with ReplyStore(tmp_path / "replies.sqlite", "tonight") as store:
        assert store.of("pen-1") == []


def test_an_empty_reply_is_a_reply(tmp_path: Path) -> None:
    with ReplyStore(tmp_path / "replies.sqlite", "tonight") as store:
        store.put("call-1", response(text=""))
        assert response(text="") == store.get("call-1")


def test_the_folder_of_the_file_is_made(tmp_path: Path) -> None:
    with ReplyStore(tmp_path / "new" / "folder" / "replies.sqlite", "tonight"):
        assert (tmp_path / "new" / "folder" / "replies.sqlite").is_file()


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "replies.sqlite"
    file.write_text("two cups of tea, please\n" * 50, encoding="ascii")
    with pytest.raises(ConfigError) as error:
        ReplyStore(file, "tonight")
    said = "cannot be used as reply store (file is not a database): move it away or give another"
    assert f"{file}: {said} --faef-out" == str(error.value)


def test_a_file_cut_in_half_is_one_line(tmp_path: Path) -> None:
    file = full_store(tmp_path)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(ConfigError, match=r"replies\.sqlite: cannot be used as reply store"):
        ReplyStore(file, "tonight").of("pen-1")


def test_a_file_damaged_in_the_middle_is_one_line(tmp_path: Path) -> None:
    file = full_store(tmp_path)
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 8192] = b"\xff" * 8192
    file.write_bytes(content)
    with (
        pytest.raises(ConfigError, match="cannot be used as reply store"),
        ReplyStore(file, "tonight") as store,
    ):
        store.of("pen-1")


def test_a_folder_in_place_of_the_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be used as reply store"):
        ReplyStore(tmp_path, "tonight")


def full_store(folder: Path) -> Path:
    """A store of some 60 pages."""
    file = folder / "replies.sqlite"
    with ReplyStore(file, "tonight") as store:
        for number in range(60):
            store.put(f"call-{number}", response(repeat=number, text="tea " * 500))
    return file


def test_an_unfinished_collection_older_than_twelve_hours_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "replies.sqlite"
    with ReplyStore(file, "tonight") as store:
        store.put("call", response())
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        db.execute("UPDATE collections SET started_at = '2026-01-01T00:00:00+00:00'")
    with ReplyStore(file, "tonight") as store:
        assert (store.get("call"), store.resumed_from) == (None, None)


@pytest.mark.parametrize(("ahead", "goes_on"), [(1, True), (48, False)])
def test_a_collection_from_the_future_goes_on_only_if_the_clock_was_set_back_a_little(
    tmp_path: Path, *, ahead: int, goes_on: bool
) -> None:
    file = tmp_path / "replies.sqlite"
    ReplyStore(file, "tonight").__exit__()
    begun = datetime.now(UTC) + timedelta(hours=ahead)
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        db.execute("UPDATE collections SET started_at = ?", (begun.isoformat(timespec="seconds"),))
    with ReplyStore(file, "tonight") as store:
        assert goes_on is (store.resumed_from is not None)


def test_a_database_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "replies.sqlite"
    with closing(sqlite3.connect(file)) as db:
        db.execute("CREATE TABLE cups (name TEXT)")
    before = file.read_bytes()
    with pytest.raises(ConfigError, match="is a database of something else, or of another version"):
        ReplyStore(file, "tonight")
    assert before == file.read_bytes()


def test_a_store_of_another_version_is_refused(tmp_path: Path) -> None:
    file = full_store(tmp_path)
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(ConfigError, match="of another version"):
        ReplyStore(file, "tonight")


def test_without_reuse_another_collections_reply_is_not_given(tmp_path: Path) -> None:
    with ReplyStore(tmp_path / "replies.sqlite", "yesterday") as store:
        store.put("call-1", response())
    with ReplyStore(tmp_path / "replies.sqlite", "tonight") as store:
        assert (None, 0) == (store.get("call-1"), store.reused)


def test_with_reuse_another_collections_reply_is_given_and_counted(tmp_path: Path) -> None:
    with ReplyStore(tmp_path / "replies.sqlite", "yesterday") as store:
        store.put("call-1", response())
    with ReplyStore(tmp_path / "replies.sqlite", "tonight", reuse=True) as store:
        assert (response(), 1) == (store.get("call-1"), store.reused)


def test_a_reused_reply_belongs_to_the_new_collection_too(tmp_path: Path) -> None:
    with ReplyStore(tmp_path / "replies.sqlite", "yesterday") as store:
        store.put("call-1", response())
    with ReplyStore(tmp_path / "replies.sqlite", "tonight", reuse=True) as store:
        store.get("call-1")
        assert [response()] == store.of("pen-1")


def test_eight_processes_open_a_new_store_at_once_and_lose_nothing(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from monitor.store import ReplyStore\n"
        "from tests.builders import response\n"
        "with ReplyStore(Path('replies.sqlite'), sys.argv[1]) as store:\n"
        "    for number in range(20): store.put(f'call-{number}', response())\n"
    )
    root = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    command = [sys.executable, "-c", program]
    running = [subprocess.Popen([*command, str(n)], cwd=tmp_path, env=root) for n in range(8)]
    codes = [process.wait(60) for process in running]
    kept = collections(tmp_path / "replies.sqlite")
    assert ([0] * 8, [20] * 8) == (codes, [one.replies for one in kept])
