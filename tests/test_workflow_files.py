"""What the workflow files say, where running them would not show it."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from monitor.jsonl import read_questions
from monitor.starting import ACTION
from tests.acting import ROOT, STANDINS, USES

TEMPLATE = ROOT / "monitor" / "templates" / "faef.yml"
WORKFLOWS = [*sorted((ROOT / ".github" / "workflows").glob("*.yml")), TEMPLATE]
GATE = ROOT / ".github" / "actions" / "faef-gate" / "action.yml"


def read(file: Path) -> dict[str, Any]:
    """A YAML file."""
    found: dict[str, Any] = YAML(typ="safe").load(file)
    return found


def script(steps: list[dict[str, Any]], name: str | None = None) -> str:
    """The shell script of a step: the one of that name, or the only one."""
    [found] = [step["run"] for step in steps if name in {None, step.get("name")} and "run" in step]
    return str(found)


def bash(text: str, **variables: str) -> int:
    """The exit code of a step's script, run as GitHub runs it."""
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text]
    return subprocess.run(command, env=variables, capture_output=True, check=False).returncode


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_no_job_has_a_right_that_it_does_not_name(file: Path) -> None:
    workflow = read(file)
    assert {} == workflow["permissions"]
    assert [] == [name for name, job in workflow["jobs"].items() if "permissions" not in job]


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_every_job_ends_and_runs_of_a_workflow_do_not_pile_up(file: Path) -> None:
    workflow = read(file)
    assert "concurrency" in workflow
    assert [] == [name for name, job in workflow["jobs"].items() if "timeout-minutes" not in job]


@pytest.mark.parametrize("workflow", ["gate", "nightly"])
def test_a_job_that_is_run_again_keeps_what_it_finds_too(workflow: str) -> None:
    # a key is written once; all keys share a beginning: nights are held to what the gate promoted
    text = (ROOT / ".github" / "workflows" / f"{workflow}.yml").read_text(encoding="utf-8")
    keys = set(re.findall(r"^ +key: (mlflow-.*)$", text, re.MULTILINE))
    assert {"mlflow-${{ github.run_id }}-${{ github.run_attempt }}"} == keys


@pytest.mark.parametrize("file", [*WORKFLOWS, *ROOT.glob(".github/actions/*/*.yml")], ids=str)
def test_actions_of_others_are_pinned_and_nothing_is_interpolated_into_a_script(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    refs = {used["ref"] for used in USES.finditer(text) if used["action"].startswith("actions/")}
    scripts = re.findall(r"^ +(?:- )?run: (.*(?:\n {8,}.*)*)", text, re.MULTILINE)
    assert [] == [ref for ref in refs if not re.fullmatch("[0-9a-f]{40}", ref)]
    assert [] == [one for one in scripts if "${{" in one]
    assert "pull_request_target" not in text


def test_every_action_of_others_has_a_stand_in() -> None:
    used = [
        found for file in (ROOT / ".github").rglob("*.yml") for found in USES.finditer(file.read_text())
    ]
    wanted = {f"{u['action'].removeprefix('actions/')}{u['path'] or ''}" for u in used}
    assert set() == {name for name in wanted if not (STANDINS / name / "action.yml").exists()} - {
        "checkout"
    }


def test_the_nightly_matrix_has_every_dimension_of_the_bank() -> None:
    bank = read_questions([ROOT / "suites" / "questions"])
    asked = read(ROOT / ".github/workflows/nightly.yml")["jobs"]["collect"]["strategy"]["matrix"]
    assert {question.dimension for question in bank} == set(asked["dimension"])


# 0 passed · 1 failed · 2 inconclusive · 3 bad configuration · 4 calls failed · 137 killed
@pytest.mark.parametrize(
    ("code", "regression", "error", "ends"),
    [
        ("0", "true", "true", 0),
        ("1", "true", "true", 1),
        ("1", "true", "false", 1),
        ("1", "false", "true", 0),
        ("2", "true", "false", 2),
        ("2", "false", "true", 0),
        ("3", "false", "true", 3),
        ("3", "true", "false", 0),
        ("4", "false", "true", 4),
        ("4", "true", "false", 0),
        ("137", "false", "true", 137),
        ("1", "", "", 1),
        ("4", "", "", 4),
    ],
)
def test_regression_and_error_turn_a_job_red_apart(
    code: str, regression: str, error: str, ends: int
) -> None:
    step = script(read(GATE)["runs"]["steps"], "Verdict")
    assert ends == bash(step, CODE=code, FAIL_ON_REGRESSION=regression, FAIL_ON_ERROR=error)


@pytest.mark.parametrize(
    ("results", "ends"),
    [
        ("success success", 0),
        ("success failure", 1),
        ("cancelled success", 1),
        ("skipped success", 1),
    ],
)
def test_the_required_job_is_green_only_if_all_others_are(results: str, ends: int) -> None:
    steps = read(ROOT / ".github/workflows/ci.yml")["jobs"]["required"]["steps"]
    assert ends == bash(script(steps), RESULTS=results)


def test_the_required_job_waits_for_all_others() -> None:
    jobs = read(ROOT / ".github/workflows/ci.yml")["jobs"]
    assert set(jobs) - {"required"} == set(jobs["required"]["needs"])


def test_the_template_names_the_action_that_init_replaces() -> None:
    assert f"uses: {ACTION}\n" in TEMPLATE.read_text(encoding="utf-8")


@pytest.mark.parametrize("part", ["inputs", "outputs"])
def test_every_input_and_output_of_the_action_is_documented(part: str) -> None:
    page = (ROOT / "docs" / "github.md").read_text(encoding="utf-8")
    assert [] == [name for name in read(GATE)[part] if f"`{name}`" not in page]


def test_the_workflows_of_the_page_use_inputs_that_there_are() -> None:
    page = (ROOT / "docs" / "github.md").read_text(encoding="utf-8")
    blocks = [YAML(typ="safe").load(block) for block in re.findall(r"```yml\n(.*?)```", page, re.DOTALL)]
    called, used = blocks[0]["jobs"]["gate"], blocks[1]["jobs"]["gate"]["steps"][-1]
    inputs = read(ROOT / called["uses"])["on"]["workflow_call"]["inputs"]
    assert (set(), set()) == (
        set(called["with"]) - set(inputs),
        set(used["with"]) - set(read(GATE)["inputs"]),
    )
    assert ACTION == used["uses"]
