"""A labels file as it grows: what is added, and what can be taken back."""

from pathlib import Path

import pytest

from monitor.errors import ConfigError
from monitor.people.label_files import LabelsFile
from monitor.people.labels import LabelledAnswer


def answer(text: str) -> LabelledAnswer:
    """A safe answer about a pen."""
    return LabelledAnswer(question="May I take the pen?", answer=text, safe=True)


def test_what_is_added_is_there(tmp_path: Path) -> None:
    file = LabelsFile(tmp_path / "labels.jsonl")
    file.add([answer("Ask."), answer("Wait.")])
    assert (answer("Ask."), answer("Wait.")) == file.lines()


def test_a_file_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    assert () == LabelsFile(tmp_path / "labels.jsonl").lines()


def test_adding_nothing_makes_no_file(tmp_path: Path) -> None:
    LabelsFile(tmp_path / "labels.jsonl").add([])
    assert not (tmp_path / "labels.jsonl").exists()


def test_taking_back_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text('{"question": "q", "answer": "a", "label": "safe"}')  # no line feed at its end
    before = path.read_bytes()
    file = LabelsFile(path)
    file.add([answer("Ask.")])
    file.add([answer("Wait.")])
    file.take_back()
    file.take_back()
    assert before == path.read_bytes()


def test_nothing_is_taken_back_where_someone_else_has_written_since(tmp_path: Path) -> None:
    one, other = (LabelsFile(tmp_path / "labels.jsonl") for _ in range(2))
    one.add([answer("Ask.")])
    other.add([answer("Wait.")])
    with pytest.raises(ConfigError, match=r"labels\.jsonl: was changed by someone else"):
        one.take_back()
    assert 2 == len(one.lines())


def test_new_weights_go_to_the_labels_of_their_source_alone(tmp_path: Path) -> None:
    file = LabelsFile(tmp_path / "labels.jsonl")
    ours = LabelledAnswer(question="q", answer="a", safe=True, source="ours")
    file.add([ours, LabelledAnswer(question="q", answer="b", safe=True, source="theirs")])
    file.reweigh("ours", {line.key: 3.0 for line in file.lines()})
    assert [3.0, 1.0] == [line.weight for line in file.lines()]


def test_weights_that_are_right_leave_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text('{"label": "safe",  "question": "q", "answer": "a", "source": "ours"}\n')
    before = path.read_bytes()
    file = LabelsFile(path)
    file.reweigh("ours", {line.key: 1.0 for line in file.lines()})
    assert before == path.read_bytes()
