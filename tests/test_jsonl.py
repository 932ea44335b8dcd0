"""The door for JSON lines: what is read, what is refused, and where it says so."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import ConfigError, RecordError
from monitor.jsonl import (
    read_questions,
    read_responses,
    response_from_row,
    response_row,
    write_rows,
)
from monitor.records import Form, Response
from tests.builders import question, response

QUESTION = {
    "id": "pen-1",
    "dimension": "fairness",
    "topic": "borrowing",
    "stem": "May I take a colleague's pen?",
    "stem_alt": "A colleague's pen lies there. Can I use it?",
    "positive": "Ask first.",
    "negative": "Just take it.",
}
REPLY = {"question_id": "pen-1", "form": "open", "text": "Ask first."}


def written(folder: Path, *lines: object, name: str = "lines.jsonl") -> Path:
    """A file with these lines; what is not a string is written as JSON."""
    file = folder / name
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    file.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return file


def complaint(file: Path) -> str:
    """What reading the file as questions says, without the folder."""
    with pytest.raises(RecordError) as error:
        read_questions([file])
    return str(error.value).removeprefix(f"{file.parent}/")


def reply_complaint(file: Path) -> str:
    """What reading the file as replies says, without the folder."""
    with pytest.raises(RecordError) as error:
        read_responses(file)
    return str(error.value).removeprefix(f"{file.parent}/")


def test_a_question_is_read(tmp_path: Path) -> None:
    assert (question(),) == read_questions([written(tmp_path, QUESTION)])


def test_a_folder_is_read_file_by_file_by_name(tmp_path: Path) -> None:
    written(tmp_path, {**QUESTION, "id": "pen-2"}, name="b.jsonl")
    written(tmp_path, {**QUESTION, "id": "pen-1"}, name="a.jsonl")
    assert ["pen-1", "pen-2"] == [one.id for one in read_questions([tmp_path])]


def test_other_files_in_a_folder_are_left_alone(tmp_path: Path) -> None:
    written(tmp_path, QUESTION)
    written(tmp_path, "not JSON", name="README.md")
    assert len(read_questions([tmp_path])) == 1


def test_white_space_in_a_question_is_normalised(tmp_path: Path) -> None:
    # in the published set a trailing newline gives the key away
    file = written(tmp_path, {**QUESTION, "positive": " Ask\t first.\n"})
    assert read_questions([file])[0].positive == "Ask first."


def test_empty_lines_are_skipped_and_still_counted(tmp_path: Path) -> None:
    file = written(tmp_path, "", QUESTION, "   ", "{")
    assert complaint(file).startswith("lines.jsonl:4: not valid JSON: ")


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    file = tmp_path / "bom.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(QUESTION).encode())
    assert (question(),) == read_questions([file])


def test_windows_line_ends_are_read(tmp_path: Path) -> None:
    file = tmp_path / "windows.jsonl"
    file.write_bytes(json.dumps(QUESTION).encode() + b"\r\n")
    assert (question(),) == read_questions([file])


def test_a_line_separator_inside_a_text_ends_no_line(tmp_path: Path) -> None:
    file = written(tmp_path, '{"question_id": "pen-1", "form": "open", "text": "Ask\u2028first."}')
    assert read_responses(file)[0].text == "Ask\u2028first."


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"dimension": "Fairness"}, "dimension: string should match pattern"),
        ({"severity": 4}, "severity: input should be less than or equal to 3"),
        ({"severity": 0}, "severity: input should be greater than or equal to 1"),
        ({"stem": " \n"}, "stem: value should have at least 1 item"),
        ({"positive": None}, "positive: input should be a valid string"),
        ({"twin": ""}, "twin: value should have at least 1 item"),
        ({"accepted": "ask"}, "accepted: input should be a valid tuple"),
        ({"accepted": ["ask", ""]}, "accepted.1: value should have at least 1 item"),
        ({"positve": "Ask."}, "positve: unknown key"),
    ],
)
def test_a_bad_field_is_named_with_file_and_line(
    tmp_path: Path, change: dict[str, object], said: str
) -> None:
    file = written(tmp_path, {**QUESTION, "id": "pen-0"}, {**QUESTION, **change})
    assert complaint(file).startswith(f"lines.jsonl:2: {said}")


@pytest.mark.parametrize(
    "name", ["id", "dimension", "topic", "stem", "stem_alt", "positive", "negative"]
)
def test_a_missing_field_is_named(tmp_path: Path, name: str) -> None:
    line = {key: value for key, value in QUESTION.items() if key != name}
    assert complaint(written(tmp_path, line)) == f"lines.jsonl:1: {name}: field required"


@pytest.mark.parametrize("line", ["[1]", "1", "null", '"text"'])
def test_a_line_that_is_no_object_is_refused(tmp_path: Path, line: str) -> None:
    assert complaint(written(tmp_path, line)).startswith("lines.jsonl:1: input should be a valid dict")


@pytest.mark.parametrize("line", ["{", "pen", "{'id': 1}", "1" * 5000])
def test_a_line_that_is_not_json_is_refused(tmp_path: Path, line: str) -> None:
    assert complaint(written(tmp_path, line)).startswith("lines.jsonl:1: not valid JSON: ")


def test_a_line_nested_too_deep_is_refused(tmp_path: Path) -> None:
    assert complaint(written(tmp_path, "[" * 100_000)).startswith("lines.jsonl:1: not valid JSON: ")


def test_an_id_that_occurs_twice_names_both_places(tmp_path: Path) -> None:
    first = written(tmp_path, QUESTION, name="a.jsonl")
    second = written(tmp_path, QUESTION, name="b.jsonl")
    with pytest.raises(RecordError) as error:
        read_questions([tmp_path])
    assert f"{second}:1: id: 'pen-1' was used before, at {first}:1" == str(error.value)


def test_a_file_that_is_not_utf8_says_at_which_byte(tmp_path: Path) -> None:
    file = tmp_path / "latin.jsonl"
    file.write_bytes(b'{"id": "caf\xe9"}')  # 11 bytes stand before it
    assert complaint(file) == "latin.jsonl: is not UTF-8 (byte 11)"


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        read_questions([tmp_path / "none.jsonl"])
    assert f"{tmp_path}/none.jsonl: cannot be read: No such file or directory" == str(error.value)


def test_a_folder_without_questions_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        read_questions([tmp_path])
    assert f"{tmp_path}: no *.jsonl file in this folder of questions" == str(error.value)


def test_a_file_without_questions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        read_questions([written(tmp_path, "")])


def test_a_reply_is_read(tmp_path: Path) -> None:
    expected = Response(question_id="pen-1", form=Form.OPEN, repeat=0, text="Ask first.")
    assert (expected,) == read_responses(written(tmp_path, REPLY))


def test_the_white_space_of_a_reply_is_kept(tmp_path: Path) -> None:
    file = written(tmp_path, {**REPLY, "text": " Ask \n first.\n"})
    assert read_responses(file)[0].text == " Ask \n first.\n"


def test_a_second_line_for_a_call_replaces_the_first(tmp_path: Path) -> None:
    failed = {"question_id": "pen-1", "form": "open", "error": "HTTP 500"}
    found = read_responses(written(tmp_path, failed, REPLY))
    assert ["Ask first."] == [one.text for one in found]


def test_another_repeat_is_another_call(tmp_path: Path) -> None:
    found = read_responses(written(tmp_path, REPLY, {**REPLY, "repeat": 1}))
    assert [0, 1] == [one.repeat for one in found]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"form": "both"}, "form: input should be 'open', "),
        ({"repeat": -1}, "repeat: input should be greater than or equal to 0"),
        ({"text": None}, "text: either text or error must be given"),
        ({"error": "HTTP 500"}, "text: either text or error must be given, not both"),
        ({"txt": "Ask"}, "txt: unknown key"),
    ],
)
def test_a_bad_reply_is_named_with_file_and_line(
    tmp_path: Path, change: dict[str, object], said: str
) -> None:
    assert reply_complaint(written(tmp_path, {**REPLY, **change})).startswith(f"lines.jsonl:1: {said}")


@pytest.mark.parametrize("change", [{"repeat": "Ask the teapot"}, {"model": 1, "finish_reason": 2}])
def test_what_a_model_wrote_is_in_no_complaint(tmp_path: Path, change: dict[str, object]) -> None:
    file = written(tmp_path, {**REPLY, "text": "Ask the teapot", **change})
    assert "teapot" not in reply_complaint(file)


REPLIES = st.builds(
    Response,
    question_id=st.just("pen-1"),
    form=st.sampled_from(Form),
    repeat=st.integers(0, 99),
    text=st.text(),  # with control, bidi and astral characters
    model=st.text("ab-.:é茶", max_size=5),
    finish_reason=st.sampled_from([None, "stop", "length"]),
    first_token=st.none() | st.dictionaries(st.text(max_size=3), st.floats(0, 1), max_size=3),
    prompt_tokens=st.integers(0, 10_000),
    latency=st.floats(0, 1e6),
)


@settings(max_examples=80)
@given(REPLIES)
def test_a_row_is_read_back_as_it_was(reply: Response) -> None:
    assert reply == response_from_row(json.loads(json.dumps(response_row(reply))))


def test_a_written_file_is_read_back_as_it_was(tmp_path: Path) -> None:
    replies = (response(repeat=0, text="A\r\n\x00\x1b[31m"), response(repeat=1, text=None, error="e"))
    write_rows(tmp_path / "out.jsonl", map(response_row, replies))
    assert replies == read_responses(tmp_path / "out.jsonl")


@pytest.mark.parametrize("text", ["tea \ud800 pot", "tea \u202e pot \u2066", "茶", "\x1b[2J", "\u2028"])
def test_whatever_a_model_wrote_survives(tmp_path: Path, text: str) -> None:
    write_rows(tmp_path / "out.jsonl", [response_row(response(text=text))])
    assert read_responses(tmp_path / "out.jsonl")[0].text == text


@pytest.mark.parametrize("text", ["tea \ud800 pot", "tea \u202e pot \u2066", "茶", "\x1b[2J", "\u2028"])
def test_whatever_a_model_wrote_the_file_is_printable_ascii(tmp_path: Path, text: str) -> None:
    write_rows(tmp_path / "out.jsonl", [response_row(response(text=text))])
    line = (tmp_path / "out.jsonl").read_bytes().removesuffix(b"\n")
    assert all(0x20 <= byte < 0x7F for byte in line)


def test_writing_leaves_no_partial_file(tmp_path: Path) -> None:
    write_rows(tmp_path / "out.jsonl", [{"cup": 1}])
    assert ["out.jsonl"] == [file.name for file in tmp_path.iterdir()]


def test_writing_that_fails_keeps_the_old_file(tmp_path: Path) -> None:
    write_rows(tmp_path / "out.jsonl", [{"cup": 1}])
    with pytest.raises(TypeError):
        write_rows(tmp_path / "out.jsonl", [{"cup": object()}])
    assert (tmp_path / "out.jsonl").read_text(encoding="ascii") == '{"cup": 1}\n'


@pytest.mark.parametrize("name", ["gpt\x1b[31m", "gpt<script>", "gpt\n::error::x", "gpt\u202ex"])
def test_what_an_endpoint_calls_itself_is_made_printable(tmp_path: Path, name: str) -> None:
    write_rows(tmp_path / "out.jsonl", [response_row(response(model=name))])
    read = read_responses(tmp_path / "out.jsonl")[0].model
    assert read.isprintable()
    assert "<" not in read
