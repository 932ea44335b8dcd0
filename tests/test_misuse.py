"""What a user may get wrong beside the model: places, numbers, two runs at once. One clear line each."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from monitor.cli import main
from monitor.errors import ConfigError, MonitorError, UnforeseenError, first_of, told
from monitor.places import alone_in, refuse_unwritable
from tests.conftest import Faef, bank_rows, write_jsonl
from tests.scripted import KEY, Answer, Request, fake_aligned, honest, serving
from tests.test_machine_faults import FULL, machine

Said = Callable[..., tuple[int, str, int]]
BROKEN = "raise RuntimeError('this library is broken')\n"


@pytest.fixture
def said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Said]:
    """A command in this process: its exit code, what it says on stderr, the calls it made."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAEF_API_KEY", KEY)
    write_jsonl(tmp_path / "bank.jsonl", bank_rows())
    with serving(honest) as script:

        def call(*options: str, verb: str = "collect") -> tuple[int, str, int]:
            where = ["--model", "tested", "--judge", "judge", "--base-url", script.url]
            bank = ["--questions", "bank.jsonl", "--profile", "nightly"]
            try:
                code = main([verb, *where, *bank, *options])
            except SystemExit as error:  # argparse's
                code = int(str(error.code))
            return code, capsys.readouterr().err, len(script.requests)

        yield call


@pytest.mark.parametrize(
    ("option", "value", "line"),
    [
        ("--repeats", "1e9", "argument --repeats: invalid int value: '1e9': see faef collect --help"),
        ("--repeats", "1000000000", "--repeats: 1000000000 is above 100"),
        ("--max-repeats", "101", "--max-repeats: 101 is above 100"),
        ("--shots", "6", "--shots: 6 is above 5"),
        ("--temperature", "nan", "--temperature: nan is not between 0 and 2"),
        ("--timeout", "nan", "--timeout: nan is no finite number"),
        ("--timeout", "inf", "--timeout: inf is no finite number"),
        ("--rpm", "nan", "--rpm: nan is no finite number"),
        ("--tpm", "nan", "--tpm: nan is no finite number"),
        ("--deadline", "nan", "--deadline: nan is no finite number"),
        ("--max-cost", "nan", "--max-cost: nan is no finite number"),
        ("--concurrency", "1000000000", "--concurrency: 1000000000 is above 10000"),
        ("--extra-body", '{"top_p": NaN}', "--extra-body: not a JSON object"),
        ("--extra-body", "[" * 100_000, "--extra-body: not a JSON object"),
        (
            "--extra-body",
            '{"model": "another"}',
            "--extra-body: model: is what faef sends itself: leave it out",
        ),
        ("--system", "\udcff", "--system: is not valid UTF-8"),
        ("--base-url", "junk", "--base-url: junk: is no address such as http://localhost:8000/v1"),
        ("--base-url", "http://[::1", "--base-url: http://[::1: is no address"),
        ("--judge-base-url", "http://h:99999", "--judge-base-url: http://h:99999: is no address"),
        ("--out", "bank.jsonl", "bank.jsonl: cannot be made: File exists"),
        ("--out", "bank.jsonl/out", "bank.jsonl/out: cannot be made: Not a directory"),
    ],
)
def test_what_cannot_be_meant_is_one_line_and_nothing_is_asked(
    said: Said, option: str, value: str, line: str
) -> None:
    code, text, asked = said(option, value)
    assert (3, 1, 0) == (code, text.count("\n"), asked), text
    assert text.startswith(f"faef: {line}")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", "must hold keys and values"),
        (bytes(range(256)), "not valid YAML"),
        (
            b"version: 1\ndefaults:\n\tcs: {min: 0.5}\n",
            "t.yaml:3: not valid YAML: found character '\\t'",
        ),
        (b"version: 1\nalpha: 0.1\nalpha: 0.2\n", "t.yaml:3: not valid YAML: found duplicate key"),
        (b"version: " + b"[" * 1000, "not valid YAML"),
        (b"version: 1\nprices: {m: {input: .inf, output: 1}}\n", "prices.m.input: input should be"),
        (b"version: 1\ndefaults: {cs: {min: .nan}}\n", "defaults.cs.min: input should be"),
        (b"version: 1\nprofiles: {nightly: {shots: 9}}\n", "--shots: 9 is above 5"),
    ],
)
def test_thresholds_of_any_bytes_are_one_line(
    said: Said, tmp_path: Path, content: bytes, line: str
) -> None:
    (tmp_path / "t.yaml").write_bytes(content)
    code, text, asked = said("--thresholds", "t.yaml")
    assert (3, 1, 0) == (code, text.count("\n"), asked), text
    assert line in text


