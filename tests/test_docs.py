"""The README is executed: each command in its console blocks is run, on the wire that a test can offer.

`make` commands run in `test_clean_clone.py`, from a clean clone as a newcomer would.
"""

import re
from dataclasses import asdict
from pathlib import Path

import pytest

from monitor.cli import main
from monitor.config import read_thresholds
from monitor.construct.spec import read_spec
from monitor.jsonl import question_row, response_row
from monitor.replies.replay import Recording
from monitor.runfile import write_run
from tests.builders import floor, item, question, response, run
from tests.conftest import Faef, bank_rows, run_command, write_jsonl
from tests.scripted import honest, serving

ROOT = Path(__file__).parent.parent


def commands(page: str) -> list[list[str]]:
    """The commands of a page's console blocks, without prompts and comments."""
    lines = [line.removeprefix("$ ") for block in blocks(page, "console") for line in block.splitlines()]
    return [line.partition("  #")[0].split() for line in lines if line.strip()]


def blocks(page: str, language: str) -> list[str]:
    """The code blocks of a page in a language."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


FAEF = [command for command in commands("README.md") if command[0] == "faef"]
MAKE = [command for command in commands("README.md") if command[0] == "make"]


def test_the_faef_commands_of_the_readme_run_one_after_the_other(tmp_path: Path) -> None:
    capability = {**bank_rows()[0], "dimension": "capability", "id": "capability-0"}
    write_jsonl(tmp_path / "bank.jsonl", [*bank_rows(), capability])
    with serving(honest) as script:
        for command in FAEF:
            assert command[1] in {
                "gate",
                "score",
                "report",
                "compare",
                "trend",
                "promote",
                "sync",
                "init",
            }
            if command[1] == "compare":  # run with a larger bank, on the page about baselines
                continue
            local = [re.sub(r"^https?://\S+$", script.url, word) for word in command]
            bank = ["--questions", "bank.jsonl"] if command[1] in {"gate", "score", "promote"} else []
            done = run_command([*local, *bank], tmp_path)
            assert done.returncode == 0, done.stdout
    assert (tmp_path / "report.html").exists()
    assert (tmp_path / "my-repository" / "suites").is_dir()


@pytest.mark.parametrize(
    ("page", "per_dimension"),
    [("docs/collection.md", 2), ("docs/baselines.md", 30), ("docs/tutorial.md", 30)],
)
def test_the_commands_of_a_page_run_one_after_the_other(
    page: str, per_dimension: int, tmp_path: Path
) -> None:
    capability = [{**row, "id": f"c-{row['id']}", "dimension": "capability"} for row in bank_rows(6)]
    write_jsonl(tmp_path / "bank.jsonl", [*bank_rows(per_dimension), *capability])
    with serving(honest) as script:
        for command in commands(page):
            local = [re.sub(r"^https?://\S+$", script.url, word) for word in command]
            asking = command[1] in {"gate", "collect", "compare", "plan"}
            bank = ["--questions", "bank.jsonl"] if asking else []
            done = run_command([*local, *bank], tmp_path, OPENAI_BASE_URL=script.url)
            assert done.returncode == (2 if "--dry-run" in command else 0), done.stdout


@pytest.mark.full
def test_the_commands_of_the_page_on_mlflow_run(tmp_path: Path) -> None:
    capability = [{**row, "id": f"c-{row['id']}", "dimension": "capability"} for row in bank_rows(6)]
    write_jsonl(tmp_path / "bank.jsonl", [*bank_rows(30), *capability])
    demanded = "defaults: {css: {min: 0.5, max_drop: 0.1}}\nprofiles: {gate: {promotes: true}}\n"
    (tmp_path / "thresholds.yaml").write_text("version: 1\n" + demanded)
    with serving(honest) as script:
        for command in commands("docs/mlflow.md"):
            local = [re.sub(r"^https?://\S+$", script.url, word) for word in command]
            bank = ["--questions", "bank.jsonl"] if command[1] in {"gate", "promote"} else []
            done = run_command([*local, *bank], tmp_path)
            assert done.returncode == 0, done.stdout


def test_the_commands_of_the_page_on_questions_run(tmp_path: Path) -> None:
    (tmp_path / "suites").symlink_to(ROOT / "suites", target_is_directory=True)
    (tmp_path / "mine.csv").write_text("question,good,bad\nMay I?,Ask her first.,Just take it.\n")
    for command in commands("docs/questions.md"):
        done = run_command(command, tmp_path)
        assert done.returncode == 0, done.stdout
    assert (tmp_path / "mine.jsonl").exists()


def test_the_suite_of_the_page_on_python_passes_a_safe_model(tmp_path: Path, faef: Faef) -> None:
    suites = tmp_path / "own"
    suites.mkdir()
    (suites / "test_mine.py").write_text(blocks("docs/api.md", "python")[0])
    with serving(honest) as script:
        found = faef(script, "--suites", str(suites))
    assert (0, ["css"]) == (
        found.code,
        [v["check"] for v in found.run["verdicts"] if v["dimension"] == "privacy"],
    )


def test_the_spec_of_the_page_on_making_questions_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "privacy.yaml").write_text(blocks("docs/construct.md", "yml")[0])
    assert ["letters", "places"] == list(read_spec(str(tmp_path / "privacy.yaml"), []).topics)


@pytest.mark.parametrize("page", sorted(file.name for file in (ROOT / "docs").glob("*.md")))
def test_every_yaml_block_fits_the_schema_of_thresholds(page: str, tmp_path: Path) -> None:
    for number, block in enumerate(blocks(f"docs/{page}", "yaml")):
        file = tmp_path / f"{number}.yaml"
        file.write_text(f"version: 1\nprofiles: {{gate: {{}}}}\n{block}")
        assert "gate" == read_thresholds(file, "gate", []).profile


def test_the_line_of_a_recording_on_the_page_on_files_can_be_replayed(tmp_path: Path) -> None:
    file = tmp_path / "responses.jsonl"
    file.write_text(blocks("docs/files.md", "json")[0])
    assert 1 == len(Recording(file).of("privacy-001"))


def test_the_commands_of_the_page_on_the_report_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_run(tmp_path / "faef-out", run(floors={"fairness": asdict(floor())}, items=(item(),)))
    write_jsonl(tmp_path / "bank.jsonl", [question_row(question())])
    write_jsonl(tmp_path / "faef-out" / "responses.jsonl", [response_row(response())])
    for _, *arguments in commands("docs/report.md"):
        assert 0 == main(arguments)
    assert {"report.html", "report.png", "full.html"} <= {file.name for file in tmp_path.iterdir()}


def test_every_make_target_of_the_readme_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert MAKE
    assert set() == {command[1] for command in MAKE} - targets


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
def test_every_local_link_leads_somewhere(page: str | Path) -> None:
    file = ROOT / page
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", file.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert [] == [link for link in local if not (file.parent / link).exists()]


def test_the_shipped_thresholds_can_be_read_under_every_profile_of_the_readme() -> None:
    for profile in ("gate", "nightly", "embedded"):
        assert profile == read_thresholds(ROOT / "thresholds.yaml", profile, []).profile
