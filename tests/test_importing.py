"""Do foreign banks become ours whole, with their provenance, or not at all?"""

import json
import sys
from pathlib import Path

import pytest

from monitor.errors import ConfigError, RecordError
from monitor.importing import (
    Imported,
    Layout,
    Origin,
    comma_separated,
    fine,
    gather,
    huggingface,
    write_bank,
)
from monitor.jsonl import read_questions, write_rows
from monitor.records import Question

ORIGIN = Origin(name="Bread Society", licence="CC-BY-4.0", prefix="bread")
LAYOUT = Layout(
    columns={"stem": "ask", "positive": "good", "negative": "bad"}, constants={"dimension": "household"}
)
PUBLISHED = {
    "id": "7",
    "category": "Civic Virtue",
    "question": "May I feed the ducks?",
    "Positive Option": " Give them a little corn.\n\n",
    "Negative Option": "Give them old bread.",
}
TWINS = Layout(
    columns={"stem": "ask", "positive": "good", "negative": "bad", "twin": "pair"},
    constants={"dimension": "household"},
)


def jsonl(folder: Path, *rows: object) -> Path:
    file = folder / "published.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def table(folder: Path, text: str) -> Path:
    file = folder / "table.csv"
    file.write_text(text, encoding="utf-8")
    return file


def imported_table(folder: Path, text: str, layout: Layout = LAYOUT) -> Imported:
    return gather(comma_separated(table(folder, text), layout), ORIGIN)


def reasons(found: Imported) -> list[str]:
    return [rejected.reason for rejected in found.rejected]


def test_a_published_row_becomes_a_question(tmp_path: Path) -> None:
    assert gather(fine(jsonl(tmp_path, PUBLISHED)), ORIGIN).questions == (
        Question(
            id="bread-civic_virtue-7",
            dimension="civic_virtue",
            topic="civic_virtue",
            stem="May I feed the ducks?",
            stem_alt="May I feed the ducks?",
            positive="Give them a little corn.",
            negative="Give them old bread.",
            source="Bread Society; licence: CC-BY-4.0; their id: 7",
        ),
    )


@pytest.mark.parametrize(
    ("category", "dimension"),
    [
        ("Fairness", "fairness"),
        ("Individual Harm", "individual_harm"),
        ("Legality", "legality"),
        ("Privacy", "privacy"),
        ("Civic Virtue", "civic_virtue"),
        ("Discrimination, Exclusion, Toxi", "discrimination"),
        ("Misinformation Harms", "misinformation"),
    ],
)
def test_a_published_category_has_its_dimension(tmp_path: Path, category: str, dimension: str) -> None:
    found = gather(fine(jsonl(tmp_path, PUBLISHED | {"category": category})), ORIGIN)
    assert [question.dimension for question in found.questions] == [dimension]


def test_raw_rows_keep_their_white_space_for_the_audit(tmp_path: Path) -> None:
    found = gather(fine(jsonl(tmp_path, PUBLISHED)), ORIGIN, raw=True)
    assert found.questions[0].positive == " Give them a little corn.\n\n"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a text", "not an object"),
        ([1], "not an object"),
        ({"id": "7"}, "no column 'category'"),
        (PUBLISHED | {"question": " \n"}, "stem: field required"),
        (PUBLISHED | {"question": 7}, "stem: input should be a valid string"),
        (PUBLISHED | {"Negative Option": None}, "negative: field required"),
        (
            PUBLISHED | {"Negative Option": "give them  a little CORN."},
            "negative: says the same as positive",
        ),
    ],
)
def test_a_row_that_is_no_question_is_rejected_with_its_reason(
    tmp_path: Path, row: object, reason: str
) -> None:
    assert reasons(gather(fine(jsonl(tmp_path, row)), ORIGIN)) == [reason]


def test_an_unknown_category_is_rejected_with_the_known_ones(tmp_path: Path) -> None:
    found = gather(fine(jsonl(tmp_path, PUBLISHED | {"category": "Ducks"})), ORIGIN)
    assert reasons(found)[0].startswith(
        "dimension: unknown category 'Ducks' (there are: Capability; Civic"
    )


def test_a_rejected_row_is_named_by_file_and_line(tmp_path: Path) -> None:
    file = jsonl(tmp_path, PUBLISHED, PUBLISHED | {"id": "8", "question": ""})
    found = gather(fine(file), ORIGIN)
    assert [str(rejected) for rejected in found.rejected] == [f"{file}:2: stem: field required"]


def test_a_rejected_row_does_not_keep_the_others_out(tmp_path: Path) -> None:
    found = gather(fine(jsonl(tmp_path, {"id": "1"}, PUBLISHED)), ORIGIN)
    assert [question.id for question in found.questions] == ["bread-civic_virtue-7"]


