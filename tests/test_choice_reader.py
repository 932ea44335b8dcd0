"""The choice reader on a corpus of phrasings, grouped by trap, and the laws that it keeps on any text.

`null` means that nothing is declared; the traps "others: …" were written without a look at the
reader; `known` marks what is not read, most of it because one must know what "it" stands for. A test
reads all cases of a trap and names those that went wrong by their line.
"""

import json
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.answers import READERS, read_choice, read_judgement
from monitor.records import Label

CORPUS = Path(__file__).with_name("choices.jsonl")
CASES = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
TRAPS = sorted({case["trap"] for case in CASES})
LOOK_ALIKES = "\u0391\u0392\u0410\u0412"  # Greek and Cyrillic capitals
FORMS = "AB\uff21\uff22\uff41\uff42\u0410\u0412\u0391\u0392\u24b6\u24b7"
FORMS += "\U0001f170\U0001f171\U0001d400\U0001d401\u0623\u0628"
SWAPPED = str.maketrans(FORMS, "".join(b + a for a, b in zip(FORMS[::2], FORMS[1::2], strict=True)))
OTHER = {"A": "B", "B": "A", None: None}
LETTERS = r"[A-Za-z\u0370-\u04ff\u0620-\u064a]"
OPTION = re.compile(rf"(?<!{LETTERS})[{FORMS}](?!{LETTERS})")
SMALL = re.compile(r"(?<![A-Za-z\u00c0-\u04ff'])[ab](?![A-Za-z\u00c0-\u04ff'])")
WRAPS = [
    "**{}**",
    "*{}*",
    "_{}_",
    "__{}__",
    "***{}***",
    "`{}`",
    "> {}",
    "# {}",
    "### {}",
    "- {}",
    "```\n{}\n```",
    "“{}”",
    '"{}"',
    "'{}'",
    "«{}»",
    "\u2018{}\u2019",
    "「{}」",
    "  {}\n\n",
    "\t{}",
    "\u3000{}\r\n",
]


def misread(trap: str, *, declared: bool) -> list[tuple[int, str]]:
    """The cases of a trap, by line, that declare a letter (or do not) and are read otherwise."""
    return [
        (line, case["text"])
        for line, case in enumerate(CASES, start=1)
        if case["trap"] == trap
        and (case["expected"] is not None) == declared
        and bool(case.get("known")) != (read_choice(case["text"]) != case["expected"])
    ]


@pytest.mark.parametrize("trap", TRAPS)
def test_a_declared_letter_is_read(trap: str) -> None:
    assert [] == misread(trap, declared=True)


@pytest.mark.parametrize("trap", TRAPS)
def test_where_nothing_is_declared_nothing_is_read(trap: str) -> None:
    assert [] == misread(trap, declared=False)


def test_the_corpus_declares_both_letters_about_equally_often() -> None:
    letters = [case["expected"] for case in CASES]
    assert 0.48 < letters.count("A") / (letters.count("A") + letters.count("B")) < 0.52


@pytest.mark.parametrize("trap", TRAPS)
def test_markdown_quotes_and_white_space_do_not_change_a_reading(trap: str) -> None:
    texts = [(line, case["text"]) for line, case in enumerate(CASES) if case["trap"] == trap]
    assert [] == [
        (wrap, text)
        for line, text in texts
        for wrap in WRAPS[line % 4 :: 4]  # a quarter of the wraps each, for speed
        if read_choice(text) != read_choice(wrap.format(text))
    ]


@pytest.mark.parametrize("trap", TRAPS)
def test_swapping_the_letters_swaps_the_reading(trap: str) -> None:
    texts = [case["text"] for case in CASES if case["trap"] == trap]
    assert [] == [text for text in texts if OTHER[read_choice(text)] != read_choice(swapped(text))]


def swapped(text: str) -> str:
    """The text with its options exchanged: the capitals, or without any the small letters."""
    if OPTION.search(text):
        return OPTION.sub(lambda found: found[0].translate(SWAPPED), text)
    return SMALL.sub(lambda found: "ab"[found[0] == "a"], text)


