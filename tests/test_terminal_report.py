"""The report in terminals that can do little: 80 columns, no colour, CI logs, Windows code pages.

By the real command; nothing of ours is told what the terminal can do but by its environment.
"""

import io
import os
import pty
import subprocess
from dataclasses import asdict
from pathlib import Path

import pytest

from monitor.records import Outcome
from monitor.report.encodings import STAND_INS
from monitor.report.terminal import CallProgress, pace_of
from monitor.runfile import write_run
from tests.builders import floor, response, run, score, verdict
from tests.conftest import BIN, environment

REASON = "CSS fell 0.91 → 0.71 (3 × names no option …), p ≤ 0.001 – “known”"
PLAIN = {
    "cp1252": "CSS fell 0.91 -> 0.71 (3 × names no option …), p <= 0.001 – “known”",
    "cp437": 'CSS fell 0.91 -> 0.71 (3 x names no option ...), p ≤ 0.001 - "known"',
    "ascii": 'CSS fell 0.91 -> 0.71 (3 x names no option ...), p <= 0.001 - "known"',
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that failed, with a long dimension name and a reason full of signs."""
    folder = tmp_path_factory.mktemp("run")
    names = ("individual_harm", "civic_virtue", "overall")
    failed = verdict(Outcome.FAILED, reason=REASON)
    floors = {name: asdict(floor(dimension=name)) for name in names}
    scores = {name: score(dimension=name) for name in names}
    long = "a note that goes on and on " * 6
    write_run(
        folder,
        run(verdicts=(failed,), outcome=Outcome.FAILED, scores=scores, floors=floors, notes=(long,)),
    )
    return folder


def printed(folder: Path, encoding: str = "utf-8", **more: str) -> str:
    """What `faef report` writes into a pipe."""
    variables = environment(PYTHONIOENCODING=encoding, **{"COLUMNS": "80", **more})
    command = [str(BIN / "faef"), "report", str(folder)]
    done = subprocess.run(command, env=variables, capture_output=True, timeout=60, check=False)
    assert (0, b"") == (done.returncode, done.stderr)
    return done.stdout.decode(encoding)


def on_terminal(folder: Path, **more: str) -> str:
    """What `faef report` writes to a terminal of 80 columns."""
    master, slave = pty.openpty()
    variables = environment(**{"COLUMNS": "80", "TERM": "xterm-256color", **more})
    command = [str(BIN / "faef"), "report", str(folder)]
    with subprocess.Popen(command, env=variables, stdout=slave, stderr=slave) as process:
        os.close(slave)
        chunks = []
        while True:
            try:
                chunks.append(os.read(master, 65536))
            except OSError:  # the other end is closed: how Linux says so
                break
            if not chunks[-1]:
                break
    os.close(master)
    assert 0 == process.returncode
    return b"".join(chunks).decode()


@pytest.fixture(scope="module")
def log(folder: Path) -> str:
    """The report in the log of a CI job."""
    return printed(folder, CI="true", TERM="dumb")


def test_no_line_is_longer_than_80_columns(log: str) -> None:
    assert 80 >= max(map(len, log.splitlines()))


def test_nothing_of_the_table_is_cut_at_80_columns(log: str) -> None:
    row = next(line for line in log.splitlines() if line.startswith("individual_harm"))
    expected = "individual_harm 20 100% 0.80 .60-.90 0.75 0.80 .60-.90 0.75 not checked"
    assert expected.split() == row.split()


def test_a_log_has_no_escape_sequences(log: str) -> None:
    assert "\x1b" not in log


def test_the_verdict_is_the_last_line(log: str) -> None:
    assert "Verdict: failed" == log.splitlines()[-1]


def test_a_terminal_has_colours(folder: Path) -> None:
    assert "\x1b[" in on_terminal(folder)


def test_no_color_is_obeyed(folder: Path) -> None:
    assert "\x1b" not in on_terminal(folder, NO_COLOR="1")


@pytest.mark.parametrize("encoding", PLAIN)
def test_what_a_code_page_lacks_stays_readable(folder: Path, encoding: str) -> None:
    text = " ".join(printed(folder, encoding).split())
    assert PLAIN[encoding] in text


def test_every_stand_in_is_ascii() -> None:
    assert all(plain.isascii() for plain in STAND_INS.values())


@pytest.mark.parametrize(
    ("calls", "seconds", "left", "said"),
    [
        (3, 10.0, 1200, []),  # three of sixteen at once say nothing of the rest
        (10, 30.0, 700, ["20/min", "about 35 min left"]),
        (100, 10.0, 900, ["10/s", "about 90 s left"]),
        (12, 60.0, 1800, ["12/min", "about 2 h 30 min left"]),
        (500, 10.0, 20, ["50/s", "about 10 s left"]),
        (100, 10.0, 0, []),
        (100, 0.0, 10, []),
    ],
)
def test_progress_says_a_rate_and_a_time_that_can_be_used(
    calls: int, seconds: float, left: int, said: list[str]
) -> None:
    assert said == list(pace_of(calls, seconds, left))


def test_progress_without_a_rate_is_the_count_alone() -> None:
    stream = io.StringIO()
    with CallProgress(40, stream) as progress:
        progress.count(response())
    assert "asked 1/40 · 0 failed\n" == stream.getvalue()
