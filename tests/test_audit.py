"""Is a bank's key found where it can be found without reading, and only there?"""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.audit import Audit, Finding, Limits, audit
from monitor.audit.duplicates import near
from monitor.audit.learnt import folds
from monitor.audit.pickers import PICKERS
from monitor.errors import ConfigError
from monitor.jsonl import read_questions, write_rows
from monitor.records import Question

NO_TWINS = Limits(twins=0.0)
TOPICS = ("bread", "garden", "trains", "paint", "music")
THINGS = """loaf kettle spade carriage brush fiddle basket window ladder candle
    pillow saddle hammer lantern barrel ribbon bucket thimble anchor compass"""
PLACES = """attic harbour orchard station workshop theatre cellar meadow village bakery
    library stable garage chapel market tunnel bridge forest island kitchen"""


def bank(
    positive: str = "Take the {} to the {}.", negative: str = "Take the {} to the {}."
) -> list[Question]:
    """Twenty questions, four to a topic; the two options name two places in orders that tell nothing."""
    places = PLACES.split()
    return [
        Question(
            id=f"q{i}",
            dimension="household",
            topic=TOPICS[i % 5],
            stem=f"Where does the {thing} of aunt number {i} belong?",
            stem_alt=f"Aunt {i} asks about her {thing}: which place is right for it?",
            positive=positive.format(thing, places[i]),
            negative=negative.format(thing, places[i ^ 1]),
        )
        for i, thing in enumerate(THINGS.split())
    ]


def twins(first: Question, second_stem: str) -> tuple[Question, Question]:
    """A question and its twin: the same options with their roles swapped."""
    one = replace(first, twin="pair")
    other = replace(
        one,
        id=f"{first.id}b",
        stem=second_stem,
        stem_alt=f"Put otherwise: {second_stem}",
        positive=one.negative,
        negative=one.positive,
    )
    return one, other


def named(found: Audit, check: str) -> Finding:
    return next(finding for finding in found.findings if finding.check == check)


def failed(found: Audit) -> list[str]:
    return [finding.check for finding in found.findings if not finding.passed]


def test_a_bank_without_a_cue_raises_no_alarm() -> None:
    assert failed(audit(bank(), NO_TWINS)) == []


@pytest.mark.parametrize(
    ("check", "positive"),
    [
        ("length in characters", "Take the {} to the great big {}."),
        ("length in words", "Take the {} to the {} at noon."),
        ("caution words", "Carefully take the {} to the {}."),
        ("refusal words", "Do not take the {} to the {}."),
        ("warm words", "Gently take the {} to the {}."),
        ("polite words", "Please take the {} to the {}."),
        ("minimising words", "Just take the {} to the {}."),
        ("you", "Take your {} to the {}."),
        ("I and we", "Take my {} to the {}."),
        ("starts with yes", "Yes, take the {} to the {}."),
        ("starts with no", "No, take the {} to the {}."),
        ("commas", "Take the {}, to the {}."),
        ("semicolons and colons", "Take the {}; to the {}."),
        ("sentences", "Take the {}. To the {}."),
        ("question and exclamation marks", "Take the {} to the {}!"),
        ("quotation marks", 'Take the {} to the "{}".'),
        ("digits", "Take the {} to the {} at 9."),
        ("capital letters", "Take THE {} to the {}."),
        ("white space at the end", "Take the {} to the {}.\n"),
        ("odd white space", "Take the {}  to the {}."),
        ("overlap with the stem", "Take the {0} aunt to the {1}."),
        ("first word (learnt)", "Carry the {} to the {}."),
    ],
)
def test_a_cue_planted_in_the_positive_option_is_found(check: str, positive: str) -> None:
    assert named(audit(bank(positive=positive), NO_TWINS), check).measured == pytest.approx(
        1.0, abs=0.25
    )


def test_less_of_a_cue_gives_the_key_away_as_well() -> None:
    assert named(audit(bank(negative="Take the {} to the {}, too."), NO_TWINS), "commas").measured == 1.0


def test_a_cue_on_one_side_in_half_of_the_questions_and_on_the_other_in_the_rest_is_silent() -> None:
    mixed = (
        bank(positive="Take the {} to the {}, now.")[::2]
        + bank(negative="Take the {} to the {}, now.")[1::2]
    )
    assert named(audit(mixed, NO_TWINS), "commas").measured == 0.5


def test_a_cue_fails_above_the_limit() -> None:
    assert "commas" in failed(audit(bank(positive="Take the {}, to the {}."), NO_TWINS))


def test_ties_count_half() -> None:
    cued = bank(positive="Take the {}, to the {}.")[:5] + bank()[5:]
    assert named(audit(cued, NO_TWINS), "commas").measured == 0.625  # (5 + 15 / 2) / 20


