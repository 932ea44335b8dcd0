"""Text of others in Markdown, logs and annotations: it is read, and it does not act."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from monitor.escaping import LONGEST, annotation, calm, code, cut, line, prose
from tests.hostile import HOSTILE

GFM = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
TEXTS = st.one_of(
    st.sampled_from(HOSTILE), st.text(), st.text("`|*_~[]()<>!:@#$\\&%\n\r a/w.", max_size=40)
)


def shown(markdown: str) -> tuple[set[str], str]:
    """The kinds of tokens that a line renders to, beyond text, and its text."""
    block = GFM.parseInline(f"reason: {markdown}")[0]
    kinds = {token.type for token in block.children or ()} - {"text", "text_special"}
    text = "".join(token.content for token in block.children or () if not token.type.startswith("html"))
    return kinds, text.removeprefix("reason: ")


@given(TEXTS)
def test_prose_renders_as_the_text_and_nothing_else(text: str) -> None:
    kinds, read = shown(prose(text))
    assert (set(), line(text).strip()) == (kinds, read.replace("\u200b", "").strip())


@given(TEXTS)
def test_a_name_renders_as_one_code_span(text: str) -> None:
    assert {"code_inline"} == shown(code(text))[0]


@given(TEXTS)
def test_prose_and_names_stay_in_their_cell(text: str) -> None:
    table = f"| a | b |\n|---|---|\n| {prose(text)} | {code(text)} |\n\nend\n"
    kinds = [token.type for token in GFM.parse(table)]
    assert (4, 1) == (kinds.count("td_open") + kinds.count("th_open"), kinds.count("table_open"))


@given(TEXTS)
def test_prose_mentions_refers_to_and_links_nothing(text: str) -> None:
    acting = r"@\w|#\d|://|www\.|GH-\d|:\w+:"
    assert None is re.search(acting, prose(text), re.IGNORECASE | re.ASCII)


@given(TEXTS)
def test_no_line_of_a_log_is_a_command(text: str) -> None:
    lines = re.split(r"[\r\n\u2028\u2029\x85\x0b\x0c]", calm(text))
    assert [] == [one for one in lines if one.strip().startswith("::") or "##[" in one]


@given(TEXTS, TEXTS)
def test_an_annotation_is_one_command_of_ours(title: str, message: str) -> None:
    said = annotation("error", title, message)
    found = re.fullmatch(r"::error title=([^:,\r\n]*)::([^\r\n]*)", said)
    assert found is not None, said


@given(TEXTS)
def test_a_line_is_one_line_and_not_endless(text: str) -> None:
    assert (1, True) == (len(line(text).splitlines() or [""]), len(line(text)) <= LONGEST + 1)


@pytest.mark.parametrize("text", ["CS 0.60 [0.48, 0.71] over 20 questions is below the floor 0.75"])
def test_a_reason_of_ours_stays_as_it_is(text: str) -> None:
    assert text == prose(text) == calm(text)


def test_a_text_within_the_limit_is_not_cut() -> None:
    assert "a\nb\n" == cut("a\nb\n", 4, "more")


@given(st.lists(st.text("aä🙂", max_size=20), max_size=30), st.integers(10, 200))
def test_a_text_over_the_limit_is_cut_to_it_and_says_where_the_rest_is(
    lines: list[str], most: int
) -> None:
    text = "\n".join(lines)
    found = cut(text, most, "more")
    assert len(found.encode()) <= most
    assert found == text or found.endswith("more\n")
