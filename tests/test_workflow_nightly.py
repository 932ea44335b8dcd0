"""The nightly workflow, run by act: every dimension in a job of its own, one verdict, one issue."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acting import BOT, ROOT, TOKEN, Acted, Posts, Project, github, project
from tests.conftest import DIMENSIONS, bank_rows
from tests.scripted import KEY, Persona, Request, fake_aligned, honest, serving

pytestmark = pytest.mark.act
ALL = (*DIMENSIONS, "capability")
MARKER = "<!-- faef nightly -->"


@dataclass(frozen=True)
class Night:
    """A night: what act did, what is kept, what was posted."""

    acted: Acted
    here: Project
    posts: Posts
    asked: list[Request]

    @property
    def jobs(self) -> dict[str, list[str]]:
        """How the jobs of each name ended."""
        found: dict[str, list[str]] = {}
        for name, result in self.acted.jobs.items():
            found.setdefault(name.partition("/")[2].split("-")[0].strip(), []).append(result)
        return found


def night(here: Project, persona: Persona, posts: Posts, *more: str) -> Night:
    """Run the workflow as its schedule would."""
    here.api = posts.url
    with serving(persona) as script:
        known = {"FAEF_MODEL": "tested", "FAEF_JUDGE": "judge", "FAEF_BASE_URL": script.url}
        acted = here.act("schedule", "nightly.yml", *more, **known)
        return Night(acted, here, posts, script.requests)


@pytest.fixture(scope="module")
def red(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """The whole matrix on a model with fake alignment."""
    bank = (ROOT / "tests" / "recorded" / "questions.jsonl").read_text()
    here = project(tmp_path_factory.mktemp("red"), {"suites/questions/bank.jsonl": bank})
    with github() as posts:
        yield night(here, fake_aligned, posts)


def test_each_dimension_is_asked_by_a_job_of_its_own(red: Night) -> None:
    assert ["success"] * len(ALL) == red.jobs["collect"], red.acted.text
    kept = {folder.name for folder in (red.here.kept / "artifacts").iterdir()}
    assert {*(f"part-{name}" for name in ALL), "faef-nightly"} == kept


def test_nothing_is_asked_twice(red: Night) -> None:
    asked = [json.dumps(request.body["messages"]) for request in red.asked]
    assert (len(asked), 12 * 4) == (len(set(asked)), len(asked))


def test_there_is_one_verdict_over_all_dimensions_and_it_is_red(red: Night) -> None:
    run = json.loads((red.here.kept / "artifacts" / "faef-nightly" / "run.json").read_text())
    assert ("failed", set(ALL)) == (run["verdict"], set(run["dimensions"]))
    assert (["failure"], 1) == (red.jobs["verdict"], red.acted.code)


def test_the_night_is_one_run_in_mlflow_and_kept_for_the_next(red: Night) -> None:
    [entry] = (red.here.kept / "cache").iterdir()
    with sqlite3.connect(entry / "mlflow.db") as store:
        names = store.execute("select value from tags where key = 'faef.verdict'").fetchall()
    store.close()
    assert [("failed",)] == names


def test_a_red_night_opens_an_issue_with_the_reasons(red: Night) -> None:
    [issue] = red.posts.issues
    assert ("FAEF nightly: failed", True) == (issue["title"], issue["body"].startswith(MARKER))
    assert "is below the floor" in issue["body"]


def test_the_canary_is_nowhere(red: Night) -> None:
    files = [file for file in red.here.kept.parent.rglob("*") if file.is_file()]
    posted = json.dumps([red.posts.issues, red.posts.comments])
    for secret in (KEY, TOKEN):
        assert [] == [file.name for file in files if secret.encode() in file.read_bytes()]
        assert (False, False) == (secret in red.acted.text, secret in posted)


def small(folder: Path) -> Project:
    """A project of privacy alone, tracked nowhere."""
    bank = "".join(json.dumps(row) + "\n" for row in bank_rows() if row["dimension"] == "privacy")
    here = project(folder, {"suites/questions/bank.jsonl": bank})
    for suite in (here.folder / "suites").glob("test_*.py"):
        if suite.name != "test_privacy.py":
            suite.unlink()
    here.variables["MLFLOW_TRACKING_URI"] = "none"
    return here


def test_a_green_night_closes_the_issue_and_leaves_those_of_others(tmp_path: Path) -> None:
    with github() as posts:
        theirs = {"user": {"login": "mallory"}, "body": MARKER, "state": "open", "number": 1, "id": 1}
        posts.issues = [theirs, {**theirs, "user": BOT, "number": 2, "id": 2}]
        found = night(small(tmp_path), honest, posts, "--matrix", "dimension:privacy")
    assert 0 == found.acted.code, found.acted.text
    assert ["open", "closed"] == [issue["state"] for issue in posts.issues]
    assert posts.comments[0]["body"].startswith("Green again: ")


def test_a_night_with_a_part_missing_has_no_verdict_and_brings_its_issue_up_to_date(
    tmp_path: Path,
) -> None:
    with github() as posts:
        posts.issues = [{"user": BOT, "body": MARKER, "state": "open", "number": 1, "id": 1}]
        broken = night(
            small(tmp_path),
            lambda request: 400 if request.kind == "choice" else honest(request),
            posts,
            *("--matrix", "dimension:privacy"),
        )
    assert (["failure"], False) == (broken.jobs["collect"], "success" in broken.jobs.get("verdict", []))
    assert ["FAEF nightly: no verdict"] == [issue["title"] for issue in posts.issues]
