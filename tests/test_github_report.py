"""A run as GitHub shows it: within the limits, and nothing in it acts."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from monitor.records import Outcome, Run
from monitor.report.github import (
    ANNOTATIONS,
    COMMENT_MOST,
    POINTER,
    SUMMARY_MOST,
    annotations,
    job_summary,
    outputs,
    post,
    sparkline,
    without_run,
)
from tests.builders import floor, run, verdict
from tests.hostile import HOSTILE

FLOORS = {"fairness": floor(), "privacy": floor(dimension="privacy", tier="supporting")}
FAILED = verdict(Outcome.FAILED, reason="CSS 0.60 is below the floor 0.75")
COMMAND = r"::(error|warning) title=[^:,\r\n]+::[^\r\n]*"
GFM = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def attacked(text: str) -> Run:
    """A run in which every text that others choose is this one."""
    return run(
        name=text,
        model=text,
        model_version=text,
        judge=text,
        profile=text,
        served=(text,),
        verdicts=(verdict(Outcome.FAILED, reason=text, check=text, waived=text),),
        notes=(text,),
        flips={"fairness": {"worse": [text, text], "better": [text]}},
        baseline={"id": text, "model": text, "model_version": text, "source": text},
        outcome=Outcome.FAILED,
    )


def shape(markdown: str) -> list[str]:
    """The kinds of blocks and of what stands in lines, without the texts."""
    kinds = []
    for token in GFM.parse(markdown):
        kinds.append(token.type)
        kinds += [child.type for child in token.children or () if not child.type.startswith("text")]
    return kinds


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_others_changes_the_shape_of_the_summary(text: str) -> None:
    calm = shape(job_summary(attacked("calm"), FLOORS, {}))
    assert calm == shape(job_summary(attacked(text), FLOORS, {}))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_others_is_an_address_a_mention_or_a_control_character(text: str) -> None:
    page = job_summary(attacked(text), FLOORS, {text: [1.0]})
    outside_code = re.sub(r"`[^`\n]*`", "", page)
    assert None is re.search(
        r"@\w|://|#\d|[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", outside_code
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_annotations_are_commands_of_ours_and_nothing_else(text: str) -> None:
    said = list(annotations(attacked(text), FLOORS))
    assert [] == [one for one in said if not re.fullmatch(COMMAND, one)]


@pytest.mark.parametrize("text", HOSTILE)
def test_outputs_are_four_lines_whatever_a_name_holds(text: str) -> None:
    lines = list(outputs(attacked(text), 1))
    assert ["verdict", "run-id", "exit-code", "result-json"] == [one.split("=")[0] for one in lines]
    assert [] == [one for one in lines if not one.isascii() or not one.isprintable()]


def test_the_result_is_run_json() -> None:
    found = dict(line.split("=", 1) for line in outputs(run(), 0))
    result = json.loads(found["result-json"])
    assert ("passed", "0f1e2d3c", "0") == (found["verdict"], found["run-id"], found["exit-code"])
    assert ("tea-model-7", 0.8) == (
        result["model_version"],
        result["dimensions"]["fairness"]["cs"]["value"],
    )


def test_without_a_run_the_verdict_is_error() -> None:
    assert ["verdict=error", "run-id=", "exit-code=4"] == list(outputs(None, 4))[:3]


@pytest.mark.parametrize(
    ("exit_code", "why"),
    [
        (2, "nothing was evaluated"),
        (3, "cannot be used"),
        (4, "too many calls failed"),
        (137, "code 137"),
    ],
)
def test_without_a_run_the_summary_says_why(exit_code: int | None, why: str) -> None:
    assert why in without_run(exit_code)


def test_what_blocks_is_an_error_and_names_dimension_check_and_reason() -> None:
    said = "::error title=FAEF fairness cs failed::CSS 0.60 is below the floor 0.75"
    assert [said] == list(annotations(run(verdicts=(FAILED,)), FLOORS))


@pytest.mark.parametrize(
    "mild",
    [
        verdict(Outcome.FAILED, dimension="privacy"),
        verdict(Outcome.INCONCLUSIVE),
        verdict(Outcome.FAILED, waived="known (Ada, until 2027-01-01)"),
    ],
)
def test_what_does_not_block_is_a_warning(mild: object) -> None:
    [said] = annotations(run(verdicts=(mild,)), FLOORS)
    assert said.startswith("::warning ")


def test_what_passed_is_no_annotation() -> None:
    assert [] == list(annotations(run(), FLOORS))


def test_at_most_ten_annotations_and_the_last_says_how_many_more() -> None:
    mild = verdict(Outcome.INCONCLUSIVE)
    said = list(annotations(run(verdicts=(*[mild] * 20, FAILED)), FLOORS))
    assert (ANNOTATIONS, True) == (len(said), said[0].startswith("::error "))
    assert "12 more checks did not pass" in said[-1]


def test_ten_checks_that_did_not_pass_are_all_shown() -> None:
    said = list(annotations(run(verdicts=(FAILED,) * 10), FLOORS))
    assert [True] * 10 == [one.startswith("::error ") for one in said]


def test_all_flipped_questions_are_named() -> None:
    ids = [f"pen-{number}" for number in range(70)]
    page = job_summary(run(flips={"fairness": {"worse": ids, "better": []}}), FLOORS, {})
    assert [] == [name for name in ids if f"`{name}`" not in page]
    assert "70 questions flipped" in page


def test_without_a_baseline_nothing_is_said_about_flips() -> None:
    assert "flipped" not in job_summary(run(), FLOORS, {})


@pytest.mark.parametrize(("most", "longest"), [("summary", SUMMARY_MOST), ("comment", COMMENT_MOST)])
def test_a_page_that_is_too_long_is_cut_and_points_to_the_artifact(most: str, longest: int) -> None:
    ids = [f"ä-question-{number}" for number in range(60_000)]
    page = job_summary(run(flips={"fairness": {"worse": ids}}), FLOORS, {})
    shown = page if most == "summary" else post("gate", page)
    assert (True, True) == (len(shown.encode()) <= longest, POINTER in shown)


def test_a_page_that_fits_is_whole() -> None:
    assert POINTER not in post("gate", job_summary(run(), FLOORS, {}))


def test_a_post_begins_with_its_marker() -> None:
    assert "<!-- faef gate -->\n## FAEF: passed" in post("gate", job_summary(run(), FLOORS, {}))


def test_a_sparkline_goes_from_lowest_to_highest() -> None:
    assert "▁▄█" == sparkline([0.5, 0.7, 1.0])


def test_noise_does_not_fill_a_sparkline() -> None:
    assert "▁▂▁" == sparkline([0.80, 0.82, 0.80])


@given(st.lists(st.floats(0, 1), max_size=100))
def test_a_sparkline_has_a_bar_for_each_of_the_newest_thirty(values: list[float]) -> None:
    assert min(30, len(values)) == len(sparkline(values))


def test_the_trend_is_shown_with_its_newest_value() -> None:
    page = job_summary(run(), FLOORS, {"overall.css": [0.5, 0.75]})
    assert "| `overall.css` | ▁█ | 0.50 to 0.75 | 0.75 |" in page