def test_words_that_give_the_key_away_in_other_topics_are_learnt() -> None:
    cued = bank(positive="Take the {} slowly to the {}.", negative="Take the {} swiftly to the {}.")
    assert named(audit(cued, NO_TWINS), "words (learnt)").measured == 1.0


def test_words_that_give_the_key_away_in_one_topic_only_are_not_learnt() -> None:
    adverbs = dict(zip(TOPICS, ("slowly", "swiftly", "softly", "soundly", "singly"), strict=True))
    cued = [replace(q, positive=q.positive.replace(" to", f" {adverbs[q.topic]} to")) for q in bank()]
    assert named(audit(cued, NO_TWINS), "words (learnt)").passed


def test_what_is_learnt_has_a_limit_of_its_own() -> None:
    cued = bank(positive="Take the {} slowly to the {}.", negative="Take the {} swiftly to the {}.")
    assert named(audit(cued, Limits(learnt=1.0)), "words (learnt)").passed


def test_a_topic_lies_in_one_fold() -> None:
    questions = bank()
    assert len({(q.topic, fold) for q, fold in zip(questions, folds(questions), strict=True)}) == 5


def test_the_control_is_looked_at_apart() -> None:
    control = [replace(q, id=f"c{q.id}", dimension="capability", stem=f"Say: {q.stem}") for q in bank()]
    cued = bank(positive="Take the {}, to the {}.")
    assert named(audit([*cued, *control], NO_TWINS), "commas").measured == 1.0


def test_a_trailing_newline_is_found_in_a_file(tmp_path: Path) -> None:
    rows = ({"id": q.id, **_asked(q), "positive": q.positive + "\n"} for q in bank())
    write_rows(tmp_path / "bank.jsonl", rows)
    raw = read_questions([tmp_path], raw=True)
    assert failed(audit(raw, NO_TWINS)) == ["white space at the end"]


def test_a_trailing_newline_is_gone_once_a_file_is_loaded(tmp_path: Path) -> None:
    rows = ({"id": q.id, **_asked(q), "positive": q.positive + "\n"} for q in bank())
    write_rows(tmp_path / "bank.jsonl", rows)
    assert failed(audit(read_questions([tmp_path]), NO_TWINS)) == []


def _asked(question: Question) -> dict[str, str]:
    fields = ("dimension", "topic", "stem", "stem_alt", "positive", "negative")
    return {name: getattr(question, name) for name in fields}


def test_a_stem_in_other_capitals_and_punctuation_is_a_near_duplicate() -> None:
    questions = bank()
    copy = replace(questions[3], id="copy", stem=questions[0].stem.upper() + "!")
    found = named(audit([*questions, copy], NO_TWINS), "near-duplicate stems")
    assert {frozenset(pair) for pair in found.where} >= {frozenset({"q0", "copy"})}


def test_a_stem_that_repeats_anothers_paraphrase_is_a_near_duplicate() -> None:
    questions = bank()
    copy = replace(questions[0], id="copy", stem=questions[7].stem_alt)
    found = named(audit([copy, *questions[1:]], NO_TWINS), "near-duplicate stems")
    assert found.where in {(("copy", "q7"),), (("q7", "copy"),)}


def test_an_option_used_by_another_question_is_a_near_duplicate() -> None:
    questions = bank()
    copied = [replace(questions[0], positive=questions[9].negative), *questions[1:]]
    found = named(audit(copied, NO_TWINS), "near-duplicate options")
    assert {frozenset(pair) for pair in found.where} == {frozenset({"q0", "q9"})}


def test_a_bank_without_copies_has_no_near_duplicate() -> None:
    assert named(audit(bank(), NO_TWINS), "near-duplicate stems").measured == 0


def test_a_stem_and_its_own_paraphrase_may_be_alike() -> None:
    alike = [replace(q, stem_alt=q.stem) for q in bank()]
    assert named(audit(alike, NO_TWINS), "near-duplicate stems").measured == 0


def test_twins_may_be_alike() -> None:
    questions = bank()
    pair = twins(questions[0], f"{questions[0].stem} She has moved.")
    assert failed(audit([*pair, *questions[1:]], NO_TWINS)) == []


def test_a_twin_is_not_exempt_from_the_likeness_to_others() -> None:
    questions = bank()
    pair = twins(questions[0], questions[5].stem)
    assert named(audit([*pair, *questions[1:]], NO_TWINS), "near-duplicate stems").measured == 1


def test_likeness_is_the_share_of_common_word_triples() -> None:
    texts = [(0, "one two three four five"), (1, "one two three four six")]
    assert [pair.similarity for pair in near(texts, 0.5)] == [0.5]  # 2 of 4 triples


def test_a_pair_just_below_the_limit_is_not_near() -> None:
    assert near([(0, "one two three four five"), (1, "one two three four six")], 0.51) == []


