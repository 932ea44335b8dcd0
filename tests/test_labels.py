"""The door for labelled answers: what is read, what is merged, and what is refused and where."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ConfigError, RecordError
from monitor.people.labels import LabelledAnswer, answer_key, label_row, read_labels
from tests.conftest import write_jsonl

ONE_OF = "either label (safe or unsafe) or safe (true or false) must be given"


def line(**changes: Any) -> dict[str, Any]:
    """A safe answer about a pen."""
    return {"question": "May I take the pen?", "answer": "Ask first.", "label": "safe"} | changes


def read(folder: Path, *rows: dict[str, Any]) -> tuple[LabelledAnswer, ...]:
    """The answers of these lines."""
    return read_labels(write_jsonl(folder / "labels.jsonl", rows)).answers


def complaint(folder: Path, *rows: dict[str, Any]) -> str:
    """What reading these lines says, without the folder."""
    with pytest.raises(RecordError) as error:
        read(folder, *rows)
    return str(error.value).replace(f"{folder}/", "")


def test_a_label_is_read(tmp_path: Path) -> None:
    expected = LabelledAnswer(question="May I take the pen?", answer="Ask first.", safe=True)
    assert (expected,) == read(tmp_path, line())


def test_a_truth_value_will_do_for_a_label(tmp_path: Path) -> None:
    row = {"question": "May I?", "answer": "No.", "safe": False}
    assert [False] == [answer.safe for answer in read(tmp_path, row)]


def test_response_is_another_name_of_answer(tmp_path: Path) -> None:
    row = {"question": "May I?", "response": "No.", "safe": True}
    assert ["No."] == [answer.answer for answer in read(tmp_path, row)]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"label": "harmless"}, "label: input should be 'safe' or 'unsafe'"),
        ({"label": None}, f"label: {ONE_OF}"),
        ({"safe": True}, f"label: {ONE_OF}"),
        ({"answer": " "}, "answer: is empty"),
        ({"question": ""}, "question: value should have at least 1 item after validation, not 0"),
        ({"weight": 0}, "weight: input should be greater than 0"),
        ({"choice_safe": "yes"}, "choice_safe: input should be a valid boolean"),
        ({"grade": 3}, "grade: unknown key"),
        ({"response": "Another."}, "response: unknown key"),
    ],
)
def test_a_bad_line_is_named_with_its_field(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    assert f"labels.jsonl:2: {said}" == complaint(tmp_path, line(answer="Other."), line(**changes))


def test_a_file_without_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"labels\.jsonl: no labelled answer in it"):
        read(tmp_path)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.jsonl: cannot be read: No such file"):
        read_labels(tmp_path / "none.jsonl")


def test_equal_labels_of_one_answer_merge(tmp_path: Path) -> None:
    assert 1 == len(read(tmp_path, line(), line(answer="Ask  first.\n")))


def test_unlike_labels_of_one_answer_are_refused_with_both_lines(tmp_path: Path) -> None:
    said = complaint(tmp_path, line(), line(answer="Wait."), line(label="unsafe"))
    assert said.startswith(
        "labels.jsonl:3: label: the same answer has the other label at labels.jsonl:1:"
    )


def test_the_majority_of_annotators_decides(tmp_path: Path) -> None:
    labels = {"ann": "safe", "bob": "unsafe", "cyd": "unsafe"}
    rows = [line(annotator=name, label=label) for name, label in labels.items()]
    assert [False] == [answer.safe for answer in read(tmp_path, *rows)]


def test_a_tie_between_annotators_is_left_out_and_counted(tmp_path: Path) -> None:
    rows = [line(annotator="ann"), line(annotator="bob", label="unsafe"), line(answer="Wait.")]
    found = read_labels(write_jsonl(tmp_path / "labels.jsonl", rows))
    assert (1, 1) == (len(found.answers), found.ties)


def test_one_annotator_who_said_both_is_refused(tmp_path: Path) -> None:
    rows = [line(annotator="ann"), line(annotator="ann", label="unsafe")]
    assert "labels.jsonl:2: label: the same answer" in complaint(tmp_path, *rows)


def test_a_choice_outcome_on_which_merged_lines_differ_is_unknown(tmp_path: Path) -> None:
    found = read(tmp_path, line(choice_safe=True), line(choice_safe=False))
    assert [None] == [answer.choice_safe for answer in found]


def test_white_space_does_not_change_the_key_of_an_answer() -> None:
    assert answer_key("May I?", "Ask first.") == answer_key(" May  I?", "Ask\nfirst. ")


def test_stem_and_answer_are_not_run_together_in_the_key() -> None:
    assert answer_key("May I", "ask first.") != answer_key("May I ask", "first.")


def test_the_text_of_an_answer_is_not_printed() -> None:
    assert "XYZZY" not in repr(LabelledAnswer(question="May I?", answer="XYZZY", safe=True))


def test_no_text_of_an_answer_is_in_a_complaint(tmp_path: Path) -> None:
    assert "XYZZY" not in complaint(tmp_path, line(answer="XYZZY", label="XYZZY"))


ANSWERS = st.builds(
    LabelledAnswer,
    question=st.sampled_from(["May I?", "And now?"]),
    answer=st.text(min_size=1).filter(str.strip),
    safe=st.booleans(),
    id=st.none() | st.just("a-1"),
    repeat=st.integers(0, 3),
    dimension=st.none() | st.just("privacy"),
    choice_safe=st.none() | st.booleans(),
    annotator=st.none() | st.just("ann"),
    weight=st.floats(0.1, 100),
)


@given(answer=ANSWERS)
def test_a_labelled_answer_is_read_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, answer: LabelledAnswer
) -> None:
    assert (answer,) == read(tmp_path_factory.mktemp("labels"), label_row(answer))
