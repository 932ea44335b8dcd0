"""Every mistake a user can make: one clear line, the right exit code, nothing asked and nothing paid."""

import socket
from pathlib import Path

import pytest

from tests.conftest import Faef, Result, bank_rows, run_command, write_jsonl
from tests.scripted import honest, serving


def assert_one_line(result: Result, code: int, *parts: str) -> None:
    """The exit code, all parts in one line of output, and no traceback."""
    lines = [line for line in result.text.splitlines() if all(part in line for part in parts)]
    assert code == result.code, result.text
    assert lines, result.text
    assert "Traceback" not in result.text


def test_nobody_at_the_base_url(faef: Faef) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: nobody answers there
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        result = faef(None, "--model", "m", "--judge", "j", "--base-url", url)
    assert_one_line(result, 4, url, "no answer", "--base-url")


def test_no_such_model(faef: Faef) -> None:
    with serving(lambda _: 404) as script:
        result = faef(script)
    assert_one_line(result, 3, "no such model or path (404 for 'tested')")


def test_no_key(faef: Faef) -> None:
    with serving(honest) as script:
        result = faef(script, FAEF_API_KEY="")
    assert_one_line(result, 3, "no API key", "FAEF_API_KEY", "OPENAI_API_KEY")
    assert [] == script.requests


def test_a_wrong_key(faef: Faef) -> None:
    with serving(honest) as script:
        result = faef(script, FAEF_API_KEY="sk-wrong")
    assert_one_line(result, 3, script.url, "the API key was refused (401)")
    assert [] == script.requests
    assert "sk-wrong" not in result.text


def test_no_judge_for_a_remote_model(faef: Faef) -> None:
    with serving(honest) as script:
        result = faef(None, "--model", "tested", "--base-url", script.url)
    assert_one_line(result, 3, "no judge for 'tested'", "--judge")
    assert [] == script.requests


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("version: 1\ndefaults: {cs: {min: 0.5}\n", (":3", "not valid YAML")),
        ("version: 1\ndefault: {}\n", (":2: default: unknown key",)),
        ("version: 1\ndefaults:\n  cs: {minn: 0.5}\n", (":3: defaults.cs.minn: unknown key",)),
        (
            "version: 1\ndefaults:\n  cs: {min: 1.5}\n",
            (":3: defaults.cs.min:", "less than or equal to 1"),
        ),
        (
            "version: 1\ndimensions:\n  privcy: {cs: {min: 0.5}}\nprofiles: {nightly: {}}\n",
            (":3: dimensions.privcy: unknown dimension",),
        ),
        ("version: 1\nprofiles: {gate: {}}\n", ("no profile 'nightly'", "gate")),
        ("version: 2\n", (":1: version:",)),
        ("- 1\n", ("must hold keys and values",)),
    ],
)
def test_thresholds_that_cannot_be_used(
    faef: Faef, tmp_path: Path, text: str, parts: tuple[str, ...]
) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(text)
    with serving(honest) as script:
        result = faef(script, "--thresholds", "bad.yaml")
    assert_one_line(result, 3, "bad.yaml", *parts)
    assert [] == script.requests


def test_a_question_line_that_is_not_json(faef: Faef, bank: Path) -> None:
    bank.write_text(bank.read_text() + "{oops\n")
    assert_one_line(faef(None), 3, f"{bank}:11: not valid JSON")


def test_a_question_without_an_option(faef: Faef, bank: Path) -> None:
    rows = bank_rows()
    del rows[2]["negative"]
    write_jsonl(bank, rows)
    assert_one_line(faef(None), 3, f"{bank}:3: negative: field required")


def test_a_question_id_that_occurs_twice(faef: Faef, bank: Path) -> None:
    write_jsonl(bank, [*bank_rows(), bank_rows()[0]])
    assert_one_line(faef(None), 3, f"{bank}:11: id: 'fairness-0' was used before, at {bank}:1")


def test_a_dimension_without_questions(faef: Faef) -> None:
    with serving(honest) as script:
        result = faef(script, "-k", "capability")
    assert_one_line(result, 3, "no question has the dimension 'capability'")


def test_an_empty_selection_is_never_a_pass(faef: Faef) -> None:
    with serving(honest) as script:
        result = faef(script, "-k", "nothing_is_called_like_this")
    assert 2 == result.code
    assert [] == script.requests


def test_a_suite_without_a_dimension_mark(faef: Faef, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "test_own.py").write_text("def test_mine(score):\n    assert score\n")
    with serving(honest) as script:
        result = faef(script, "--suites", "own", "-k", "mine")
    assert_one_line(result, 3, "test_own.py: no dimension", "pytest.mark.dimension")


