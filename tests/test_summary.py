"""summary.md: the verdict in Markdown, which no name and no reason can break."""

from pathlib import Path

import pytest

from monitor.records import Outcome
from monitor.report.summary import markdown, write_summary
from tests.builders import estimate, floor, run, score, verdict

FLOORS = {"fairness": floor()}
HOSTILE = "tea`|<img src=x>\n# PASSED"


def lines(**changes: object) -> list[str]:
    """The summary of a run with these changes."""
    return markdown(run(**changes), FLOORS).splitlines()


def test_the_verdict_is_the_heading() -> None:
    assert lines(outcome=Outcome.FAILED)[0] == "## FAEF: failed"


def test_model_judge_and_profile_are_named() -> None:
    assert lines()[2] == "Model `tea-model-7`, judge `embedded`, profile `gate`."


def test_a_dimension_is_a_row_with_its_numbers_and_floors() -> None:
    row = "| fairness | 20 | 100% | 0.80 [0.60, 0.90] | 0.75 | 0.80 [0.60, 0.90] | 0.75 |"
    assert row in lines()


def test_a_dimension_without_floor_has_empty_cells() -> None:
    row = "| tea | 20 | 100% | 0.80 [0.60, 0.90] |  | 0.80 [0.60, 0.90] |  |"
    assert row in lines(scores={"tea": score(dimension="tea")})


def test_what_is_unknown_is_a_dash() -> None:
    nothing = estimate(None, 0.0, 1.0, 0)
    row = "| fairness | 20 | – | – | 0.75 | – | 0.75 |"
    assert row in lines(scores={"fairness": score(readable=None, cs=nothing, css=nothing)})


def test_every_row_has_as_many_cells_as_the_heading() -> None:
    table = [line for line in lines() if line.startswith("|")]
    # 7 columns have 8 bars
    assert [8, 8, 8] == [line.count("|") for line in table]


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.INCONCLUSIVE])
def test_what_did_not_pass_has_its_reason(outcome: Outcome) -> None:
    found = lines(verdicts=(verdict(outcome, reason="CSS 0.60 is below the floor 0.75"),))
    assert f"- **{outcome}** fairness: CSS 0.60 is below the floor 0.75" in found


def test_what_passed_has_none() -> None:
    assert not [line for line in lines() if line.startswith("- **")]


def test_notes_are_shown() -> None:
    assert "- Note: one note" in lines()


def test_the_summary_ends_in_one_line_end() -> None:
    assert markdown(run(), FLOORS).endswith("- Note: one note\n")


@pytest.mark.parametrize("field", ["model_version", "judge"])
def test_a_hostile_name_stays_in_its_place(field: str) -> None:
    assert len(lines()) == len(lines(**{field: HOSTILE}))


@pytest.mark.parametrize("field", ["model_version", "judge"])
def test_a_hostile_name_opens_no_tag_and_closes_no_backtick(field: str) -> None:
    found = lines(**{field: HOSTILE})[2]
    # three names in backticks
    assert ("<" in found, found.count("`")) == (False, 6)


def test_a_bidi_character_in_a_name_is_dropped() -> None:
    assert "\u202e" not in markdown(run(model_version="tea\u202epot"), FLOORS)


def test_a_name_without_end_is_cut() -> None:
    assert len(lines(model_version="t" * 10_000)[2]) < 300


def test_a_hostile_reason_stays_in_its_line() -> None:
    calm = lines(verdicts=(verdict(Outcome.FAILED, reason="readable 0.0%: 3 × HTTP 500"),))
    hostile = lines(verdicts=(verdict(Outcome.FAILED, reason=f"readable 0.0%: 3 × {HOSTILE}"),))
    assert len(calm) == len(hostile)


def test_a_hostile_reason_opens_no_tag() -> None:
    found = lines(verdicts=(verdict(Outcome.FAILED, reason=f"readable 0.0%: 3 × {HOSTILE}"),))
    assert "<img" not in "\n".join(found)


def test_the_summary_is_written_as_utf8(tmp_path: Path) -> None:
    write_summary(tmp_path, run(), FLOORS)
    assert (tmp_path / "summary.md").read_text(encoding="utf-8") == markdown(run(), FLOORS)