def test_thresholds_that_are_a_folder_are_one_line(said: Said, tmp_path: Path) -> None:
    assert (3, f"faef: {tmp_path}: cannot be read: Is a directory\n", 0) == said(
        "--thresholds", str(tmp_path)
    )


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("--suites", "nowhere"), "--suites: nowhere: is no folder: give one of suites"),
        (("--suites", ""), "--suites: is empty: leave it out or give it a value"),
        (("-k", ""), "-k: is empty: leave it out or give it a value"),
        (("--junitxml", ""), "--junitxml: is empty: leave it out or give it a value"),
        (("--junitxml", "."), "--junitxml: .: cannot be written: Is a directory: name another file"),
        (("--junitxml", "bank.jsonl/j.xml"), "--junitxml: bank.jsonl/j.xml: cannot be written: File"),
    ],
)
def test_a_place_of_the_gate_that_cannot_be_used_is_one_line(
    said: Said, options: tuple[str, ...], line: str
) -> None:
    code, text, asked = said(*options, verb="gate")
    assert (3, 1, 0) == (code, text.count("\n"), asked), text
    assert text.startswith(f"faef: {line}")


def test_looking_whether_a_file_can_be_written_leaves_none(tmp_path: Path) -> None:
    refuse_unwritable("--junitxml", tmp_path / "new" / "junit.xml")
    assert [] == list(tmp_path.glob("new/*"))


def test_a_baseline_that_holds_no_run_is_one_line(faef: Faef, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with serving(honest) as script:
        result = faef(script, "--baseline", "empty")
        asked = len(script.requests)
    line = "faef: --baseline: empty: no run.json in it: give a run's folder, its run.json, runs:/ID"
    assert (3, True, 0) == (result.code, result.text.startswith(line), asked), result.text


def test_a_calibration_that_cannot_be_read_is_said_before_anything_is_paid(faef: Faef) -> None:
    with serving(honest) as script:
        result = faef(script, "--calibration", "bank.jsonl")
        asked = len(script.requests)
    assert (3, 0) == (result.code, asked), result.text
    assert "bank.jsonl: " in result.text


def test_a_folder_in_which_another_run_writes_is_one_line(faef: Faef, tmp_path: Path) -> None:
    with alone_in(tmp_path / "out"), serving(honest) as script:
        result = faef(script)
        asked = len(script.requests)
    line = "faef: out: another faef is writing here: wait until it has ended, or give another --out"
    assert (3, line, 0) == (result.code, result.text.rstrip(), asked)


def test_collecting_into_such_a_folder_is_refused_too(said: Said, tmp_path: Path) -> None:
    with alone_in(tmp_path / "out"):
        code, text, asked = said("--out", "out")
    assert (3, True, 0) == (code, "another faef is writing here" in text, asked)


def test_a_folder_is_free_again_once_a_run_has_ended(said: Said) -> None:
    assert (0, 0) == (said("--out", "out")[0], said("--out", "out")[0])


@pytest.mark.skipif(not FULL.exists(), reason="has no /dev/full")
@pytest.mark.parametrize(("persona", "code"), [(honest, 3), (fake_aligned, 1)])
def test_junit_xml_that_cannot_be_written_leaves_the_run_and_its_report(
    faef: Faef, persona: Callable[[Request], Answer], code: int
) -> None:
    with serving(persona) as script:
        result = faef(script, "--junitxml", str(FULL))
    verdict = json.loads((result.out / "run.json").read_text())["verdict"]
    assert (code, f"Verdict: {verdict}" in result.text) == (result.code, True), result.text
    assert "No space left on device: the verdict stands" in result.text
    assert "Traceback" not in result.text


@pytest.mark.parametrize(("persona", "code"), [(honest, 0), (fake_aligned, 1)])
def test_a_report_that_cannot_be_drawn_changes_no_verdict(
    faef: Faef, tmp_path: Path, persona: Callable[[Request], Answer], code: int
) -> None:
    environment = machine(tmp_path, "")
    (tmp_path / "machine" / "jinja2.py").write_text(BROKEN)
    with serving(persona) as script:
        result = faef(script, **environment)
    assert (code, True) == (result.code, bool(result.run["verdict"])), result.text
    assert "WARNING: out/report.html was not written (RuntimeError" in result.text
    assert "Traceback" not in result.text


def test_a_fault_of_our_own_is_one_line_without_its_text() -> None:
    try:
        first_of(ExceptionGroup("none", [MonitorError()]).exceptions)  # type: ignore[arg-type]
    except AttributeError as error:
        line = str(told(ExceptionGroup("two", [error])))
    assert line.startswith("AttributeError in errors.py:")
    assert "please report this line" in line


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConfigError("x"), ConfigError),
        (OSError(28, "full", "f"), ConfigError),
        (KeyError(), UnforeseenError),
    ],
)
def test_every_error_has_a_kind_and_an_exit_code(error: Exception, kind: type[Exception]) -> None:
    assert (kind, 3) == (type(told(error)), told(error).exit_code)
