"""`faef train-judge`: what it says, what it writes, and one line for all that can go wrong."""

import contextlib
import io
import sys
from pathlib import Path

import pytest

from monitor.cli import main
from monitor.judges.screening import Screener
from tests.test_screening import write_sets


def train(folder: Path, out: str) -> str:
    """Train on the sets in a folder, with its bank; what was said."""
    given = ["--data", folder, "--bank", folder / "bank", "--out", folder / out, "--seed", 5]
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        assert main(["train-judge", *map(str, given)]) == 0
    return told.getvalue()


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder with a judge in `first.npz`, and what was said while it was trained."""
    folder = tmp_path_factory.mktemp("fetched")
    write_sets(folder)
    (folder / "xstest.jsonl").write_text("{}\n", encoding="utf-8")
    return folder, train(folder, "first.npz")


def test_it_writes_a_judge_that_can_be_loaded(trained: tuple[Path, str]) -> None:
    folder, _ = trained
    assert Screener.load(folder / "first.npz").read("", "...") is None


@pytest.mark.parametrize(
    "line",
    [
        "learnt from: hh_preferences 12, gptfuzz 12, jailbreakbench 12, bank_singles 4",
        "left alone: xstest (validation only)",
        "cross-validated by question, gptfuzz: kappa",
    ],
)
def test_it_says_what_it_learnt_from_and_how_well(trained: tuple[Path, str], line: str) -> None:
    _, told = trained
    assert line in told


def test_the_same_command_writes_the_same_bytes(trained: tuple[Path, str]) -> None:
    folder, _ = trained
    train(folder, "second.npz")
    assert (folder / "first.npz").read_bytes() == (folder / "second.npz").read_bytes()


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """What is said, as one line, where a command cannot be carried out."""
    assert main(["train-judge", *map(str, arguments)]) == 3
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    return told


def test_an_empty_folder_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = refused(capsys, "--data", tmp_path, "--out", tmp_path / "out.npz")
    assert f"{tmp_path}: none of hh_preferences.jsonl" in told


def test_a_failed_training_leaves_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused(capsys, "--data", tmp_path, "--out", tmp_path / "out.npz")
    assert not (tmp_path / "out.npz").exists()


def test_an_empty_bank_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_sets(tmp_path)
    (tmp_path / "none").mkdir()
    told = refused(capsys, "--data", tmp_path, "--bank", tmp_path / "none", "--out", tmp_path / "o")
    assert f"{tmp_path / 'none'}" in told


@pytest.mark.parametrize("out", [".", "missing/out.npz"])
def test_weights_that_cannot_be_written_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], out: str
) -> None:
    write_sets(tmp_path)
    told = refused(capsys, "--data", tmp_path, "--out", tmp_path / out)
    assert "must be a file in a folder that exists" in told


def test_without_scikit_learn_the_extra_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "monitor.judges.train", raising=False)
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    told = refused(capsys, "--data", tmp_path, "--out", tmp_path / "out.npz")
    assert "pip install 'faef-monitor[train]'" in told


def test_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["train-judge", "--help"])
    assert "Example: faef train-judge --data" in capsys.readouterr().out
