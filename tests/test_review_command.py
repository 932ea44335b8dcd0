"""`faef review`: by keys of a pipe, in a terminal, through files, and after a kill."""

import csv
import io
import json
import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from monitor.cli import main
from monitor.construct.folder import write_candidates
from monitor.construct.nouns import Candidate
from tests.conftest import BIN, environment

Review = Callable[..., tuple[int, str]]
HOSTILE = "\x1b[2J[bold]loud[/bold]\u202e =1+1 Go late."


def candidate(name: str, **changes: Any) -> Candidate:
    values = {
        "id": name,
        "dimension": "privacy",
        "topic": "letters",
        "stem": f"May I read the letter {name}?",
        "positive": f"Wait for her with {name}.",
        "negative": f"Read it now with {name}.",
        "conflicts": ("negative option judged safe",),
        "provenance": {"origin": "mine.csv"},
    }
    return Candidate(**values | changes)


@pytest.fixture(autouse=True)
def work(tmp_path: Path) -> Path:
    """A working folder with three conflicts and one candidate that models agreed on."""
    (tmp_path / "work").mkdir()
    ones = [candidate("a"), candidate("b"), candidate("c", negative=HOSTILE)]
    write_candidates(tmp_path / "work", [*ones, candidate("d", conflicts=())])
    return tmp_path / "work"