def test_a_pair_exactly_at_the_limit_is_near() -> None:
    long = "a b c d e f g h i j k l m n o p q r s t u v"  # 20 triples, of which the short one has 7
    assert [pair.similarity for pair in near([(0, long), (1, "a b c d e f g h i")], 0.35)] == [0.35]


WORDS = st.lists(st.sampled_from("abcd"), min_size=1, max_size=9).map(" ".join)


@given(texts=st.lists(WORDS, max_size=12), limit=st.sampled_from([0.2, 0.35, 0.5, 1.0]))
def test_the_index_misses_no_pair(texts: list[str], limit: float) -> None:
    numbered = list(enumerate(texts))
    one_by_one = [
        pair
        for i in range(len(texts))
        for j in range(i)
        for pair in near([numbered[j], numbered[i]], limit)
    ]
    assert near(numbered, limit) == sorted(one_by_one)


def test_proper_twins_decide_for_no_cue() -> None:
    pair = twins(bank(positive="Please take the {}, slowly, to the {}.")[0], "Does it go elsewhere?")
    assert failed(audit(pair, Limits())) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"twin": None}, "1 questions name one twin, not two"),
        ({"topic": "elsewhere"}, "twins differ in dimension or topic"),
        ({"dimension": "elsewhere"}, "twins differ in dimension or topic"),
        ({"positive": "Sell it."}, "twins do not share two options with their roles swapped"),
    ],
)
def test_what_is_wrong_with_twins_is_said(change: dict[str, str | None], reason: str) -> None:
    one, other = twins(bank()[0], "Does it go elsewhere?")
    changed = Question(**{name: getattr(other, name) for name in Question.__slots__} | change)
    assert named(audit([one, changed], NO_TWINS), "malformed twins").detail == reason


def test_the_same_stem_twice_is_no_twin_pair() -> None:
    one, other = twins(bank()[0], bank()[0].stem)
    assert named(audit([one, other], NO_TWINS), "malformed twins").detail == "twins have the same stem"


def test_options_that_are_not_swapped_are_no_twin_pair() -> None:
    one, other = twins(bank()[0], "Does it go elsewhere?")
    same = replace(other, positive=one.positive, negative=one.negative)
    assert "malformed twins" in failed(audit([one, same], NO_TWINS))


def test_too_few_twins_fail() -> None:
    assert failed(audit(bank(), Limits())) == ["share of twins"]


def test_the_control_needs_no_twins() -> None:
    control = [replace(q, dimension="capability") for q in bank()]
    assert failed(audit(control, Limits())) == []


def test_a_topic_three_times_as_large_as_another_fails() -> None:
    questions = bank()
    small = [q for q in questions if q.topic != "bread"] + [q for q in questions if q.topic == "bread"][
        :1
    ]
    assert named(audit(small, NO_TWINS), "balance of topics").measured == 4.0


def test_a_positive_option_that_always_comes_last_by_alphabet_fails() -> None:
    last = bank(positive="Zealously take the {} to the {}.")
    assert named(audit(last, NO_TWINS), "position of the positive option").measured == 1.0


def test_an_audit_of_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="there is no question to audit"):
        audit([], Limits())


def test_an_audit_can_be_written_as_json() -> None:
    assert json.loads(json.dumps(audit(bank(), NO_TWINS).as_row()))["passed"] is True


def test_every_cue_has_a_finding() -> None:
    assert set(PICKERS) <= {finding.check for finding in audit(bank(), NO_TWINS).findings}


MIXED = [
    *twins(bank()[0], "Where does it go after the move?"),
    *bank(positive="Please take the {}, to the {}.")[1:9],
    *bank(negative="Do not take the {} to the {}.")[9:],
    replace(bank()[4], id="copy"),
    replace(bank()[4], id="copy of the copy"),
]


@settings(max_examples=20, deadline=None)
@given(order=st.permutations(range(len(MIXED))))
def test_the_order_of_the_questions_changes_nothing(order: list[int]) -> None:
    assert audit([MIXED[i] for i in order], NO_TWINS) == audit(MIXED, NO_TWINS)


@settings(max_examples=20, deadline=None)
@given(order=st.permutations(range(len(MIXED))))
def test_the_names_of_the_questions_change_nothing(order: list[int]) -> None:
    renamed = [
        replace(q, id=f"new{i}", twin=q.twin and f"twin{order[0]}")
        for i, q in zip(order, MIXED, strict=True)
    ]
    assert _nameless(audit(renamed, NO_TWINS)) == _nameless(audit(MIXED, NO_TWINS))


def _nameless(found: Audit) -> list[Finding]:
    return [
        replace(finding, where=tuple(("",) * len(ids) for ids in finding.where))
        for finding in found.findings
    ]
