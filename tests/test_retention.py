"""For how long the text of a model stays in an out folder, and what goes with it."""

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.errors import ConfigError
from monitor.replies.retention import forget_recording, forget_text
from monitor.settings import resolve
from monitor.store import ReplyStore
from tests.builders import response
from tests.conftest import run_command
from tests.test_delivery import NOTHING

SPOKEN = "camomile"  # what the model says here, and no other word of these tests


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A finished collection with its recorded replies."""
    with ReplyStore(tmp_path / "replies.sqlite", "finished") as store:
        store.put("call-1", response(text=SPOKEN))
        store.finish()
    (tmp_path / "responses.jsonl").write_text(SPOKEN)
    return tmp_path


def files_with_text(folder: Path) -> list[str]:
    """The files in which the model's word still stands, byte by byte."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    return sorted(file.name for file in files if SPOKEN.encode() in file.read_bytes())


def test_none_leaves_no_text_in_any_file(out: Path) -> None:
    assert ["replies.sqlite", "responses.jsonl"] == files_with_text(out)
    forget_text(out, timedelta(0))
    assert [] == files_with_text(out)


def test_none_leaves_no_text_of_a_baseline_that_was_asked_again(out: Path) -> None:
    (out / "baseline").mkdir()
    with ReplyStore(out / "baseline" / "replies.sqlite", "again") as store:
        store.put("call-1", response(text=SPOKEN))
        store.finish()
    forget_text(out, timedelta(0))
    assert [] == files_with_text(out)


def test_none_keeps_what_can_still_be_resumed(out: Path) -> None:
    with ReplyStore(out / "replies.sqlite", "stopped") as store:
        store.put("call-2", response(text="A"))
    forget_text(out, timedelta(0))
    with ReplyStore(out / "replies.sqlite", "stopped") as store:
        assert store.get("call-2") == response(text="A")


def test_days_keep_what_is_younger(out: Path) -> None:
    forget_text(out, timedelta(days=1))
    assert ["replies.sqlite", "responses.jsonl"] == files_with_text(out)


def test_prune_takes_the_recorded_replies_of_that_time_along(out: Path) -> None:
    done = run_command(["faef", "cache", "prune", "--days", "0", "--out", str(out)], out)
    assert (0, False) == (done.returncode, (out / "responses.jsonl").exists()), done.stdout


def test_a_folder_without_replies_has_nothing_to_forget(tmp_path: Path) -> None:
    assert not forget_recording(tmp_path, timedelta(0))
    assert forget_text(tmp_path, timedelta(0)).startswith("The model's text was removed from ")


def test_a_store_that_is_none_of_ours_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "replies.sqlite").write_text("no database")
    assert forget_text(tmp_path, timedelta(0)).startswith("WARNING: not all text could be removed")


@pytest.mark.parametrize("given", ["soon", "-1", "1.5"])
def test_another_word_for_a_time_is_refused(given: str) -> None:
    with pytest.raises(
        ConfigError, match=r"--faef-keep-text: .* is neither 'none' nor a number of days"
    ):
        resolve({**NOTHING, "keep_text": given})