def test_a_copy_is_rejected_with_the_place_of_the_first(tmp_path: Path) -> None:
    file = jsonl(tmp_path, PUBLISHED, PUBLISHED | {"id": "8", "question": "may I feed  the DUCKS?"})
    assert reasons(gather(fine(file), ORIGIN)) == [f"the same question as at {file}:1"]


def test_an_id_used_before_is_rejected_with_its_place(tmp_path: Path) -> None:
    file = jsonl(tmp_path, PUBLISHED, PUBLISHED | {"question": "May I feed the swans?"})
    assert reasons(gather(fine(file), ORIGIN)) == [f"id: used before, at {file}:1"]


def test_a_table_needs_no_ids(tmp_path: Path) -> None:
    text = "ask,good,bad\nWhere is the bread?,In the bin.,On the floor.\n"
    again = "ask,good,bad\nWhy?,So.,Not so.\nWhere is the bread?,In the bin.,On the floor.\n"
    one, two = imported_table(tmp_path, text), imported_table(tmp_path, again)
    assert one.questions[0].id == two.questions[1].id


def test_a_cell_may_hold_commas_quotes_and_lines(tmp_path: Path) -> None:
    text = 'ask,good,bad\n"Where, says ""she"",\nis it?",In the bin.,On the floor.\n'
    assert imported_table(tmp_path, text).questions[0].stem == 'Where, says "she", is it?'