def test_minus_n_is_refused_with_the_reason(tmp_path: Path, bank: Path) -> None:
    suites = Path(__file__).parent.parent / "suites"
    arguments = ["-p", "faef", "-p", "xdist", "-n", "4", f"--faef-questions={bank}", str(suites)]
    done = run_command(["pytest", *arguments], tmp_path)
    assert done.returncode != 0
    assert "-n: the suites ask one model and share one collection: leave -n out" in done.stdout


def test_repeats_at_temperature_0(faef: Faef) -> None:
    result = faef(None, "--repeats", "4", "--temperature", "0")
    assert_one_line(result, 3, "--repeats: repeats at temperature 0", "--temperature above 0")


@pytest.mark.parametrize("value", ["0", "-3"])
def test_a_limit_below_one(faef: Faef, value: str) -> None:
    assert_one_line(faef(None, f"--limit={value}"), 3, f"--limit: {value} is below 1")


def test_an_extra_body_that_is_no_object(faef: Faef) -> None:
    assert_one_line(faef(None, "--extra-body", "[1]"), 3, "--extra-body: not a JSON object")


def test_a_reply_store_that_is_something_else(faef: Faef, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "replies.sqlite").write_text("this is not a database, it is a diary " * 40)
    with serving(honest) as script:
        result = faef(script)
    assert_one_line(result, 3, "replies.sqlite: cannot be used as reply store", "move it away")
    assert [] == script.requests


def test_a_folder_without_recorded_replies(faef: Faef, tmp_path: Path) -> None:
    assert_one_line(faef(None, "--replay", str(tmp_path)), 3, "no recorded replies here")


def test_a_recording_that_lacks_a_reply(faef: Faef, tmp_path: Path) -> None:
    with serving(honest) as script:
        faef(script)
    recording = tmp_path / "out" / "responses.jsonl"
    rows = [line for line in recording.read_text().splitlines() if '"negative_first"' not in line]
    recording.write_text("\n".join(rows))
    result = faef(None, "--replay", "out", "--out", "again")
    assert_one_line(result, 3, "no negative_first reply to", "a replay asks nothing")


def test_a_missing_thresholds_file(faef: Faef) -> None:
    assert_one_line(faef(None, "--thresholds", "gone.yaml"), 3, "gone.yaml: cannot be read")


def test_a_missing_question_file(faef: Faef) -> None:
    assert_one_line(faef(None, "--questions", "gone.jsonl"), 3, "gone.jsonl: cannot be read")


def test_a_gguf_file_that_is_not_there(faef: Faef) -> None:
    result = faef(None, "--model", "gguf:gone.gguf")
    assert_one_line(result, 3, "gone.gguf: no such GGUF file")


def test_a_gguf_file_that_is_something_else(faef: Faef, tmp_path: Path) -> None:
    (tmp_path / "fake.gguf").write_bytes(b"GGUF" + b"\0" * 64)
    result = faef(None, "--model", "gguf:fake.gguf")
    assert_one_line(result, 3, "fake.gguf: llama.cpp cannot load this model")


def test_an_unknown_option_names_itself(faef: Faef) -> None:
    result = faef(None, "--modle", "x")
    assert "unrecognized arguments: --modle" in result.text


def test_an_option_that_is_set_but_empty(faef: Faef) -> None:
    assert_one_line(faef(None, "--model", ""), 3, "--model: is empty")


def test_a_base_url_without_a_model(faef: Faef) -> None:
    result = faef(None, "--base-url", "http://127.0.0.1:9/v1")
    assert_one_line(result, 3, "--base-url: is given without a model")


def test_a_timeout_of_no_seconds(faef: Faef) -> None:
    assert_one_line(faef(None, "--timeout", "0"), 3, "--timeout: 0.0 is not above 0")


def test_a_dimension_called_overall(faef: Faef, bank: Path) -> None:
    write_jsonl(bank, [{**bank_rows()[0], "dimension": "overall"}])
    assert_one_line(faef(None), 3, f"{bank}:1: dimension:", "'overall' is the mean over dimensions")


def test_an_output_folder_that_cannot_be_made(faef: Faef, tmp_path: Path) -> None:
    with serving(honest) as script:
        faef(script)
    command = ["faef", "score", "out", "--questions", "bank.jsonl", "--out", "/dev/null/out"]
    done = run_command(command, tmp_path)
    assert (done.returncode, "Traceback" in done.stdout) == (3, False)
