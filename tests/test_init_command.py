"""`faef init`: suites, thresholds and a workflow in somebody else's repository."""

import shutil
from pathlib import Path

import pytest

from monitor.cli import main
from monitor.starting import ACTION, SUITES, THRESHOLDS, WORKFLOW
from tests.acting import ROOT
from tests.conftest import run_command


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_is_shipped_is_written(empty: Path) -> None:
    assert 0 == main(["init"])
    assert (ROOT / "thresholds.yaml").read_bytes() == (empty / THRESHOLDS).read_bytes()
    theirs = {file.name for file in (empty / SUITES).rglob("*") if file.is_file()}
    ours = {file.name for file in (ROOT / "suites").rglob("*") if "__pycache__" not in file.parts}
    assert ours - {"questions"} == theirs


def test_the_workflow_uses_the_action_that_is_given(empty: Path) -> None:
    main(["init", "--action", "me/monitor/.github/actions/faef-gate@v2"])
    text = (empty / WORKFLOW).read_text()
    assert (True, False) == ("uses: me/monitor/.github/actions/faef-gate@v2" in text, "OWNER" in text)


def test_without_one_it_says_what_to_put_in(empty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["init"])
    assert ACTION in (empty / WORKFLOW).read_text()
    assert "put the owner of the action in place of OWNER" in capsys.readouterr().out


@pytest.mark.parametrize("action", ["", "x", "me/monitor", "me/monitor@v1\nrun: id", "${{ x }}/y@v1"])
def test_an_action_that_is_none_is_refused(empty: Path, action: str) -> None:
    assert (3, []) == (main(["init", "--action", action]), list(empty.iterdir()))


@pytest.mark.parametrize("there", [SUITES / "mine.py", THRESHOLDS, WORKFLOW])
def test_nothing_is_overwritten(empty: Path, capsys: pytest.CaptureFixture[str], there: Path) -> None:
    (empty / there).parent.mkdir(parents=True, exist_ok=True)
    (empty / there).write_text("mine")
    assert 3 == main(["init"])
    assert "is there already: faef init overwrites nothing" in capsys.readouterr().err
    assert ["mine"] == [file.read_text() for file in empty.rglob("*") if file.is_file()]


def test_another_folder_may_be_named(empty: Path) -> None:
    main(["init", "elsewhere"])
    assert (empty / "elsewhere" / WORKFLOW).is_file()


def test_the_result_runs(empty: Path) -> None:
    main(["init"])
    shutil.copy(
        ROOT / "tests" / "recorded" / "questions.jsonl", empty / SUITES / "questions" / "own.jsonl"
    )
    recorded = str(ROOT / "tests" / "recorded")
    done = run_command(["faef", "gate", "--replay", recorded, "--no-track"], empty)
    assert (0, True) == (done.returncode, "Verdict: passed" in done.stdout), done.stdout
