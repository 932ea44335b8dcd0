"""The plugin: silent where it is not wanted, and quick where it is not needed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.options import OPTIONS, PREFIX
from tests.conftest import bank_rows, run_command, write_jsonl

pytest_plugins = ["pytester"]


def loaded_by(statement: str) -> set[str]:
    """The top-level modules in a fresh interpreter after a statement."""
    code = f"{statement}; import sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    command = [sys.executable, "-c", code]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def test_importing_the_plugin_loads_nothing_heavy() -> None:
    heavy = {"mlflow", "openai", "pydantic", "numpy", "ruamel", "aiohttp", "xllamacpp"}
    assert set() == heavy & loaded_by("import monitor.plugin")


def test_help_of_faef_loads_nothing_heavy() -> None:
    heavy = {"mlflow", "openai", "pydantic", "numpy", "ruamel", "aiohttp", "pytest"}
    assert set() == heavy & loaded_by("import monitor.cli; monitor.cli.parser()")


def test_what_an_evaluation_needs_before_it_asks_loads_no_client() -> None:
    modules = "monitor.evaluate, monitor.engines.local, monitor.judges.judging, monitor.settings"
    assert set() == {"openai", "aiohttp"} & loaded_by(f"import {modules}")


def test_a_replayed_gate_loads_no_client_to_judge_again(tmp_path: Path) -> None:
    bank = write_jsonl(tmp_path / "bank.jsonl", bank_rows(per_dimension=1))
    texts = {"open": "I would ask kindly.", "positive_first": "A", "negative_first": "B"}
    replies = [
        {"question_id": row["id"], "form": form, "text": text}
        for row in bank_rows(per_dimension=1)
        for form, text in texts.items()
    ]
    recorded = write_jsonl(tmp_path / "responses.jsonl", replies)
    command = ["gate", "--replay", str(recorded), "--questions", str(bank), "--no-track"]
    command += ["--profile", "nightly", "--out", str(tmp_path / "out"), "-k", "not capability"]
    loaded = loaded_by(f"from monitor.cli import main; assert main({command}) in (0, 1)")
    assert (set(), True) == ({"openai", "aiohttp"} & loaded, "numpy" in loaded)


def test_tests_of_others_run_as_if_the_plugin_were_not_there(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("import sys\ndef test_other():\n    assert 'openai' not in sys.modules\n")
    result = pytester.runpytest_subprocess("-p", "faef")
    result.assert_outcomes(passed=1)
    assert "FAEF" not in result.stdout.str()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no /dev/full")
def test_what_fails_in_the_tests_of_others_fails_as_without_the_plugin(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile("def test_other():\n    pass\n")
    codes = [
        pytester.runpytest_subprocess("-p", plugin, "--junitxml=/dev/full").ret
        for plugin in ("faef", "no:faef")
    ]
    assert (True, codes[1]) == (codes[1] != 0, codes[0])


def test_every_option_of_the_table_is_an_option_of_pytest_and_of_faef_gate(tmp_path: Path) -> None:
    ours = {option.name for option in OPTIONS}
    by_pytest = run_command(["pytest", "-p", "faef", "--help"], tmp_path).stdout
    by_faef = run_command(["faef", "gate", "--help"], tmp_path).stdout
    assert ours == set(re.findall(rf"^  {PREFIX}([a-z-]+)", by_pytest, re.MULTILINE))
    assert ours | {"suites", "junitxml", "help"} == set(
        re.findall(r"^  (?:-h, )?--([a-z-]+)", by_faef, re.MULTILINE)
    )


def test_pytest_runs_the_suites_itself_and_spells_options_with_the_prefix(tmp_path: Path) -> None:
    suites = str(Path(__file__).parent.parent / "suites")
    done = run_command(["pytest", "-p", "faef", suites, f"{PREFIX}limit=0"], tmp_path)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"{PREFIX}limit: 0 is below 1" in done.stdout


def test_a_bare_pytest_in_this_repository_does_not_run_the_suites(
    request: pytest.FixtureRequest,
) -> None:
    assert ["tests"] == request.config.getini("testpaths")
