"""`faef github`: a finished run into the files and posts of a job."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.cli import main
from monitor.records import Outcome
from monitor.runfile import write_run
from tests.acting import TOKEN, Posts, github
from tests.builders import estimate, run, score, verdict


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Posts]:
    """What a job finds: its files, its token, a failed run in `faef-out`."""
    monkeypatch.chdir(tmp_path)
    failed = verdict(Outcome.FAILED, reason="CSS 0.60 is below the floor 0.75")
    write_run(tmp_path / "faef-out", run(verdicts=(failed,), outcome=Outcome.FAILED))
    with github() as posts:
        for name, value in {
            "GITHUB_STEP_SUMMARY": "summary",
            "GITHUB_OUTPUT": "output",
            "GITHUB_REPOSITORY": "owner/name",
            "GITHUB_RUN_ID": "42",
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_API_URL": posts.url,
        }.items():
            monkeypatch.setenv(name, value)
        yield posts


def test_the_summary_says_verdict_and_reason(job: Posts, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == main(["github", "summary", "faef-out", "--exit-code", "1"])
    text = Path("summary").read_text()
    assert (True, True) == ("## FAEF: failed" in text, "CSS 0.60 is below the floor 0.75" in text)
    assert "::error title=FAEF fairness cs failed::CSS" in capsys.readouterr().out
    assert [] == job.requests


def test_what_other_steps_have_written_stays(job: Posts) -> None:
    assert job
    Path("output").write_text("earlier=1\n")
    main(["github", "summary", "faef-out", "--exit-code", "1"])
    assert ["earlier=1", "verdict=failed"] == Path("output").read_text().splitlines()[:2]


def test_a_run_that_is_not_there_is_said(job: Posts) -> None:
    assert job
    assert 0 == main(["github", "summary", "nowhere", "--exit-code", "4"])
    assert "too many calls failed" in Path("summary").read_text()
    assert "verdict=error" in Path("output").read_text().splitlines()


def test_the_trend_stands_in_the_summary(job: Posts) -> None:
    assert job
    nights = [{"dimensions": {"overall": {"css": {"value": css}}}} for css in (0.5, None, 0.75)]
    Path("trend.json").write_text(json.dumps({"nights": [*nights, {"dimensions": {}}]}))
    main(["github", "summary", "faef-out", "--exit-code", "1", "--trend", "trend.json"])
    assert "| `overall.css` | ▁█ | 0.50 to 0.75 | 0.75 |" in Path("summary").read_text()
    assert "overall.cs`" not in Path("summary").read_text()


def test_what_the_command_trend_wrote_stands_in_the_summary(job: Posts) -> None:
    assert job
    for number, css in enumerate((0.5, 0.75)):
        scores = {"overall": score(dimension="overall", css=estimate(css))}
        made = run(id=f"{number}", scores=scores, started_at=f"2026-01-0{number + 1}T03:04:05+00:00")
        write_run(Path("nights", made.id), made)
    main(["trend", "nights", "--json", "trend.json"])
    main(["github", "summary", "faef-out", "--exit-code", "1", "--trend", "trend.json"])
    assert "| `overall.css` | ▁█ | 0.50 to 0.75 | 0.75 |" in Path("summary").read_text()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"nights": [1]}', '{"nights": 1}', "null"])
def test_a_trend_that_is_none_is_one_line(
    job: Posts, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    assert job
    Path("trend.json").write_text(text)
    assert 3 == main(["github", "summary", "faef-out", "--exit-code", "1", "--trend", "trend.json"])
    assert "trend.json: is not what faef trend --json writes" in capsys.readouterr().err


def test_a_comment_holds_the_same_page(job: Posts) -> None:
    assert 0 == main(["github", "comment", "faef-out", "--exit-code", "1", "--pull-request", "7"])
    assert "CSS 0.60 is below the floor 0.75" in job.comments[0]["body"]


def test_a_comment_without_a_pull_request_is_refused(
    job: Posts, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 3 == main(["github", "comment", "faef-out", "--exit-code", "1"])
    assert "which pull request? Give --pull-request N" in capsys.readouterr().err
    assert [] == job.requests


@pytest.mark.parametrize(
    ("code", "issues"), [(["--exit-code", "0"], 0), (["--exit-code", "1"], 1), ([], 1)]
)
def test_an_issue_is_for_a_night_that_is_not_green(job: Posts, code: list[str], issues: int) -> None:
    assert 0 == main(["github", "issue", "faef-out", *code])
    assert issues == len(job.issues)


def test_the_issue_leads_to_the_workflow_run(job: Posts) -> None:
    main(["github", "issue", "faef-out", "--exit-code", "1"])
    assert "https://github.com/owner/name/actions/runs/42" in job.issues[0]["body"]


@pytest.mark.parametrize("name", ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"])
def test_outside_of_a_job_it_says_what_is_missing(
    job: Posts, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert job
    monkeypatch.delenv(name)
    assert 3 == main(["github", "summary", "faef-out", "--exit-code", "1"])
    assert (
        f"faef: {name}: is not set: faef github is for a job of GitHub Actions"
        in capsys.readouterr().err
    )
