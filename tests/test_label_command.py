"""`faef label`, by its real entry point: through a pipe, through a file, and in a terminal."""

import csv
import io
import json
import os
import pty
import select
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.cli import main
from monitor.people.labels import read_labels
from tests.conftest import BIN, DIMENSIONS, Faef, bank_rows, environment, write_jsonl
from tests.scripted import honest, serving

HOSTILE = (
    "\x1b[2J\x1b[31m=cmd|' /C calc'!A1 [bold red]loud[/bold red] \u202eesrever\u202c\r\x07 end\n"
    "12/50 · 38 left · privacy"
)
Label = Callable[..., tuple[int, str]]


def replies(question: str, *, safe: bool, picked: bool, repeat: int = 0, **texts: str) -> list[Any]:
    """The four recorded replies of one repeat."""
    said = {
        "open": f"Answer {repeat} about {question}.",
        "positive_first": "A" if picked else "B",
        "negative_first": "B" if picked else "A",
        "judge": f"Judgement: [[{'safe' if safe else 'unsafe'}]]",
    }
    return [
        {"question_id": question, "form": form, "repeat": repeat, "text": text}
        for form, text in (said | texts).items()
    ]


@pytest.fixture(autouse=True)
def run(tmp_path: Path) -> Path:
    """A run of 50 questions: each verdict with each choice outcome, and one capability question."""
    capability = {**bank_rows()[0], "id": "science-1", "dimension": "capability", "accepted": ["water"]}
    rows = [*bank_rows(10), capability]
    write_jsonl(tmp_path / "bank.jsonl", rows)
    found = [
        reply
        for number, row in enumerate(rows)
        for reply in replies(row["id"], safe=number % 2 == 0, picked=number % 4 < 2)
    ]
    (tmp_path / "out").mkdir()
    return write_jsonl(tmp_path / "out" / "responses.jsonl", found)


def command(*more: str) -> list[str]:
    """`faef label` on the run."""
    return [str(BIN / "faef"), "label", "out", "--questions", "bank.jsonl", *more]


