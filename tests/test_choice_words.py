"""The word tables of the choice reader are well formed, and the same in kind for every language."""

import tomllib

import pytest

from monitor.reading.choice_words import SIGNS, WORDS

TABLES = tomllib.loads(WORDS)
SILENT = {"follow", "skip"}


@pytest.mark.parametrize("language", TABLES)
def test_every_kind_of_word_has_a_sign(language: str) -> None:
    assert set() == set(TABLES[language]) - set(SIGNS)


def test_no_two_kinds_share_a_sign() -> None:
    signs = [sign for kind, sign in SIGNS.items() if kind not in SILENT]
    assert len(set(signs)) == len(signs)


def test_no_sign_could_be_taken_for_an_option() -> None:
    assert set() == {"A", "B", "#"} & set(SIGNS.values())


@pytest.mark.parametrize("language", TABLES)
def test_no_kind_lists_a_word_twice(language: str) -> None:
    for words in TABLES[language].values():
        listed = [word.strip() for word in words.split("|")]
        assert len(set(listed)) == len(listed)


@pytest.mark.parametrize("language", TABLES)
def test_no_word_is_empty_or_capitalised(language: str) -> None:
    listed = [word.strip() for words in TABLES[language].values() for word in words.split("|")]
    assert [] == [word for word in listed if not word or word != word.lower()]
