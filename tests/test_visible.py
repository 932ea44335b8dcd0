"""What a model wrote, made harmless to look at."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ask first.\nThen go.", "Ask first.\nThen go."),
        ("a\r\nb", "a\nb"),
        ("a\tb", "a    b"),
        ("a\rb", "a<U+000D>b"),
        ("\x1b[2J", "<U+001B>[2J"),
        ("\x9b2J", "<U+009B>2J"),
        ("\u202eevil\u2066", "<U+202E>evil<U+2066>"),
        ("a\u200bb\ufeff", "a<U+200B>b<U+FEFF>"),
        ("\U000e0041", "<U+E0041>"),
        ("نمی\u200cشود", "نمی\u200cشود"),
        ("Zażółć 你好 🙂", "Zażółć 你好 🙂"),
        ("a" + "\u0301" * 6, "a" + "\u0301" * 4 + "<U+0301>" * 2),
        ("[bold]x[/bold]", "[bold]x[/bold]"),
    ],
)
def test_a_text_is_shown_so(text: str, shown: str) -> None:
    assert shown == visible(text)


@given(st.text())
def test_nothing_that_acts_is_left(text: str) -> None:
    left = {unicodedata.category(c) for c in visible(text) if c not in "\n\u200c\u200d"}
    assert set() == {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} & left


@given(st.text())
def test_what_is_visible_stays_as_it_is(text: str) -> None:
    assert visible(text) == visible(visible(text))