@pytest.fixture
def label(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Label:
    """`faef label` with these keys, one a line: its exit code and output.

    In this process, which is quick; pipes and terminals of other tests are real.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("LINES", "40")

    def call(keys: str, *more: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(key + "\n" for key in keys)))
        code = main(command(*more)[1:])
        said = capsys.readouterr()
        return code, said.out + said.err

    return call


@pytest.fixture
def labels(tmp_path: Path) -> Callable[[], list[dict[str, Any]]]:
    """What is in the labels file."""

    def read() -> list[dict[str, Any]]:
        file = tmp_path / "labels.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    return read


Labels = Callable[[], list[dict[str, Any]]]


def test_labels_of_a_pipe_are_read_back_by_the_door_for_labels(label: Label, tmp_path: Path) -> None:
    code, text = label("ssuu", "--sample", "4")
    assert (0, [True, True, False, False]) == (
        code,
        [answer.safe for answer in read_labels(tmp_path / "labels.jsonl").answers],
    ), text


def test_a_label_says_where_its_answer_is_from(label: Label, labels: Labels) -> None:
    label("s", "--sample", "50", "--annotator", "anna")
    (row,) = labels()
    number = int(row["question_id"].rpartition("-")[2])
    place = 10 * DIMENSIONS.index(row["dimension"]) + number
    expected = {
        "question": f"What should I do about {row['dimension']} number {number}?",
        "answer": f"Answer 0 about {row['question_id']}.",
        "label": "safe",
        "repeat": 0,
        "choice_safe": place % 4 < 2,
        "annotator": "anna",
        "weight": 1.0,
    }
    assert expected == {name: row[name] for name in expected}
    assert row["source"].startswith("faef label ")


def test_an_end_of_input_stops_cleanly_with_what_was_labelled(label: Label, labels: Labels) -> None:
    code, text = label("su", "--sample", "10")
    assert (0, 2) == (code, len(labels()))
    assert "2 labelled now, 8 left: run the same command to go on." in text


def test_running_again_asks_the_rest_of_the_same_sample(label: Label, labels: Labels) -> None:
    label("sss", "--sample", "6")
    code, text = label("uuuuu", "--sample", "6")
    assert (0, 6, 6) == (code, len(labels()), len({row["question"] for row in labels()}))
    assert "4/6 · 3 left" in text


def test_nothing_is_asked_once_all_are_labelled(label: Label) -> None:
    label("ssss", "--sample", "4")
    code, text = label("", "--sample", "4")
    assert (0, True) == (code, "All 4 answers of this sample are labelled." in text)


def test_an_answer_one_is_unsure_of_gets_no_label_and_comes_again(label: Label, labels: Labels) -> None:
    _, text = label("?s?s", "--sample", "4")
    assert "2 left (2 of them not sure)" in text
    label("uu", "--sample", "4")
    assert ["safe", "safe", "unsafe", "unsafe"] == [row["label"] for row in labels()]


def test_going_back_takes_the_label_back(label: Label, labels: Labels) -> None:
    label("sbu", "--sample", "4")
    assert ["unsafe"] == [row["label"] for row in labels()]


def test_going_back_over_an_unsure_one_leaves_the_label_before_it(label: Label, labels: Labels) -> None:
    label("s?bu", "--sample", "4")
    assert ["safe", "unsafe"] == [row["label"] for row in labels()]


def test_there_is_nothing_before_the_first_one(label: Label, labels: Labels) -> None:
    _, text = label("bs", "--sample", "4")
    assert ("This is the first one." in text, 1) == (True, len(labels()))


def test_words_will_do_for_keys(labels: Labels, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("safe\nSAFE\nunsafe\nunsure\nquit\nsafe\n")
    with (tmp_path / "keys").open() as keys:
        subprocess.run(
            command("--sample", "6"), cwd=tmp_path, env=environment(), stdin=keys, check=True, timeout=60
        )
    assert ["safe", "safe", "unsafe"] == [row["label"] for row in labels()]


def test_another_key_labels_nothing_and_shows_the_keys(label: Label, labels: Labels) -> None:
    _, text = label("x", "--sample", "4")
    assert ([], True) == (labels(), "Not a key here. s safe · u unsafe" in text)


def test_a_warning_comes_before_any_answer(label: Label) -> None:
    _, text = label("q", "--sample", "4")
    assert text.index("may be offensive") < text.index("Answer 0 about")


def test_the_verdict_of_the_judge_is_not_shown(label: Label) -> None:
    _, text = label("ssss", "--sample", "4")
    assert "Judge" not in text.partition("Next:")[0]


def test_the_verdict_of_the_judge_is_shown_on_request(label: Label) -> None:
    _, text = label("ssss", "--sample", "4", "--show-judge")
    assert 4 == text.count("Judge: safe\n") + text.count("Judge: unsafe\n")


def test_capability_questions_are_not_asked_about(label: Label, labels: Labels) -> None:
    label("s" * 60, "--sample", "60")
    assert (50, False) == (len(labels()), "capability" in {row["dimension"] for row in labels()})


def test_an_answer_labelled_elsewhere_is_left_out(label: Label, labels: Labels, tmp_path: Path) -> None:
    question = "What should I do about privacy number 3?"
    known = {"question": question, "answer": "Answer 0  about privacy-3.", "label": "safe"}
    write_jsonl(tmp_path / "labels.jsonl", [known])
    label("s" * 60, "--sample", "60")
    assert (50, 1) == (len(labels()), [row["question"] for row in labels()].count(question))


def test_weights_add_up_to_all_answers_of_the_run(label: Label, labels: Labels) -> None:
    label("s" * 20, "--sample", "20")
    assert pytest.approx(50) == sum(row["weight"] for row in labels())


def test_a_larger_sample_goes_on_and_brings_the_weights_up_to_date(label: Label, labels: Labels) -> None:
    label("s" * 10, "--sample", "10")
    label("s" * 12, "--sample", "22")
    assert 22 == len(labels())
    assert pytest.approx(50) == sum(row["weight"] for row in labels())


@pytest.mark.parametrize("larger", [11, 25, 41, 60])
def test_whatever_the_sizes_a_larger_sample_goes_on(label: Label, labels: Labels, larger: int) -> None:
    label("s" * 5, "--sample", "5")
    code, text = label("s" * 60, "--sample", str(larger))
    assert (0, min(larger, 50)) == (code, len(labels())), text
    assert pytest.approx(50) == sum(row["weight"] for row in labels())


def test_a_smaller_sample_than_was_begun_is_refused(label: Label) -> None:
    label("s" * 10, "--sample", "10")
    code, text = label("s", "--sample", "5")
    assert (3, True) == (code, "holds labels of another sample of this run" in text)


def test_a_larger_sheet_brings_the_weights_up_to_date_too(
    label: Label, labels: Labels, tmp_path: Path
) -> None:
    label("s" * 10, "--sample", "10")
    label("", "--sample", "22", "--to", "sheet.csv")
    fill(tmp_path / "sheet.csv", "safe", 12)
    label("", "--from", "sheet.csv")
    assert 22 == len(labels())
    assert pytest.approx(50) == sum(row["weight"] for row in labels())


def test_another_seed_in_the_same_file_is_refused(label: Label) -> None:
    label("s", "--sample", "10")
    code, text = label("s", "--sample", "10", "--seed", "1")
    said = "labels.jsonl: holds labels of another sample of this run: give the --seed and at least the"
    assert (3, True) == (code, said in text)


def test_the_same_words_in_two_repeats_are_asked_about_once_and_count_twice(
    label: Label, labels: Labels, run: Path
) -> None:
    twice = [
        reply
        for repeat in (0, 1)
        for reply in replies("privacy-0", safe=True, picked=True, repeat=repeat, open="The same.")
    ]
    write_jsonl(run, twice)
    label("ss", "--sample", "4")
    assert [2.0] == [row["weight"] for row in labels()]


def test_what_was_thought_before_the_answer_is_not_shown_and_not_kept(
    label: Label, labels: Labels, run: Path
) -> None:
    write_jsonl(run, replies("privacy-0", safe=True, picked=True, open="<think>Hm, XYZZY.</think>No."))
    _, text = label("s", "--sample", "1")
    assert ("No.", False) == (labels()[0]["answer"], "XYZZY" in text)


def test_a_choice_that_was_not_read_is_unknown_in_the_label(
    label: Label, labels: Labels, run: Path
) -> None:
    write_jsonl(run, replies("privacy-0", safe=True, picked=True, positive_first="Who knows."))
    label("s", "--sample", "1")
    assert "choice_safe" not in labels()[0]


def test_a_second_annotator_is_asked_about_the_same_answers(label: Label, labels: Labels) -> None:
    label("ssuu", "--sample", "4", "--annotator", "anna")
    _, text = label("ssus", "--sample", "4", "--annotator", "ben")
    by = {name: [r["question"] for r in labels() if r["annotator"] == name] for name in ("anna", "ben")}
    assert by["anna"] == by["ben"]
    assert "anna and ben agree: kappa 0." in text
    assert "over 4 answers" in text


def test_it_ends_with_the_next_command(label: Label) -> None:
    _, text = label("ss", "--sample", "2")
    assert "Next: faef calibrate labels.jsonl --questions bank.jsonl --judge embedded\n" in text


def test_the_next_command_works(label: Label, tmp_path: Path) -> None:
    _, text = label("su" * 10, "--sample", "20")
    following = text.rpartition("Next: ")[2].split()
    done = subprocess.run(
        [str(BIN / "faef"), *following[1:]],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert 0 == done.returncode, done.stderr


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--sample", "0"), "--sample: 0 is below 1"),
        (("--annotator", " "), "--annotator: is empty: leave it out or give it a name"),
        (("--to", "a.csv", "--from", "b.csv"), "--to: --from reads labels back: give one of the two"),
        (("--labels", "nowhere/l.jsonl"), "--labels: nowhere/l.jsonl: its folder is not there"),
        (("--from", "gone.csv"), "gone.csv: cannot be read: No such file or directory"),
    ],
)
def test_a_mistake_is_one_line(label: Label, more: tuple[str, ...], said: str) -> None:
    assert (3, f"faef: {said}\n") == label("", *more)


def test_a_run_without_an_answer_to_label_is_one_line(label: Label, run: Path) -> None:
    write_jsonl(run, replies("science-1", safe=True, picked=True))
    said = "faef: out/responses.jsonl: no open answer in it that people could label\n"
    assert (3, said) == label("s")


def test_a_damaged_labels_file_is_named_with_its_line(label: Label, tmp_path: Path) -> None:
    (tmp_path / "labels.jsonl").write_text('{"question": "May I?", "ans')
    code, text = label("s")
    assert (3, True) == (code, text.startswith("faef: labels.jsonl:1: not valid JSON"))


def test_a_labels_file_without_a_last_line_feed_is_gone_on_with(
    label: Label, labels: Labels, tmp_path: Path
) -> None:
    row = {"question": "May I?", "answer": "Ask.", "label": "safe"}
    (tmp_path / "labels.jsonl").write_text(json.dumps(row))
    label("s", "--sample", "1")
    assert (2, row) == (len(labels()), labels()[0])


def test_hostile_answers_reach_no_terminal_as_they_are(label: Label, run: Path) -> None:
    write_jsonl(run, replies("privacy-0", safe=True, picked=True, open=HOSTILE))
    _, text = label("s", "--sample", "1")
    assert "│ <U+001B>[2J<U+001B>[31m=cmd" in text
    assert "[bold red]loud[/bold red] <U+202E>esrever<U+202C><U+000D><U+0007> end" in text
    assert set() == set("\x1b\r\x07\u202e") & set(text)


def test_an_answer_cannot_pass_for_a_line_of_ours(label: Label, run: Path) -> None:
    write_jsonl(run, replies("privacy-0", safe=True, picked=True, open=HOSTILE))
    _, text = label("s", "--sample", "1")
    assert ["│ 12/50 · 38 left · privacy"] == [line for line in text.splitlines() if "12/50" in line]


def test_hostile_answers_are_kept_as_they_were(label: Label, labels: Labels, run: Path) -> None:
    write_jsonl(run, replies("privacy-0", safe=True, picked=True, open=HOSTILE))
    label("s", "--sample", "1")
    assert [HOSTILE] == [row["answer"] for row in labels()]


def test_a_long_answer_is_cut_and_shown_whole_on_request(label: Label, run: Path) -> None:
    long = "\n".join(f"Line {number}." for number in range(100))
    write_jsonl(run, replies("privacy-0", safe=True, picked=True, open=long))
    _, cut = label("q", "--sample", "1")
    _, whole = label("ms", "--sample", "1")
    assert ("Line 99." in cut, "more lines: m shows the whole answer" in cut) == (False, True)
    assert "Line 99." in whole


def test_a_finished_run_is_labelled_with_the_words_that_were_asked(
    faef: Faef, label: Label, labels: Labels
) -> None:
    with serving(honest) as script:
        faef(script, "--variant", "alt")
    label("s" * 4, "--sample", "4")
    assert {": what is there to do?"} == {row["question"][-22:] for row in labels()}


def test_questions_that_have_changed_since_are_refused(faef: Faef, label: Label, tmp_path: Path) -> None:
    with serving(honest) as script:
        faef(script)
    write_jsonl(tmp_path / "bank.jsonl", [{**row, "stem": "Another?"} for row in bank_rows()])
    code, text = label("s")
    assert (3, True) == (code, "questions have changed since they were asked" in text)


def test_a_folder_without_replies_is_one_line(label: Label, run: Path) -> None:
    run.unlink()
    said = "out/responses.jsonl: no recorded replies here: give a responses.jsonl or its folder"
    assert (3, f"faef: {said}\n") == label("s")


def test_the_pipe_of_a_shell_will_do(labels: Labels, tmp_path: Path) -> None:
    done = subprocess.run(
        command("--sample", "4"),
        cwd=tmp_path,
        env=environment(),
        input="s\nu\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (0, ["safe", "unsafe"]) == (done.returncode, [row["label"] for row in labels()])


@pytest.mark.parametrize("keys", [b"", b"\xff\xfe\n"])
def test_a_pipe_of_anything_else_labels_nothing(tmp_path: Path, keys: bytes) -> None:
    done = subprocess.run(
        command("--sample", "4"),
        cwd=tmp_path,
        env=environment(PYTHONIOENCODING="utf-8:strict"),
        input=keys,
        capture_output=True,
        timeout=60,
        check=False,
    )
    said = b"" if not keys else b"faef: standard input: is not text: give one key a line\n"
    assert (3 if keys else 0, said) == (done.returncode, done.stderr)
    assert not (tmp_path / "labels.jsonl").exists()


def test_half_a_character_harms_nothing(label: Label, labels: Labels, run: Path) -> None:
    write_jsonl(run, replies("privacy-0", safe=True, picked=True, open="Half \ud83d of one."))
    code, text = label("s", "--sample", "1")
    assert (0, True) == (code, "Half <U+D83D> of one." in text)
    assert "Half \ud83d of one." == labels()[0]["answer"]


# ------------------------------------------------------------------------------ through a file


def fill(file: Path, word: str, number: int) -> None:
    """Label the first rows of a sheet, as people would."""
    if file.suffix == ".csv":
        rows = cells(file)
        with file.open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, rows[0].keys())
            writer.writeheader()
            writer.writerows({**r, "label": word} if n < number else r for n, r in enumerate(rows))
    else:
        some = [json.loads(line) for line in file.read_text().splitlines()]
        write_jsonl(file, [{**r, "label": word} if n < number else r for n, r in enumerate(some)])


def cells(file: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with file.open(newline="", encoding="utf-8-sig") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("name", ["sheet.csv", "sheet.jsonl"])
def test_labels_come_back_from_a_file(label: Label, labels: Labels, tmp_path: Path, name: str) -> None:
    label("", "--sample", "20", "--to", name)
    fill(tmp_path / name, "Unsafe ", 12)
    code, text = label("", "--from", name)
    assert (0, ["unsafe"] * 12) == (code, [row["label"] for row in labels()]), text
    assert "12 labels added, 0 known before, 8 rows without a label." in text


@pytest.mark.parametrize("name", ["sheet.csv", "sheet.jsonl"])
def test_a_file_says_of_an_answer_what_the_terminal_does(
    label: Label, labels: Labels, tmp_path: Path, name: str
) -> None:
    label("", "--sample", "20", "--to", name, "--annotator", "anna")
    fill(tmp_path / name, "safe", 20)
    label("", "--from", name)
    by_file = sorted(labels(), key=json.dumps)
    (tmp_path / "labels.jsonl").unlink()
    label("s" * 20, "--sample", "20", "--annotator", "anna")
    assert sorted(labels(), key=json.dumps) == by_file


def test_reading_a_file_twice_adds_nothing(label: Label, labels: Labels, tmp_path: Path) -> None:
    label("", "--sample", "8", "--to", "sheet.csv")
    fill(tmp_path / "sheet.csv", "safe", 8)
    label("", "--from", "sheet.csv")
    _, text = label("", "--from", "sheet.csv")
    assert (8, True) == (len(labels()), "0 labels added, 8 known before, 0 rows without" in text)


def test_what_a_file_brought_is_not_asked_in_the_terminal(
    label: Label, labels: Labels, tmp_path: Path
) -> None:
    label("", "--sample", "8", "--to", "sheet.csv")
    fill(tmp_path / "sheet.csv", "safe", 5)
    label("", "--from", "sheet.csv")
    label("u" * 8, "--sample", "8")
    assert ["safe"] * 5 + ["unsafe"] * 3 == [row["label"] for row in labels()]


def test_a_sheet_does_not_lead_who_labels_it(label: Label, tmp_path: Path) -> None:
    label("", "--to", "sheet.csv")
    assert set() == {"judge", "verdict", "choice_safe"} & set(cells(tmp_path / "sheet.csv")[0])


def test_a_sheet_shows_the_judge_on_request_and_is_read_all_the_same(
    label: Label, labels: Labels, tmp_path: Path
) -> None:
    label("", "--sample", "4", "--to", "sheet.csv", "--show-judge")
    fill(tmp_path / "sheet.csv", "safe", 4)
    label("", "--from", "sheet.csv")
    assert ({"safe", "unsafe"}, 4) == (
        {row["judge"] for row in cells(tmp_path / "sheet.csv")},
        len(labels()),
    )


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", " =1+1", "\t=1", "＝1"])  # noqa: RUF001 - acts as =
def test_no_cell_of_a_sheet_is_a_formula(
    label: Label, labels: Labels, run: Path, tmp_path: Path, start: str
) -> None:
    write_jsonl(run, replies("privacy-0", safe=True, picked=True, open=start + " and more"))
    label("", "--to", "sheet.csv")
    (row,) = cells(tmp_path / "sheet.csv")
    fill(tmp_path / "sheet.csv", "safe", 1)
    label("", "--from", "sheet.csv")
    assert ("'", start + " and more") == (row["answer"][0], labels()[0]["answer"])


def test_a_hostile_answer_passes_through_a_sheet(
    label: Label, labels: Labels, run: Path, tmp_path: Path
) -> None:
    write_jsonl(run, replies("privacy-0", safe=True, picked=True, open=HOSTILE))
    label("", "--to", "sheet.csv")
    raw = (tmp_path / "sheet.csv").read_text(encoding="utf-8-sig")
    fill(tmp_path / "sheet.csv", "safe", 1)
    label("", "--from", "sheet.csv")
    assert (set(), HOSTILE) == (set("\x1b\x07\u202e") & set(raw), labels()[0]["answer"])


def test_the_command_that_a_sheet_is_sent_with_reads_it_back(
    label: Label, labels: Labels, tmp_path: Path
) -> None:
    _, text = label("", "--sample", "4", "--to", "a sheet.csv")
    fill(tmp_path / "a sheet.csv", "safe", 4)
    assert 0 == main(shlex.split(text.rpartition("then: ")[2])[1:])
    assert 4 == len(labels())


def test_an_answer_of_a_megabyte_passes_through_a_sheet(
    label: Label, labels: Labels, run: Path, tmp_path: Path
) -> None:
    write_jsonl(run, replies("privacy-0", safe=True, picked=True, open="word " * 200_000))
    label("", "--to", "sheet.csv")
    csv.field_size_limit(2_000_000)  # for this test's own reading
    fill(tmp_path / "sheet.csv", "safe", 1)
    csv.field_size_limit(131_072)
    code, text = label("", "--from", "sheet.csv")
    assert (0, 1) == (code, len(labels())), text


def test_a_sheet_saved_with_semicolons_is_read(label: Label, labels: Labels, tmp_path: Path) -> None:
    label("", "--sample", "4", "--to", "sheet.csv")
    rows = cells(tmp_path / "sheet.csv")
    with (tmp_path / "sheet.csv").open("w", newline="") as out:
        writer = csv.DictWriter(out, rows[0].keys(), delimiter=";")
        writer.writeheader()
        writer.writerows({**row, "label": "safe"} for row in rows)
    label("", "--from", "sheet.csv")
    assert 4 == len(labels())


def test_a_sheet_that_is_there_is_not_written_over(label: Label, tmp_path: Path) -> None:
    label("", "--to", "sheet.csv")
    before = (tmp_path / "sheet.csv").read_bytes()
    code, text = label("", "--to", "sheet.csv")
    assert (3, before) == (code, (tmp_path / "sheet.csv").read_bytes())
    assert "--to: sheet.csv: is there already: read it back with --from, or give another name" in text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"label": "harmless"}, "label: input should be 'safe' or 'unsafe'"),
        ({"label": "safe", "id": "0123456789abcdef"}, "id: is of no answer of this run"),
        (
            {"label": "safe", "answer": "Another answer."},
            "answer: is not that of this id: give the label only, change nothing else",
        ),
        ({"label": "safe", "weight": "-1"}, "weight: input should be greater than 0"),
        ({"label": "safe", "note": "Hm."}, "note: unknown key"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_added(
    label: Label, tmp_path: Path, changes: dict[str, str], said: str
) -> None:
    label("", "--sample", "4", "--to", "sheet.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "sheet.jsonl").read_text().splitlines()]
    rows = [{**rows[0], "label": "safe"}, {**rows[1], **changes}]
    write_jsonl(tmp_path / "sheet.jsonl", rows)
    with (tmp_path / "sheet.csv").open("w", newline="") as out:
        writer = csv.DictWriter(out, rows[1].keys())
        writer.writeheader()
        writer.writerows(rows)
    assert (3, f"faef: sheet.csv:3: {said}\n") == label("", "--from", "sheet.csv")
    assert (3, f"faef: sheet.jsonl:2: {said}\n") == label("", "--from", "sheet.jsonl")
    assert not (tmp_path / "labels.jsonl").exists()


def test_the_other_label_in_the_labels_file_is_refused(
    label: Label, labels: Labels, tmp_path: Path
) -> None:
    label("s" * 4, "--sample", "4")
    label("", "--sample", "4", "--labels", "other.jsonl", "--to", "sheet.csv")
    fill(tmp_path / "sheet.csv", "unsafe", 4)
    code, text = label("", "--from", "sheet.csv")
    assert (3, ["safe"] * 4) == (code, [row["label"] for row in labels()])
    assert "has the other label in labels.jsonl: take one of them out, or name different" in text


# ------------------------------------------------------------------------------ in a terminal


class Terminal:
    """`faef label` on a pseudo-terminal."""

    def __init__(self, folder: Path, *more: str) -> None:
        self.main, other = pty.openpty()
        self.text = ""
        self.process = subprocess.Popen(
            command(*more),
            cwd=folder,
            env=environment(TERM="xterm", LANG="C.UTF-8"),
            stdin=other,
            stdout=other,
            stderr=other,
            start_new_session=True,
        )
        os.close(other)

    def until(self, words: str) -> str:
        """Read on until these words came; returns what was read."""
        begin, last = len(self.text), time.monotonic() + 60
        while words not in self.text[begin:]:
            assert time.monotonic() < last, f"never said {words!r}"
            if select.select([self.main], [], [], 0.2)[0]:
                try:
                    self.text += os.read(self.main, 65536).decode()
                except OSError:  # the other end was closed
                    break
        return self.text[begin:]

    def press(self, keys: str, then: str) -> str:
        """Press keys and read on until these words came."""
        os.write(self.main, keys.encode())
        return self.until(then)

    def close(self) -> int:
        """Its exit code, once it has ended."""
        code = self.process.wait(timeout=60)
        os.close(self.main)
        return code


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Opens terminals; none is left running."""
    opened: list[Terminal] = []

    def begin(*more: str) -> Terminal:
        opened.append(Terminal(tmp_path, *more))
        opened[-1].until("Any key begins")
        return opened[-1]

    yield begin
    for one in opened:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


Begin = Callable[..., Terminal]
END = "q quit"


def test_single_keys_label_in_a_terminal(terminal: Begin, labels: Labels) -> None:
    screen = terminal("--sample", "3")
    screen.press("\n", END)
    screen.press("s", END)
    screen.press("u", END)
    screen.press("s", "Next:")
    assert (0, ["safe", "unsafe", "safe"]) == (screen.close(), [row["label"] for row in labels()])


def test_no_answer_is_shown_before_the_warning_was_seen(terminal: Begin, labels: Labels) -> None:
    screen = terminal("--sample", "3")
    said = screen.press("q", "labelled now")
    assert (False, []) == ("Answer 0 about" in screen.text, labels())
    assert "0 labelled now, 3 left" in said


def test_arrow_and_function_keys_label_nothing(terminal: Begin, labels: Labels) -> None:
    screen = terminal("--sample", "3")
    screen.press("\n", END)
    os.write(screen.main, b"\x1b[A\x1bOS\x1bOQ\x1b[15~")  # up, F4 (ends in S), F2 (ends in Q), F5
    screen.press("u", END)
    assert ["unsafe"] == [row["label"] for row in labels()]


def test_a_label_is_on_disk_before_the_next_answer_is_shown(terminal: Begin, labels: Labels) -> None:
    screen = terminal("--sample", "5")
    screen.press("\n", END)
    for expected in (1, 2, 3):
        screen.press("s", END)
        assert expected == len(labels())


def test_a_kill_loses_nothing_and_the_next_run_goes_on(terminal: Begin, labels: Labels) -> None:
    screen = terminal("--sample", "5")
    screen.press("\n", END)
    screen.press("s", END)
    screen.press("u", END)
    screen.process.send_signal(signal.SIGKILL)
    screen.close()
    again = terminal("--sample", "5")
    assert "3/5 · 3 left" in again.press("\n", END)
    again.press("q", "Next:")
    assert (0, ["safe", "unsafe"]) == (again.close(), [row["label"] for row in labels()])


def test_an_interrupt_stops_cleanly(terminal: Begin, labels: Labels) -> None:
    screen = terminal("--sample", "5")
    screen.press("\n", END)
    screen.press("s", END)
    screen.process.send_signal(signal.SIGINT)
    said = screen.until("Next:")
    assert (0, 1, True) == (screen.close(), len(labels()), "Stopped: every label so far is kept" in said)


def test_a_terminal_gets_no_escape_of_an_answer(terminal: Begin, run: Path) -> None:
    write_jsonl(run, replies("privacy-0", safe=True, picked=True, open=HOSTILE))
    screen = terminal("--sample", "1")
    shown = screen.press("\n", END)
    assert (True, set()) == ("<U+001B>[2J" in shown, set("\x1b\x07\u202e") & set(shown))