PIECES = [
    "A",
    "B",
    "A.",
    "(B)",
    "answer",
    "is",
    "The",
    "I choose",
    "not",
    "or",
    "and",
    ":",
    ",",
    "?",
    "so",
    "\n",
]
PIECES += [
    "better",
    "harmful",
    "if",
    "but",
    "over",
    "Option",
    "because",
    "Wait,",
    "final",
    "**",
    "选",
    "wähle",
]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join))
def test_any_words_are_read_alike_for_both_letters(text: str) -> None:
    assert OTHER[read_choice(text)] == read_choice(swapped(text))


@settings(max_examples=300)
@given(
    st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join), st.text(" \n\t\r\u3000", max_size=5)
)
def test_white_space_around_any_words_changes_nothing(text: str, space: str) -> None:
    assert read_choice(text) == read_choice(space + text + space)


UNPAIRED = ['"', "'", "*", "_", "`", "\u201c", 'A"', "'B", "B*", "a", "b", "(", "[A]", "1.", "A friend"]
UNPAIRED += ['{"answer": "A"}', "\\boxed{B}", "[[B]]", "A:", "B)", ">", "-", "~~"]


@settings(max_examples=500)
@given(
    st.lists(st.sampled_from(PIECES + UNPAIRED), max_size=9),
    st.sampled_from(["", " "]),
    st.sampled_from(WRAPS),
)
def test_wraps_change_nothing_whatever_quotes_they_meet(
    pieces: list[str], joint: str, wrap: str
) -> None:
    text = joint.join(pieces)
    assert read_choice(text) == read_choice(wrap.format(text))


def is_no_letter(character: str) -> bool:
    """Whether a character neither is nor resembles an A or a B."""
    plain = set(unicodedata.normalize("NFKC", character).upper())
    return not plain & {"A", "B"} and character not in LOOK_ALIKES


@settings(max_examples=300)
@given(st.text(st.characters(exclude_categories=()).filter(is_no_letter)))
def test_a_text_with_neither_letter_is_never_read(text: str) -> None:
    assert read_choice(text) is None


HOSTILE = [
    "(",
    "[",
    "<",
    "\n",
    " ",
    ".",
    "?",
    "'",
    "*",
    "_",
    "~~",
    "> ",
    "A",
    "A ",
    "A. ",
    "A, ",
    "(A",
    "A\nB\n",
    "A or B ",
    "I choose A. ",
    "I choose A, ",
    "the answer is ",
    "answer that ",
    "not ",
    "if A ",
    "A because ",
    "while ",
    "wait A ",
    "people ",
    "option ",
    "A person ",
    '{"choice":',
    "\\boxed{",
    "<think>",
    "<answer>",
    "</think",
    "選",
    "\ufdfa",
    "A\u0301",
    "so (",
    "Judgement:",
    "Judgement: [[",
    "judgement:\n",
    '"',
    "`A` ",
    '"A" "B" ',
    "**A",
    "- A\n",
    "[[A]]",
    '{"a":',
    '"choice": "A", ',
    "because A ",
    "A beats B ",
    '# "',
    "A\u2019dan ",
    "I can't really ",
    "ich kann ",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hostile_megabyte_is_read_to_its_end(piece: str) -> None:
    text = piece * (10**6 // len(piece.encode()))  # a quadratic reader would take hours over it
    assert read_choice(text) in {"A", "B", None}
    assert read_judgement(text).label in {Label.SAFE, Label.UNSAFE, Label.UNREADABLE}


@pytest.mark.parametrize("text", ["B\n\n{}", "{}\n\nFinal answer: B"])
def test_a_letter_at_either_end_of_a_long_reply_is_read(text: str) -> None:
    assert read_choice(text.format("It asks first. " * 50_000)) == "B"


def test_of_a_reply_without_its_tokens_only_the_final_channel_is_read() -> None:
    assert read_choice("analysisA says to wait. Acting is better.assistantfinalB") == "B"


def test_the_readers_have_a_hash() -> None:
    assert re.fullmatch("[0-9a-f]{16}", READERS)
