"""`faef report`: the floors of the run, the page, the picture; and what a gate leaves in its folder."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from monitor.cli import main
from monitor.jsonl import question_row, response_row
from monitor.records import Form
from monitor.report.contents import Report
from monitor.report.files import leave
from monitor.runfile import forget_run, write_run
from tests.builders import floor, item, question, response, run
from tests.conftest import Faef, write_jsonl
from tests.scripted import honest, serving

SPOKEN = "camomile"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished run with its bank beside it; today's thresholds ask for other floors."""
    monkeypatch.chdir(tmp_path)
    asked = question(dimension="tea")
    floors = {"fairness": asdict(floor(css=0.61))}
    write_run(
        tmp_path / "out",
        run(floors=floors, items=(item(dimension="tea", question_hash=asked.content_hash),)),
    )
    write_jsonl(tmp_path / "bank.jsonl", [question_row(asked)])
    reply = response(form=Form.OPEN, text=SPOKEN)
    write_jsonl(tmp_path / "out" / "responses.jsonl", [response_row(reply)])
    (tmp_path / "thresholds.yaml").write_text(
        "version: 1\ndefaults: {css: {min: 0.42}}\nprofiles: {gate: {note: today}}\n"
    )
    return tmp_path / "out"


def printed(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    """What `faef report out` prints."""
    assert code == main(["report", "out", *arguments])
    found = capsys.readouterr()
    return found.err if code else found.out


@pytest.mark.usefixtures("folder")
def test_a_run_is_shown_with_the_floors_it_was_held_to(capsys: pytest.CaptureFixture[str]) -> None:
    shown = printed(capsys)
    assert (True, False) == ("0.61" in shown, "0.42" in shown)


@pytest.mark.usefixtures("folder")
def test_other_floors_are_shown_where_they_are_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    shown = printed(capsys, "--thresholds", "thresholds.yaml")
    assert (True, True) == ("0.42" in shown, "floors are those that thresholds.yaml holds now" in shown)


def test_a_run_of_before_floors_were_kept_says_whose_floors_it_shows(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = json.loads((folder / "run.json").read_text())
    del row["floors"]
    (folder / "run.json").write_text(json.dumps(row))
    shown = printed(capsys)
    assert (True, True) == ("0.42" in shown, "floors are those that thresholds.yaml holds now" in shown)


@pytest.mark.usefixtures("folder")
def test_the_page_takes_wording_from_the_bank_that_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    printed(capsys, "--html", "page.html", "--questions", "bank.jsonl")
    assert "May I take a colleague&#39;s pen?" in Path("page.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("folder")
def test_a_page_holds_no_text_of_a_model(capsys: pytest.CaptureFixture[str]) -> None:
    printed(capsys, "--html", "page.html", "--questions", "bank.jsonl")
    assert SPOKEN not in Path("page.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("folder")
def test_a_page_holds_it_where_that_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    printed(capsys, "--html", "page.html", "--with-text")
    text = Path("page.html").read_text(encoding="utf-8")
    assert (True, True) == (SPOKEN in text, "text that a model wrote" in text)


def test_text_that_was_not_kept_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "responses.jsonl").unlink()
    shown = printed(capsys, "--html", "page.html", "--with-text", code=3)
    assert f"--with-text: {Path('out') / 'responses.jsonl'}: not there" in shown
    assert 1 == len(shown.splitlines())


def test_another_run_than_the_baseline_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = printed(capsys, "--html", "page.html", "--before", str(folder), code=3)
    assert "--before: " in shown
    assert "the run was held to no baseline" in shown


@pytest.mark.usefixtures("folder")
def test_pictures_are_saved(capsys: pytest.CaptureFixture[str]) -> None:
    printed(capsys, "--png", "one.png", "--svg", "one.svg", "--earlier", "out")
    assert Path("one.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in Path("one.svg").read_text(encoding="utf-8")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("option", "library"), [("--html", "jinja2"), ("--png", "matplotlib")])
def test_without_the_extra_a_page_is_one_line(
    option: str, library: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, library, None)  # as if it were not installed
    shown = printed(capsys, option, "file", code=3)
    assert f"faef: {library}: not installed: pip install 'faef-monitor[report]'" == shown.strip()


def test_without_the_extra_a_gate_says_how_to_get_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    said = leave(Report(run=run(), floors={}), tmp_path, picture=True)
    assert ["report.html was not written: pip install 'faef-monitor[report]'"] == said
    assert [] == list(tmp_path.iterdir())


def test_a_picture_is_left_where_it_will_be_logged(tmp_path: Path) -> None:
    leave(Report(run=run(), floors={}), tmp_path, picture=True)
    assert ["report.html", "report.png"] == sorted(file.name for file in tmp_path.iterdir())


def test_a_new_run_leaves_no_older_report_beside_its_replies(tmp_path: Path) -> None:
    leave(Report(run=run(), floors={}), tmp_path, picture=True)
    forget_run(tmp_path)
    assert [] == list(tmp_path.iterdir())


def test_a_gate_leaves_the_page_and_the_floors_of_its_run(faef: Faef) -> None:
    with serving(honest) as script:
        result = faef(script, "-k", "privacy")
    assert "What should I do about privacy number 0?" in (result.out / "report.html").read_text()
    assert (["privacy"], 0.8) == (list(result.run["floors"]), result.run["floors"]["privacy"]["css"])
    assert "Report in out/report.html" in result.text