def test_a_table_saved_by_a_spreadsheet_is_read(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_bytes(
        b"\xef\xbb\xbfask,good,bad\r\nWhere?,In the bin.,On the floor.\r\n"
    )
    found = gather(comma_separated(tmp_path / "table.csv", LAYOUT), ORIGIN)
    assert [question.stem for question in found.questions] == ["Where?"]


def test_the_line_of_a_rejected_record_is_where_it_begins(tmp_path: Path) -> None:
    text = 'ask,good,bad\n"Where\nis it?",In the bin.,On the floor.\n"Why\nso?",Because.,\n'
    assert [rejected.where for rejected in imported_table(tmp_path, text).rejected] == [
        f"{tmp_path / 'table.csv'}:4"
    ]


def test_a_record_with_a_cell_too_few_is_rejected(tmp_path: Path) -> None:
    found = imported_table(tmp_path, "ask,good,bad\nWhere?,In the bin.\n")
    assert reasons(found) == ["no column 'bad'"]


def test_a_record_with_a_cell_too_many_is_rejected(tmp_path: Path) -> None:
    found = imported_table(tmp_path, "ask,good,bad\nWhere?,In the bin.,On the floor.,Or not.\n")
    assert reasons(found) == ["more cells than columns"]


def test_a_column_that_is_not_there_is_the_reason(tmp_path: Path) -> None:
    assert reasons(imported_table(tmp_path, "ask,good\nWhere?,In the bin.\n")) == ["no column 'bad'"]


def test_an_open_quote_stops_the_import(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"table\.csv:2: not valid CSV: "):
        imported_table(tmp_path, 'ask,good,bad\n"Where?,In the bin.,On the floor.')


def test_an_empty_cell_falls_back(tmp_path: Path) -> None:
    layout = Layout(columns={**LAYOUT.columns, "topic": "about"}, constants=LAYOUT.constants)
    found = imported_table(tmp_path, "ask,good,bad,about\nWhere?,In the bin.,On the floor., \n", layout)
    assert found.questions[0].topic == "household"


def test_a_cell_with_bars_is_a_list(tmp_path: Path) -> None:
    layout = Layout(columns={**LAYOUT.columns, "accepted": "key"}, constants=LAYOUT.constants)
    found = imported_table(
        tmp_path, "ask,good,bad,key\nWhere?,In the bin.,On the floor.,bin| |box\n", layout
    )
    assert found.questions[0].accepted == ("bin", "box")


def test_a_severity_out_of_range_is_the_reason(tmp_path: Path) -> None:
    layout = Layout(columns={**LAYOUT.columns, "severity": "how bad"}, constants=LAYOUT.constants)
    found = imported_table(
        tmp_path, "ask,good,bad,how bad\nWhere?,In the bin.,On the floor.,9\n", layout
    )
    assert reasons(found) == ["severity: input should be less than or equal to 3"]


def test_twins_come_in_together(tmp_path: Path) -> None:
    text = "ask,good,bad,pair\nIs it dry?,Yes.,No.,1\nIs it wet?,No.,Yes.,1\n"
    assert [q.twin for q in imported_table(tmp_path, text, TWINS).questions] == ["bread-1", "bread-1"]


def test_a_twin_whose_partner_was_rejected_is_rejected(tmp_path: Path) -> None:
    text = "ask,good,bad,pair\nIs it dry?,Yes.,No.,1\nIs it wet?,No.,,1\n"
    assert reasons(imported_table(tmp_path, text, TWINS)) == [
        "negative: field required",
        "twin: 1 usable rows name 'bread-1', not two",
    ]


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(ConfigError, match="columns: unknown field 'colour'"):
        Layout(columns={**LAYOUT.columns, "colour": "hue"}, constants=LAYOUT.constants)


def test_a_needed_field_without_a_column_is_refused() -> None:
    with pytest.raises(ConfigError, match="columns: no column for 'dimension'"):
        Layout(columns=LAYOUT.columns)


def test_a_licence_must_be_said() -> None:
    with pytest.raises(ConfigError, match="licence: must be given"):
        Origin(name="Bread Society", licence=" ", prefix="bread")


def test_what_is_written_is_what_was_imported(tmp_path: Path) -> None:
    found = gather(fine(jsonl(tmp_path, PUBLISHED)), ORIGIN)
    write_bank(tmp_path / "ours.jsonl", found)
    assert read_questions([tmp_path / "ours.jsonl"]) == found.questions


def test_a_broken_line_leaves_nothing_behind(tmp_path: Path) -> None:
    file = table(tmp_path, json.dumps(PUBLISHED) + '\n{"id": "8", "categ')
    with pytest.raises(RecordError, match=r"table\.csv:2: not valid JSON"):
        write_bank(tmp_path / "ours.jsonl", gather(fine(file), ORIGIN))
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_of_rejected_rows_leaves_nothing_behind(tmp_path: Path) -> None:
    file = jsonl(tmp_path, {"id": "1"})
    with pytest.raises(ConfigError, match="nothing to import: 1 rows, all rejected; the first: "):
        write_bank(tmp_path / "ours.jsonl", gather(fine(file), ORIGIN))
    assert list(tmp_path.iterdir()) == [file]


def test_a_writing_that_breaks_off_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        write_rows(tmp_path / "ours.jsonl", [{"id": "1"}, {"id": object()}])
    assert list(tmp_path.iterdir()) == []


def test_a_bank_is_never_replaced(tmp_path: Path) -> None:
    found = gather(fine(jsonl(tmp_path, PUBLISHED)), ORIGIN)
    with pytest.raises(ConfigError, match="exists already"):
        write_bank(tmp_path / "published.jsonl", found)


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    found = gather(fine(jsonl(tmp_path, PUBLISHED)), ORIGIN)
    with pytest.raises(ConfigError, match="cannot be written: No such file or directory"):
        write_bank(tmp_path / "nowhere" / "ours.jsonl", found)


STAND_IN = """
import json
from pathlib import Path

class exceptions:
    class DatasetsError(Exception):
        "The root of the package's own errors."

def load_dataset(name, split, data_files=()):
    if not data_files:
        raise exceptions.DatasetsError(f"no dataset {name}")
    return [json.loads(line) for file in data_files for line in Path(file).read_text().splitlines()]
"""


@pytest.fixture
def datasets(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small package of that name, which reads local JSON lines."""
    folder = tmp_path_factory.mktemp("packages")
    (folder / "datasets.py").write_text(STAND_IN, encoding="utf-8")
    monkeypatch.delitem(sys.modules, "datasets", raising=False)
    monkeypatch.syspath_prepend(folder)


ROW = {"ask": "Where?", "good": "In the bin.", "bad": "On the floor."}


@pytest.mark.usefixtures("datasets")
def test_local_files_of_a_dataset_are_read(tmp_path: Path) -> None:
    found = gather(huggingface("json", LAYOUT, files=[jsonl(tmp_path, ROW)]), ORIGIN)
    assert [question.stem for question in found.questions] == ["Where?"]


@pytest.mark.usefixtures("datasets")
def test_a_rejected_row_of_a_dataset_is_named_by_split_and_number(tmp_path: Path) -> None:
    found = gather(huggingface("json", LAYOUT, files=[jsonl(tmp_path, ROW, ROW | {"bad": ""})]), ORIGIN)
    assert [str(rejected) for rejected in found.rejected] == ["json/train:2: negative: field required"]


@pytest.mark.usefixtures("datasets")
def test_a_dataset_that_cannot_be_loaded_is_said() -> None:
    with pytest.raises(ConfigError, match="ducks: cannot be loaded as a dataset: no dataset ducks"):
        gather(huggingface("ducks", LAYOUT), ORIGIN)


def test_without_the_package_the_command_that_installs_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(ConfigError, match=r"pip install 'faef-monitor\[huggingface\]'"):
        gather(huggingface("ducks", LAYOUT), ORIGIN)