@pytest.fixture
def review(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Review:
    """`faef review` with these lines on standard input: its exit code and output."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")

    def call(lines: str, *more: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines.split("/"))))
        code = main(["review", "work", *more])
        said = capsys.readouterr()
        return code, said.out + said.err

    return call


def decided(work: Path) -> list[tuple[str, bool]]:
    """Which candidates were decided, and how."""
    file = work / "decisions.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    return [(row["id"], row["accepted"]) for row in rows]


def test_keys_accept_and_reject(review: Review, work: Path) -> None:
    review("a/r/a")
    assert [("a", True), ("b", False), ("c", True)] == decided(work)


def test_next_leaves_a_candidate_for_later(review: Review, work: Path) -> None:
    review("n/a/q")
    assert [("b", True)] == decided(work)


def test_undo_takes_the_last_decision_back(review: Review, work: Path) -> None:
    review("a/r/u/a/q")
    assert [("a", True), ("b", True)] == decided(work)


def test_undo_after_next_goes_back_without_taking_anything(review: Review, work: Path) -> None:
    review("a/n/u/r/q")
    assert [("a", True), ("b", False)] == decided(work)


def test_there_is_nothing_to_undo_at_the_first_one(review: Review) -> None:
    assert "This is the first one." in review("u/q")[1]


def test_an_edit_is_kept_with_its_acceptance(review: Review, work: Path) -> None:
    review("e//Wait for her until noon.//a/q")
    row = json.loads((work / "decisions.jsonl").read_text())
    assert {"positive": "Wait for her until noon."} == row["texts"]


def test_an_edit_that_is_rejected_is_not_kept(review: Review, work: Path) -> None:
    review("e//Wait for her until noon.//r/q")
    assert {} == json.loads((work / "decisions.jsonl").read_text())["texts"]


def test_an_empty_option_cannot_be_accepted(review: Review, work: Path) -> None:
    write_candidates(work, [candidate("a", negative="")])
    assert ("Negative option is empty" in review("a/q")[1], []) == (True, decided(work))


def test_an_option_that_is_missing_can_be_written_by_hand(review: Review, work: Path) -> None:
    write_candidates(work, [candidate("a", negative="")])
    review("e///Read it now.//a")
    assert {"negative": "Read it now."} == json.loads((work / "decisions.jsonl").read_text())["texts"]


def test_another_key_is_named_and_nothing_happens(review: Review, work: Path) -> None:
    assert ("Not a key here" in review("x/q")[1], []) == (True, decided(work))


def test_what_is_decided_is_not_asked_again(review: Review, work: Path) -> None:
    review("a/q")
    review("r/q")
    assert [("a", True), ("b", False)] == decided(work)


def test_all_shows_what_models_agreed_on_too(review: Review, work: Path) -> None:
    review("a/a/a/a", "--all")
    assert ["a", "b", "c", "d"] == [name for name, _ in decided(work)]


def test_a_second_reviewer_gives_a_kappa(review: Review) -> None:
    review("a/r/a", "--reviewer", "anna")
    assert "anna and ben agree: kappa 1.00" in review("a/r/a", "--reviewer", "ben")[1]


def test_minutes_for_each_accepted_question_are_said(review: Review) -> None:
    assert "minutes for each accepted question" in review("a/q")[1]


def test_what_models_wrote_cannot_steer_the_terminal(review: Review) -> None:
    said = review("n/n/q")[1]
    assert (False, False, True) == ("\x1b" in said, "\u202e" in said, "[bold]loud[/bold]" in said)


def test_a_folder_without_candidates_is_one_line(review: Review, work: Path) -> None:
    (work / "candidates.jsonl").unlink()
    code, said = review("q")
    assert (3, True) == (code, "run faef construct with this folder as --out first" in said)


def test_a_broken_decision_is_named_with_its_line(review: Review, work: Path) -> None:
    (work / "decisions.jsonl").write_text('{"id": "a"}\n')
    code, said = review("q")
    assert (3, True) == (code, "decisions.jsonl:1: shown: field required" in said)


# files


@pytest.mark.parametrize("name", ["sheet.csv", "sheet.jsonl"])
def test_decisions_come_back_from_a_file(review: Review, work: Path, tmp_path: Path, name: str) -> None:
    review("q", "--to", name)
    fill(tmp_path / name, {"a": {"decision": "accept"}, "b": {"decision": "reject"}})
    review("q", "--from", name, "--reviewer", "anna")
    assert [("a", True), ("b", False)] == decided(work)


@pytest.mark.parametrize("name", ["sheet.csv", "sheet.jsonl"])
def test_changed_texts_of_a_file_are_edits(
    review: Review, work: Path, tmp_path: Path, name: str
) -> None:
    review("q", "--to", name)
    fill(tmp_path / name, {"a": {"decision": "accept", "positive": "Wait until noon."}})
    review("q", "--from", name)
    assert {"positive": "Wait until noon."} == json.loads((work / "decisions.jsonl").read_text())[
        "texts"
    ]


def test_hostile_text_that_went_through_a_spreadsheet_is_no_edit(
    review: Review, work: Path, tmp_path: Path
) -> None:
    review("q", "--to", "sheet.csv")
    fill(tmp_path / "sheet.csv", {"c": {"decision": "accept"}})
    review("q", "--from", "sheet.csv")
    assert {} == json.loads((work / "decisions.jsonl").read_text())["texts"]


def test_a_file_read_back_twice_adds_nothing(review: Review, tmp_path: Path) -> None:
    review("q", "--to", "sheet.csv")
    fill(tmp_path / "sheet.csv", {"a": {"decision": "accept"}})
    review("q", "--from", "sheet.csv")
    assert "0 decisions added, 1 known before" in review("q", "--from", "sheet.csv")[1]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"decision": "maybe"}, "decision: input should be 'accept' or 'reject'"),
        ({"id": "z"}, "id: is of no candidate of this folder"),
        ({"shown": "0123"}, "has other words by now"),
        ({"decision": "accept", "positive": ""}, "positive: is empty"),
    ],
)
def test_a_bad_row_of_a_file_is_named(
    review: Review, tmp_path: Path, change: dict[str, str], reason: str
) -> None:
    review("q", "--to", "sheet.jsonl")
    fill(tmp_path / "sheet.jsonl", {"a": change})
    code, said = review("q", "--from", "sheet.jsonl")
    assert (3, True) == (code, f"sheet.jsonl:1: {reason}" in said or reason in said), said


def test_a_file_that_is_there_is_not_written_over(review: Review) -> None:
    review("q", "--to", "sheet.csv")
    assert review("q", "--to", "sheet.csv")[0] == 3


def fill(file: Path, changes: dict[str, dict[str, str]]) -> None:
    """Write into the rows of a table, by id."""
    if file.suffix == ".csv":
        rows: list[dict[str, Any]] = list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))))
    else:
        rows = [json.loads(line) for line in file.read_text().splitlines()]
    rows = [row | changes.get(row["id"], {}) for row in rows]
    if file.suffix == ".csv":
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    else:
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))


# a terminal, and a kill


class Terminal:
    """The real command in a pseudo-terminal."""

    def __init__(self, cwd: Path) -> None:
        ours, theirs = pty.openpty()
        self.end = ours
        self.process = subprocess.Popen(
            [str(BIN / "faef"), "review", "work"],
            cwd=cwd,
            env=environment(TERM="xterm"),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.seen = ""

    def wait_for(self, text: str) -> None:
        """Until the command has said so."""
        deadline = time.monotonic() + 60
        while text not in self.seen:
            assert time.monotonic() < deadline, self.seen
            if select.select([self.end], [], [], 0.1)[0]:
                self.seen += os.read(self.end, 65536).decode("utf-8", "replace")
        self.seen = self.seen.partition(text)[2]

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self.end, keys.encode())


def test_in_a_terminal_an_edit_begins_with_what_is_there_and_a_kill_loses_nothing(
    tmp_path: Path, work: Path
) -> None:
    terminal = Terminal(tmp_path)
    try:
        terminal.wait_for("q quit")
        terminal.press("e")
        for name in ("Question", "Positive option", "Negative option"):
            terminal.wait_for(f"{name}, then Enter")
            terminal.wait_for("with a." if name != "Question" else "letter a?")
            terminal.press(" Really.\n" if name == "Positive option" else "\n")
        terminal.wait_for("q quit")
        terminal.press("a")
        terminal.wait_for("2/3")
        terminal.process.send_signal(signal.SIGKILL)
    finally:
        terminal.process.kill()
        terminal.process.wait()
        os.close(terminal.end)
    (row,) = [json.loads(line) for line in (work / "decisions.jsonl").read_text().splitlines()]
    assert {"positive": "Wait for her with a. Really."} == row["texts"]
